"""HTTP connections for code that blocks in a thread of its own: `http.client`, connected as everything else here is."""

import http.client
from collections.abc import Callable
from typing import Final

from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.blocking import cut, open_blocking, shake_hands
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext
from azure_migrate_exporter.reasons import CheckError, Reason

HttpError: Final = http.client.HTTPException
"""What a connection raises for an answer that is no HTTP, or ends too early."""


class HttpConnection(http.client.HTTPConnection):
    """A keep-alive connection, with or without TLS, that another thread can cut.

    `timeout` bounds each read and write, in seconds, once the connection is open. `certificate` is the only one that is
    accepted of the peer (DER), where `tls` verifies none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: TlsContext | None,
        timeout: float,
        proxy: Proxy | None = None,
        certificate: bytes | None = None,
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self.is_cut = False
        """Whether we ended it: what a request raises from then on says nothing of the peer."""
        self._end_opening: Callable[[], None] = lambda: None
        self._tls = tls
        self._proxy = proxy
        self._certificate = certificate

    def connect(self) -> None:
        """Open the connection, TLS included. Raises `CheckError`."""
        self.sock = open_blocking(
            self.host, self.port, proxy=self._proxy, timeout=self.timeout, on_start=self._on_start
        )
        self._stop_if_cut()
        if self._tls is not None:
            # The wrapped socket is ours before the handshake, for `cut` to find it.
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self._stop_if_cut()
            secured = shake_hands(self.sock, self.host, self.port)
            self._stop_if_cut()
            if self._certificate is not None and secured.getpeercert(binary_form=True) != self._certificate:
                self.close()
                where = authority(self.host, self.port)
                raise CheckError(Reason.TLS, f"{where} shows another certificate than the one in certificate_file")

    def cut(self) -> None:
        """End whatever the connection does, from any thread: sending, receiving, or a handshake."""
        self.is_cut = True
        self._end_opening()
        cut(self.sock)

    def _on_start(self, end: Callable[[], None]) -> None:
        self._end_opening = end
        if self.is_cut:
            end()

    def _stop_if_cut(self) -> None:
        if self.is_cut:
            self.close()
            raise ConnectionAbortedError("the connection was cut by its owner")
