"""The real `serve` with a collector that hangs, for tests of the end: `python -m tests.hanging HOW serve …`."""

import asyncio
import logging
import sys
import time

import bcrypt

from azure_migrate_exporter.__main__ import run as run_command
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.exposition.measurements import Measurements
from tests import scripted
from tests.scripted import Script


async def ignores_its_cancellation(_: Measurements) -> None:
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


async def blocks_the_loop(_: Measurements) -> None:
    await asyncio.sleep(1)
    time.sleep(3600)  # noqa: ASYNC251 - the fault


async def blocks_a_thread(_: Measurements) -> None:
    await asyncio.to_thread(time.sleep, 3600)


async def logs_without_end(_: Measurements) -> None:
    for _line in range(20_000):
        logging.getLogger("sdk").warning("x" * 200)


async def hashes_without_end(_: Measurements) -> None:
    """A thread in native code that cannot be unwound: Python's own end of a process aborts in it."""

    def run() -> None:
        while True:
            bcrypt.hashpw(b"", SALT)

    await asyncio.to_thread(run)


async def waits(_: Measurements) -> None:
    await asyncio.Event().wait()


RUNS = "the run begins"
SALT = bcrypt.gensalt(4)

STEPS = (waits, ignores_its_cancellation, blocks_the_loop, blocks_a_thread, logs_without_end, hashes_without_end)
HOW = {step.__name__: step for step in STEPS}

if __name__ == "__main__":
    step = HOW[sys.argv.pop(1)]

    async def run(out: Measurements) -> None:
        logging.getLogger("sdk").warning(RUNS)
        await step(out)

    script = Script(run)
    COLLECTORS.clear()
    COLLECTORS["scripted"] = scripted.spec({"target": script}, when=scripted.schedule(interval=0.1, timeout=3600))
    run_command()
