"""The `serve` command: engine, web server, signals, and an orderly shutdown."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.engine_thread import run_in_thread
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from azure_migrate_exporter.os_signals import handle_signals
from azure_migrate_exporter.runtime.state import DirectoryState, MemoryState
from azure_migrate_exporter.version import revision, version
from azure_migrate_exporter.web.context import AppContext
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.listen_address import ListenError, parse_listen_address
from azure_migrate_exporter.web.server import serve as serve_web

SWITCH_INTERVAL: Final = 0.0002
"""Seconds for which a busy thread holds the interpreter; Python's default of 5 ms is longer than a whole scrape."""

log = structlog.get_logger()


async def serve(
    config_file: Path, listen_addresses: Sequence[str], web_config_file: Path | None, state_path: Path | None
) -> Sequence[str]:
    """Run until SIGTERM or Ctrl-C. Returns the errors that prevented the start; none after an orderly shutdown."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    stop = asyncio.Event()
    try:
        addresses = [parse_listen_address(text) for text in listen_addresses]
        context = Context(state=_state(state_path))
    except (ListenError, OSError) as error:
        return [str(error)]
    http = HttpMetrics()
    engine = Engine(context, Page(http.families, process_families))
    reloader = Reloader(config_file, engine, context.clock)
    log.info("starting azure-migrate-exporter", version=version(), revision=revision())
    async with run_in_thread(engine, reloader) as (proxy, ended):
        errors = await proxy.reload()
        if errors:
            return errors
        app = AppContext(proxy, proxy, http, context.clock)
        try:
            async with serve_web(app, addresses, web_config_file):
                with handle_signals(stop.set, proxy.reload):
                    await _first(asyncio.create_task(stop.wait()), ended)
        except ConfigError as error:
            return error.errors
        except ListenError as error:
            return [str(error)]
    log.info("stopped")
    return ()


async def _first(stopped: "asyncio.Task[bool]", ended: "asyncio.Future[None]") -> None:
    """Wait for a signal or for the end of the engine, which is a bug: its exception is raised."""
    waiting: set[asyncio.Future[Any]] = {stopped, ended}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if ended.done():
        ended.result()


def _state(path: Path | None) -> DirectoryState | MemoryState:
    if path is None:
        log.warning("no --state.path: change-tracking identities and the benchmark's budget are lost at a restart")
        return MemoryState()
    return DirectoryState(path)
