"""The end has a bound: SIGTERM ends the process in ten seconds whatever hangs, with one line that names it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from tests.hanging import RUNS
from tests.lab.process import free_port

LIMIT = 10.0
LAG_OF_ENGINE = 'exporter_event_loop_lag_seconds{loop="engine"}'
LAG_OF_WEB = 'exporter_event_loop_lag_seconds{loop="web"}'
NAMED = {
    "ignores_its_cancellation": "job scripted target",
    "blocks_the_loop": "hanging.py",
    "blocks_a_thread": None,
    "hashes_without_end": None,
}
"""What hangs, and what a log line has to name; nothing where the end is an orderly one."""


class Serving:
    """A running exporter with a collector that hangs."""

    def __init__(self, process: Process, url: str, session: aiohttp.ClientSession) -> None:
        self.process = process
        self._url = url
        self._session = session

    async def get(self, path: str) -> tuple[int, str]:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            async with self._session.get(self._url + path) as response:
                return response.status, await response.text()
        return 0, ""

    async def value(self, name: str) -> float:
        """The largest value of a series that begins so."""
        _, page = await self.get("/metrics")
        found = (line.rpartition(" ")[2] for line in page.splitlines() if line.startswith(f"azure_migrate_{name}"))
        return max(map(float, found), default=-1)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Exit code, and seconds from the signal to the end."""
        return await stopped(self.process, number)


async def stopped(process: Process, number: signal.Signals) -> tuple[int, float]:
    """Exit code, and seconds from the signal to the end."""
    began = time.monotonic()
    process.send_signal(number)
    async with asyncio.timeout(LIMIT + 5):
        return await process.wait(), time.monotonic() - began


@contextlib.asynccontextmanager
async def serving(directory: Path, how: str, stderr: int) -> AsyncIterator[Serving]:
    (directory / "exporter.yml").write_text("{}", encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    flags = (f"--config.file={directory / 'exporter.yml'}", f"--web.listen-address={address}")
    command = (sys.executable, "-m", "tests.hanging", how, "serve", *flags)
    process = await asyncio.create_subprocess_exec(*command, stderr=stderr)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
            it = Serving(process, f"http://{address}", session)

            async def answers() -> bool:
                return (await it.get("/metrics"))[0] == 200

            await until(answers)
            yield it
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", NAMED)
async def test_the_process_ends_in_time_and_names_what_hung(tmp_path: Path, how: str) -> None:
    log = tmp_path / "log"

    async def runs() -> bool:
        begun = RUNS in log.read_text(encoding="utf-8")
        return begun and (how != "blocks_the_loop" or await it.value(LAG_OF_ENGINE) > 1)

    with log.open("wb") as stderr:
        async with serving(tmp_path, how, stderr.fileno()) as it:
            await until(runs)
            code, took = await it.stop()
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "level=error" in line]
    assert took < LIMIT
    assert code == 0
    named = NAMED[how]
    assert (len(lines) == 1 and named in lines[0]) if named else not lines, lines


async def test_a_collector_that_logs_without_end_ends_in_time(tmp_path: Path) -> None:
    """In order, or, where the flood leaves the engine no time for that, with the line that names it."""
    log = tmp_path / "log"

    async def runs() -> bool:
        return RUNS in log.read_text(encoding="utf-8")

    with log.open("wb") as stderr:
        async with serving(tmp_path, "logs_without_end", stderr.fileno()) as it:
            await until(runs)
            code, took = await it.stop()
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "level=error" in line]
    assert (code, took < LIMIT) == (0, True)
    assert all("job scripted target" in line for line in lines)


async def test_standard_error_that_is_not_read_holds_nothing_up(tmp_path: Path) -> None:
    async def drops_lines() -> bool:
        return await it.value("exporter_log_lines_dropped_total") > 0

    unread, stderr = os.pipe()
    try:
        async with serving(tmp_path, "logs_without_end", stderr) as it:
            await until(drops_lines)
            code, took = await it.stop()
    finally:
        os.close(unread)
        os.close(stderr)
    assert code == 0
    assert took < LIMIT


async def test_a_blocked_engine_is_unhealthy_and_its_lag_is_measured(tmp_path: Path) -> None:
    async def is_unhealthy() -> bool:
        return (await it.get("/-/healthy"))[0] == 503

    with (tmp_path / "log").open("wb") as stderr:
        async with serving(tmp_path, "blocks_the_loop", stderr.fileno()) as it:
            await until(is_unhealthy)
            assert "the engine has not responded for" in (await it.get("/-/healthy"))[1]
            assert await it.value(LAG_OF_ENGINE) > 25
            assert await it.value(LAG_OF_WEB) < 5


async def test_serve_is_130_after_ctrl_c(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as stderr:
        async with serving(tmp_path, "waits", stderr.fileno()) as it:
            code, took = await it.stop(signal.SIGINT)
    assert code == 130
    assert took < LIMIT
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", NAMED)
async def test_collect_ends_in_time_whatever_hangs(tmp_path: Path, how: str, number: signal.Signals) -> None:
    log = tmp_path / "log"
    (tmp_path / "exporter.yml").write_text("{}", encoding="utf-8")
    flags = ("collect", "scripted", f"--config.file={tmp_path / 'exporter.yml'}", "--log.level=warn")

    async def runs() -> bool:
        return RUNS in log.read_text(encoding="utf-8")

    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.hanging", how, *flags, stderr=stderr
        )
        await until(runs)
        code, took = await stopped(process, number)
    assert (code, took < LIMIT) == (128 + number, True)
    assert "Traceback" not in log.read_text(encoding="utf-8")
