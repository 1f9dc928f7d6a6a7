"""HTTP clients on aiohttp: our resolver, our proxies, no redirects, no environment of their own."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from azure_migrate_exporter.network.address import authority, resolve
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext, tls_failure
from azure_migrate_exporter.network.tunnel import refusal
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

LARGEST_HEADERS: Final = 64 * 1024
"""Bytes of all headers of one answer, and of one of its lines."""


BasicAuth = aiohttp.BasicAuth


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, its text read with replacement characters for what is no UTF-8."""

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)


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
    """Turn what aiohttp raises about a proxy on the way to `destination` into a `CheckError` that names it.

    It is found inside the exception of an SDK too.
    """
    try:
        yield
    except Exception as error:
        failures = (_proxy_failure(each, proxy, destination) for each in (error, error.__cause__))
        failure = next(filter(None, failures), None)
        if failure is None:
            raise
        raise failure from error


def _proxy_failure(error: BaseException | None, proxy: Proxy | None, destination: str) -> CheckError | None:
    match error:
        case aiohttp.ClientHttpProxyError():
            return refusal(proxy, error.status, destination)
        case _ if proxy is None:
            return None
        case aiohttp.ClientConnectorCertificateError() if isinstance(error.certificate_error, OSError):
            return tls_failure(error.certificate_error, destination, proxy)
        case aiohttp.ClientProxyConnectionError():
            detail = error.os_error.strerror or type(error.os_error).__name__
        case aiohttp.ConnectionTimeoutError():
            detail = "no answer"
        case CheckError(reason=Reason.DNS):  # the proxy's is the one name that is resolved here
            detail = error.message
        case _:
            return None
    return CheckError(Reason.PROXY, f"the proxy {proxy} is not reached: {detail}")


async def fetch(
    url: str,
    *,
    tls: TlsContext | None = None,
    proxy: Proxy | None = None,
    auth: BasicAuth | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int,
) -> Answer:
    """The answer to a GET of `url`, whatever its status; a redirect is not followed. Raises `CheckError`.

    An answer of more than `limit` bytes is `protocol`, and so is a compressed one: none was asked for.
    """
    parts = urlsplit(url)
    where = authority(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    wanted = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        with proxy_failures(proxy, where):
            async with (
                client_session(tls, connections=1) as session,
                session.get(
                    url, proxy=proxy.url if proxy else None, auth=auth, headers=wanted, allow_redirects=False
                ) as response,
            ):
                text = await _text(response, where, limit)
                return Answer(response.status, response.headers, text)
    except (aiohttp.ClientError, OSError) as error:
        reason = classify(error)
        raise CheckError(reason, f"{where}: {_OUTCOMES.get(reason, one_line(str(error)))}") from error


_OUTCOMES: Final = {
    Reason.REFUSED: "the connection was refused",
    Reason.RESET: "the connection was cut",
    Reason.UNREACHABLE: "there is no route to it",
    Reason.TIMEOUT: "no answer in time",
    Reason.TLS: "the certificate does not verify, or it does not speak TLS",
    Reason.PROTOCOL: "the answer is not HTTP",
}


async def _text(response: aiohttp.ClientResponse, where: str, limit: int) -> str:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise CheckError(Reason.PROTOCOL, f"{where} answers compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise CheckError(Reason.PROTOCOL, f"{where} answers with more than {limit} bytes")
    return body.decode(errors="replace")
