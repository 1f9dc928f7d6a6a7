"""What is known of one vCenter, and the series that follow from it. Pure: no network, no pyvmomi, no clock."""

from collections.abc import Iterable, Mapping
from typing import Any

from azure_migrate_exporter.collectors.vsphere.block_cache import BlockCache
from azure_migrate_exporter.collectors.vsphere.series import MachineFacts, datastore_block, host_block, machine_block
from azure_migrate_exporter.collectors.vsphere.state.hardware import Hardware
from azure_migrate_exporter.collectors.vsphere.state.hardware_store import (
    HardwareStore,
    HardwareVersion,
    hardware_version,
)
from azure_migrate_exporter.collectors.vsphere.state.inventory import (
    Datastore,
    EntityChange,
    Host,
    Inventory,
    Machine,
    ObjectUpdate,
)
from azure_migrate_exporter.collectors.vsphere.state.machine_history import MachineHistory
from azure_migrate_exporter.collectors.vsphere.state.nfc_load import NfcLoad, disks_in_flight
from azure_migrate_exporter.collectors.vsphere.state.replication_matcher import ReplicationMatcher
from azure_migrate_exporter.collectors.vsphere.state.unique_names import UniqueNames
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.exposition.left_states import LeftStates
from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.reasons import CheckError, Reason


class VCenterState:
    """Processes updates, tasks and disk readings; knows which machines must be read again and which blocks are stale.

    `saved` is what `dump` returned before a restart. `complete` is True once the whole inventory has been received.
    """

    def __init__(self, settings: VCenterSettings, saved: Mapping[str, Any]) -> None:
        self._settings = settings
        self._matcher = ReplicationMatcher(settings.replication)
        self._inventory = Inventory()
        self._names = UniqueNames()
        self._hardware = HardwareStore()
        self._nfc_load = NfcLoad()
        self._history = MachineHistory(saved)
        self._left_states = LeftStates[str]()
        self._had_objects = bool(saved.get("had_objects", False))
        self._cache = BlockCache(self._build)
        self._listed: frozenset[str] = frozenset()
        self._replicating: set[str] = set()
        self._renamed: set[str] = set()
        self._refreshing = False
        self.complete = False

    # --- input ---

    def start_refresh(self) -> None:
        """A new watch begins, whose first updates name the whole inventory."""
        self._inventory.start_refresh()
        self._refreshing = True

    def apply(self, updates: Iterable[ObjectUpdate], *, complete: bool) -> bool:
        """Apply a page of updates; `complete` if no page follows. Returns whether a run now would show a change."""
        stale, outdated = set(self._cache.stale), set(self._hardware.outdated)
        changes = self._inventory.apply(updates)
        if complete and self._refreshing:
            changes += self._inventory.finish_refresh()
        for change in changes:
            self._apply(change)
        if complete and self._refreshing:
            self._refreshing, self.complete = False, True
        if not self._inventory.empty and not self._had_objects:
            self._had_objects = self._history.unsaved = True
        return not (self._cache.stale <= stale and self._hardware.outdated <= outdated)

    def set_listed(self, listed: frozenset[str]) -> None:
        """Set the machines that Azure lists, by instance UUID."""
        if listed == self._listed:
            return
        recognises, knows = self._recognises_snapshots, self._knows_replicating
        self._listed = listed
        if knows != self._knows_replicating:
            self._cache.stale.update(self._inventory.machines)
        for machine in self._inventory.machines.values():
            if self._matcher.replicates(machine, listed) != (machine.moid in self._replicating):
                self._update_scope(machine)
        if recognises != self._recognises_snapshots:
            self._cache.stale.update(self._inventory.hosts, self._inventory.datastores)

    def set_author(self, machine: str, snapshot: str, user: str) -> None:
        """Set the user who created a snapshot, as its task reports."""
        if self._history.set_author(machine, snapshot, user):
            self._count_disks(machine)

    def set_hardware(self, moid: str, version: HardwareVersion, hardware: Hardware) -> None:
        """Set a reading that `hardware_to_read` asked for."""
        machine = self._inventory.machines.get(moid)
        if machine is None:
            return
        changed = self._hardware.put(moid, version, hardware)
        if self._history.record(moid, hardware, version[1]) or changed:
            self._cache.stale.add(moid)
        self._update_scope(machine)

    def expire_history(self, now: float) -> None:
        """Remove the history of machines that have not been visible for a week. `now` is in Unix seconds."""
        self._history.expire(self._inventory.machines.keys(), now)

    def expire_left_states(self, now: float) -> None:
        """Drop the connection states that machines left too long ago. `now` is monotonic."""
        self._cache.stale |= self._left_states.expire(now)

    # --- output ---

    @property
    def emptied(self) -> bool:
        """Whether vCenter shows no object at all, although it did before."""
        return self.complete and self._inventory.empty and self._had_objects

    @property
    def problem(self) -> CheckError | None:
        """Why the inventory is empty, or which object has a value that cannot be read."""
        if self.emptied:
            text = f"{self._settings.username} sees no machine, host or datastore any more"
            remedy = "give it the role Read-only on the vCenter itself again, propagated"
            return CheckError(Reason.FORBIDDEN, f"{text}: {remedy}")
        unreadable = self._inventory.unreadable
        return CheckError(Reason.PROTOCOL, unreadable) if unreadable else None

    @property
    def hardware_to_read(self) -> list[tuple[str, HardwareVersion]]:
        """Machines whose disks must be read, and the version to return with the reading."""
        moids = self._hardware.outdated | self._hardware.invalid
        return [(moid, hardware_version(self._inventory.machines[moid])) for moid in sorted(moids)]

    @property
    def machines_in_question(self) -> list[str]:
        """Machines that replicate; all if none is known to."""
        return sorted(self._replicating or self._inventory.machines)

    @property
    def datastores(self) -> list[str]:
        """Every datastore."""
        return sorted(self._inventory.datastores)

    @property
    def machine_count(self) -> int:
        """Number of machines that our account sees."""
        return len(self._inventory.machines)

    @property
    def replicating_count(self) -> int:
        """Number of those that replicate."""
        return len(self._replicating)

    @property
    def host_names(self) -> frozenset[str]:
        """Names of the ESXi hosts."""
        return frozenset(host.name for host in self._inventory.hosts.values())

    def machine_labels(self, moid: str, fallback_name: str) -> dict[str, str]:
        """The labels of a machine; the name of one that is not in the inventory yet is `fallback_name`."""
        machine = self._inventory.machines.get(moid)
        return {"vm": self._names.label(moid) or fallback_name, "vm_id": machine.vm_id if machine else ""}

    @property
    def unsaved(self) -> bool:
        """Whether `dump` has changes since it was last called."""
        return self._history.unsaved

    def dump(self) -> dict[str, Any]:
        """What is saved across restarts."""
        self._history.unsaved = False
        return {"had_objects": self._had_objects, **self._history.dump()}

    def saving_failed(self) -> None:
        """What `dump` returned is not saved."""
        self._history.unsaved = True

    def render(self, limit: int) -> bool:
        """Rebuild at most `limit` stale blocks. Returns whether any are left."""
        if self._renamed:
            machines = self._inventory.machines.values()
            self._cache.stale.update(m.moid for m in machines if not self._renamed.isdisjoint(self._places(m)))
            self._renamed.clear()
        return self._cache.render(limit)

    def blocks(self) -> tuple[Block, ...]:
        """Every block. The same tuple object as before if nothing changed."""
        self.render(0)
        return self._cache.blocks()

    # --- internal ---

    @property
    def _recognises_snapshots(self) -> bool:
        """Whether snapshots of the replication can be recognised; otherwise their number is unknown, not zero."""
        return self._matcher.recognises_snapshots or bool(self._listed)

    @property
    def _knows_replicating(self) -> bool:
        """Whether Azure or the operator lists the machines that replicate."""
        return self._matcher.lists_machines or bool(self._listed)

    def _apply(self, change: EntityChange) -> None:
        before, after = change.before, change.after
        if isinstance(after, Machine):
            self._apply_machine(before if isinstance(before, Machine) else None, after)
        elif after is None:
            self._remove(change.moid, before)
        else:
            self._assign_name(after.moid, after.name)
            self._cache.stale.add(after.moid)
            if before is None or before.name != after.name:
                self._renamed.add(after.moid)

    def _apply_machine(self, before: Machine | None, after: Machine) -> None:
        self._assign_name(after.moid, after.name, after.vm_id)
        if after.tracking is False:
            self._history.tracking_off(after.moid)
        if after.snapshots is not None:
            left = {snapshot.moid for snapshot in after.snapshots}
            # The author of a new snapshot may be known before the snapshot itself.
            known = self._history.snapshots(after.moid)
            if before is not None and before.snapshots is not None:
                known &= {snapshot.moid for snapshot in before.snapshots}
            self._history.remove_snapshots(after.moid, known - left)
        if before is None or _exported(before) != _exported(after):
            self._cache.stale.add(after.moid)
        if before is not None and before.connection_state not in {None, after.connection_state}:
            self._left_states.record(after.moid, before.connection_state)
        self._update_scope(after)

    def _assign_name(self, moid: str, name: str, scope: str | None = None) -> None:
        others = self._names.assign(moid, name, scope)
        self._cache.stale |= others
        self._renamed |= others

    def _remove(self, moid: str, before: Machine | Host | Datastore | None) -> None:
        others = self._names.remove(moid)
        self._cache.stale |= others | {moid}
        self._renamed |= others | {moid}
        if isinstance(before, Machine):
            self._replicating.discard(moid)
            self._left_states.forget(moid)
            self._hardware.remove(moid)
            self._count_disks(moid)

    def _update_scope(self, machine: Machine) -> None:
        """Decide again whether a machine replicates, whether its disks must be read, and which are in flight."""
        moid = machine.moid
        replicates = self._matcher.replicates(machine, self._listed)
        if replicates != (moid in self._replicating):
            (self._replicating.add if replicates else self._replicating.discard)(moid)
            self._cache.stale.add(moid)
        if self._hardware.update_scope(machine, in_scope=replicates or bool(machine.snapshots)):
            self._cache.stale.add(moid)
        self._count_disks(moid)

    def _count_disks(self, moid: str) -> None:
        """Count the disks in flight of a machine again."""
        machine, hardware = self._inventory.machines.get(moid), self._hardware.get(moid)
        new = None
        if machine is not None and hardware is not None:
            replicates = moid in self._replicating
            ours = [
                snapshot.moid
                for snapshot in machine.snapshots or ()
                if self._matcher.is_replication_snapshot(
                    snapshot,
                    by_appliance=self._matcher.is_appliance(self._history.author(moid, snapshot.moid)),
                    replicates=replicates,
                )
            ]
            new = disks_in_flight(machine.host, hardware, ours)
        self._cache.stale |= self._nfc_load.replace(moid, new)

    def _places(self, machine: Machine) -> tuple[str, ...]:
        """The ids of a machine's host and of the datastores with its disks.

        As long as the disks have not been read, these are all datastores with files of the machine.
        """
        hardware = self._hardware.get(machine.moid)
        datastores = {disk.datastore for disk in hardware.disks or ()} - {""} if hardware else set()
        return machine.host, *sorted(datastores or machine.datastores)

    def _build(self, moid: str) -> Block | None:
        inventory, settings, label = self._inventory, self._settings, self._names.label(moid)
        in_flight = self._nfc_load.disks_on(moid) if self._recognises_snapshots else None
        if (machine := inventory.machines.get(moid)) is not None:
            host, *datastores = (self._names.label(place) for place in self._places(machine))
            replicates = moid in self._replicating if self._knows_replicating else None
            facts = MachineFacts(
                machine=machine,
                label=label,
                host=host,
                datastores=tuple(filter(None, datastores)),
                replicates=replicates,
                resets=self._history.resets(moid),
                hardware=self._hardware.get(moid),
                left_state=self._left_states.get(moid),
            )
            return machine_block(settings.name, facts)
        if (host_system := inventory.hosts.get(moid)) is not None:
            return host_block(settings.name, label, host_system, in_flight, settings)
        if (datastore := inventory.datastores.get(moid)) is not None:
            return datastore_block(settings.name, label, datastore, in_flight, settings)
        return None


def _exported(machine: Machine) -> tuple[Any, ...]:
    """What the series of a machine depend on: everything but the version of its configuration."""
    return (
        machine.name,
        machine.vm_id,
        machine.host,
        machine.datastores,
        machine.power_state,
        machine.connection_state,
        machine.tracking,
        machine.consolidation_needed,
        machine.snapshots,
        machine.chain_broken,
        machine.consolidated,
    )
