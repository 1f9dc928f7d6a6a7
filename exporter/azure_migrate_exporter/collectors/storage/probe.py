"""Collector `storage`: can the appliance write to its account at all, asked with a few bytes."""

from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.storage import blobs
from azure_migrate_exporter.collectors.storage.account import Account
from azure_migrate_exporter.collectors.storage.upload_metrics import UploadMetrics
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import RESOURCE_INFO, STORAGE_SAS_EXPIRY, STORAGE_UP
from azure_migrate_exporter.reasons import CheckError, Reason


def create(target: Target[StorageSettings], context: Context) -> Collector:
    """The probe of one account."""
    return StorageProbe(target, context)


class StorageProbe(Collector):
    """Puts a small blob and deletes it; once an hour also deletes what a crash left in the container.

    Writes `STORAGE_UP`, which stays 1 if the upload worked and only the deletion is refused: then the run fails,
    because a permission is missing, but the appliance's path is sound.
    """

    def __init__(self, target: Target[StorageSettings], context: Context) -> None:
        settings = target.settings
        self._labels = {"appliance": target.appliance, "account": settings.account, "role": settings.role}
        self._place = {
            "collector": "storage",
            "appliance": target.appliance,
            "resource": settings.account,
            "address": settings.host,
        }
        self._clock = context.clock
        self._account = Account(settings, target.proxy)
        self._metrics = UploadMetrics("probe", self._labels)
        state = f"storage_probe-{target.appliance}-{target.name}"
        self._blob = blobs.lasting_probe_name(context.state, state, context.clock.time())
        self._next_orphan_search = float("-inf")

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`."""
        out.set(RESOURCE_INFO, 1, **self._place)
        out.set(STORAGE_UP, 0, **self._labels)
        try:
            with self._metrics.counting_failures():
                access = await self._account.open_access()
            async with access.container() as container:
                async with blobs.canary(self._account, container, self._blob, self._metrics) as seconds:
                    out.set(STORAGE_UP, 1, **self._labels)
                    self._metrics.observe_put(len(blobs.CANARY), seconds)
                await self._delete_orphans(container)
        except CheckError as error:
            if error.reason in {Reason.UNAUTHENTICATED, Reason.IDENTITY}:
                await self._account.drop_credential()
            raise
        finally:
            self._metrics.write(out)
            if self._account.sas_expires is not None:
                out.set(STORAGE_SAS_EXPIRY, self._account.sas_expires, **self._labels)

    async def _delete_orphans(self, container: ContainerClient) -> None:
        now = self._clock.monotonic()
        if now < self._next_orphan_search:
            return
        with self._account.explaining("the upload worked, but listing leftovers failed in"):
            await blobs.delete_orphans(container, self._clock.time())
        self._next_orphan_search = now + blobs.ORPHANED_AFTER

    async def close(self) -> None:
        """See `Collector.close`."""
        await self._account.drop_credential()
