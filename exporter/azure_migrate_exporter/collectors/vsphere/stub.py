"""pyvmomi's SOAP client made safe to wait on: a deadline for everything, certificates checked at every connection.

pyvmomi 9.1 checks a pinned certificate only once: the first connection that does not verify switches verification off
in the context that all later ones share. So trust is decided here, before pyvmomi sees a connection.
"""

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar
from xml.parsers.expat import ExpatError

from pyVmomi.SoapAdapter import SoapStubAdapter

from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.http_connection import HttpConnection
from azure_migrate_exporter.network.tls import TlsContext, certificate_in, certificate_refused, lenient_context
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
    context: TlsContext
    certificate: bytes | None
    timeout: float

    @classmethod
    def of(cls, settings: VCenterSettings) -> "Endpoint":
        """The endpoint that `settings` describe. Certificate files are read anew. Raises `CheckError` (tls)."""
        pinned = settings.certificate_file
        try:
            certificate = certificate_in(pinned) if pinned else None
            verify = pinned is None and not settings.insecure_skip_verify
            context = lenient_context(settings.ca_file, verify=verify)
        except (OSError, ValueError) as error:
            path = pinned or settings.ca_file
            problem = error.strerror if isinstance(error, OSError) and error.errno else "no PEM certificate in it"
            raise CheckError(Reason.TLS, f"the certificate file {path} cannot be used: {problem}") from error
        return cls(settings.address, settings.port, context, certificate, settings.request_timeout)

    def __str__(self) -> str:
        return authority(self.host, self.port)


class Connection(HttpConnection):
    """One connection; `patience` is how long, in seconds, an answer may take once it is open."""

    def __init__(self, endpoint: Endpoint, patience: float) -> None:
        super().__init__(
            endpoint.host,
            endpoint.port,
            tls=endpoint.context,
            timeout=endpoint.timeout,
            certificate=endpoint.certificate,
        )
        self._patience = patience

    def connect(self) -> None:
        """Connect and shake hands. Raises `CheckError`."""
        try:
            super().connect()
        except CheckError as error:
            if certificate_refused(error):
                hint = "name its CA in ca_file, or the certificate itself in certificate_file"
                raise CheckError(Reason.TLS, f"{error.message}; {hint}") from error
            raise
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
            connection.cut()

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
