"""Put requests that we write ourselves, on a connection that another thread can cut.

Why not the SDK: measured side by side against a server that discards, `BlobClient.stage_block` with the same shared
buffer reaches half to two thirds of what `http.client` does, and less than azcopy over https; `upload_blob` in blocks
reaches a tenth. The SDK also bounds the writing of a whole body with one timeout, so it fails on the slow link that the
benchmark exists to find, and none of its requests can be stopped from outside.
"""

import contextlib
import errno
import http.client
import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import SplitResult

from azure.core.exceptions import HttpResponseError

VERSION: Final = "2021-08-06"
"""Version of the blob service's protocol: old enough for private clouds, and blocks may be large."""
CONNECT: Final = 10.0
"""Seconds to connect to one address."""
_ANSWER_LIMIT: Final = 64 * 1024


class AnswerError(HttpResponseError):
    """The service answered, but not with 201: the SDK's own error, with the fields that its blob client adds."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(message=text)
        self.status_code = status
        self.error_code = code


class CutError(Exception):
    """The connection was cut by us."""


class PutConnection(http.client.HTTPConnection):
    """A keep-alive connection that puts bodies piece by piece. Connects when first needed, and again after a close."""

    def __init__(
        self, url: SplitResult, tls: ssl.SSLContext | None, headers: Mapping[str, str], silence: float
    ) -> None:
        super().__init__(url.hostname or "", url.port or (443 if tls else 80), timeout=silence)
        self.sent = 0
        """Bytes of bodies handed to the network."""
        self._tls = tls
        self._headers = {"x-ms-version": VERSION, **headers}
        self.is_cut = False
        """Whether we ended it: what a request raised from then on means nothing."""

    def connect(self) -> None:
        """Open the connection, TLS included. Raises OSError or `CutError`."""
        sock = socket.create_connection((self.host, self.port), CONNECT)
        self.sock = sock
        sock.settimeout(self.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stop_if_cut()
        if self._tls is not None:
            secured = self._tls.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = secured
            self._stop_if_cut()
            secured.do_handshake()

    def cut(self) -> None:
        """End whatever the connection does, from any thread: sending, receiving, or a handshake."""
        self.is_cut = True
        sock = self.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                # The plain socket's method: SSLSocket.shutdown would let the next write go out unencrypted.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _stop_if_cut(self) -> None:
        if self.is_cut:
            raise CutError

    def put(self, target: str, pieces: Sequence[memoryview]) -> None:
        """Put `pieces` as one body to a path with its query, and read the answer to its end.

        The timeout is for each piece, so a slow link does not trip it if they are small. Raises `AnswerError`, OSError
        (`ssl.SSLError` among them) or `http.client.HTTPException`.
        """
        self._stop_if_cut()
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
            self._refused_early()
        self._read_answer()

    def _refused_early(self) -> None:
        """A server that refuses may answer and close before it has read the body: its answer says why."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._read_answer()
        # From None: an unexpected end inside TLS is not a matter of certificates.
        raise ConnectionResetError(errno.ECONNRESET, "the connection was closed while a block was sent") from None

    def _read_answer(self) -> None:
        with self.getresponse() as response:
            text = response.read(_ANSWER_LIMIT).decode("utf-8", "replace")
            if response.status == 201:
                return
            said = re.search(r"<Message>([^<\n]*)", text)
            raise AnswerError(
                response.status, response.getheader("x-ms-error-code", ""), said[1] if said else response.reason
            )
