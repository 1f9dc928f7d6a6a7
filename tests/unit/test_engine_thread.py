"""The engine in its own thread: a collector that blocks its loop does not delay other loops."""

import asyncio
import threading
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.engine_thread import run_in_thread
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.page import Page, RenderingError
from tests import scripted
from tests.clock import until
from tests.scripted import Script


def build(directory: Path, script: Script) -> tuple[Engine, Reloader]:
    file = directory / "exporter.yml"
    file.write_text("", encoding="utf-8")
    context = Context()
    spec = scripted.spec({"t": script}, when=scripted.schedule(interval=0.05))
    engine = Engine(context, Page(), {spec.name: spec})
    return engine, Reloader(file, engine, context.clock)


async def test_a_collector_that_blocks_its_loop_does_not_block_a_scrape(tmp_path: Path) -> None:
    release = threading.Event()

    async def blocks(_: Measurements) -> None:
        release.wait()

    script = Script(blocks)
    engine, reloader = build(tmp_path, script)
    async with run_in_thread(engine, reloader) as (proxy, _):
        try:
            assert await proxy.reload() == ()
            await until(lambda: bool(script.runs))
            assert b"exporter_build_info" in b"".join(proxy.page.response(openmetrics=True))
            assert proxy.waiting()
            (status,) = proxy.statuses()
            assert status.running_since is not None
        finally:
            release.set()


async def test_calls_cross_over_and_their_errors_come_back(tmp_path: Path) -> None:
    async def works(_: Measurements) -> None:
        assert threading.current_thread().name == "engine"

    engine, reloader = build(tmp_path, Script(works))
    async with run_in_thread(engine, reloader) as (proxy, _):
        await proxy.reload()
        await until(lambda: not proxy.waiting())
        assert (await proxy.probe("scripted", "t", 5)).outcome.reason is None
        with pytest.raises(LookupError):
            await proxy.probe("scripted", "missing", 5)


async def test_an_engine_that_breaks_is_noticed_with_its_error(tmp_path: Path) -> None:
    class BrokenPage(Page):
        def publish(self) -> list[RenderingError]:
            if threading.current_thread().name.startswith("render"):
                raise MemoryError
            return super().publish()

    file = tmp_path / "exporter.yml"
    file.write_text("", encoding="utf-8")
    context = Context()
    engine = Engine(context, BrokenPage(), {})
    async with run_in_thread(engine, Reloader(file, engine, context.clock)) as (_, ended):
        await asyncio.wait({ended}, timeout=10)
        assert ended.done()
        assert ended.exception() is not None
