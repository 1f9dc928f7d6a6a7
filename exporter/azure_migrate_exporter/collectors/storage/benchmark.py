"""Collector `storage_benchmark`: the article's `azcopy bench`, measured here, within a daily budget."""

from typing import Any, Final

from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.azure.json_fields import number
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.storage import blobs
from azure_migrate_exporter.collectors.storage.account import Account, ContainerAccess
from azure_migrate_exporter.collectors.storage.line_latency import measured_latency
from azure_migrate_exporter.collectors.storage.line_share import Grant, LineShare, Skip
from azure_migrate_exporter.collectors.storage.upload import BlockQueue, Upload
from azure_migrate_exporter.collectors.storage.upload_metrics import UploadMetrics
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    STORAGE_BENCHMARK_BUDGET,
    STORAGE_BENCHMARK_BUDGET_USED,
    STORAGE_BENCHMARK_IDLE_LATENCY,
    STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP,
    STORAGE_BENCHMARK_LIMIT,
    STORAGE_BENCHMARK_LOADED_LATENCY,
    STORAGE_BENCHMARK_SKIPPED,
    STORAGE_UPLOAD_THROUGHPUT,
)
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.cleanup import run_cleanup
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.state import StateStore

DELETE_TIMEOUT: Final = 15.0
"""Seconds for deleting what was uploaded."""
SIGNATURE_LIFETIME: Final = 900.0
"""Seconds that a signature made here is valid: the longest run, and a service whose clock is ahead."""
LOOK_INTERVAL: Final = 30.0
"""Seconds between two looks whether the line is free."""
DAY: Final = 86400.0
MBIT: Final = 1e6 / 8
"""Bytes per second of a Mbit/s."""
_MIDNIGHT_MARGIN: Final = 60.0
"""Seconds before midnight in which the next day has begun: the wall and the monotonic clock do not agree exactly."""


def create(target: Target[StorageSettings], context: Context) -> Collector:
    """The benchmark of one account."""
    return StorageBenchmark(target, context)


class StorageBenchmark(Collector):
    """Uploads blobs of its own, measures, and deletes them whatever happens.

    It begins as the probe does, with a few bytes that are put and deleted, so it never fills a container in which it
    may not delete. A run that might not fit in the day's budget, or has to make way for machines that replicate, does
    nothing and is no failure. Targets take turns.
    """

    def __init__(self, target: Target[StorageSettings], context: Context) -> None:
        settings = target.settings
        self._labels = {"appliance": target.appliance, "account": settings.account, "role": settings.role}
        self._settings = settings.benchmark
        self._clock = context.clock
        self._uplink = context.uplink
        self._account = Account(settings, target.proxy)
        self._metrics = UploadMetrics("benchmark", self._labels)
        state = f"storage_benchmark-{target.appliance}-{target.name}"
        self._canary = blobs.lasting_probe_name(context.state, f"{state}-probe", context.clock.time())
        self._leftovers = blobs.Leftovers(context.state, f"{state}-blobs")
        self._budget = Budget(context.state, state, int(self._settings.daily_budget), context.clock)
        share = self._settings.share_while_replicating
        self._share = LineShare(share, target.appliance, context.blackboard, context.state, f"{state}-line")
        self._makes_way = False
        """Whether the newest run was skipped for machines that replicate."""
        self._upload: Upload | None = None
        self._last_success: float | None = None

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`."""
        reserved, grant = self._settings.run_size, Grant(skip=Skip.UNKNOWN)
        try:
            async with self._uplink:  # once it is free: machines may have begun to replicate meanwhile
                grant = self._granted(reserved)
                out.state(STORAGE_BENCHMARK_SKIPPED, Skip, grant.skip or "", label="cause", **self._labels)
                if grant.skip is None or self._leftovers.names:
                    await self._run(out, grant)
        except CheckError as error:
            if error.reason in {Reason.UNAUTHENTICATED, Reason.IDENTITY}:
                await self._account.drop_credential()
            raise
        finally:
            if grant.skip is None:
                self._budget.settle(reserved, self._upload.sent if self._upload else 0)
            self._upload = None  # and with it the bytes that it sent
            self._write(out)
        if self._budget.problem is not None:
            raise self._budget.problem

    async def news(self) -> None:
        """Return soon after the line is free for a run that made way."""
        while not self._makes_way or self._share.grant().skip is not None:
            await self._clock.sleep(LOOK_INTERVAL)

    def _granted(self, size: int) -> Grant:
        """What this run may take. One that may take anything has `size` bytes reserved in the budget."""
        grant = self._share.grant()
        self._makes_way = grant.skip is not None
        return grant if self._makes_way or self._budget.reserve(size) else Grant(skip=Skip.BUDGET)

    async def _run(self, out: Measurements, grant: Grant) -> None:
        with self._metrics.counting_failures():
            access = await self._account.open_access()
        async with access.container() as container:
            await self._delete_leftovers(container)
            if grant.skip is not None:
                return
            async with blobs.canary(self._account, container, self._canary, self._metrics):
                pass
            with self._account.explaining("a small upload worked, but listing leftovers failed in"):
                await blobs.delete_orphans(container, self._clock.time())
            await self._measure(access, container, grant, out)

    async def _delete_leftovers(self, container: ContainerClient) -> None:
        """Delete what a run left that a crash ended."""
        if names := self._leftovers.names:
            with self._account.explaining("deleting leftovers failed in"):
                await blobs.delete_blobs(container, names)
            self._leftovers.save(())

    async def _measure(
        self, access: ContainerAccess, container: ContainerClient, grant: Grant, out: Measurements
    ) -> None:
        settings = self._settings
        names = blobs.benchmark_names(self._clock.time(), settings.blobs)
        queue = BlockQueue(names, int(settings.blob_size))
        connections = await access.put_connections(settings.connections, SIGNATURE_LIFETIME)
        limits = (grant.limit, settings.max_rate * MBIT if settings.max_rate else None)
        limit = min((one for one in limits if one is not None), default=None)
        upload = Upload(connections, queue, settings.max_duration, self._metrics.observe_put, limit)
        self._upload = upload

        async def remove() -> None:
            with self._account.explaining("the upload ended, but deleting failed in"):
                await blobs.delete_blobs(container, queue.begun)
            self._leftovers.save(())

        self._leftovers.save(names)
        async with run_cleanup(remove, DELETE_TIMEOUT):
            with self._metrics.counting_failures(), self._account.explaining("no upload to"):
                async with measured_latency(*access.address, access.proxy) as latency:
                    throughput = await upload.measure()
                if throughput is None:
                    seconds = f"{settings.max_duration:g} s"
                    raise CheckError(Reason.TIMEOUT, f"{self._account.place} acknowledged not one block in {seconds}")
            self._share.learn(grant, throughput)
            for metric, value in (
                (STORAGE_UPLOAD_THROUGHPUT, throughput),
                (STORAGE_BENCHMARK_LIMIT, limit),
                (STORAGE_BENCHMARK_IDLE_LATENCY, latency.idle),
                (STORAGE_BENCHMARK_LOADED_LATENCY, latency.loaded),
            ):
                if value is not None:
                    out.set(metric, value, **self._labels)
            self._last_success = self._clock.time()

    def _write(self, out: Measurements) -> None:
        self._metrics.write(out)
        out.set(STORAGE_BENCHMARK_BUDGET, self._settings.daily_budget, **self._labels)
        out.set(STORAGE_BENCHMARK_BUDGET_USED, self._budget.used, **self._labels)
        if self._last_success is not None:
            out.set(STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP, self._last_success, **self._labels)

    async def close(self) -> None:
        """See `Collector.close`."""
        await self._account.drop_credential()


class Budget:
    """Bytes that the benchmarks of one target may send in one UTC day, counted across restarts.

    A run reserves its full size before it starts, so that neither a crash nor a second process overdraws. A day ends by
    the monotonic clock: a step of the wall clock does not begin a new one.
    """

    def __init__(self, state: StateStore, name: str, limit: int, clock: Clock) -> None:
        self._state = state
        self._name = name
        self._limit = limit
        self._clock = clock
        self._until: float | None = None
        """The end of the day in Unix seconds, as it is saved."""
        self._ends = 0.0
        """The same moment on the monotonic clock."""
        self.problem: CheckError | None = None
        """Why a restart would forget what was sent today."""

    @property
    def used(self) -> int:
        """Bytes sent or reserved today."""
        used = self._today().get("bytes")
        return used if isinstance(used, int) else 0

    def reserve(self, size: int) -> bool:
        """Whether `size` more bytes fit in what is left of today; if so they count as used."""
        used = self.used
        if used + size > self._limit:
            return False
        self._save(used + size)
        return True

    def settle(self, reserved: int, sent: int) -> None:
        """Replace a reservation by what was really sent. After midnight it counts for the new day."""
        self._save(max(self.used - reserved, 0) + sent)

    def _save(self, used: int) -> None:
        self.problem = self._state.save(self._name, {**self._today(), "bytes": used})

    def _today(self) -> dict[str, Any]:
        """What is saved of today; a new day if the last one has ended."""
        saved, now, wall = self._state.load(self._name), self._clock.monotonic(), self._clock.time()
        until = number(saved.get("until")) or 0.0
        if until != self._until:  # saved before a restart, or by another process
            self._until, self._ends = until, now + min(until - wall, DAY)
        if now < self._ends:
            return saved
        left = DAY - (wall + _MIDNIGHT_MARGIN) % DAY + _MIDNIGHT_MARGIN
        self._until, self._ends = wall + left, now + left
        today = {"until": self._until, "bytes": 0}
        self._state.save(self._name, today)
        return today
