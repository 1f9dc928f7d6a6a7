"""pyvmomi's SOAP client made safe to wait on: a deadline for everything, certificates checked at every connection.

pyvmomi 9.1 checks a pinned certificate only once: the first connection that does not verify switches verification off
in the context that all later ones share. So trust is decided here, before pyvmomi sees a connection.
"""

import contextlib
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyVmomi.SoapAdapter import SoapStubAdapter

from azure_migrate_exporter.collectors.vsphere.api.soap_answers import parse_answer
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.http_connection import HttpConnection, HttpError, HttpResponse, IncompleteRead
from azure_migrate_exporter.network.tls import TlsContext, certificate_refused, lenient_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.peer_clocks import PEER_CLOCKS
from azure_migrate_exporter.version import version

_IDLE: Final = 30
"""Seconds after which a kept connection is not used again: the server may be closing it at that very moment."""
_NO_HEADERS: Final[Mapping[str, str]] = {}
_CHUNK: Final = 1 << 20
_MAX_ANSWER: Final = 64 << 20
"""Bytes of the largest answer that is read. A page of 100 machines has less than one MiB."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a vCenter answers, and whom to believe that it is that vCenter.

    `certificate` is the only one accepted (DER), or None where `context` verifies. `timeout` is in seconds, for
    connecting and for the TLS handshake together with each answer to a call.
    """

    host: str
    port: int
    context: TlsContext
    certificate: bytes | None
    timeout: float

    @classmethod
    def of(cls, settings: VCenterSettings) -> "Endpoint":
        """The endpoint that `settings` describe. Certificate files are read anew. Raises `CheckError` (tls)."""
        pinned = settings.certificate_file
        try:
            certificate = _certificate_in(pinned) if pinned else None
            verify = pinned is None and not settings.insecure_skip_verify
            context = lenient_context(settings.ca_file, verify=verify)
        except (OSError, ValueError) as error:
            path = pinned or settings.ca_file
            problem = error.strerror if isinstance(error, OSError) and error.errno else "no PEM certificate in it"
            raise CheckError(Reason.TLS, f"the certificate file {path} cannot be used: {problem}") from error
        return cls(settings.address, settings.port, context, certificate, settings.request_timeout)

    def __str__(self) -> str:
        return authority(self.host, self.port)


def _certificate_in(path: Path) -> bytes:
    from azure_migrate_exporter.network.certificates import certificate_in  # noqa: PLC0415 - 8 MiB, for a pinned one

    return certificate_in(path)


class Connection(HttpConnection):
    """One connection; `timeout` is how long, in seconds, each read may take once it is open."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        super().__init__(
            endpoint.host, endpoint.port, tls=endpoint.context, timeout=timeout, certificate=endpoint.certificate
        )

    def connect(self) -> None:
        """Connect and shake hands. Raises `CheckError`."""
        try:
            super().connect()
        except CheckError as error:
            if certificate_refused(error):
                hint = "name its CA in ca_file, or the certificate itself in certificate_file"
                raise CheckError(Reason.TLS, f"{error.message}; {hint}") from error
            raise


class Stub(SoapStubAdapter):
    """A SOAP client of one vCenter. Several threads may use it. `timeout` is in seconds, for a whole answer.

    `unanswered` is True after a request whose answer did not arrive: vCenter may have acted on it.
    """

    def __init__(self, endpoint: Endpoint, api: str, *, timeout: float | None = None, cookie: str = "") -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            host=endpoint.host,
            port=endpoint.port,
            version=api,
            sslContext=endpoint.context,
            connectionPoolTimeout=_IDLE,
        )
        self.endpoint = endpoint
        self.cookie = cookie
        self.scheme = self._connection  # type: ignore[assignment]  # pyvmomi calls it for each new connection
        self.unanswered = False
        self._user_agent = f"azure-migrate-exporter/{version()}"
        self._timeout = timeout or endpoint.timeout
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._broken: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._closed = False

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:  # noqa: N802, N803
        """The result of one call. Raises OSError, and what `parse_answer` raises."""
        headers = {"Content-Type": "text/xml; charset=UTF-8", "Cookie": self.cookie, "SOAPAction": self.versionId}
        request = self.SerializeRequest(mo, info, args)  # type: ignore[no-untyped-call]
        response, body = self.exchange("POST", self.path, request, headers)
        self.cookie = response.getheader("Set-Cookie", self.cookie).partition(";")[0]
        return parse_answer(
            str(self.endpoint), response.status, dict(response.getheaders()), body, info, outerStub or self
        )

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = _NO_HEADERS
    ) -> tuple[HttpResponse, bytes]:
        """An HTTP request, and its answer with the body. Raises OSError, `HttpError` and `CheckError`."""
        all_headers = {**headers, "Accept-Encoding": "gzip", "User-Agent": self._user_agent}
        connection = self.GetConnection()
        self.unanswered = True
        try:
            with self._deadline(connection):
                connection.request(method, path, body, all_headers)
                response = connection.getresponse()
                PEER_CLOCKS.observe_headers(connection.host, dict(response.getheaders()))
                answer = _read(response)
        except BaseException:
            connection.close()
            self.DropConnections()  # type: ignore[no-untyped-call]
            raise
        self.unanswered = False
        if connection in self._broken or self._closed:
            connection.close()
        else:
            self.ReturnConnection(connection)  # type: ignore[no-untyped-call]
        return response, answer

    def GetConnection(self) -> Connection:  # noqa: N802 - pyvmomi's name
        """A connection for one call."""
        connection: Connection = super().GetConnection()  # type: ignore[no-untyped-call]
        if self._closed:
            connection.close()
            raise ConnectionAbortedError("the session is being closed")
        return connection

    def abort(self) -> None:
        """End the calls under way by breaking their connections. From any thread."""
        self.DropConnections()  # type: ignore[no-untyped-call]
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            self._break(connection)

    def close(self) -> None:
        """Abort, and open no connection any more. From any thread."""
        self._closed = True
        self.abort()

    def _connection(self, *_: Any, **__: Any) -> Connection:
        connection = Connection(self.endpoint, self._timeout)
        with self._lock:
            self._connections.add(connection)
        return connection

    def _break(self, connection: Connection) -> None:
        self._broken.add(connection)
        connection.cut()

    @contextlib.contextmanager
    def _deadline(self, connection: Connection) -> Iterator[None]:
        """The socket's timeout begins again with each byte: this one is for all of them."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self._break(connection)

        timer = threading.Timer(self._timeout, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, HttpError):
            if not expired.is_set():
                raise
            raise TimeoutError(f"no complete answer from {self.endpoint} in {self._timeout:g} s") from None
        finally:
            timer.cancel()


def bind(managed_object: Any, stub: Stub) -> Any:
    """The same managed object, called through another client."""
    return type(managed_object)(managed_object._GetMoId(), stub)  # noqa: SLF001 - pyvmomi's name


def _read(response: HttpResponse) -> bytes:
    """The body. Raises `CheckError` (protocol) for one that is too large or not compressed as it claims."""
    parts, size = [], 0
    while part := response.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > _MAX_ANSWER:
            raise CheckError(Reason.PROTOCOL, f"an answer is larger than {_MAX_ANSWER >> 20} MiB")
    if response.length:
        raise IncompleteRead(b"", response.length)
    body = b"".join(parts)
    return _decompressed(body) if response.getheader("Content-Encoding", "").lower() == "gzip" else body


def _decompressed(body: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        body = unzip.decompress(body, _MAX_ANSWER)
    except zlib.error as error:
        raise CheckError(Reason.PROTOCOL, f"an answer is not in the format gzip ({error})") from error
    if not unzip.eof:
        raise CheckError(Reason.PROTOCOL, f"an answer is cut, or larger than {_MAX_ANSWER >> 20} MiB")
    return body
