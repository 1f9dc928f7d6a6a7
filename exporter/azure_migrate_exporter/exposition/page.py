"""The page of `/metrics`: prepared bytes, plain and encoded, updated in the background where samples changed.

prometheus-client renders and compresses every sample at every scrape (about 2 s for 100,000 samples in OpenMetrics with
gzip). Here a block renders once, the lines of a family are joined and encoded when they change, and a scrape
concatenates.
"""

import math
import threading
import time
import zlib
from collections.abc import Callable, Hashable, ItemsView, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import zip_longest
from typing import Final

import structlog

from azure_migrate_exporter.exposition.encodings import Encoding, Run, deflate, gzip_member, zstd_frame
from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.exposition.metric import TABLE, Metric
from azure_migrate_exporter.exposition.text import OPENMETRICS_EOF, header

LARGE: Final = 16 * 1024
"""Size in bytes from which the lines of one owner in a family are encoded separately."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RenderingError:
    """A block of `owner` that could not be rendered."""

    owner: Hashable
    error: Exception


_NO_LINES: Final[ItemsView[Metric, bytes]] = {}.items()

Tail = Callable[[], Iterable[tuple[bytes, bytes, bytes]]]
"""Families rendered at each scrape: header in text, header in OpenMetrics, sample lines."""


@dataclass(slots=True)
class _Family:
    """The bytes of one family. `parts` holds the joined sample lines of each owner.

    `runs` are the bytes to send: all small parts as one run, because they compress well only together, and each large
    part as a separate run, so that a change of one does not affect the others.
    """

    headers: tuple[Run, Run]
    """Of the text format, and of OpenMetrics."""
    parts: dict[Hashable, bytes] = field(default_factory=dict)
    large: dict[Hashable, Run] = field(default_factory=dict)
    """The large ones of the parts."""
    runs: list[Run] = field(default_factory=list)
    dirty: bool = True
    checksums: list[tuple[int, int] | None] = field(default_factory=lambda: [None, None])
    """Per format: the page's CRC before this family and after it."""

    @classmethod
    def of(cls, metric: Metric) -> "_Family":
        return cls((Run(header(metric, openmetrics=False)), Run(header(metric, openmetrics=True))))

    def put(self, owner: Hashable, lines: bytes) -> None:
        """Replace the lines of `owner`, if they changed: a new block need not differ in every family."""
        if lines == self.parts.get(owner, b""):
            return
        self.parts[owner] = lines
        self.large.pop(owner, None)
        if not lines:
            del self.parts[owner]
        elif len(lines) >= LARGE:
            self.large[owner] = Run(lines)
        self.dirty = True

    def rejoin(self) -> None:
        small = b"".join([lines for owner, lines in self.parts.items() if owner not in self.large])
        self.runs = [Run(small)] if small else []
        self.runs += self.large.values()
        self.checksums = [None, None]
        self.dirty = False

    def checksum(self, before: int, form: int) -> int:
        known = self.checksums[form]
        if known is None or known[0] != before:
            runs = (self.headers[form], *self.runs)
            known = self.checksums[form] = (before, _crc32([run.plain for run in runs], before))
        return known[1]


@dataclass(frozen=True, slots=True)
class _Form:
    """One format of one published page, without its tail."""

    runs: tuple[Run, ...] = ()
    plain: tuple[bytes, ...] = ()
    deflated: tuple[bytes, ...] = ()
    length: int = 0
    known_checksum: int | None = None

    @property
    def checksum(self) -> int:
        """CRC-32 of all runs: computed now, unless it was when the page was published."""
        return _crc32(self.plain) if self.known_checksum is None else self.known_checksum

    def frames(self) -> list[bytes]:
        """Every run as a frame of zstd, made now where it is new."""
        return [run.zstd for run in self.runs]


class Page:
    """Blocks by owner, and the published bytes of all of them.

    `put` and `drop` are cheap and take effect at the next `publish`, which may run in another thread.
    """

    def __init__(self, *tails: Tail) -> None:
        self._tails = tails
        self._failed_tails: set[Tail] = set()
        self._lock = threading.Lock()
        self._pending: dict[Hashable, Sequence[Block]] = {}
        self._expires: dict[Hashable, float] = {}
        """When the blocks of an owner expire, in seconds of the monotonic clock."""
        self._next_expiry = math.inf
        self._publishing = threading.Lock()
        self._blocks: dict[Hashable, Sequence[Block]] = {}
        self._families: dict[Metric, _Family] = {}
        self._forms = (_Form(), _Form())
        self._asked: set[tuple[bool, Encoding]] = set()
        """Forms and encodings that were asked for, and are therefore prepared with each new page."""
        self._shown: frozenset[Hashable] = frozenset()

    def put(self, owner: Hashable, blocks: Sequence[Block], lifetime: float = math.inf) -> None:
        """Replace the blocks of `owner`. After `lifetime` seconds they are not served any more."""
        with self._lock:
            self._pending[owner] = blocks
            self._expires.pop(owner, None)
            if lifetime < math.inf:
                self._expires[owner] = time.monotonic() + lifetime
            self._next_expiry = min(self._expires.values(), default=math.inf)

    def drop(self, owner: Hashable) -> None:
        """Remove the blocks of `owner`."""
        self.put(owner, ())

    def shows(self, owner: Hashable) -> bool:
        """Whether the published page has blocks of `owner`."""
        return owner in self._shown

    def publish(self) -> list[RenderingError]:
        """Render what was put since the last call.

        A block that cannot be rendered is left out, and reported in the result.
        """
        with self._publishing:
            return self._publish()

    def _drop_expired(self) -> None:
        """Remove what has expired. The engine does it in time, unless its event loop is blocked."""
        if not self._publishing.acquire(blocking=False):
            return  # the engine is rendering
        try:
            now = time.monotonic()
            with self._lock:
                expired = [owner for owner, when in self._expires.items() if when <= now]
            for owner in expired:
                self.drop(owner)
            self._publish()
        finally:
            self._publishing.release()

    def _publish(self) -> list[RenderingError]:
        with self._lock:
            pending, self._pending = self._pending, {}
        errors: list[RenderingError] = []
        for owner, blocks in pending.items():
            if self._blocks.get(owner) is not blocks:
                self._replace(owner, _renderable(owner, blocks, errors))
        for family in self._families.values():
            if family.dirty:
                family.rejoin()
        shown = [self._families[m] for m in TABLE.values() if m in self._families and self._families[m].parts]
        # A small family that changes, as each run changes one, leaves the checksums before it as they are.
        shown.sort(key=lambda family: not family.large)
        self._forms = (self._form(shown, openmetrics=False), self._form(shown, openmetrics=True))
        self._shown = frozenset(self._blocks)
        return errors

    def _form(self, families: Sequence[_Family], *, openmetrics: bool) -> _Form:
        checked = (openmetrics, Encoding.GZIP) in self._asked
        form = _form(families, openmetrics, checked=checked)
        if (openmetrics, Encoding.ZSTD) in self._asked:
            form.frames()
        return form

    def _replace(self, owner: Hashable, blocks: Sequence[Block]) -> None:
        old = self._blocks.pop(owner, ())
        if blocks:
            self._blocks[owner] = blocks
        lines: dict[Metric, list[bytes]] = {metric: [] for metric in _changed(old, blocks)}
        for block in blocks:
            for metric, chunk in block.chunks.items():
                if metric in lines:
                    lines[metric].append(chunk)
        for metric, chunks in lines.items():
            family = self._families.get(metric)
            if family is None:
                family = self._families[metric] = _Family.of(metric)
            family.put(owner, b"".join(chunks))

    def response(self, *, openmetrics: bool, encoding: Encoding = Encoding.IDENTITY) -> tuple[bytes, ...]:
        """A complete body as segments, to be sent in order."""
        if time.monotonic() >= self._next_expiry:
            self._drop_expired()
        form = self._forms[openmetrics]
        self._asked.add((openmetrics, encoding))
        tail = b"".join([piece for *headers, body in self._tail() for piece in (headers[openmetrics], body)])
        tail += OPENMETRICS_EOF if openmetrics else b""
        match encoding:
            case Encoding.IDENTITY:
                return (*form.plain, tail)
            case Encoding.GZIP:
                checksum = zlib.crc32(tail, form.checksum)
                return gzip_member((*form.deflated, deflate(tail)), checksum, form.length + len(tail))
            case Encoding.ZSTD:
                return (*form.frames(), zstd_frame(tail))

    def _tail(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """The families of all tails. One that fails (no descriptor left to read /proc) is left out of this scrape."""
        for tail in self._tails:
            try:
                yield from list(tail())
                self._failed_tails.discard(tail)
            except Exception:
                if tail not in self._failed_tails:
                    self._failed_tails.add(tail)
                    log.exception("metrics of the exporter itself are incomplete")


def _changed(old: Sequence[Block], new: Sequence[Block]) -> set[Metric]:
    """The metrics whose lines may differ. Most blocks are in both, and of a block that was replaced, most lines are."""
    before, after = {id(block) for block in old}, {id(block) for block in new}
    gone = [block.chunks.items() for block in old if id(block) not in after]
    come = [block.chunks.items() for block in new if id(block) not in before]
    return {metric for was, now in zip_longest(gone, come, fillvalue=_NO_LINES) for metric, _ in was ^ now}


def _renderable(owner: Hashable, blocks: Sequence[Block], errors: list[RenderingError]) -> Sequence[Block]:
    """`blocks`, without those that cannot be rendered."""
    broken = []
    for block in blocks:
        try:
            block.chunks  # noqa: B018 - a cached property, rendered here
        except Exception as error:  # noqa: BLE001 - a mistake in one block must not affect the others
            broken.append(block)
            errors.append(RenderingError(owner, error))
    return [block for block in blocks if block not in broken] if broken else blocks


def _crc32(pieces: Iterable[bytes], before: int = 0) -> int:
    return reduce(lambda found, piece: zlib.crc32(piece, found), pieces, before)


def _form(families: Sequence[_Family], form: int, *, checked: bool) -> _Form:
    runs = [run for family in families for run in (family.headers[form], *family.runs)]
    checksum = reduce(lambda before, family: family.checksum(before, form), families, 0) if checked else None
    plain, deflated = tuple([run.plain for run in runs]), tuple([run.deflated for run in runs])
    return _Form(tuple(runs), plain, deflated, sum(map(len, plain)), checksum)
