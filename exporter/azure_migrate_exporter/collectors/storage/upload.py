"""The measured upload: threads with one connection each, which put blocks until all is sent or the time is up."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from azure_migrate_exporter.collectors.storage.blocks import SMALLEST, Block, Plan, next_size
from azure_migrate_exporter.collectors.storage.container_access import Door, Grant
from azure_migrate_exporter.collectors.storage.wire import PutConnection
from azure_migrate_exporter.runtime.cleanup import run_cleanup
from azure_migrate_exporter.runtime.threads import DaemonThreads

PIECE: Final = 256 * 1024
PIECES: Final = 4
"""What is sent is so many pieces of random bytes, again and again. Together they fit in a processor's second cache,
which makes a fast path a fifth faster than one buffer of a whole block; inside TLS nobody sees that they repeat."""
SILENCE: Final = 30.0
"""Seconds in which a piece must have been taken, or an answer begun."""
DRAIN: Final = 5.0
"""Seconds that blocks on their way get when the time is up: most take one."""
PARTING: Final = 1.0
"""Seconds that they get when the run fails or is cancelled: one that arrives after its blob was deleted would bring the
blob back."""
_UNWIND: Final = PARTING + 0.5
"""Seconds that the threads get to end, then without their connections."""

OnPut = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """Bytes acknowledged, and the seconds from the first byte sent to the last acknowledgement."""

    acknowledged: int
    seconds: float

    @property
    def throughput(self) -> float:
        """Goodput in bytes per second."""
        return self.acknowledged / self.seconds


class Upload:
    """One run. What it sends takes one MiB of memory, whatever the blobs' size and number.

    When the time is up no new block begins, those on their way may arrive, and what was acknowledged until then is the
    figure. The first block that fails ends the run: one that repeated would measure its own patience.
    """

    def __init__(
        self, door: Door, grant: Grant, plan: Plan, connections: int, max_duration: float, on_put: OnPut
    ) -> None:
        self._path = door.url.path
        self._grant = grant
        self._plan = plan
        self._max_duration = max_duration
        self._on_put = on_put
        self._connections = [PutConnection(door.url, door.tls, grant.headers, SILENCE) for _ in range(connections)]
        self._pieces = [memoryview(os.urandom(PIECE)) for _ in range(PIECES)]
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._first_byte = float("inf")
        self._last_answer = 0.0
        self._acknowledged = 0

    @property
    def sent(self) -> int:
        """Bytes handed to the network so far, acknowledged or not: what counts for a budget."""
        return sum(connection.sent for connection in self._connections)

    async def measure(self) -> Figure | None:
        """Upload. None if not one block was acknowledged in time.

        Raises what the first failed put raised: see `wire.PutConnection.put`.
        """
        loop = asyncio.get_running_loop()
        threads = DaemonThreads("upload", len(self._connections))
        workers = [loop.run_in_executor(threads, self._work, connection) for connection in self._connections]
        timer = loop.call_later(self._max_duration, self._over.set)

        async def stop() -> None:
            timer.cancel()
            threads.shutdown()
            self._over.set()
            await asyncio.wait(workers, timeout=PARTING)
            for connection in self._connections:
                connection.cut()
            await asyncio.gather(*workers, return_exceptions=True)

        async with run_cleanup(stop, _UNWIND):
            await asyncio.wait(workers, timeout=self._max_duration + DRAIN, return_when=asyncio.FIRST_EXCEPTION)
            for worker in workers:
                if worker.done():
                    worker.result()
        if not self._acknowledged:
            return None
        return Figure(self._acknowledged, self._last_answer - self._first_byte)

    def _work(self, connection: PutConnection) -> None:
        """One thread: put the next block until there is none, no time, or no connection any more."""
        size = SMALLEST
        try:
            while not self._over.is_set() and (block := self._plan.take(size)) is not None:
                size = next_size(block.size, self._put(connection, block))
        except Exception:
            if not connection.is_cut:  # we cut it ourselves when time is up, and whatever it raises then is no failure
                raise
        finally:
            connection.close()

    def _put(self, connection: PutConnection, block: Block) -> float:
        """Put one block, and commit its blob if it was the last. Returns the seconds that the block took."""
        if connection.sock is None:
            connection.connect()
        target = self._target(block.name, f"comp=block&blockid={quote(block.id, safe='')}")
        started = time.perf_counter()
        connection.put(target, self._body(block.size))
        ended = time.perf_counter()
        with self._lock:
            self._first_byte = min(self._first_byte, started)
            self._last_answer = max(self._last_answer, ended)
            self._acknowledged += block.size
            self._on_put(block.size, ended - started)
        if ids := self._plan.acknowledge(block):
            connection.put(self._target(block.name, "comp=blocklist"), [memoryview(_block_list(ids))])
        return ended - started

    def _body(self, size: int) -> list[memoryview]:
        whole, rest = divmod(size, PIECE)
        pieces = [self._pieces[number % PIECES] for number in range(whole)]
        return [*pieces, self._pieces[whole % PIECES][:rest]] if rest else pieces

    def _target(self, blob: str, query: str) -> str:
        parts = [query, self._grant.query] if self._grant.query else [query]
        return f"{self._path}/{quote(blob)}?{'&'.join(parts)}"


def _block_list(ids: Sequence[str]) -> bytes:
    blocks = "".join(f"<Latest>{block}</Latest>" for block in ids)
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{blocks}</BlockList>'.encode()
