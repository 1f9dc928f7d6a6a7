"""HTTP PUT on a keep-alive connection that blocks, measures nothing itself, and can be cut from another thread.

Why not aiohttp or an SDK: measured side by side against a server that discards, `BlobClient.stage_block` with the same
shared buffer reaches half to two thirds of what `http.client` does, and less than azcopy over https; `upload_blob` in
blocks reaches a tenth. The SDK also bounds the writing of a whole body with one timeout, so it fails on the slow link
that a benchmark exists to find, and none of its requests can be stopped from outside.
"""

import contextlib
import errno
import http.client
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult

from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.blocking import cut, open_blocking, shake_hands, wrap_tls
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext

_LONGEST_BODY: Final = 64 * 1024


class CutError(Exception):
    """The connection was cut by its owner."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    text: str


class PutConnection(http.client.HTTPConnection):
    """Puts bodies piece by piece. Connects when first needed, and again after the server closed."""

    def __init__(
        self, url: SplitResult, tls: TlsContext | None, proxy: Proxy | None, headers: Mapping[str, str], silence: float
    ) -> None:
        super().__init__(url.hostname or "", url.port or (443 if tls else 80), timeout=silence)
        self.sent = 0
        """Bytes of bodies handed to the network."""
        self.is_cut = False
        """Whether `cut` ended it: what a request raised from then on means nothing."""
        self._tls = tls
        self._proxy = proxy
        self._headers = headers

    @property
    def where(self) -> str:
        """Host and port."""
        return authority(self.host, self.port)

    def connect(self) -> None:
        """Open the connection, TLS included. Raises `CheckError` or `CutError`."""
        self._stop_if_cut()
        self.sock = sock = open_blocking(self.host, self.port, proxy=self._proxy, timeout=self.timeout)
        self._stop_if_cut()
        if self._tls is not None:
            # The socket is ours before the handshake, so that this can be cut too.
            self.sock = secured = wrap_tls(sock, self._tls, self.host)
            self._stop_if_cut()
            shake_hands(secured, self.where, self._proxy)

    def cut(self) -> None:
        """End whatever the connection does, from any thread: sending, receiving, or a handshake."""
        self.is_cut = True
        cut(self.sock)

    def _stop_if_cut(self) -> None:
        if self.is_cut:
            raise CutError

    def put(self, target: str, pieces: Sequence[memoryview]) -> Answer:
        """Put `pieces` as one body to a path with its query, and read the answer to its end.

        The timeout is for each piece, so a slow link does not trip it if they are small. Raises `CheckError` if it
        cannot connect, OSError (`ssl.SSLError` among them) or `http.client.HTTPException`.
        """
        self._stop_if_cut()
        if self.sock is None:
            self.connect()
        self.putrequest("PUT", target, skip_accept_encoding=True)
        for name, value in self._headers.items():
            self.putheader(name, value)
        self.putheader("Content-Length", str(sum(map(len, pieces))))
        self.endheaders()
        try:
            for piece in pieces:
                self.send(piece)
                self.sent += len(piece)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return self._early_answer()
        return self._read_answer()

    def _early_answer(self) -> Answer:
        """A server that refuses may answer and close before it has read the body: its answer says why."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self._read_answer()
            if answer.status >= 300:
                return answer
        # From None: an unexpected end inside TLS is not a matter of certificates.
        raise ConnectionResetError(errno.ECONNRESET, "the connection was closed while a block was sent") from None

    def _read_answer(self) -> Answer:
        with self.getresponse() as response:
            text = response.read(_LONGEST_BODY).decode("utf-8", "replace")
            return Answer(response.status, dict(response.getheaders()), text)
