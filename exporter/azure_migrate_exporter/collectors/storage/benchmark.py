"""Collector `storage_benchmark`: the article's `azcopy bench`, measured here, within a daily budget."""

from typing import Final

from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.storage import canary, names, orphans
from azure_migrate_exporter.collectors.storage.account import Account
from azure_migrate_exporter.collectors.storage.blocks import Plan
from azure_migrate_exporter.collectors.storage.budget import Budget
from azure_migrate_exporter.collectors.storage.container_access import Door
from azure_migrate_exporter.collectors.storage.upload import Upload
from azure_migrate_exporter.collectors.storage.upload_metrics import Tally
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    STORAGE_BENCHMARK_BUDGET,
    STORAGE_BENCHMARK_BUDGET_USED,
    STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP,
    STORAGE_BENCHMARK_SKIPPED,
    STORAGE_UPLOAD_THROUGHPUT,
)
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.cleanup import run_cleanup

CLEANUP: Final = 15.0
"""Seconds that deleting what was uploaded may take."""
LIFETIME: Final = 900.0
"""Seconds that a signature of ours is valid: the longest run, and a service whose clock is ahead."""


def create(target: Target[StorageSettings], context: Context) -> Collector:
    """The benchmark of one account."""
    return StorageBenchmark(target, context)


class StorageBenchmark(Collector):
    """Uploads blobs of its own, measures, and deletes them whatever happens.

    It begins as the probe does, with a few bytes that are put and deleted, so it never fills a container where it may
    not delete. A run that might not fit in the day's budget does nothing and is no failure. Targets take turns.
    """

    def __init__(self, target: Target[StorageSettings], context: Context) -> None:
        settings = target.settings
        self._labels = {"appliance": target.appliance, "account": settings.account, "role": settings.role}
        self._settings = settings.benchmark
        self._clock = context.clock
        self._uplink = context.uplink
        self._account = Account(settings)
        self._tally = Tally("benchmark", self._labels)
        self._trial_blob = names.probe(context.clock.time())
        state = f"storage_benchmark-{target.appliance}-{target.name}"
        self._budget = Budget(context.state, state, int(self._settings.daily_budget), context.clock)
        self._upload: Upload | None = None
        self._last_success: float | None = None

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`."""
        reserved = self._settings.run_size
        fits = self._budget.reserve(reserved)
        out.set(STORAGE_BENCHMARK_SKIPPED, not fits, **self._labels)
        try:
            if fits:
                async with self._uplink:
                    await self._run(out)
        except CheckError as error:
            if error.reason is Reason.UNAUTHENTICATED:
                await self._account.forget()
            raise
        finally:
            if fits:
                self._budget.settle(reserved, self._upload.sent if self._upload else 0)
            self._upload = None  # and with it what it sent
            self._write(out)

    async def _run(self, out: Measurements) -> None:
        with self._tally.attempt():
            door = await self._account.door()
        async with door.container() as container:
            async with canary.written(self._account, container, self._trial_blob, self._tally):
                pass
            with self._account.doing("a small upload worked, but listing leftovers failed in"):
                await orphans.sweep(container, self._clock.time())
            await self._measure(door, container, out)

    async def _measure(self, door: Door, container: ContainerClient, out: Measurements) -> None:
        settings = self._settings
        plan = Plan(names.benchmark(self._clock.time(), settings.blobs), int(settings.blob_size))
        grant = await door.grant(LIFETIME)
        upload = Upload(door, grant, plan, settings.connections, settings.max_duration, self._tally.put)
        self._upload = upload

        async def remove() -> None:
            with self._account.doing("the upload ended, but deleting failed in"):
                await orphans.discard_all(container, plan.begun)

        async with run_cleanup(remove, CLEANUP):
            with self._tally.attempt(), self._account.doing("no upload to"):
                figure = await upload.measure()
                if figure is None:
                    seconds = f"{settings.max_duration:g} s"
                    raise CheckError(Reason.TIMEOUT, f"{self._account.place} acknowledged not one block in {seconds}")
            out.set(STORAGE_UPLOAD_THROUGHPUT, figure.throughput, **self._labels)
            self._last_success = self._clock.time()

    def _write(self, out: Measurements) -> None:
        self._tally.write(out)
        out.set(STORAGE_BENCHMARK_BUDGET, self._settings.daily_budget, **self._labels)
        out.set(STORAGE_BENCHMARK_BUDGET_USED, self._budget.used, **self._labels)
        if self._last_success is not None:
            out.set(STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP, self._last_success, **self._labels)

    async def close(self) -> None:
        """See `Collector.close`."""
        await self._account.forget()
