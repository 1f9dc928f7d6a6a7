"""The adapter for SDKs on `requests`: their connections are opened as all others are, raced and through our proxy."""

import ssl
import weakref
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from azure_migrate_exporter.network.address import Socket, authority_of
from azure_migrate_exporter.network.answer import stranger
from azure_migrate_exporter.network.blocking import cut, open_blocking
from azure_migrate_exporter.network.http import LARGEST_BODY
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.tls import TlsContext, tls_failure
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.peer_clocks import PEER_CLOCKS

IsService = Callable[[int, Mapping[str, str]], bool]
"""Whether an answer with this status and these headers comes from the service that was asked."""


class RacedAdapter(requests.adapters.HTTPAdapter):
    """Mounted on a session for both schemes. `tls` verifies in place of `requests`' own bundle, and is not shared.

    `requests` adds its setting `cert` to it. A connection that fails raises `CheckError`, and so does an answer that is
    a redirect, compressed, too long, or not the service's by `is_service`. The session itself must use no proxy.
    """

    def __init__(self, proxies: Proxies, is_service: IsService, tls: TlsContext | None = None) -> None:
        self._proxies = proxies
        self._tls = tls
        self._is_service = is_service
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """See `requests.adapters.HTTPAdapter.init_poolmanager`."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._proxies, self._connections)

    def cert_verify(self, conn: Any, *args: Any) -> None:
        """See `requests.adapters.HTTPAdapter.cert_verify`, which would trust a bundle of its own besides."""
        super().cert_verify(conn, *args)
        conn.ca_certs = conn.ca_cert_dir = None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """See `requests.adapters.HTTPAdapter.send`. The whole body is read, but for a challenge."""
        url = urlsplit(str(request.url))
        where = authority_of(url)
        request.headers["Accept-Encoding"] = "identity"
        try:
            response = super().send(request, *args, **kwargs)
        except requests.exceptions.SSLError as error:
            refused = _verification_error(error)
            failure = refused and tls_failure(refused, where, self._proxies.choose(url.hostname or ""))
            if failure is None:
                raise
            raise failure from refused
        PEER_CLOCKS.observe_headers(url.hostname or "", response.headers)
        try:
            self._check(response, where)
        except BaseException:
            response.close()
            raise
        return response

    def _check(self, response: requests.Response, where: str) -> None:
        status, headers = response.status_code, response.headers
        if 300 <= status < 400 or not self._is_service(status, headers):
            raise stranger(where, status, headers)
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise CheckError(Reason.PROTOCOL, f"{where} answers compressed, which was not asked for")
        if status != 401:
            response._content = _body(response, where)  # noqa: SLF001 - `requests` itself reads without a limit
        elif not int(headers.get("Content-Length", LARGEST_BODY)) < LARGEST_BODY:
            # The body of a challenge is left unread: authentication needs the open connection, for its certificate.
            raise stranger(where, status, headers)

    def cut(self) -> None:
        """End whatever the connections do, from any thread."""
        for connection in list(self._connections):
            cut(connection.sock)


def _verification_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """That behind the exceptions of `requests` and urllib3."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _body(response: requests.Response, where: str) -> bytes:
    body = bytearray()
    for chunk in response.raw.stream(65536, decode_content=False):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise CheckError(Reason.PROTOCOL, f"{where} answers with more than {LARGEST_BODY} bytes")
    return bytes(body)


def _pools(proxies: Proxies, connections: "weakref.WeakSet[HTTPConnection]") -> dict[str, type[HTTPConnectionPool]]:
    def open_socket(connection: HTTPConnection) -> Socket:
        timeout = connection.timeout
        proxy = proxies.choose(connection.host)
        seconds = float(timeout) if isinstance(timeout, int | float) else None
        connections.add(connection)
        return open_blocking(connection.host, connection.port, proxy=proxy, timeout=seconds)

    class Plain(HTTPConnection):
        _new_conn = open_socket

    class Secured(HTTPSConnection):
        _new_conn = open_socket

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecuredPool(HTTPSConnectionPool):
        ConnectionCls = Secured

    return {"http": PlainPool, "https": SecuredPool}
