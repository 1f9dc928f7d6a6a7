"""The "can I write at all" test: put a few bytes, and delete them again. The benchmark begins with it as well."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.collectors.storage.account import Account
from azure_migrate_exporter.collectors.storage.upload_metrics import Tally
from azure_migrate_exporter.runtime.cleanup import run_cleanup

CONTENT: Final = b"A test upload of azure-migrate-exporter. It is deleted at once.\n"
PATIENCE: Final = 5.0
"""Seconds that deleting may take."""


@asynccontextmanager
async def written(account: Account, container: ContainerClient, name: str, tally: Tally) -> AsyncIterator[float]:
    """A small blob that exists inside the block and is deleted after it; yields the seconds that the put took.

    A failed put counts in `tally`. Raises `CheckError`.
    """

    async def remove() -> None:
        with account.doing("the upload worked, but deleting failed in"):
            try:
                await container.delete_blob(name)
            except ResourceNotFoundError:
                return

    async with run_cleanup(remove, PATIENCE):
        with tally.attempt(), account.doing("no upload to"):
            started = time.perf_counter()
            await container.upload_blob(name, CONTENT, overwrite=True)
            seconds = time.perf_counter() - started
        yield seconds
