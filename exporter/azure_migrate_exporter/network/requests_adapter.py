"""The adapter for SDKs on `requests`: their connections are opened as all others are, raced and through our proxy."""

from typing import Any

import requests.adapters
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from azure_migrate_exporter.network.address import Socket
from azure_migrate_exporter.network.blocking import open_blocking
from azure_migrate_exporter.network.proxy import Proxies


class RacedAdapter(requests.adapters.HTTPAdapter):
    """Mounted on a session for both schemes. TLS stays `requests`' own, with its settings `verify` and `cert`.

    A connection that fails raises `CheckError`. The session itself must use no proxy.
    """

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """See `requests.adapters.HTTPAdapter.init_poolmanager`."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._proxies)


def _pools(proxies: Proxies) -> dict[str, type[HTTPConnectionPool]]:
    def open_socket(connection: HTTPConnection) -> Socket:
        timeout = connection.timeout
        proxy = proxies.choose(connection.host)
        seconds = float(timeout) if isinstance(timeout, int | float) else None
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
