"""Programs that the lab starts: output to a file, ready within a deadline, and always stopped at the end."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml

from tests.lab.tools import Program

STOP_DEADLINE: Final = 10.0
_POLL: Final = 0.05


class Process:
    """A running program in its own session: Ctrl-C in the terminal does not reach it, the lab stops it."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process
        self._log = log

    async def until(self, check: Callable[[], Awaitable[bool]], deadline: float) -> None:
        """Wait until `check` holds. Raises RuntimeError with the end of the program's output if it ends before."""
        try:
            async with asyncio.timeout(deadline):
                while not await check():
                    if self._process.returncode is not None:
                        raise RuntimeError(f"{self.name} ended with {self._process.returncode}: {self.last_output()}")
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            raise RuntimeError(f"{self.name} is not ready after {deadline:g} s: {self.last_output()}") from None

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal to the program, unless it has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal_number)

    async def wait(self) -> int:
        """The exit status, once it has ended."""
        return await self._process.wait()

    def last_output(self) -> str:
        """The last lines of its output, in one line."""
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-5:])


@asynccontextmanager
async def running(
    name: str, program: Program, *arguments: str, log: Path, stop_deadline: float = STOP_DEADLINE
) -> AsyncIterator[Process]:
    """Start a program and stop it afterwards: with SIGTERM, and after `stop_deadline` seconds with SIGKILL."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *_kill_with_parent(),
            *program.command,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **program.environment},
            start_new_session=True,
        )
    try:
        yield Process(name, process, log)
    finally:
        await _stop(process, stop_deadline)


def _kill_with_parent() -> tuple[str, ...]:
    """A command prefix that makes the kernel kill the program when this process is killed (Linux)."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig=KILL", "--") if setpriv else ()


async def _stop(process: asyncio.subprocess.Process, deadline: float) -> None:
    try:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), deadline)
    except (TimeoutError, ProcessLookupError):
        pass
    finally:
        # The whole process group: a killed program leaves its children behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def free_port(wanted: int = 0) -> int:
    """`wanted` if nothing listens there, or any free port of the loopback address.

    For programs that do not report which port they chose for port 0. If another process takes the port meanwhile, the
    program ends with a clear message.
    """
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def answers(session: aiohttp.ClientSession, url: str) -> Callable[[], Awaitable[bool]]:
    """A check for `Process.until`: whether a GET of `url` returns 200."""

    async def check() -> bool:
        try:
            async with session.get(url) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    return check


def write_yaml(path: Path, value: Mapping[str, Any]) -> Path:
    """Write a configuration file that only its owner can read; creates its directory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(dict(value), sort_keys=False), encoding="utf-8")
    return path
