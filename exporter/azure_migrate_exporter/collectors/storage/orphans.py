"""Deleting what our own tests wrote, and what a crash of theirs left behind. Nothing else is ever touched."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.collectors.storage import names

ORPHANED_AFTER: Final = 3600.0
"""Age in seconds at which a blob of ours belongs to nobody: far more than any run takes, so that the run of another
exporter, or of one whose clock is somewhat off, is left alone."""


async def discard(container: ContainerClient, name: str) -> None:
    """Delete a blob that was begun. If it was never committed, an empty commit drops its blocks first."""
    blob = container.get_blob_client(name)
    try:
        await blob.delete_blob(delete_snapshots="include")
    except ResourceNotFoundError:
        await blob.commit_block_list([])
        with contextlib.suppress(ResourceNotFoundError):  # another exporter sweeps at the same moment
            await blob.delete_blob(delete_snapshots="include")


async def discard_all(container: ContainerClient, begun: Iterable[str]) -> None:
    """`discard` side by side. What fails does not keep the others from being deleted; the first error is raised."""
    results = await asyncio.gather(*(discard(container, name) for name in begun), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def sweep(container: ContainerClient, now: float) -> None:
    """Delete our blobs that are older than `ORPHANED_AFTER`, those without a commit included."""
    orphans = []
    async for blob in container.list_blobs(name_starts_with=names.PREFIX, include=["uncommittedblobs"]):
        made = names.made(blob.name)
        if made is None:
            continue
        written = getattr(blob, "last_modified", None)  # what was never committed may have none
        if now - max(made, written.timestamp() if written else 0.0) > ORPHANED_AFTER:
            orphans.append(blob.name)
    await discard_all(container, orphans)
