"""The engine in its own thread and event loop.

A scrape must not wait for a collector, even if the collector blocks its event loop or parses a large response. The
web server therefore runs in one loop and all collectors in another; this module passes calls between the two.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import structlog

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.heartbeat import Heartbeat
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.engine.status import JobStatus
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.runtime.threads import DaemonExecutor
from azure_migrate_exporter.shutdown import hanging

T = TypeVar("T")

DEFAULT_THREADS: Final = 32
STOP_TIMEOUT: Final = 6.0
"""Seconds for the engine to stop: a little more than it gives its jobs."""

log = structlog.get_logger()


class EngineProxy:
    """Access to an engine that runs in another thread, for callers in any event loop."""

    def __init__(self, engine: Engine, reloader: Reloader, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._reloader = reloader
        self._loop = loop

    @property
    def page(self) -> Page:
        """The page that `/metrics` serves. Safe to read from any thread."""
        return self._engine.page

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._reloader.settings

    @property
    def errors(self) -> tuple[str, ...]:
        """Errors of the last load of the configuration."""
        return self._reloader.errors

    @property
    def heartbeat(self) -> Heartbeat:
        """Of the engine's event loop."""
        return self._engine.heartbeat

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The engine's event loop."""
        return self._loop

    def statuses(self) -> list[JobStatus]:
        """See `Engine.statuses`."""
        return self._engine.statuses()

    def waiting(self) -> list[JobStatus]:
        """See `Engine.waiting`."""
        return self._engine.waiting()

    async def probe(self, collector: str, target: str, timeout: float) -> Run:
        """See `Engine.probe`. Cancelling the caller cancels the run."""
        return await self._call(self._engine.probe(collector, target, timeout))

    async def reload(self) -> tuple[str, ...]:
        """See `Reloader.reload`."""
        return await self._call(self._reloader.reload())

    async def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))


@asynccontextmanager
async def run_in_thread(
    engine: Engine, reloader: Reloader
) -> AsyncIterator[tuple[EngineProxy, "asyncio.Future[None]"]]:
    """Run `engine` inside the block. The future completes when the engine stops, with its exception if it failed."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    ended: Future[None] = Future()
    thread = threading.Thread(target=_run_loop, args=(engine, started, ended), name="engine", daemon=True)
    thread.start()
    loop, stop = await asyncio.wrap_future(started)
    end = asyncio.wrap_future(ended)
    try:
        yield EngineProxy(engine, reloader, loop), end
    finally:
        if not end.done():
            loop.call_soon_threadsafe(stop.set)
        await asyncio.wait({end}, timeout=STOP_TIMEOUT)
        if end.done():
            end.exception()  # marks the exception as retrieved: the caller has the future
        else:
            log.error("the engine did not stop", hanging="; ".join(hanging([loop])))


def _run_loop(
    engine: Engine, started: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]", ended: "Future[None]"
) -> None:
    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        # The SDKs resolve names in these threads; one dead name server would use up asyncio's default ones.
        loop.set_default_executor(DaemonExecutor("engine", DEFAULT_THREADS))
        async with engine.running():
            started.set_result((loop, stop))
            await stop.wait()
        # Now, not after asyncio.run: that waits for every task, and a collector may ignore its cancellation.
        ended.set_result(None)

    try:
        asyncio.run(main())
    except BaseException as error:  # noqa: BLE001 - passed on to the waiting thread
        waiting = ended if started.done() else started
        if not waiting.done():
            waiting.set_exception(error)
