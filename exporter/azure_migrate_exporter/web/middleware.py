"""The middlewares: metrics, response headers, errors, rate limit, authentication, size limit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from azure_migrate_exporter.runtime.deadline import time_limit
from azure_migrate_exporter.web.config.watcher import WebConfigWatcher
from azure_migrate_exporter.web.connections import Connections
from azure_migrate_exporter.web.context import ROUTING
from azure_migrate_exporter.web.handlers.landing import STYLE_HASH
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.limits import Limits
from azure_migrate_exporter.web.password_checker import CheckerBusyError, PasswordChecker
from azure_migrate_exporter.web.rate_limiter import RateLimiter

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "azure-migrate-exporter",
}
"""Default headers of every response; the web configuration can replace them."""

NOT_FROM_OTHER_SITES: Final = frozenset({"/probe", "/-/reload"})
"""Paths that do something: a page of another site must not make a browser ask for them."""

log = structlog.get_logger()


class _ClientGoneError(Exception):
    """The client did not receive its response."""

    def __init__(self, response: web.StreamResponse) -> None:
        super().__init__()
        self.response = response


class Middlewares:
    """The middlewares of the application and what they share."""

    def __init__(
        self,
        config: WebConfigWatcher,
        http: HttpMetrics,
        passwords: PasswordChecker,
        limits: Limits,
        connections: Connections,
    ) -> None:
        self._config = config
        self._http = http
        self._passwords = passwords
        self._limits = limits
        self._connections = connections
        self._limiter = RateLimiter()

    @property
    def in_order(self) -> list[Middleware]:
        """The middlewares in the order in which a request passes them."""
        return [self._count_request, self._send_response, self._handle_errors, self._authorize]

    @web.middleware
    async def _count_request(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count and time every request."""
        loop = asyncio.get_running_loop()
        began, code = loop.time(), 499  # nginx's code for a client that closed the connection before the response
        try:
            with self._connections.in_request(request.protocol):
                response = await handler(request)
            code = response.status
        except _ClientGoneError as gone:
            return gone.response
        else:
            return response
        finally:
            resource = request.match_info.route.resource
            self._http.count(resource.canonical if resource else "other", code, loop.time() - began)

    @web.middleware
    async def _send_response(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Send the response, with a time limit for clients that do not read it. Raises `_ClientGoneError`."""
        response = await handler(request)
        headers = dict(HEADERS)
        headers.update(self._config.settings.http_server_config.headers.items())
        for name, value in headers.items():
            if value:
                response.headers.setdefault(name, value)
        try:
            async with time_limit(self._limits.send):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError as error:
            if request.transport is not None:
                request.transport.abort()
            raise _ClientGoneError(response) from error
        except ConnectionError as error:
            raise _ClientGoneError(response) from error
        return response

    @web.middleware
    async def _handle_errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn an exception into a response that shows nothing of it."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            return web.Response(status=error.status, text=f"{error.status} {error.reason}\n", headers=_kept(error))
        except Exception:
            log.exception("request failed", path=request.path)
            return web.Response(status=500, text="internal error; see the log\n")

    @web.middleware
    async def _authorize(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Enforce the rate limit, authentication and the size limit."""
        settings = self._config.settings
        self._http.web_config_loaded = self._config.last_load_successful if self._config.path else None
        if not self._limiter.allow(settings.rate_limit, asyncio.get_running_loop().time()):
            return web.Response(status=429, text="too many requests\n")
        if settings.basic_auth_users:
            try:
                authenticated = await self._passwords.verify(
                    settings.basic_auth_users, request.headers.get(hdrs.AUTHORIZATION, "")
                )
            except CheckerBusyError:
                return web.Response(status=503, text="too many sign-ins at once\n", headers={hdrs.RETRY_AFTER: "5"})
            if not authenticated:
                challenge = {hdrs.WWW_AUTHENTICATE: 'Basic realm="azure-migrate-exporter", charset="UTF-8"'}
                return web.Response(status=401, text="a user name and a password are required\n", headers=challenge)
        if _is_cross_site(request):
            return web.Response(status=403, text="requests from other sites are refused\n")
        if request.body_exists and (request.content_length is None or request.content_length > self._limits.body):
            response = web.Response(status=413, text="the request body is too large\n")
            response.force_close()
            return response
        return await handler(request)


def _is_cross_site(request: web.Request) -> bool:
    """Whether a browser says that a page of another origin made it start something; other clients say nothing."""
    routing = request.app[ROUTING]
    if request.path.removeprefix(routing.prefix) not in NOT_FROM_OTHER_SITES:
        return False
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return True
    origin = request.headers.get(hdrs.ORIGIN)
    return origin not in {None, routing.external_origin} and str(origin).partition("://")[2] != request.host


def _kept(error: web.HTTPException) -> dict[str, str]:
    return {name: error.headers[name] for name in (hdrs.ALLOW, hdrs.LOCATION) if name in error.headers}
