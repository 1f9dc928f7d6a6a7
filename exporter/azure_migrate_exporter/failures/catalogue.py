"""Every documented failure by id, in the order in which the article and its later versions list them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from azure_migrate_exporter.failures.data import (
    azure,
    changed_blocks,
    elsewhere,
    keyvault,
    timeouts,
    vmware_hosts,
    vmware_later,
    vmware_snapshots,
)
from azure_migrate_exporter.failures.model import Failure

_ARTICLE: Final = (
    keyvault.KEY_VAULT_CONFIGURE_STORAGE,
    keyvault.KEY_VAULT_GENERATE_SAS,
    timeouts.DISPOSE_ARTEFACTS_TIMED_OUT,
    timeouts.DISK_UPLOAD_TIMED_OUT,
    changed_blocks.FETCH_CHANGED_BLOCKS,
    vmware_hosts.SERVER_REFUSED_CONNECTION,
    vmware_snapshots.INVALID_SNAPSHOT_CONFIGURATION,
    vmware_snapshots.SNAPSHOT_HUNG,
    vmware_snapshots.CONSOLIDATE_DISKS_FAILED,
    vmware_hosts.ANOTHER_TASK_IN_PROGRESS,
    vmware_hosts.OPERATION_NOT_ALLOWED,
    vmware_snapshots.SNAPSHOT_DISK_SIZE_INVALID,
    vmware_hosts.NFC_OUT_OF_MEMORY,
)
"""The article of 2020, the one that exists in French."""

_LATER: Final = (
    timeouts.REPLICATION_COMPONENT_TIMED_OUT,
    timeouts.DISK_DOWNLOAD_TIMED_OUT,
    timeouts.HOST_CONNECTION_REFUSED,
    changed_blocks.CHANGE_TRACKING_RESET,
    changed_blocks.SNAPSHOTS_PRESENT,
    changed_blocks.CHANGE_ID_UNAVAILABLE,
    changed_blocks.NO_DISK_SNAPSHOTS,
    changed_blocks.PHYSICAL_MODE_DISK,
    changed_blocks.RESYNC_SNAPSHOT_MISSING,
    azure.STORAGE_ACCOUNT_NOT_FOUND,
    azure.STATE_CONTAINER_NOT_FOUND,
    azure.SNAPSHOT_OPERATIONS_THROTTLED,
    keyvault.KEY_VAULT_PERMISSIONS,
    vmware_later.FILE_TOO_LARGE,
    vmware_later.CANNOT_CONNECT_TO_HOST,
    vmware_later.CHANGE_TRACKER_SAVE_FAILED,
    vmware_later.SNAPSHOT_FILE_UNOPENABLE,
    vmware_later.VMWARE_GENERIC,
)
"""Its later versions."""

_ELSEWHERE: Final = (
    elsewhere.TEST_MIGRATION_MISSING,
    elsewhere.TARGET_NAME_TAKEN,
    elsewhere.BOOT_DIAGNOSTICS_ACCOUNT_UNAVAILABLE,
    elsewhere.VCENTER_PRIVILEGES_MISSING,
)
"""Codes seen outside the article."""

CATALOGUE: Final[Mapping[str, Failure]] = MappingProxyType(
    {failure.id: failure for failure in (*_ARTICLE, *_LATER, *_ELSEWHERE)}
)
