"""The web server: listening sockets, TLS, routes, and an orderly shutdown."""

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

from azure_migrate_exporter.web.config.tls import DelegatingContext
from azure_migrate_exporter.web.config.watcher import WebConfigWatcher
from azure_migrate_exporter.web.context import CONTEXT, AppContext
from azure_migrate_exporter.web.handlers import admin, landing, metrics, probe
from azure_migrate_exporter.web.handlers.probe_log import capturing_logs
from azure_migrate_exporter.web.limits import DEFAULT_LIMITS, Limits
from azure_migrate_exporter.web.listen_address import ListenAddress, ListenError
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
        prober = probe.Prober(context.engine, context.clock)
        runner = web.AppRunner(
            application(context, prober, Middlewares(config, context.http, passwords, limits)),
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


class _RejectedConnection(asyncio.Protocol):
    """Closes a connection beyond the limit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


async def _listen(
    runner: web.AppRunner, address: ListenAddress, tls: ssl.SSLContext | None, limits: Limits
) -> asyncio.Server:
    server = runner.server

    def accept() -> asyncio.Protocol:
        if server is None or len(server.connections) >= limits.connections:
            return _RejectedConnection()
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
