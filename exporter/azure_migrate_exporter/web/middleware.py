"""What every request passes before its handler, and every response after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from azure_migrate_exporter.web.auth import BusyError, PasswordChecker
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.landing import STYLE_HASH
from azure_migrate_exporter.web.limits import Limits
from azure_migrate_exporter.web.ratelimit import RateLimiter
from azure_migrate_exporter.web.web_config_watcher import LiveWebConfig

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
"""Headers of every response, unless the web configuration sets them."""

log = structlog.get_logger()


class _LeftError(Exception):
    """The client did not take its answer."""

    def __init__(self, response: web.StreamResponse) -> None:
        super().__init__()
        self.response = response


class Guard:
    """The middlewares, in the order in which a request meets them."""

    def __init__(self, live: LiveWebConfig, http: HttpMetrics, passwords: PasswordChecker, limits: Limits) -> None:
        self._live = live
        self._http = http
        self._passwords = passwords
        self._limits = limits
        self._limiter = RateLimiter()

    @property
    def middlewares(self) -> list[Middleware]:
        """For `aiohttp.web.Application`."""
        return [self._observe, self._send, self._contain, self._admit]

    @web.middleware
    async def _observe(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count and time the request, whatever becomes of it."""
        loop = asyncio.get_running_loop()
        began, code = loop.time(), 499  # nginx's word for a client that left before its answer was sent
        try:
            response = await handler(request)
            code = response.status
        except _LeftError as left:
            return left.response
        else:
            return response
        finally:
            resource = request.match_info.route.resource
            self._http.newest_web_config_in_force = self._live.newest_in_force if self._live.path else None
            self._http.count(resource.canonical if resource else "other", code, loop.time() - began)

    @web.middleware
    async def _send(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Send the response here, where a client that does not read it can be left behind. Raises `_LeftError`."""
        response = await handler(request)
        headers = dict(HEADERS)
        headers.update(self._live.settings.http_server_config.headers.items())
        for name, value in headers.items():
            if value:
                response.headers.setdefault(name, value)
        try:
            async with asyncio.timeout(self._limits.send):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError as error:
            if request.transport is not None:
                request.transport.abort()
            raise _LeftError(response) from error
        except ConnectionError as error:
            raise _LeftError(response) from error
        return response

    @web.middleware
    async def _contain(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Make a response of an exception; nothing of it is shown to the client."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            return web.Response(status=error.status, text=f"{error.status} {error.reason}\n", headers=_allow(error))
        except Exception:
            log.exception("request failed", path=request.path)
            return web.Response(status=500, text="internal error; the log has it\n")

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may come in, and at the rate that is allowed."""
        settings = self._live.settings
        if not self._limiter.admits(settings.rate_limit, asyncio.get_running_loop().time()):
            return web.Response(status=429, text="too many requests\n")
        if settings.basic_auth_users:
            try:
                known = await self._passwords.admits(
                    settings.basic_auth_users, request.headers.get(hdrs.AUTHORIZATION, "")
                )
            except BusyError:
                return web.Response(status=503, text="too many sign-ins at once\n", headers={hdrs.RETRY_AFTER: "5"})
            if not known:
                challenge = {hdrs.WWW_AUTHENTICATE: 'Basic realm="azure-migrate-exporter", charset="UTF-8"'}
                return web.Response(status=401, text="a user name and a password are needed\n", headers=challenge)
        if request.body_exists and (request.content_length is None or request.content_length > self._limits.body):
            response = web.Response(status=413, text="no request here needs a body\n")
            response.force_close()
            return response
        return await handler(request)


def _allow(error: web.HTTPException) -> dict[str, str]:
    return {hdrs.ALLOW: error.headers[hdrs.ALLOW]} if hdrs.ALLOW in error.headers else {}
