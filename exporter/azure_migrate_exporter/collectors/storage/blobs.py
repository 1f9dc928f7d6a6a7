"""The exporter's own blobs: their names, the small test upload, and the deletion of what a crash left behind.

Names carry the time of their making, so that any exporter recognises an orphan. They hold no slash: in an account with
a hierarchical namespace a slash would make directories, which nothing deletes.
"""

import asyncio
import contextlib
import re
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.collectors.storage.account import Account
from azure_migrate_exporter.collectors.storage.upload_metrics import UploadMetrics
from azure_migrate_exporter.runtime.cleanup import run_cleanup
from azure_migrate_exporter.runtime.state import StateStore

PREFIX: Final = "azure-migrate-exporter."
"""What every name begins with. A blob with another name belongs to others and is never touched."""
CANARY: Final = b"A test upload of azure-migrate-exporter. It is deleted at once.\n"
"""Content of the small test upload."""
ORPHANED_AFTER: Final = 3600.0
"""Age in seconds at which a blob of ours counts as an orphan: far more than any run takes, so that a run of another
exporter, or of one whose clock is somewhat off, is left alone."""

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_OURS: Final = re.compile(re.escape(PREFIX) + r"(?:probe|benchmark)\.(\d{8}T\d{6}Z)\.[0-9a-f]{8}(?:\.\d{4})?")
_DELETE_TIMEOUT: Final = 5.0
"""Seconds for deleting the test upload."""


def probe_name(now: float) -> str:
    """A name that nothing else uses."""
    return _unique_name("probe", now)


def lasting_probe_name(state: StateStore, key: str, now: float) -> str:
    """The name of the test upload of one target, the same after a restart: the next run deletes what a crash left."""
    saved = state.load(key).get("blob")
    if isinstance(saved, str) and creation_time(saved) is not None:
        return saved
    name = probe_name(now)
    state.save(key, {"blob": name})  # without state, a blob that a crash leaves is deleted after an hour
    return name


class Leftovers:
    """Names of the blobs of a benchmark under way, saved before its upload: after a crash they are to be deleted."""

    def __init__(self, state: StateStore, key: str) -> None:
        self._state = state
        self._key = key

    @property
    def names(self) -> list[str]:
        """The blobs of a run that did not end."""
        saved = self._state.load(self._key).get("blobs")
        names = saved if isinstance(saved, list) else []
        return [name for name in names if isinstance(name, str) and creation_time(name) is not None]

    def save(self, names: Iterable[str]) -> None:
        """Replace the names. A disk on which nothing can be saved does not keep the benchmark from running."""
        self._state.save(self._key, {"blobs": list(names)})


def benchmark_names(now: float, blobs: int) -> list[str]:
    """The names of one run: a prefix of its own and a number."""
    prefix = _unique_name("benchmark", now)
    return [f"{prefix}.{number:04}" for number in range(blobs)]


def _unique_name(test: str, now: float) -> str:
    return f"{PREFIX}{test}.{datetime.fromtimestamp(now, UTC):{_STAMP}}.{secrets.token_hex(4)}"


def creation_time(name: str) -> float | None:
    """The time in a name of ours, in Unix seconds; None for any other name, however alike."""
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@asynccontextmanager
async def canary(
    account: Account, container: ContainerClient, name: str, metrics: UploadMetrics
) -> AsyncIterator[float]:
    """A small blob that exists inside the block and is deleted after it; yields the seconds that the put took.

    A failed put counts in `metrics`. Raises `CheckError`.
    """

    async def remove() -> None:
        with account.explaining("the upload worked, but deleting failed in"):
            try:
                await container.delete_blob(name)
            except ResourceNotFoundError:
                return

    async with run_cleanup(remove, _DELETE_TIMEOUT):
        with metrics.counting_failures(), account.explaining("no upload to"):
            started = time.perf_counter()
            await container.upload_blob(name, CANARY, overwrite=True)
            seconds = time.perf_counter() - started
        yield seconds


async def delete_blobs(container: ContainerClient, names: Iterable[str]) -> None:
    """Delete blobs of ours side by side. One that fails does not keep the others; the first error is raised."""
    results = await asyncio.gather(*(_delete(container, name) for name in names), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _delete(container: ContainerClient, name: str) -> None:
    """Delete a blob that was begun. If it was never committed, an empty commit drops its blocks first."""
    blob = container.get_blob_client(name)
    try:
        await blob.delete_blob(delete_snapshots="include")
    except ResourceNotFoundError:
        await blob.commit_block_list([])
        with contextlib.suppress(ResourceNotFoundError):  # another exporter deletes it at the same moment
            await blob.delete_blob(delete_snapshots="include")


async def delete_orphans(container: ContainerClient, now: float) -> None:
    """Delete our blobs that are older than `ORPHANED_AFTER`, those without a commit included."""
    orphans = []
    async for blob in container.list_blobs(name_starts_with=PREFIX, include=["uncommittedblobs"]):
        created = creation_time(blob.name)
        if created is None:
            continue
        written = getattr(blob, "last_modified", None)  # what was never committed may have none
        if now - max(created, written.timestamp() if written else 0.0) > ORPHANED_AFTER:
            orphans.append(blob.name)
    await delete_blobs(container, orphans)
