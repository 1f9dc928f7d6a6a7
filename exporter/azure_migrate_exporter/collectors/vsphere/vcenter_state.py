"""Everything known of one vCenter, and the series that follow from it. Pure: no network, no pyvmomi, no clock."""

from collections.abc import Iterable, Mapping
from typing import Any

from azure_migrate_exporter.collectors.vsphere.cbt_history import TrackingLedger
from azure_migrate_exporter.collectors.vsphere.hardware import Hardware, invalid_snapshot_disks
from azure_migrate_exporter.collectors.vsphere.inventory import Change, Datastore, Delta, Host, Machine, Model
from azure_migrate_exporter.collectors.vsphere.nfc_load import Load, flight
from azure_migrate_exporter.collectors.vsphere.replication_matcher import Recognition
from azure_migrate_exporter.collectors.vsphere.series import MachineFacts, datastore_block, host_block, machine_block
from azure_migrate_exporter.collectors.vsphere.unique_names import Labels
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.exposition.measurements import Block

Basis = tuple[str, tuple[str, ...]]
"""What a reading of a machine's disks rests on: the version of its configuration and its snapshots, oldest first."""


class Site:
    """Takes in updates and readings, and knows which blocks they make stale and which machines must be read again.

    `saved` is what `dump` gave before a restart. `unsaved` tells that `dump` has something new, `whole` that the whole
    inventory has been told.
    """

    def __init__(self, settings: VCenterSettings, saved: Mapping[str, Any]) -> None:
        self._settings = settings
        self._recognition = Recognition(settings.replication)
        self._model = Model()
        self._labels = Labels()
        self._load = Load()
        self._ledger = TrackingLedger(saved.get("tracking", {}))
        self._by_appliance: dict[str, bool] = dict(saved.get("snapshots", {}))
        self._listed: frozenset[str] = frozenset()
        self._replicating: set[str] = set()
        self._readings: dict[str, tuple[Basis, Hardware]] = {}
        self._due: set[str] = set()
        self._doubtful: set[str] = set()
        self._stale: set[str] = set()
        self._renamed: set[str] = set()
        self._beginning = False
        self._blocks: dict[str, Block] = {}
        self._shown: tuple[Block, ...] | None = None
        self.whole = False
        self.unsaved = False

    # --- what comes in ---

    def begin(self) -> None:
        """A watch begins that will tell the whole inventory."""
        self._model.begin()
        self._beginning = True

    def apply(self, changes: Iterable[Change], *, whole: bool) -> bool:
        """Take in a page of updates; `whole` if nothing is left to tell. Whether the series change."""
        stale, due = set(self._stale), set(self._due)
        deltas = self._model.apply(changes)
        if whole and self._beginning:
            deltas += self._model.end()
        for delta in deltas:
            self._take(delta)
        if whole and self._beginning:
            self._beginning, self.whole = False, True
            self._forget_strangers()
        return not (self._stale <= stale and self._due <= due)

    def list_replicating(self, listed: frozenset[str]) -> None:
        """Take in the instance UUIDs that Azure lists."""
        if listed == self._listed:
            return
        recognised, known = self._recognises, self._knows_machines
        self._listed = listed
        if known != self._knows_machines:
            self._stale.update(self._model.machines)
        for machine in self._model.machines.values():
            if self._recognition.replicates(machine, listed) != (machine.moid in self._replicating):
                self._place(machine)
        if recognised != self._recognises:
            self._stale.update(self._model.hosts, self._model.datastores)

    def attribute(self, machine: str, snapshot: str, user: str) -> None:
        """Take in who made a snapshot, as its task tells."""
        by_appliance = self._recognition.made_by_appliance(user)
        if by_appliance is None or self._by_appliance.get(snapshot) == by_appliance:
            return
        self._by_appliance[snapshot] = by_appliance
        self.unsaved = True
        self._weigh(machine)

    def learn(self, moid: str, basis: Basis, hardware: Hardware) -> None:
        """Take in a reading that `due` asked for."""
        machine = self._model.machines.get(moid)
        if machine is None:
            return
        before, self._readings[moid] = self._readings.get(moid), (basis, hardware)
        news = self._ledger.observe(moid, hardware, basis[1])
        self.unsaved |= news
        if news or before is None or before[1] != hardware:
            self._stale.add(moid)
        self._place(machine)

    # --- what goes out ---

    @property
    def due(self) -> list[tuple[str, Basis]]:
        """Machines whose disks must be read, and what to hand back with the reading.

        A reading that found invalid disks is repeated each time: it may have met a snapshot in the making.
        """
        return [(moid, _basis(self._model.machines[moid])) for moid in sorted(self._due | self._doubtful)]

    @property
    def seen(self) -> int:
        """Number of machines that our account sees."""
        return len(self._model.machines)

    @property
    def replicating(self) -> int:
        """Number of those that replicate."""
        return len(self._replicating)

    @property
    def hosts(self) -> frozenset[str]:
        """Names of the ESXi hosts."""
        return frozenset(host.name for host in self._model.hosts.values())

    def identify(self, moid: str, otherwise: str) -> dict[str, str]:
        """The labels of a machine; of one that we do not know yet, the name is what somebody else calls it."""
        machine = self._model.machines.get(moid)
        return {"vm": self._labels.of(moid) or otherwise, "vm_id": machine.vm_id if machine else ""}

    def dump(self) -> dict[str, Any]:
        """What must outlive a restart."""
        return {"tracking": self._ledger.dump(), "snapshots": dict(self._by_appliance)}

    def render(self, limit: int) -> bool:
        """Rebuild at most `limit` blocks that are stale. Whether some are left."""
        if self._renamed:
            self._stale.update(m.moid for m in self._model.machines.values() if m.host in self._renamed)
            self._renamed.clear()
        for _ in range(min(limit, len(self._stale))):
            self._rebuild(self._stale.pop())
        return bool(self._stale)

    def blocks(self) -> tuple[Block, ...]:
        """Every block: the very same tuple as before if nothing changed."""
        while self.render(len(self._stale) + 1):
            pass
        if self._shown is None:
            self._shown = tuple(self._blocks.values())
        return self._shown

    # --- within ---

    @property
    def _recognises(self) -> bool:
        """Whether anything tells which snapshots are the replication's; else their number is unknown, not zero."""
        return self._recognition.configured or bool(self._listed)

    @property
    def _knows_machines(self) -> bool:
        """Whether anything tells which machines replicate."""
        return self._recognition.lists_machines or bool(self._listed)

    def _take(self, delta: Delta) -> None:
        before, after = delta.before, delta.after
        if isinstance(after, Machine):
            self._take_machine(before if isinstance(before, Machine) else None, after)
        elif after is None:
            self._forget(delta.moid, before)
        else:
            self._name(after.moid, after.name)
            self._stale.add(after.moid)
            if before is None or before.name != after.name:
                self._renamed.add(after.moid)

    def _take_machine(self, before: Machine | None, after: Machine) -> None:
        self._name(after.moid, after.name, after.vm_id)
        if after.tracking is False:
            self.unsaved |= self._ledger.forget(after.moid)
        if before is not None:
            self._drop_snapshots(before, after)
        if before is None or _shown(before) != _shown(after):
            self._stale.add(after.moid)
        self._place(after)

    def _name(self, moid: str, name: str, beside: str | None = None) -> None:
        others = self._labels.set(moid, name, beside)
        self._stale |= others
        self._renamed |= others

    def _drop_snapshots(self, before: Machine, after: Machine | None) -> None:
        """Forget who made the snapshots that are gone."""
        left = {s.moid for s in (after.snapshots or () if after else ())}
        for snapshot in before.snapshots or ():
            if snapshot.moid not in left and self._by_appliance.pop(snapshot.moid, None) is not None:
                self.unsaved = True

    def _forget_strangers(self) -> None:
        """Forget what was saved before a restart of things that are gone since."""
        snapshots = {s.moid for machine in self._model.machines.values() for s in machine.snapshots or ()}
        for moid in self._by_appliance.keys() - snapshots:
            del self._by_appliance[moid]
            self.unsaved = True
        for moid in self._ledger.machines - self._model.machines.keys():
            self.unsaved |= self._ledger.drop(moid)

    def _forget(self, moid: str, before: Machine | Host | Datastore | None) -> None:
        others = self._labels.drop(moid)
        self._stale |= others | {moid}
        self._renamed |= others
        if isinstance(before, Machine):
            self._drop_snapshots(before, None)
            self.unsaved |= self._ledger.drop(moid)
            self._replicating.discard(moid)
            self._readings.pop(moid, None)
            self._due.discard(moid)
            self._doubtful.discard(moid)
            self._weigh(moid)

    def _place(self, machine: Machine) -> None:
        """Decide anew whether a machine replicates, whether its disks must be read, and what it weighs."""
        moid = machine.moid
        replicates = self._recognition.replicates(machine, self._listed)
        if replicates != (moid in self._replicating):
            _put(self._replicating, moid, inside=replicates)
            self._stale.add(moid)
        wanted = replicates or bool(machine.snapshots)
        if not wanted and self._readings.pop(moid, None) is not None:
            self._stale.add(moid)
        reading = self._readings.get(moid)
        _put(self._due, moid, inside=wanted and (reading is None or reading[0] != _basis(machine)))
        _put(self._doubtful, moid, inside=reading is not None and invalid_snapshot_disks(reading[1]) > 0)
        self._weigh(moid)

    def _weigh(self, moid: str) -> None:
        """Count the disks in flight of a machine anew."""
        machine, reading = self._model.machines.get(moid), self._readings.get(moid)
        new = None
        if machine is not None and reading is not None:
            replicates = moid in self._replicating
            ours = [
                snapshot.moid
                for snapshot in machine.snapshots or ()
                if self._recognition.is_replication(
                    snapshot, by_appliance=self._by_appliance.get(snapshot.moid), replicates=replicates
                )
            ]
            new = flight(machine.host, reading[1], ours)
        self._stale |= self._load.replace(moid, new)

    def _rebuild(self, moid: str) -> None:
        block = self._build(moid)
        if block is not None:
            self._blocks[moid] = block
        else:
            self._blocks.pop(moid, None)
        self._shown = None

    def _build(self, moid: str) -> Block | None:
        model, settings, label = self._model, self._settings, self._labels.of(moid)
        on = self._load.on(moid) if self._recognises else None
        if (machine := model.machines.get(moid)) is not None:
            reading = self._readings.get(moid)
            hardware = reading[1] if reading else None
            host = self._labels.of(machine.host)
            replicates = moid in self._replicating if self._knows_machines else None
            facts = MachineFacts(machine, label, host, replicates, self._ledger.resets(moid), hardware)
            return machine_block(settings.name, facts)
        if (host_system := model.hosts.get(moid)) is not None:
            return host_block(settings.name, label, host_system, on, settings)
        if (datastore := model.datastores.get(moid)) is not None:
            return datastore_block(settings.name, label, datastore, on, settings)
        return None


def _put(group: set[str], moid: str, *, inside: bool) -> None:
    (group.add if inside else group.discard)(moid)


def _basis(machine: Machine) -> Basis:
    return machine.config_version, tuple(snapshot.moid for snapshot in machine.snapshots or ())


def _shown(machine: Machine) -> tuple[Any, ...]:
    """What the series of a machine show of it: all but the version of its configuration."""
    return (
        machine.name,
        machine.vm_id,
        machine.host,
        machine.datastore,
        machine.power_state,
        machine.tracking,
        machine.consolidation_needed,
        machine.snapshots,
        machine.chain_broken,
        machine.consolidated,
    )
