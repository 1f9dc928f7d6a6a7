"""The timer that cuts off what hangs, in a process of its own; and the notifications to systemd."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azure_migrate_exporter import systemd

HANGS = """
import sys, threading, time
from azure_migrate_exporter.shutdown import ShutdownTimer
timer = ShutdownTimer(lambda line: print(line, flush=True), timeout=0.2)
timer.start()
timer.start()
threading.Thread(target=lambda: time.sleep(60), name="worker").start()
"""


def test_a_process_that_does_not_end_is_cut_off_with_the_stack_of_what_hangs() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("shutdown not finished after 0.2 s; cut off: ")
    assert "thread worker at <string>:7 <lambda> < threading.py" in done.stdout


def test_the_last_line_does_not_hold_up_the_end() -> None:
    code = HANGS.replace("print(line, flush=True)", "time.sleep(60)")
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 1


@pytest.fixture
def notified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    if sys.platform == "win32":
        pytest.skip("systemd is of Linux")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield sock


def test_systemd_is_notified(notified: socket.socket) -> None:
    systemd.notify("READY=1")
    assert notified.recv(100) == b"READY=1"


@pytest.mark.parametrize("path", ["", "relative", "/nowhere/notify", "@missing"])
def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    systemd.notify("READY=1")


async def test_the_watchdog_gets_only_signs_of_a_healthy_process(
    notified: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    asked: list[bool] = []

    def healthy() -> bool:
        asked.append(len(asked) % 2 == 0)
        return asked[-1]

    task = asyncio.create_task(systemd.notify_watchdog(healthy))
    notified.setblocking(False)
    for _ in range(2):
        assert await asyncio.get_running_loop().sock_recv(notified, 100) == b"WATCHDOG=1"
    task.cancel()
    assert len(asked) >= 3


@pytest.mark.parametrize("interval", ["", "0", "-5", "abc"])
async def test_without_a_watchdog_nothing_runs(monkeypatch: pytest.MonkeyPatch, interval: str) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", interval)
    await systemd.notify_watchdog(lambda: True)
