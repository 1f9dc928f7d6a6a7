"""The `serve` command: engine, web server, signals, and an orderly shutdown."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.engine_thread import run_in_thread
from azure_migrate_exporter.engine.heartbeat import Heartbeat
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import EXPORTER_EVENT_LOOP_LAG, EXPORTER_LOG_LINES_DROPPED
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from azure_migrate_exporter.exposition.text import families
from azure_migrate_exporter.log import dropped_lines, flush
from azure_migrate_exporter.os_signals import handle_signals
from azure_migrate_exporter.runtime.state import DirectoryState, MemoryState
from azure_migrate_exporter.runtime.threads import DaemonExecutor
from azure_migrate_exporter.shutdown import ShutdownTimer
from azure_migrate_exporter.systemd import keep_watchdog_quiet, notify
from azure_migrate_exporter.version import revision, version
from azure_migrate_exporter.web.context import AppContext
from azure_migrate_exporter.web.handlers.admin import UNHEALTHY_AFTER
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.listen_address import ListenError, parse_listen_address
from azure_migrate_exporter.web.server import serve as serve_web

WEB_THREADS: Final = 8
SWITCH_INTERVAL: Final = 0.0002
"""Seconds for which a busy thread holds the interpreter; Python's default of 5 ms is longer than a whole scrape."""

log = structlog.get_logger()


async def serve(
    config_file: Path, listen_addresses: Sequence[str], web_config_file: Path | None, state_path: Path | None
) -> Sequence[str]:
    """Run until SIGTERM or Ctrl-C. Returns the errors that prevented the start; none after an orderly shutdown."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.set_default_executor(DaemonExecutor("web", WEB_THREADS))
    timer = ShutdownTimer(_last_line)
    try:
        addresses = [parse_listen_address(text) for text in listen_addresses]
        context = Context(state=_state(state_path))
    except (ListenError, OSError) as error:
        return [str(error)]
    http = HttpMetrics()
    beats = {"web": Heartbeat()}
    engine = Engine(context, Page(http.families, process_families, lambda: _own_families(beats)))
    beats["engine"] = engine.heartbeat
    reloader = Reloader(config_file, engine, context.clock)
    log.info("starting azure-migrate-exporter", version=version(), revision=revision())
    async with run_in_thread(engine, reloader) as (proxy, ended):
        timer.watch(proxy.loop)
        errors = await proxy.reload()
        if errors:
            return errors
        app = AppContext(proxy, proxy, http, context.clock)
        try:
            async with serve_web(app, addresses, web_config_file):
                with handle_signals(stop.set, proxy.reload, timer.start):
                    notify("READY=1")
                    await _run_until(stop, ended, beats)
                    notify("STOPPING=1")
        except ConfigError as error:
            return error.errors
        except ListenError as error:
            return [str(error)]
    log.info("stopped")
    timer.exit_code = 0
    return ()


def _last_line(text: str) -> None:
    log.error(text)
    flush()


async def _run_until(stop: asyncio.Event, ended: "asyncio.Future[None]", beats: Mapping[str, Heartbeat]) -> None:
    """Wait for a signal or for the end of the engine, which is a bug: its exception is raised."""
    stopped = asyncio.create_task(stop.wait())
    watchdog = keep_watchdog_quiet(lambda: beats["engine"].age < UNHEALTHY_AFTER)
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
    out.set(EXPORTER_LOG_LINES_DROPPED, dropped_lines())
    return families(out.block())


def _state(path: Path | None) -> DirectoryState | MemoryState:
    if path is None:
        log.warning("no --state.path: change-tracking identities and the benchmark's budget are lost at a restart")
        return MemoryState()
    return DirectoryState(path)
