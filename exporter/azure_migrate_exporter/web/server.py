"""The web server: listening sockets, TLS, routes, and an orderly shutdown."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

from azure_migrate_exporter.web.config.tls import DelegatingContext
from azure_migrate_exporter.web.config.watcher import WebConfigWatcher
from azure_migrate_exporter.web.connections import Connections
from azure_migrate_exporter.web.context import CONTEXT, AppContext
from azure_migrate_exporter.web.handlers import admin, landing, metrics, probe
from azure_migrate_exporter.web.handlers.probe_log import capturing_logs
from azure_migrate_exporter.web.limits import DEFAULT_LIMITS, Limits
from azure_migrate_exporter.web.listen_address import ListenAddress
from azure_migrate_exporter.web.listener import ProtocolFactory, accepting, listening_sockets
from azure_migrate_exporter.web.middleware import Middlewares
from azure_migrate_exporter.web.password_checker import PasswordChecker

log = structlog.get_logger()


@asynccontextmanager
async def serve(
    context: AppContext,
    addresses: Sequence[ListenAddress],
    web_config: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> AsyncIterator[tuple[str, ...]]:
    """Serve requests inside the block; yields the base URL of each listening socket.

    Raises `ConfigError` if the web configuration is invalid, `ListenError` if an address is not available.
    """
    config = await asyncio.to_thread(WebConfigWatcher, web_config)
    first = config.tls_context()
    tls = None if first is None else DelegatingContext.of(lambda: config.tls_context() or first)
    async with AsyncExitStack() as stack:
        stack.enter_context(capturing_logs())
        passwords = stack.enter_context(closing(PasswordChecker()))
        connections = Connections(limits, context.http)
        prober = probe.Prober(context.engine, context.clock)
        runner = web.AppRunner(
            application(context, prober, Middlewares(config, context.http, passwords, limits, connections)),
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
        sockets = [sock for address in addresses for sock in await listening_sockets(address)]
        urls = _urls(sockets, tls)
        for sock in sockets:
            await stack.enter_async_context(accepting(sock, _factory(runner), connections, limits, tls))
        await stack.enter_async_context(_running(connections.sweep_forever()))
        log.info("listening", addresses=" ".join(urls), tls=tls is not None)
        yield tuple(urls)


def application(context: AppContext, prober: probe.Prober, middlewares: Middlewares) -> web.Application:
    """The application: routes and middlewares."""
    app = web.Application(middlewares=middlewares.in_order)
    app[CONTEXT] = context
    app[probe.PROBER] = prober
    app.router.add_get("/", landing.landing)
    app.router.add_get("/metrics", metrics.metrics)
    app.router.add_get("/probe", probe.probe)
    app.router.add_get("/config", admin.config)
    app.router.add_get("/-/healthy", admin.healthy)
    app.router.add_get("/-/ready", admin.ready)
    app.router.add_post("/-/reload", admin.reload)
    app.router.add_put("/-/reload", admin.reload)
    return app


def _aiohttp_log() -> logging.Logger:
    """The logger of aiohttp, without malformed requests: any client can send them in any number."""
    logger = logging.getLogger("azure_migrate_exporter.http")
    logger.addFilter(_is_not_bad_request)
    return logger


def _is_not_bad_request(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _urls(sockets: Sequence[socket.socket], tls: ssl.SSLContext | None) -> list[str]:
    scheme = "https" if tls else "http"
    return [f"{scheme}://{ListenAddress(*sock.getsockname()[:2])}" for sock in sockets]


def _factory(runner: web.AppRunner) -> ProtocolFactory:
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    return server


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` inside the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
