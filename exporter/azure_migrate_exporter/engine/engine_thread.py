"""The engine in a thread and an event loop of its own.

A scrape must not wait for a collector, not even for one that blocks its loop or parses a large answer. So the web
server lives in one loop, every collector in another, and calls cross from one to the other here.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.engine.status import JobStatus
from azure_migrate_exporter.exposition.page import Page

T = TypeVar("T")

DEFAULT_THREADS: Final = 32


class RemoteEngine:
    """An engine that runs in another thread, for callers in any loop."""

    def __init__(self, engine: Engine, reloader: Reloader, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._reloader = reloader
        self._loop = loop

    @property
    def page(self) -> Page:
        """What `/metrics` serves; reading it is safe from any thread."""
        return self._engine.page

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._reloader.settings

    @property
    def errors(self) -> tuple[str, ...]:
        """Of the newest load of the configuration."""
        return self._reloader.errors

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
async def in_a_thread(engine: Engine, reloader: Reloader) -> AsyncIterator[tuple[RemoteEngine, "asyncio.Future[None]"]]:
    """Run `engine` inside the block. The future ends when the engine does, with its exception if it has one."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    ended: Future[None] = Future()
    thread = threading.Thread(target=_live, args=(engine, started, ended), name="engine", daemon=True)
    thread.start()
    loop, stop = await asyncio.wrap_future(started)
    end = asyncio.wrap_future(ended)
    try:
        yield RemoteEngine(engine, reloader, loop), end
    finally:
        if not end.done():
            loop.call_soon_threadsafe(stop.set)
        await asyncio.wait({end})
        end.exception()  # whoever wanted to know has it; nobody else is to be told that it was not fetched


def _live(
    engine: Engine, started: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]", ended: "Future[None]"
) -> None:
    async def live() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        # The SDKs resolve names in these threads; asyncio's own handful would be used up by one dead name server.
        loop.set_default_executor(ThreadPoolExecutor(DEFAULT_THREADS, thread_name_prefix="engine"))
        async with engine.running():
            started.set_result((loop, stop))
            await stop.wait()

    try:
        asyncio.run(live())
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits in the other thread
        (ended if started.done() else started).set_exception(error)
    else:
        ended.set_result(None)
