"""pyvmomi's SOAP client made safe to wait on: a deadline for everything, certificates checked at every connection.

pyvmomi 9.1 checks a pinned certificate only once: the first connection that does not verify switches verification off
in the context that all later ones share. So trust is decided here, before pyvmomi sees a connection.
"""

import contextlib
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPSConnection
from typing import Any, Final, ParamSpec, TypeVar
from xml.parsers.expat import ExpatError

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyVmomi.SoapAdapter import SoapStubAdapter

from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.reasons import CheckError, Reason

P = ParamSpec("P")
T = TypeVar("T")

_IDLE: Final = 30
"""Seconds after which a kept connection is not used again: the server may be closing it at that very moment."""


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
    """A SOAP client of one vCenter. Several threads may use it; `abort` ends their calls."""

    def __init__(self, endpoint: Endpoint, version: str, *, patience: float | None = None, cookie: str = "") -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            host=endpoint.host,
            port=endpoint.port,
            version=version,
            sslContext=endpoint.context,
            connectionPoolTimeout=_IDLE,
        )
        self.endpoint = endpoint
        self.cookie = cookie
        self.scheme = self._connection  # type: ignore[assignment]  # pyvmomi calls it for each new connection
        self._patience = patience or endpoint.timeout
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._aborted = False

    def GetConnection(self) -> Connection:  # noqa: N802 - pyvmomi's name
        """A connection for one call."""
        connection: Connection = super().GetConnection()  # type: ignore[no-untyped-call]
        if self._aborted:
            connection.close()
            raise ConnectionAbortedError("the session is being closed")
        return connection

    def ReturnConnection(self, conn: Connection) -> None:  # noqa: N802 - pyvmomi's name
        """Keep a connection for the next call."""
        super().ReturnConnection(conn)  # type: ignore[no-untyped-call]
        if self._aborted:
            self.close()

    def close(self) -> None:
        """Close the connections that no call uses."""
        self.DropConnections()  # type: ignore[no-untyped-call]

    def abort(self) -> None:
        """Break every connection and open no other. From any thread."""
        self._aborted = True
        self.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    # Of the socket itself: a thread may be reading, and the TLS layer is not made for two.
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _connection(self, *_: Any, **__: Any) -> Connection:
        connection = Connection(self.endpoint, self._patience)
        with self._lock:
            self._connections.add(connection)
        return connection


def call(method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of one SOAP call.

    Raises OSError, `http.client.HTTPException`, the faults of pyvmomi, and `CheckError` (protocol) for an answer that
    pyvmomi cannot parse: an enumeration value or a type that it does not know loses the whole answer.
    """
    try:
        return method(*args, **kwargs)
    except OSError:
        raise  # an SSLCertVerificationError is a ValueError too
    except (AttributeError, KeyError, TypeError, ValueError, ExpatError) as error:
        text = f"an answer of vCenter cannot be read ({type(error).__name__}: {error})"
        raise CheckError(Reason.PROTOCOL, text) from error
