"""The `serve` command: engine, web server, signals, and an orderly end."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from azure_migrate_exporter.collectors.clock import SYSTEM_CLOCK
from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.state import DirectoryState, MemoryState
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from azure_migrate_exporter.version import revision, version

SWITCH_INTERVAL = 0.001
"""Seconds that a busy thread keeps the interpreter from a scrape; Python's own 5 ms is a whole scrape here."""

log = structlog.get_logger()


async def serve(
    config_file: Path, listen_addresses: Sequence[str], web_config_file: Path | None, state_path: Path | None
) -> Sequence[str]:
    """Run until SIGTERM or Ctrl-C. Returns the errors that kept it from starting, none after an orderly end."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    context = Context(clock=SYSTEM_CLOCK, state=_state(state_path))
    engine = Engine(context, Page(process_families))
    reloader = Reloader(config_file, engine, context.clock)
    raise NotImplementedError


def _state(path: Path | None) -> DirectoryState | MemoryState:
    if path is None:
        log.warning("no --state.path: change-tracking identities and the benchmark's budget are lost at a restart")
        return MemoryState()
    return DirectoryState(path)
