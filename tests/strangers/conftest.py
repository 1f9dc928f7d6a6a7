"""The process has a name server of its own, and nothing is left when a group of cells has ended."""

import asyncio
import contextlib
import gc
import io
import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from azure_migrate_exporter.log import configure
from tests.clock import until
from tests.lab import resolver


def pytest_configure() -> None:
    """Make a name server possible while no thread runs yet."""
    with contextlib.suppress(OSError, AttributeError):  # not root; not Linux
        resolver.isolate()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged, as the product would print it."""
    text = io.StringIO()
    handlers, level = logging.root.handlers, logging.root.level
    monkeypatch.setattr(sys, "stderr", text)
    configure("info", "logfmt")
    yield text
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    """No task, no connection, no thread that works; and whatever is collected as garbage was closed before."""
    threads = set(threading.enumerate())
    yield
    loop: Any = asyncio.get_running_loop()

    def left() -> list[Any]:
        transports = [each for each in loop._transports.values() if each._sock is not None]
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        return [*transports, *tasks]

    with contextlib.suppress(TimeoutError):
        await until(lambda: not left())
    assert not left()
    new = [thread for thread in threading.enumerate() if thread not in threads and not thread.name.startswith(_POOLS)]
    assert not new
    gc.collect()


_POOLS = ("resolver", "replication-state", "asyncio_", "log")
"""Threads that are shared by all, and stay."""
