"""pyvmomi's SOAP client made safe to wait on: a deadline for everything, certificates checked at every connection.

pyvmomi 9.1 checks a pinned certificate only once: the first connection that does not verify switches verification off
in the context that all later ones share. So trust is decided here, before pyvmomi sees a connection.
"""

import contextlib
import socket
import ssl
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyVmomi.SoapAdapter import SoapStubAdapter

from azure_migrate_exporter.collectors.vsphere.soap_answers import parse_answer
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.reasons import CheckError, Reason
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
    context: ssl.SSLContext
    certificate: bytes | None
    timeout: float

    @classmethod
    def of(cls, settings: VCenterSettings) -> "Endpoint":
        """The endpoint that `settings` describe. Certificate files are read anew. Raises `CheckError` (tls)."""
        certificate = None
        # Not `create_default_context`: from Python 3.13 on it is too strict for the CAs that old vCenters have.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if settings.certificate_file is not None:
                pinned = x509.load_pem_x509_certificates(settings.certificate_file.read_bytes())[0]
                certificate = pinned.public_bytes(Encoding.DER)
            elif settings.ca_file is not None:
                context.load_verify_locations(settings.ca_file)
            else:
                context.load_default_certs()
        except (OSError, ValueError) as error:
            path = settings.certificate_file or settings.ca_file
            problem = error.strerror if isinstance(error, OSError) and error.errno else "no PEM certificate in it"
            raise CheckError(Reason.TLS, f"the certificate file {path} cannot be used: {problem}") from error
        if certificate is not None or settings.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return cls(settings.address, settings.port, context, certificate, settings.request_timeout)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Connection(HTTPSConnection):
    """One connection; `patience` is how long, in seconds, an answer may take once it is open."""

    def __init__(self, endpoint: Endpoint, patience: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=endpoint.timeout, context=endpoint.context)
        self._endpoint = endpoint
        self._patience = patience

    def connect(self) -> None:
        """Connect and shake hands. Raises OSError (`ssl.SSLError` among them) or `CheckError` (dns, tls)."""
        endpoint = self._endpoint
        try:
            super().connect()
        except UnicodeError as error:
            raise CheckError(Reason.DNS, f"{endpoint.host} is not a valid host name") from error
        except ssl.SSLCertVerificationError as error:
            hint = "name its CA in ca_file, or the certificate itself in certificate_file"
            problem = error.verify_message
            raise CheckError(Reason.TLS, f"the certificate of {endpoint} is not trusted: {problem}; {hint}") from error
        if endpoint.certificate is not None and self.sock.getpeercert(True) != endpoint.certificate:
            self.close()
            raise CheckError(Reason.TLS, f"{endpoint} shows another certificate than the one in certificate_file")
        self.sock.settimeout(self._patience)


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
        return parse_answer(response.status, response.reason, body, info, outerStub or self)

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = _NO_HEADERS
    ) -> tuple[HTTPResponse, bytes]:
        """An HTTP request, and its answer with the body. Raises OSError, `HTTPException` and `CheckError`."""
        all_headers = {**headers, "Accept-Encoding": "gzip", "User-Agent": self._user_agent}
        connection = self.GetConnection()
        self.unanswered = True
        try:
            with self._deadline(connection):
                connection.request(method, path, body, all_headers)
                response = connection.getresponse()
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
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                # Of the socket itself: a thread may be reading, and the TLS layer is not made for two.
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

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
        except (OSError, HTTPException):
            if not expired.is_set():
                raise
            raise TimeoutError(f"no complete answer from {self.endpoint} in {self._timeout:g} s") from None
        finally:
            timer.cancel()


def bind(managed_object: Any, stub: Stub) -> Any:
    """The same managed object, called through another client."""
    return type(managed_object)(managed_object._GetMoId(), stub)  # noqa: SLF001 - pyvmomi's name


def _read(response: HTTPResponse) -> bytes:
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
