"""The demo as a person starts it: the command, in a process of its own, and nothing left of it afterwards."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.lab import tools
from tests.lab.control import list_faults, switch_fault
from tests.lab.settings import CHECKS

pytestmark = pytest.mark.timeout(240)


class Demo:
    """A running demo and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, pattern: str) -> str:
        """The next line that the pattern is found in."""
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            self.lines.append(line.rstrip())
            if re.search(pattern, line):
                return self.lines[-1]
        raise AssertionError(f"ended without {pattern!r}:\n" + "\n".join(self.lines))

    async def ended(self) -> int:
        """The exit code, once it has said everything."""
        assert self.process.stdout is not None
        self.lines += (await self.process.stdout.read()).decode().splitlines()
        return await self.process.wait()

    def descendants(self) -> list[psutil.Process]:
        """The programs that it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)


@asynccontextmanager
async def demo(*arguments: str, cache: Path = tools.CACHE, **environment: str) -> AsyncIterator[Demo]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.lab", "demo", *arguments,
        cwd=tools.ROOT,
        env={**os.environ, "LAB_CACHE": str(cache), "CI": "", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Demo(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The programs of the real cache, but a control file of our own: a demo may be running on this machine."""
    own = tmp_path / "cache"
    own.mkdir()
    for program in tools.CACHE.iterdir():
        if program.is_dir():
            (own / program.name).symlink_to(program)
    return own


async def test_it_ends_by_itself_after_every_check_has_spoken(cache: Path) -> None:
    async with demo("--once", cache=cache) as running:
        assert await running.ended() == 0
    said = "\n".join(running.lines)
    for name in ("exporter", "Prometheus", "Alertmanager"):
        assert re.search(rf"^{name}: http://127\.0\.0\.1:\d+$", said, re.MULTILINE)
    assert set(re.findall(r"^[\d:]+  \w+ +(\w+) ", said, re.MULTILINE)) == set(CHECKS)
    assert running.lines[-1] == "stopped; nothing is left running"


async def test_ctrl_c_leaves_nothing_running(cache: Path) -> None:
    async with demo(cache=cache) as running:
        await running.until(r" vsphere lab")
        programs = running.descendants()
        assert {"vcsim", "prometheus", "alertmanager", "node"} <= {program.name() for program in programs}
        running.process.send_signal(signal.SIGINT)
        assert await running.ended() == 0
    assert running.lines[-1] == "stopped; nothing is left running"
    assert not [program for program in programs if program.is_running()]


async def test_being_killed_leaves_nothing_running_either(cache: Path) -> None:
    async with demo(cache=cache) as running:
        await running.until(r"^exporter: ")
        programs = running.descendants()
        running.process.kill()
        await running.ended()
    _, alive = await asyncio.to_thread(psutil.wait_procs, programs, timeout=20)
    assert not alive


async def test_ctrl_c_while_it_starts_is_an_orderly_end_too(cache: Path) -> None:
    async with demo(cache=cache) as running:
        await running.until("Service Bus runs")
        running.process.send_signal(signal.SIGINT)
        assert await running.ended() == 0
    assert running.lines[-1] == "stopped; nothing is left running"


async def test_faults_are_on_from_the_start_or_switched_by_a_second_command(cache: Path) -> None:
    address_file = cache / "control"
    async with demo("--fault", "storage-throttled", cache=cache) as running:
        await running.until(r"fails +storage migratelsa\d+ throttled")
        await switch_fault("gateway-stopped", on=True, address_file=address_file)
        await running.until(r"wrong +gateway paris +asrgwy stopped")
        on = [fault.name for fault in await list_faults(address_file) if fault.on]
        assert on == ["gateway-stopped", "storage-throttled"]
        await switch_fault("gateway-stopped", on=False, address_file=address_file)
        await running.until(r"works +gateway paris +asrgwy running")


async def test_a_fault_becomes_an_alert_with_its_fix(cache: Path) -> None:
    async with demo("--fault", "gateway-stopped", cache=cache) as running:
        page = await running.until(r" (critical|warning): ")
        assert "critical: GatewayServiceNotRunning, sent to " in page
        assert "on-call-migration" in page
        await running.until(r"^  .*asrgwy on paris is stopped")
        await running.until(r"^  1\. ")


async def test_a_part_that_cannot_be_installed_is_skipped_with_one_line(cache: Path) -> None:
    (cache / "debian-prometheus").unlink()
    async with demo("--once", cache=cache, PATH=str(_path_without("apt-get", cache))) as running:
        assert await running.ended() == 0
    skipped = [line for line in running.lines if line.startswith("skipped")]
    assert skipped == ["skipped: Prometheus: apt-get is not available; install the Debian package prometheus"]
    assert any(line.startswith("Alertmanager: http") for line in running.lines)


async def test_where_nobody_watches_a_missing_part_is_a_failure(cache: Path) -> None:
    (cache / "debian-prometheus").unlink()
    async with demo("--once", cache=cache, CI="true", PATH=str(_path_without("apt-get", cache))) as running:
        assert await running.ended() == 1
    assert running.lines[-1].startswith("not installed: Prometheus: apt-get is not available")


def _path_without(program: str, directory: Path) -> Path:
    """A directory with everything on the PATH but one program."""
    path = directory / "bin"
    path.mkdir()
    for folder in map(Path, reversed(os.environ["PATH"].split(os.pathsep))):
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name not in {program, "prometheus"}:
                (path / file.name).unlink(missing_ok=True)
                (path / file.name).symlink_to(file)
    return path
