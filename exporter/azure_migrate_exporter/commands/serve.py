"""The `serve` command: engine, web server, signals, and an orderly shutdown."""

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.commands.bounded import StoppedError, log_last_line
from azure_migrate_exporter.commands.check_config import check_config
from azure_migrate_exporter.commands.state import open_state
from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.engine_thread import run_in_thread
from azure_migrate_exporter.engine.heartbeat import Heartbeat
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.engine.sharding import WHOLE, Shard, ShardError
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import EXPORTER_EVENT_LOOP_LAG, EXPORTER_LOG_LINES_DROPPED
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from azure_migrate_exporter.exposition.text import families
from azure_migrate_exporter.log import dropped_lines
from azure_migrate_exporter.os_signals import handle_signals
from azure_migrate_exporter.runtime.peer_clocks import PEER_CLOCKS
from azure_migrate_exporter.runtime.threads import DaemonExecutor
from azure_migrate_exporter.shutdown import ShutdownTimer
from azure_migrate_exporter.systemd import ListeningSocket, listening_sockets, notify, notify_watchdog
from azure_migrate_exporter.version import revision, version
from azure_migrate_exporter.web.context import AppContext
from azure_migrate_exporter.web.handlers.admin import UNHEALTHY_AFTER
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.listen_address import ListenError, parse_listen_address
from azure_migrate_exporter.web.routing import RoutingError, routing
from azure_migrate_exporter.web.server import serve as serve_web

WEB_THREADS: Final = 8
SWITCH_INTERVAL: Final = 0.0002
"""Seconds for which a busy thread holds the interpreter; Python's default of 5 ms is longer than a whole scrape."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The flags of `serve`."""

    config_file: Path
    check_only: bool = False
    listen_addresses: Sequence[str] = (":9878",)
    systemd_socket: bool = False
    web_config_file: Path | None = None
    external_url: str | None = None
    route_prefix: str | None = None
    telemetry_path: str = "/metrics"
    state_path: Path | None = None
    shard: str = str(WHOLE)


async def serve(options: Options, ready: Callable[[], object] = lambda: None) -> Sequence[str]:
    """Run until SIGTERM or Ctrl-C. Returns the errors that prevented the start; none after an orderly shutdown.

    Calls `ready` once it serves. Raises `StoppedError` after Ctrl-C.
    """
    try:
        shard = Shard.parse(options.shard)
        if options.check_only:
            return check_config(options.config_file, options.web_config_file)
        await _serve(options, shard, ready)
    except ConfigError as error:
        return error.errors
    except (ListenError, RoutingError, ShardError) as error:
        return [str(error)]
    return ()


async def _serve(options: Options, shard: Shard, ready: Callable[[], object]) -> None:
    """Run until a signal comes. Raises `ConfigError`, `ListenError` and `RoutingError` if it cannot start.

    Raises `StoppedError` after Ctrl-C.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.set_default_executor(DaemonExecutor("web", WEB_THREADS))
    timer = ShutdownTimer(log_last_line)
    addresses = [parse_listen_address(text) for text in options.listen_addresses]
    routes = routing(options.external_url, options.route_prefix, options.telemetry_path)
    sockets = _systemd_sockets() if options.systemd_socket else []
    if options.state_path is None:
        log.warning("no --state.path: change-tracking identities and the benchmark's budget are lost at a restart")
    context = Context(state=open_state(options.state_path))
    http, beats = HttpMetrics(), {"web": Heartbeat()}
    http.external_url = routes.external_url
    engine = Engine(context, Page(http.families, process_families, lambda: _own_families(beats)), shard=shard)
    beats["engine"] = engine.heartbeat
    reloader = Reloader(options.config_file, engine, context.clock)
    log.info("starting azure-migrate-exporter", version=version(), revision=revision(), shard=str(shard))
    async with run_in_thread(engine, reloader) as (proxy, ended):
        timer.watch(proxy.loop)
        errors = await proxy.reload()
        if errors:
            raise ConfigError(errors)
        app = AppContext(proxy, proxy, http, context.clock, shard)
        async with serve_web(app, addresses, options.web_config_file, routing=routes, sockets=sockets):
            with handle_signals(stop.set, proxy.reload, timer.start) as received:
                notify("READY=1")
                ready()
                await _run_until(stop, ended, beats)
                notify("STOPPING=1")
    log.info("stopped")
    timer.exit_code = 0
    if received[:1] == [signal.SIGINT]:
        stopped = StoppedError(received[0])
        timer.exit_code = stopped.exit_code
        raise stopped


def _systemd_sockets() -> list[ListeningSocket]:
    sockets = listening_sockets()
    if not sockets:
        raise ListenError("--web.systemd-socket: systemd hands over no socket; start the exporter from a socket unit")
    return sockets


async def _run_until(stop: asyncio.Event, ended: "asyncio.Future[None]", beats: Mapping[str, Heartbeat]) -> None:
    """Wait for a signal or for the end of the engine, which is a bug: its exception is raised."""
    stopped = asyncio.create_task(stop.wait())
    watchdog = notify_watchdog(lambda: beats["engine"].age < UNHEALTHY_AFTER)
    background = [asyncio.create_task(watchdog), asyncio.create_task(beats["web"].beat_forever())]
    waiting: set[asyncio.Future[Any]] = {stopped, ended}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopped, *background):
            task.cancel()
    if ended.done():
        ended.result()


def _own_families(beats: Mapping[str, Heartbeat]) -> list[tuple[bytes, bytes, bytes]]:
    out = Measurements()
    for name, beat in beats.items():
        out.set(EXPORTER_EVENT_LOOP_LAG, beat.lag, loop=name)
    PEER_CLOCKS.write(out)
    out.set(EXPORTER_LOG_LINES_DROPPED, dropped_lines())
    return families(out.block())
