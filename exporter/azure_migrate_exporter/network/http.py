"""HTTP clients on aiohttp: our connections, our proxies, no redirects, no environment of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from azure_migrate_exporter.network.address import authority, authority_of
from azure_migrate_exporter.network.connect import attach, open_connection
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext, client_context
from azure_migrate_exporter.network.tunnel import reach
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify, unwrap
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.runtime.deadline import WHOLE_MARGIN, time_limit, within_deadline
from azure_migrate_exporter.runtime.peer_clocks import PEER_CLOCKS

LARGEST_HEADERS: Final = 64 * 1024
"""Bytes of all headers of one answer, and of one of its lines."""
LARGEST_BODY: Final = 16 * 1024 * 1024
"""Bytes of a body, decompressed. The largest that is known is a windows_exporter's page of some 2 MB."""
TIMEOUT: Final = 30.0
"""Seconds for one request, connection included."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, its text read with replacement characters for what is no UTF-8."""

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)


class Connector(aiohttp.BaseConnector):
    """Opens aiohttp's connections as all others are opened: the same phases, deadlines, proxies and errors."""

    def __init__(self, tls: TlsContext, *, limit: int, idle: float) -> None:
        super().__init__(limit=limit, keepalive_timeout=idle)
        self._tls = tls

    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        """See `aiohttp.BaseConnector`. Raises `CheckError`."""
        del traces, timeout  # each phase has a deadline of its own
        host, port = (req.url.raw_host or "").rstrip("."), req.port or 443
        proxy = _proxy_of(req)
        if proxy is not None and not req.is_ssl():
            # Without TLS a proxy is sent the whole URL and no CONNECT.
            if proxy.authorization:
                req.headers["Proxy-Authorization"] = proxy.authorization
            sock = await reach(proxy)
        else:
            sock = await open_connection(host, port, proxy=proxy)
        protocol: ResponseHandler = self._factory()
        tls = self._tls if req.is_ssl() else None
        await attach(sock, lambda: protocol, authority(host, port), tls, req.server_hostname or host, proxy)
        return protocol


def _proxy_of(req: aiohttp.ClientRequest) -> Proxy | None:
    if req.proxy is None:
        return None
    url = req.proxy
    return Proxy(url.host or "", url.port or 80, url.user or "", url.password or "")


class BoundedResponse(aiohttp.ClientResponse):
    """An answer whose body is never read past `LARGEST_BODY`, and whose `Date` is observed."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """See `aiohttp.ClientResponse.start`."""
        await super().start(connection)
        PEER_CLOCKS.observe_headers(self.url.host or "", self.headers)
        return self

    async def read(self) -> bytes:
        """The whole body. Raises `CheckError` (protocol) for one that is longer."""
        if self._body is None:
            chunks, length = [], 0
            async for chunk in self.content.iter_any():
                chunks.append(chunk)
                length += len(chunk)
                if length > LARGEST_BODY:
                    self.close()
                    where = authority(self.url.host or "", self.url.port or 0)
                    raise CheckError(Reason.PROTOCOL, f"{where} answers with more than {LARGEST_BODY} bytes")
            self._body = b"".join(chunks)
        return self._body


# What is asked for must not depend on the packages and the Python of a machine, as aiohttp's own header does.
IDLE: Final = 15.0
"""Seconds without a request after which a connection is closed."""
_DECODED: Final = "gzip, deflate"


def client_session(
    tls: TlsContext | None, *, connections: int = 4, idle: float = IDLE, decompress: bool = False
) -> aiohttp.ClientSession:
    """A session with a connection pool of its own, which the caller closes; it has no time limit for an answer.

    `tls` verifies HTTPS; None trusts the system's CAs. A connection is closed after `idle` seconds without a request.
    An answer that is compressed is read with `decompress` only.
    """
    return aiohttp.ClientSession(
        connector=Connector(tls or client_context(None), limit=connections, idle=idle),
        response_class=BoundedResponse,
        auto_decompress=decompress,
        headers={"Accept-Encoding": _DECODED if decompress else "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        max_line_size=LARGEST_HEADERS,
        max_field_size=LARGEST_HEADERS,
    )


def failure(error: Exception, where: str, seconds: float) -> CheckError:
    """What `error`, which aiohttp or an SDK on it raised, says of `where` (host and port); an answer had `seconds`."""
    known = next((inner for inner in unwrap(error) if isinstance(inner, CheckError)), None)
    if known is not None:
        return known
    reason = classify(error)
    outcome = f"no whole answer in {seconds:.1f} s" if reason is Reason.TIMEOUT else _OUTCOMES.get(reason)
    return CheckError(reason, f"{where}: {outcome or one_line(str(error))}")


_OUTCOMES: Final = {
    Reason.RESET: "the connection was cut before the whole answer",
    Reason.PROTOCOL: "the answer is not HTTP",
}


async def fetch(
    url: str,
    *,
    tls: TlsContext | None = None,
    proxy: Proxy | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int | None,
) -> Answer:
    """The answer to a GET of `url`, whatever its status; a redirect is not followed. Raises `CheckError`.

    An answer of more than `limit` bytes is `protocol`, and so is a compressed one: none was asked for. With None
    only the head is read, and `text` is empty.
    """
    parts = urlsplit(url)
    where = authority_of(parts)
    seconds = within_deadline(TIMEOUT, WHOLE_MARGIN)
    try:
        async with (
            time_limit(seconds),
            client_session(tls, connections=1) as session,
            session.get(url, proxy=proxy.url if proxy else None, headers=headers, allow_redirects=False) as response,
        ):
            # After 101 no body of HTTP comes.
            text = "" if limit is None or response.status == 101 else await _text(response, where, limit)
            return Answer(response.status, response.headers, text)
    except (aiohttp.ClientError, OSError) as error:
        raise failure(error, where, seconds) from error


async def _text(response: aiohttp.ClientResponse, where: str, limit: int) -> str:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise CheckError(Reason.PROTOCOL, f"{where} answers compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise CheckError(Reason.PROTOCOL, f"{where} answers with more than {limit} bytes")
    return body.decode(errors="replace")
