"""HTTP connections for code that blocks in a thread of its own: `http.client`, connected as everything else here is."""

import contextlib
import errno
import http.client
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.blocking import cut, open_blocking, shake_hands, wrap_tls
from azure_migrate_exporter.network.http import Answer
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tcp_info import acknowledged_bytes
from azure_migrate_exporter.network.tls import TlsContext
from azure_migrate_exporter.reasons import CheckError, Reason

LONGEST_ANSWER: Final = 64 * 1024
"""Bytes that are read of the answer to a PUT."""
HttpError: Final = http.client.HTTPException
"""What a connection raises for an answer that is no HTTP, or ends too early."""
IncompleteRead: Final = http.client.IncompleteRead
"""The `HttpError` for an answer that ends too early."""
HttpResponse = http.client.HTTPResponse


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
        self._stop_if_cut()
        self.sock = open_blocking(
            self.host, self.port, proxy=self._proxy, timeout=self.timeout, on_start=self._on_start
        )
        self._stop_if_cut()
        if self._tls is not None:
            # Ours before the handshake, which then can be cut too.
            self.sock = secured = wrap_tls(self.sock, self._tls, self.host)
            self._stop_if_cut()
            shake_hands(secured, self.where, self._proxy)
            if self._certificate is not None and secured.getpeercert(binary_form=True) != self._certificate:
                self.close()
                raise CheckError(Reason.TLS, f"{self.where} shows another certificate than the one in certificate_file")

    @property
    def where(self) -> str:
        """Host and port."""
        return authority(self.host, self.port)

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


class PutConnection(HttpConnection):
    """Puts bodies piece by piece. Connects when first needed, and again after the server closed.

    Why not the SDK: measured side by side against a server that discards, `BlobClient.stage_block` with the same shared
    buffer reaches half to two thirds of what `http.client` does, and less than azcopy over https; `upload_blob` in
    blocks reaches a tenth. The SDK also bounds the writing of a whole body with one timeout, so it fails on the slow
    link that a benchmark exists to find, and none of its requests can be stopped from outside.
    """

    def __init__(self, host: str, port: int, *, headers: Mapping[str, str], **options: Any) -> None:
        super().__init__(host, port, **options)
        self.sent = 0
        """Bytes of bodies handed to the network."""
        self._headers = headers

    @property
    def acknowledged(self) -> int | None:
        """Bytes that the peer's TCP has acknowledged on the open connection, heads and TLS included.

        May be asked for by any thread. None without a connection, where the system does not say, and through a proxy,
        which acknowledges what it only holds.
        """
        return None if self._proxy else acknowledged_bytes(self.sock)

    def put(
        self, target: str, pieces: Sequence[memoryview], pace: Callable[[int], None] = lambda _size: None
    ) -> Answer:
        """Put `pieces` as one body to a path with its query, and read the answer to its end.

        `pace` is called before each piece with its size, and returns when it may be sent.

        The timeout is for each piece, so a slow link does not trip it if they are small. Raises `CheckError` if it
        cannot connect, else OSError (`ssl.SSLError` among them) or `HttpError`.
        """
        self._stop_if_cut()
        self.putrequest("PUT", target, skip_accept_encoding=True)
        for name, value in self._headers.items():
            self.putheader(name, value)
        self.putheader("Content-Length", str(sum(map(len, pieces))))
        self.endheaders()
        try:
            for piece in pieces:
                pace(len(piece))
                self.send(piece)
                self.sent += len(piece)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return self._early_answer()
        return self._read_answer()

    def _early_answer(self) -> Answer:
        """A server that refuses may answer and close before it has read the body: its answer says why."""
        with contextlib.suppress(OSError, HttpError):
            answer = self._read_answer()
            if answer.status >= 300:
                return answer
        # From None: an unexpected end inside TLS is not a matter of certificates.
        raise ConnectionResetError(errno.ECONNRESET, "the connection was closed while a block was sent") from None

    def _read_answer(self) -> Answer:
        with self.getresponse() as response:
            text = response.read(LONGEST_ANSWER).decode("utf-8", "replace")
            return Answer(response.status, dict(response.getheaders()), text)
