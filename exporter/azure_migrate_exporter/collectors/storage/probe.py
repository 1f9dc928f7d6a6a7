"""Collector `storage`: can the appliance write to its account at all, asked with a few bytes."""

from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.storage import canary, names, orphans
from azure_migrate_exporter.collectors.storage.account import Account
from azure_migrate_exporter.collectors.storage.upload_metrics import Tally
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import STORAGE_SAS_EXPIRY, STORAGE_UP
from azure_migrate_exporter.reasons import CheckError, Reason


def create(target: Target[StorageSettings], context: Context) -> Collector:
    """The probe of one account."""
    return StorageProbe(target, context)


class StorageProbe(Collector):
    """Puts a small blob and deletes it; once an hour also deletes what a crash of one of us left in the container.

    Writes `STORAGE_UP`, which stays 1 if the upload worked and only cleaning up is refused: then the run fails, because
    somebody has to grant the missing permission, but the appliance's path is sound.
    """

    def __init__(self, target: Target[StorageSettings], context: Context) -> None:
        settings = target.settings
        self._labels = {"appliance": target.appliance, "account": settings.account, "role": settings.role}
        self._clock = context.clock
        self._account = Account(settings)
        self._tally = Tally("probe", self._labels)
        self._blob = names.probe(context.clock.time())
        self._next_sweep = 0.0

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`."""
        out.set(STORAGE_UP, 0, **self._labels)
        try:
            with self._tally.attempt():
                door = await self._account.door()
            async with door.container() as container:
                async with canary.written(self._account, container, self._blob, self._tally) as seconds:
                    out.set(STORAGE_UP, 1, **self._labels)
                    self._tally.put(len(canary.CONTENT), seconds)
                await self._sweep(container)
        except CheckError as error:
            if error.reason is Reason.UNAUTHENTICATED:
                await self._account.forget()
            raise
        finally:
            self._tally.write(out)
            if self._account.sas_expires is not None:
                out.set(STORAGE_SAS_EXPIRY, self._account.sas_expires, **self._labels)

    async def _sweep(self, container: ContainerClient) -> None:
        now = self._clock.time()
        if now < self._next_sweep:
            return
        with self._account.doing("the upload worked, but listing leftovers failed in"):
            await orphans.sweep(container, now)
        self._next_sweep = now + orphans.ORPHANED_AFTER

    async def close(self) -> None:
        """See `Collector.close`."""
        await self._account.forget()
