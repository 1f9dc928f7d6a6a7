"""Which bytes go where: blocks handed out one by one over all blobs, and their acknowledgements counted."""

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

SMALLEST: Final = 64 * 1024
LARGEST: Final = 8 * 1024 * 1024
"""Bounds of a block's size in bytes."""
_BLOCK_TIME: Final = 1.0
_GROWTH: Final = 4


def next_size(size: int, seconds: float) -> int:
    """The size of the block after one of `size` bytes that took `seconds`: what goes through in about one second.

    So a fast path soon gets large blocks, which cost least, and a slow one small blocks, of which many are acknowledged
    before the time is up. Grows at most fourfold: the first blocks of a connection are slower than it can be.
    """
    by_speed = int(size * _BLOCK_TIME / seconds) if seconds > 0 else LARGEST
    return max(SMALLEST, min(by_speed, size * _GROWTH, LARGEST))


@dataclass(slots=True)
class _Blob:
    name: str
    handed_out: int = 0
    acknowledged: int = 0
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a blob; `id` is base64 and equally long for every block, as the service wants."""

    blob: _Blob = field(repr=False)
    id: str
    size: int

    @property
    def name(self) -> str:
        """Name of the blob."""
        return self.blob.name


class Plan:
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
