"""HTTP clients on aiohttp: our resolver, our proxies, no redirects, no environment of their own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from azure_migrate_exporter.network.address import resolve
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext
from azure_migrate_exporter.network.tunnel import refusal
from azure_migrate_exporter.reasons import CheckError, Reason

LARGEST_HEADERS: Final = 64 * 1024
"""Bytes of all headers of one answer, and of one of its lines."""


class Resolver(AbstractResolver):
    """Resolves as every other connection does: in threads of its own, with a deadline. aiohttp races the addresses."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """See `AbstractResolver.resolve`. Raises `CheckError` (dns)."""
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, protocol, _, address in await resolve(host, port)
            if family in {socket.AF_UNSPEC, found}
        ]

    async def close(self) -> None:
        """Nothing is held."""


def client_session(tls: TlsContext | None, *, connections: int = 4, timeout: float = 30.0) -> aiohttp.ClientSession:
    """A session with a connection pool of its own, which the caller closes.

    `timeout` bounds a whole request, in seconds. `tls` verifies HTTPS; None trusts the system's CAs.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls or True, limit=connections, resolver=Resolver(), use_dns_cache=False),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout),
        max_line_size=LARGEST_HEADERS,
        max_field_size=LARGEST_HEADERS,
    )


@contextmanager
def proxy_failures(proxy: Proxy | None, destination: str) -> Iterator[None]:
    """Turn what aiohttp raises about a proxy on the way to `destination` into a `CheckError` that names it."""
    try:
        yield
    except aiohttp.ClientHttpProxyError as error:
        raise refusal(proxy, error.status, destination) from error
    except aiohttp.ClientProxyConnectionError as error:
        detail = error.os_error.strerror or type(error.os_error).__name__
        raise CheckError(Reason.PROXY, f"the proxy {proxy} is not reached: {detail}") from error
