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
from azure_migrate_exporter.web.context import CONTEXT, ROUTING, AppContext
from azure_migrate_exporter.web.handlers import admin, documents, landing, metrics, probe
from azure_migrate_exporter.web.handlers.probe_log import capturing_logs
from azure_migrate_exporter.web.limits import DEFAULT_LIMITS, Limits
from azure_migrate_exporter.web.listen_address import ListenAddress
from azure_migrate_exporter.web.listener import ProtocolFactory, accepting, listening_sockets
from azure_migrate_exporter.web.middleware import Middlewares
from azure_migrate_exporter.web.password_checker import PasswordChecker
from azure_migrate_exporter.web.routing import DEFAULT_ROUTING, Routing

log = structlog.get_logger()


@asynccontextmanager
async def serve(
    context: AppContext,
    addresses: Sequence[ListenAddress],
    web_config: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    routing: Routing = DEFAULT_ROUTING,
    sockets: Sequence[socket.socket] = (),
) -> AsyncIterator[tuple[str, ...]]:
    """Serve requests inside the block; yields the base URL of each listening socket.

    `sockets` that listen already, if there are any, take the place of `addresses`.

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
            application(context, prober, Middlewares(config, context.http, passwords, limits, connections), routing),
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
        sockets = sockets or [sock for address in addresses for sock in await listening_sockets(address)]
        urls = _urls(sockets, tls)
        for sock in sockets:
            await stack.enter_async_context(accepting(sock, _factory(runner), connections, limits, tls))
        await stack.enter_async_context(_running(connections.sweep_forever()))
        log.info("listening", addresses=" ".join(urls), tls=tls is not None)
        yield tuple(urls)


def application(
    context: AppContext, prober: probe.Prober, middlewares: Middlewares, routing: Routing
) -> web.Application:
    """The application: routes and middlewares."""
    app = web.Application(middlewares=middlewares.in_order)
    app[CONTEXT] = context
    app[ROUTING] = routing
    app[probe.PROBER] = prober
    prefix = routing.prefix
    app.router.add_get(f"{prefix}/", landing.landing)
    app.router.add_get(f"{prefix}{routing.metrics}", metrics.metrics)
    app.router.add_get(f"{prefix}/probe", probe.probe)
    app.router.add_get(f"{prefix}/config", admin.config)
    app.router.add_get(f"{prefix}/runbooks/", documents.runbook)
    app.router.add_get(f"{prefix}/runbooks/{{name}}", documents.runbook)
    app.router.add_get(f"{prefix}/explain", documents.explain)
    app.router.add_get(f"{prefix}/-/healthy", admin.healthy)
    app.router.add_get(f"{prefix}/-/ready", admin.ready)
    app.router.add_post(f"{prefix}/-/reload", admin.reload)
    app.router.add_put(f"{prefix}/-/reload", admin.reload)
    if prefix:
        app.router.add_get("/", admin.to_landing)
        app.router.add_get(prefix, admin.to_landing)
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
    return [f"{scheme}://{_name(sock)}" for sock in sockets]


def _name(sock: socket.socket) -> str:
    name = sock.getsockname()
    return str(ListenAddress(*name[:2])) if isinstance(name, tuple) else str(name)


def _factory(runner: web.AppRunner) -> ProtocolFactory:
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    return server


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` inside the block. Should it end by an exception, which is a bug, that is logged as it happens."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_a_bug)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _log_a_bug(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task of the web server ended", exc_info=error)
