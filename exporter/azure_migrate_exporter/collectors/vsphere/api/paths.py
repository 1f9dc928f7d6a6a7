"""Paths of the properties that are watched. Leaf properties only: a whole struct costs more and changes more often."""

from typing import Final

MACHINE: Final = "VirtualMachine"
HOST: Final = "HostSystem"
DATASTORE: Final = "Datastore"

NAME: Final = "name"
TEMPLATE: Final = "config.template"
INSTANCE_UUID: Final = "config.instanceUuid"
DATASTORES: Final = "datastore"
CHANGE_VERSION: Final = "config.changeVersion"
TRACKING: Final = "config.changeTrackingEnabled"
RUNTIME_HOST: Final = "runtime.host"
POWER_STATE: Final = "runtime.powerState"
CONSOLIDATION: Final = "runtime.consolidationNeeded"
SNAPSHOT: Final = "snapshot"
CHAIN_BROKEN: Final = "runtime.diskChainBroken"
WORK_TOTAL: Final = "runtime.consolidateWorkTotal"
WORK_DONE: Final = "runtime.consolidateWorkDone"
CONNECTION_STATE: Final = "runtime.connectionState"
MAINTENANCE: Final = "runtime.inMaintenanceMode"
FREE: Final = "summary.freeSpace"
CAPACITY: Final = "summary.capacity"
ACCESSIBLE: Final = "summary.accessible"

WATCHED: Final[dict[str, tuple[str, ...]]] = {
    MACHINE: (
        NAME,
        TEMPLATE,
        INSTANCE_UUID,
        DATASTORES,
        CHANGE_VERSION,
        TRACKING,
        RUNTIME_HOST,
        POWER_STATE,
        CONNECTION_STATE,
        CONSOLIDATION,
        SNAPSHOT,
    ),
    HOST: (NAME, CONNECTION_STATE, MAINTENANCE),
    DATASTORE: (NAME, FREE, CAPACITY, ACCESSIBLE),
}
"""Paths by type, of every vCenter that Azure Migrate supports (6.5 and later)."""

WATCHED_SINCE: Final[dict[str, tuple[str, ...]]] = {"9.1.0.0": (CHAIN_BROKEN, WORK_TOTAL, WORK_DONE)}
"""More paths of machines, by the API version that added them. An older vCenter rejects the whole filter."""

IDENTITY: Final = frozenset({NAME, TEMPLATE, INSTANCE_UUID, DATASTORES, RUNTIME_HOST})
"""Paths whose last value is kept while vCenter reports none: an inaccessible machine has no `config`."""
