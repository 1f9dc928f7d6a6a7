"""The measured upload: threads with one connection each, which put blocks until all is sent or the time is up."""

import asyncio
import base64
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from azure.core.exceptions import HttpResponseError

from azure_migrate_exporter.collectors.storage.pacing import TokenBucket
from azure_migrate_exporter.collectors.storage.steady_rate import SteadyRate
from azure_migrate_exporter.network.answer import header, stranger
from azure_migrate_exporter.network.http import Answer
from azure_migrate_exporter.network.http_connection import PutConnection
from azure_migrate_exporter.reasons.azure import is_azure
from azure_migrate_exporter.runtime.cleanup import run_cleanup
from azure_migrate_exporter.runtime.threads import DaemonThreads

SMALLEST: Final = 64 * 1024
LARGEST: Final = 8 * 1024 * 1024
"""Bounds of a block's size in bytes."""
PIECE: Final = 256 * 1024
PIECES: Final = 4
"""What is sent is so many pieces of random bytes, again and again. Together they fit in a processor's second cache,
which makes a fast path a fifth faster than one buffer of a whole block; inside TLS the repetition is not visible."""
DRAIN: Final = 5.0
"""Seconds that blocks on their way get when the time is up: most take one."""
PARTING: Final = 1.0
"""Seconds that they get when the run fails or is cancelled: one that arrives after its blob was deleted would bring the
blob back."""
_UNWIND: Final = PARTING + 0.5
"""Seconds that the threads get to end, then without their connections."""
SAMPLING: Final = 0.05
"""Seconds between two looks at how much has arrived."""
_BLOCK_TIME: Final = 0.5
_GROWTH: Final = 4

OnPut = Callable[[int, float], None]
"""Called with the bytes of a block and the seconds until it was acknowledged."""


class AnswerError(HttpResponseError):
    """The service answered, but not with 201: the SDK's own error, with the fields that its blob client adds."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(message=_element("Message", answer.text) or "no message")
        self.status_code = answer.status
        self.response: Any = answer
        self.error_code = header(answer.headers, "x-ms-error-code")
        self.additional_info = {"authenticationerrordetail": _element("AuthenticationErrorDetail", answer.text)}


@dataclass(slots=True)
class _Blob:
    name: str
    handed_out: int = 0
    acknowledged: int = 0
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a blob; `id` is base64 and equally long for every block, as the service requires."""

    blob: _Blob = field(repr=False)
    id: str
    size: int

    @property
    def name(self) -> str:
        """Name of the blob."""
        return self.blob.name


class BlockQueue:
    """Hands blocks to any number of threads, blob after blob, so that none of them waits for another."""

    def __init__(self, names: Sequence[str], blob_size: int) -> None:
        self._blobs = [_Blob(name) for name in names]
        self._blob_size = blob_size
        self._current = 0
        self._lock = threading.Lock()

    def take(self, wanted: int) -> Block | None:
        """The next block, of at most `wanted` bytes; None when everything is handed out."""
        with self._lock:
            if self._current == len(self._blobs):
                return None
            blob = self._blobs[self._current]
            size = min(wanted, self._blob_size - blob.handed_out)
            block = Block(blob, base64.b64encode(f"{len(blob.ids):06}".encode()).decode(), size)
            blob.ids.append(block.id)
            blob.handed_out += size
            if blob.handed_out == self._blob_size:
                self._current += 1
            return block

    def acknowledge(self, block: Block) -> list[str]:
        """Count a block that arrived. Returns the ids to commit if it was its blob's last, else an empty list."""
        with self._lock:
            block.blob.acknowledged += block.size
            return block.blob.ids if block.blob.acknowledged == self._blob_size else []

    @property
    def begun(self) -> list[str]:
        """Names of the blobs of which a block was handed out."""
        with self._lock:
            return [blob.name for blob in self._blobs if blob.ids]


def next_size(size: int, seconds: float) -> int:
    """The size of the block after one of `size` bytes that took `seconds`: what goes through in about half a second.

    So a fast path soon gets large blocks, which cost least, and a slow one small blocks, of which many are acknowledged
    before the time is up. Grows at most fourfold: the first blocks of a connection are slower than it can be.
    """
    by_speed = int(size * _BLOCK_TIME / seconds) if seconds > 0 else LARGEST
    return max(SMALLEST, min(by_speed, size * _GROWTH, LARGEST))


@dataclass(frozen=True, slots=True)
class Connections:
    """Connections to one container, none of them open yet, and what its requests have in common."""

    path: str
    query: str = field(repr=False)
    """Credentials that belong in a query, or empty."""
    all: Sequence[PutConnection] = field(repr=False)

    def target(self, blob: str, query: str) -> str:
        """Path and query of a request for a blob."""
        return f"{self.path}/{quote(blob)}?{'&'.join(filter(None, (query, self.query)))}"


class Upload:
    """One run. What it sends takes one MiB of memory, whatever the blobs' size and number.

    It ends when its rate is settled, when everything is sent, or when the time is up. Then no new block begins, and
    those on their way may arrive.
    The first block that fails ends the run: a run that repeated blocks would measure its own retries.
    """

    def __init__(
        self,
        connections: Connections,
        queue: BlockQueue,
        max_duration: float,
        on_put: OnPut,
        max_rate: float | None = None,
    ) -> None:
        self._connections = connections
        self._queue = queue
        self._max_duration = max_duration
        self._on_put = on_put
        self._bucket = TokenBucket(max_rate, time.perf_counter) if max_rate else None
        self._piece = min(PIECE, self._bucket.burst) if self._bucket else PIECE
        self._pieces = [memoryview(os.urandom(PIECE)) for _ in range(PIECES)]
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._first_byte = float("inf")
        self._last_answer = 0.0
        self._acknowledged = 0
        self._carried = 0
        """Bytes that TCP carried over all connections."""
        self._seen = dict.fromkeys(connections.all, 0)
        """What each connection said last of it."""
        self._answered: dict[PutConnection, tuple[int, int]] = {}
        """Bytes of bodies, and all that TCP carried for them, when the newest block was answered."""

    @property
    def sent(self) -> int:
        """Bytes handed to the network so far, acknowledged or not: what counts for a budget."""
        return sum(connection.sent for connection in self._connections.all)

    async def measure(self) -> float | None:
        """Upload. Returns the goodput in bytes per second: of the time in which it was steady, or of the whole run if
        that was too short to become so. None if not one block was acknowledged in time.

        Raises what the first failed put raised: `AnswerError`, or see `PutConnection.put`.
        """
        loop = asyncio.get_running_loop()
        threads = DaemonThreads("upload", len(self._connections.all))
        workers = [loop.run_in_executor(threads, self._work, connection) for connection in self._connections.all]
        timer = loop.call_later(self._max_duration, self._over.set)
        steady = SteadyRate()
        observer = asyncio.create_task(self._observe(steady))

        async def stop() -> None:
            timer.cancel()
            observer.cancel()
            threads.shutdown()
            self._over.set()
            await asyncio.wait(workers, timeout=PARTING)
            for connection in self._connections.all:
                connection.cut()
            await asyncio.gather(*workers, return_exceptions=True)

        async with run_cleanup(stop, _UNWIND):
            await asyncio.wait(workers, timeout=self._max_duration + DRAIN, return_when=asyncio.FIRST_EXCEPTION)
            for worker in workers:
                if worker.done():
                    worker.result()
        if not self._acknowledged:
            return None
        if rate := steady.estimate():
            return rate.bytes_per_second * self._share_of_bodies()
        return self._acknowledged / (self._last_answer - self._first_byte)

    async def _observe(self, steady: SteadyRate) -> None:
        """Watch the bytes arrive until their rate is settled, or no more are sent."""
        while not self._over.is_set():
            await asyncio.sleep(SAMPLING)
            if arrived := self._arrived():
                steady.add(time.perf_counter(), arrived)
            if steady.is_settled:
                self._over.set()

    def _arrived(self) -> int:
        """Bytes that the peer has acknowledged so far: by TCP, or in whole blocks where the system does not say."""
        for connection, before in self._seen.items():
            now = connection.acknowledged
            if now is not None:
                self._carried += now - before if now >= before else now  # less: it was opened again
                self._seen[connection] = now
        return self._carried or self._acknowledged

    def _share_of_bodies(self) -> float:
        """The part of what TCP carried that was bodies; the rest is heads and TLS.

        A connection that was opened again counts its bodies from the first one, but TCP from the last: hence the bound.
        """
        bodies, carried = map(sum, zip(*self._answered.values(), strict=True))
        return min(float(bodies / carried), 1.0)

    def _work(self, connection: PutConnection) -> None:
        """One thread: put the next block until there is none, no time, or no connection any more."""
        size = SMALLEST
        try:
            while not self._over.is_set() and (block := self._queue.take(size)) is not None:
                size = next_size(block.size, self._put(connection, block))
        except Exception:
            if not connection.is_cut:  # cut here when the time is up: whatever it raises then is no failure
                raise
        finally:
            connection.close()

    def _put(self, connection: PutConnection, block: Block) -> float:
        """Put one block, and commit its blob if it was the last. Returns the seconds that the block took."""
        if connection.sock is None:
            connection.connect()
        target = self._connections.target(block.name, f"comp=block&blockid={quote(block.id, safe='')}")
        started = time.perf_counter()
        expect_created(connection.where, connection.put(target, self._body(block.size), self._pace))
        ended = time.perf_counter()
        with self._lock:
            self._first_byte = min(self._first_byte, started)
            self._last_answer = max(self._last_answer, ended)
            self._acknowledged += block.size
            self._answered[connection] = connection.sent, connection.acknowledged or connection.sent
            self._on_put(block.size, ended - started)
        if ids := self._queue.acknowledge(block):
            target = self._connections.target(block.name, "comp=blocklist")
            expect_created(connection.where, connection.put(target, [memoryview(_block_list(ids))]))
        return ended - started

    def _body(self, size: int) -> list[memoryview]:
        whole, rest = divmod(size, self._piece)
        pieces = [self._pieces[number % PIECES][: self._piece] for number in range(whole)]
        return [*pieces, self._pieces[whole % PIECES][:rest]] if rest else pieces

    def _pace(self, size: int) -> None:
        """Wait until `size` more bytes are within the rate that the run may have."""
        if self._bucket:
            time.sleep(self._bucket.reserve(size))


def expect_created(where: str, answer: Answer) -> None:
    """Raises `AnswerError` for a refusal of the service, and `CheckError` for an answer that is not its own."""
    if not is_azure(answer.headers):
        raise stranger(where, answer.status, answer.headers)
    if answer.status != 201:
        raise AnswerError(answer)


def _element(name: str, text: str) -> str:
    """The first line of an element in the XML of an error."""
    found = re.search(rf"<{name}>([^<\n]*)", text)
    return found[1] if found else ""


def _block_list(ids: Sequence[str]) -> bytes:
    blocks = "".join(f"<Latest>{block}</Latest>" for block in ids)
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{blocks}</BlockList>'.encode()
