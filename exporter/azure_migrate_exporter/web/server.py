"""The web server's life: listening sockets, TLS, and an orderly end."""

import asyncio
import logging
import os
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

from azure_migrate_exporter.web import admin, landing, probe, scrape
from azure_migrate_exporter.web.auth import PasswordChecker
from azure_migrate_exporter.web.context import CONTEXT, AppContext
from azure_migrate_exporter.web.limits import DEFAULT_LIMITS, Limits
from azure_migrate_exporter.web.listen import ListenAddress, ListenError
from azure_migrate_exporter.web.middleware import Guard
from azure_migrate_exporter.web.probe_log import keeping_run_logs
from azure_migrate_exporter.web.tls import FollowingContext
from azure_migrate_exporter.web.web_config_watcher import LiveWebConfig

log = structlog.get_logger()


@asynccontextmanager
async def serve(
    context: AppContext,
    addresses: Sequence[ListenAddress],
    web_config: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> AsyncIterator[tuple[str, ...]]:
    """Answer requests inside the block; yields the base URL of each listening socket.

    Raises `ConfigError` if the web configuration does not work, `ListenError` if an address cannot be had.
    """
    live = await asyncio.to_thread(LiveWebConfig, web_config)
    first = live.tls_context()
    tls = None if first is None else FollowingContext.of(lambda: live.tls_context() or first)
    async with AsyncExitStack() as stack:
        stack.enter_context(keeping_run_logs())
        passwords = stack.enter_context(closing(PasswordChecker()))
        prober = probe.Prober(context.engine, context.clock)
        runner = web.AppRunner(
            application(context, prober, Guard(live, context.http, passwords, limits)),
            access_log=None,
            logger=_aiohttp_log(),
            handler_cancellation=True,
            keepalive_timeout=limits.idle,
            lingering_time=1.0,
            shutdown_timeout=limits.shutdown,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(prober.close)
        urls: list[str] = []
        for address in addresses:
            server = await _listen(runner, address, tls, limits)
            stack.callback(server.close)
            urls += _urls(server, tls)
        log.info("listening", addresses=" ".join(urls), tls=tls is not None)
        yield tuple(urls)


def application(context: AppContext, prober: probe.Prober, guard: Guard) -> web.Application:
    """Routes and what stands before them."""
    app = web.Application(middlewares=guard.middlewares)
    app[CONTEXT] = context
    app[probe.PROBER] = prober
    app.router.add_get("/", landing.landing)
    app.router.add_get("/metrics", scrape.metrics)
    app.router.add_get("/probe", probe.probe)
    app.router.add_get("/config", admin.config)
    app.router.add_get("/-/healthy", admin.healthy)
    app.router.add_get("/-/ready", admin.ready)
    app.router.add_post("/-/reload", admin.reload)
    app.router.add_put("/-/reload", admin.reload)
    return app


def _aiohttp_log() -> logging.Logger:
    """Where aiohttp tells its troubles: all but malformed requests, which anybody can send as often as they like."""
    logger = logging.getLogger("azure_migrate_exporter.http")
    logger.addFilter(_is_no_bad_request)
    return logger


def _is_no_bad_request(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


class _TurnedAway(asyncio.Protocol):
    """What a connection beyond the limit meets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


async def _listen(
    runner: web.AppRunner, address: ListenAddress, tls: ssl.SSLContext | None, limits: Limits
) -> asyncio.Server:
    server = runner.server

    def accept() -> asyncio.Protocol:
        if server is None or len(server.connections) >= limits.connections:
            return _TurnedAway()
        return server()

    try:
        return await asyncio.get_running_loop().create_server(
            accept,
            address.host,
            address.port,
            ssl=tls,
            ssl_handshake_timeout=limits.handshake if tls else None,
            ssl_shutdown_timeout=limits.handshake if tls else None,
        )
    except OSError as error:
        text = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ListenError(f"cannot listen on {address}: {text}") from error


def _urls(server: asyncio.Server, tls: ssl.SSLContext | None) -> list[str]:
    scheme = "https" if tls else "http"
    names = [sock.getsockname() for sock in server.sockets]
    return [f"{scheme}://{ListenAddress(host, port)}" for host, port, *_ in names]
