"""The exporter as a user starts it: the installed command in its own process."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from tests.lab.check_status import Sample, parse_samples
from tests.lab.process import Process, answers, free_port, running
from tests.lab.tools import Program

START_DEADLINE: Final = 30.0
COMMAND: Final = Program((str(Path(sys.executable).with_name("azure-migrate-exporter")),))


class Exporter:
    """A running exporter and its HTTP endpoints."""

    def __init__(self, address: str, process: Process, session: aiohttp.ClientSession) -> None:
        self.address = address
        self.url = f"http://{address}"
        self.process = process
        self._session = session

    async def text(self) -> str:
        """`/metrics` in the text format."""
        async with self._session.get(f"{self.url}/metrics", headers={"Accept": "text/plain"}) as response:
            response.raise_for_status()
            return await response.text()

    async def page(self) -> list[Sample]:
        """The exporter's own series."""
        return parse_samples(await self.text())

    async def until_ready(self, deadline: float = 60.0) -> None:
        """Wait until the page shows the first run of every check."""
        await self.process.until(answers(self._session, f"{self.url}/-/ready"), deadline)


@asynccontextmanager
async def exporter(
    directory: Path, config: Path, *arguments: str, port: int = 0, command: Program = COMMAND
) -> AsyncIterator[Exporter]:
    """Run `serve` with `config` over plain HTTP on loopback, its state and log in `directory`; yields once healthy."""
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    address = f"127.0.0.1:{free_port(port)}"
    flags = (
        "serve",
        f"--config.file={config}",
        f"--state.path={directory / 'state'}",
        f"--web.listen-address={address}",
        *arguments,
    )
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        running("azure-migrate-exporter", command, *flags, log=directory / "exporter.log") as process,
    ):
        await process.until(answers(session, f"http://{address}/-/healthy"), START_DEADLINE)
        yield Exporter(address, process, session)
