"""What is known of one vCenter, and the series that follow: plain data in, blocks out."""

import json
import re
from collections.abc import Mapping
from typing import Any

from azure_migrate_exporter.collectors.vsphere import paths
from azure_migrate_exporter.collectors.vsphere.hardware import Disk, Hardware
from azure_migrate_exporter.collectors.vsphere.inventory import DENIED, Change, Snapshot
from azure_migrate_exporter.collectors.vsphere.vcenter_state import Site
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.vsphere import NfcSettings, ReplicationSettings, VCenterSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Value
from azure_migrate_exporter.exposition.metric import Metric

MIB = 1 << 20


def settings(**replication: Any) -> VCenterSettings:
    return VCenterSettings(
        name="vc",
        address="vcenter.example",
        username="exporter",
        password=Secret(env="UNUSED"),
        replication=ReplicationSettings(**replication),
        nfc=NfcSettings(),
    )


def snapshot(number: int, created: float = 100.0) -> Snapshot:
    return Snapshot(f"snapshot-{number}", f"number {number}", "", created)


def machine(number: int = 1, *snapshots: Snapshot, **changed: Any) -> Change:
    values: Mapping[str, Any] = {
        paths.NAME: f"web-{number}",
        paths.INSTANCE_UUID: f"uuid-{number}",
        paths.VM_PATH: "[ds] web/web.vmx",
        paths.CHANGE_VERSION: "1",
        paths.TRACKING: True,
        paths.RUNTIME_HOST: "host-1",
        paths.POWER_STATE: "poweredOn",
        paths.CONSOLIDATION: False,
        paths.SNAPSHOT: snapshots or None,
    }
    return Change("enter", paths.MACHINE, f"vm-{number}", {**values, **changed})


def host(number: int = 1, name: str = "esx-1", state: Any = "connected") -> Change:
    return Change("enter", paths.HOST, f"host-{number}", {paths.NAME: name, paths.CONNECTION_STATE: state})


def datastore(number: int = 1, name: str = "ds") -> Change:
    values = {paths.NAME: name, paths.FREE: 10, paths.CAPACITY: 100, paths.ACCESSIBLE: True}
    return Change("enter", paths.DATASTORE, f"datastore-{number}", values)


def modify(number: int, **values: Any) -> Change:
    return Change("modify", paths.MACHINE, f"vm-{number}", values)


def disks(count: int = 1, change_id: str | None = "a/1", capacity: int = 1) -> tuple[Disk, ...]:
    return tuple(Disk(2000 + n, f"u{n}", capacity, change_id, "persistent", "datastore-1") for n in range(count))


def site(*changes: Change, saved: Mapping[str, Any] | None = None, **replication: Any) -> Site:
    made = Site(settings(**replication), saved or {})
    made.begin()
    made.apply(changes, whole=True)
    return made


def read(known: Site, hardware: Hardware) -> None:
    for moid, basis in known.due:
        known.learn(moid, basis, hardware)


def series(known: Site) -> dict[tuple[Metric, tuple[str, ...]], Value]:
    found: dict[tuple[Metric, tuple[str, ...]], Value] = {}
    for block in known.blocks():
        assert not found.keys() & block.samples.keys(), "a series appears twice"
        found.update(block.samples)
    return found


def value(known: Site, metric: Metric, **labels: str) -> Value | None:
    found = [
        value
        for (sampled, values), value in series(known).items()
        if sampled is metric and labels.items() <= dict(zip(metric.labels, values, strict=True)).items()
    ]
    assert len(found) < 2
    return found[0] if found else None


# --- blocks that stay ---


def test_nothing_changed_is_the_very_same_tuple() -> None:
    known = site(machine(), host(), datastore())
    before = known.blocks()
    assert not known.apply([machine(), host(), datastore()], whole=True)
    assert known.blocks() is before


def test_a_change_rebuilds_one_block_and_leaves_the_others() -> None:
    known = site(machine(1), machine(2), host(), datastore())
    before = known.blocks()
    assert known.apply([modify(2, **{paths.CONSOLIDATION: True})], whole=True)
    assert len(set(known.blocks()) - set(before)) == 1
    assert value(known, metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, vm="web-2") == 1


def test_a_reconfiguration_that_shows_in_no_series_is_no_news() -> None:
    known = site(machine())
    before = known.blocks()
    assert not known.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], whole=True)
    assert known.blocks() is before


def test_the_same_disks_again_leave_the_block_as_it_is() -> None:
    known = site(machine(1, snapshot(1)), host())
    read(known, Hardware(True, disks()))
    before = known.blocks()
    assert known.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], whole=True)
    read(known, Hardware(True, disks()))
    assert known.blocks() is before


def test_blocks_are_rendered_in_slices() -> None:
    known = site(*(machine(n) for n in range(10)))
    assert known.render(4)
    assert known.render(4)
    assert not known.render(4)


def test_a_host_that_is_named_later_appears_in_the_machines_labels() -> None:
    known = site(machine())
    assert value(known, metrics.VSPHERE_VM_INFO, host="") == 1
    known.apply([host()], whole=True)
    assert value(known, metrics.VSPHERE_VM_INFO, host="esx-1", datastore="ds", power_state="poweredOn") == 1
    known.apply([host(name="esx-1.example")], whole=True)
    assert value(known, metrics.VSPHERE_VM_INFO, host="esx-1.example") == 1


def test_a_machine_that_is_deleted_takes_its_series_along() -> None:
    known = site(machine(1, snapshot(1)), machine(2), host(), accounts=("svc",))
    read(known, Hardware(True, disks(), {"snapshot-1": disks()}))
    known.attribute("vm-1", "snapshot-1", "svc")
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) == 1
    known.apply([Change("leave", paths.MACHINE, "vm-1")], whole=True)
    assert {labels[1] for metric, labels in series(known) if metric is metrics.VSPHERE_VM_INFO} == {"web-2"}
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) == 0
    assert known.due == []


def test_two_datastores_of_one_name_do_not_share_a_series() -> None:
    known = site(datastore(1, "local"), datastore(2, "local"))
    assert value(known, metrics.DATASTORE_FREE, datastore="local (datastore-1)") == 10
    assert value(known, metrics.DATASTORE_FREE, datastore="local (datastore-2)") == 10
    known.apply([Change("leave", paths.DATASTORE, "datastore-2")], whole=True)
    assert value(known, metrics.DATASTORE_FREE, datastore="local") == 10


def test_two_machines_that_nothing_tells_apart_do_not_share_a_series() -> None:
    nameless = {paths.NAME: "web", paths.INSTANCE_UUID: None}
    known = site(machine(1, **nameless), machine(2, **nameless))
    assert value(known, metrics.VSPHERE_VM_SNAPSHOTS, vm="web (vm-1)") == 0
    assert value(known, metrics.VSPHERE_VM_SNAPSHOTS, vm="web (vm-2)") == 0


# --- what is not known is absent ---


def test_what_we_may_not_read_has_no_series() -> None:
    known = site(
        machine(1, **{paths.SNAPSHOT: DENIED, paths.TRACKING: DENIED, paths.CONSOLIDATION: DENIED}),
        host(state=DENIED),
    )
    shown = {metric for metric, _ in series(known)}
    assert shown == {metrics.VSPHERE_VM_INFO, metrics.NFC_BUFFER_CAPACITY}
    assert known.due == []


def test_without_a_mark_of_the_replication_its_disks_are_unknown_and_not_zero() -> None:
    known = site(machine(1, snapshot(1)), host(), datastore())
    read(known, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) is None
    assert value(known, metrics.DATASTORE_DISK_SNAPSHOTS) is None
    known.list_replicating(frozenset({"uuid-1"}))
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) == 1
    assert value(known, metrics.DATASTORE_DISK_SNAPSHOTS) == 1
    known.list_replicating(frozenset())
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) is None


def test_whether_a_machine_replicates_is_unknown_until_somebody_tells() -> None:
    known = site(machine(1), machine(2))
    assert value(known, metrics.VSPHERE_VM_REPLICATING, vm="web-1") is None
    known.list_replicating(frozenset({"uuid-1"}))
    assert value(known, metrics.VSPHERE_VM_REPLICATING, vm="web-1") == 1
    assert value(known, metrics.VSPHERE_VM_REPLICATING, vm="web-2") == 0
    known.list_replicating(frozenset({"uuid-1", "uuid-2"}))
    assert value(known, metrics.VSPHERE_VM_REPLICATING, vm="web-2") == 1
    known.list_replicating(frozenset())
    assert value(known, metrics.VSPHERE_VM_REPLICATING, vm="web-1") is None


# --- heavy reads ---


def test_disks_are_read_only_of_machines_that_replicate_or_hold_snapshots() -> None:
    known = site(machine(1), machine(2, snapshot(1)), machine(3), machines=(re.compile("web-3"),))
    assert [moid for moid, _ in known.due] == ["vm-2", "vm-3"]
    known.list_replicating(frozenset({"uuid-1"}))
    assert [moid for moid, _ in known.due] == ["vm-1", "vm-2", "vm-3"]
    assert known.replicating == 2
    assert known.seen == 3


def test_disks_are_read_again_only_after_a_relevant_change() -> None:
    known = site(machine(1, snapshot(1)))
    read(known, Hardware(True, disks()))
    assert known.due == []
    known.apply([modify(1, **{paths.CONSOLIDATION: True, paths.POWER_STATE: "poweredOff"})], whole=True)
    assert known.due == []
    known.apply([modify(1, **{paths.SNAPSHOT: (snapshot(1), snapshot(2))})], whole=True)
    assert known.due == [("vm-1", ("1", ("snapshot-1", "snapshot-2")))]


def test_a_change_during_the_reading_makes_it_due_again() -> None:
    known = site(machine(1, snapshot(1)))
    ((moid, basis),) = known.due
    known.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], whole=True)
    known.learn(moid, basis, Hardware(True, disks()))
    assert known.due == [("vm-1", ("2", ("snapshot-1",)))]


def test_a_reading_of_a_machine_that_is_gone_is_dropped() -> None:
    known = site(machine(1, snapshot(1)))
    known.apply([Change("leave", paths.MACHINE, "vm-1")], whole=True)
    known.learn("vm-1", ("1", ("snapshot-1",)), Hardware(True, disks()))
    assert series(known) == {}


# --- what the readings say ---


def test_the_buffer_of_a_host_is_disks_times_their_share() -> None:
    known = site(machine(1, snapshot(1)), host(), host(2, "esx-2"), datastore(), accounts=("svc",))
    read(known, Hardware(True, disks(8), {"snapshot-1": disks(8)}))
    known.attribute("vm-1", "snapshot-1", "VSPHERE.LOCAL\\svc")
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT, host="esx-1") == 8
    assert value(known, metrics.NFC_BUFFER_USED, host="esx-1") == 32 * MIB
    assert value(known, metrics.NFC_BUFFER_CAPACITY, host="esx-1") == 32 * MIB
    assert value(known, metrics.NFC_BUFFER_USED, host="esx-2") == 0
    assert value(known, metrics.DATASTORE_DISK_SNAPSHOTS) == 8
    assert value(known, metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT) == 15
    known.apply([modify(1, **{paths.RUNTIME_HOST: "host-2"})], whole=True)
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT, host="esx-1") == 0
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT, host="esx-2") == 8
    known.apply([modify(1, **{paths.SNAPSHOT: None})], whole=True)
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT, host="esx-2") == 0


def test_what_a_backup_product_made_is_not_in_flight() -> None:
    known = site(machine(1, snapshot(1)), host(), accounts=("svc",), machines=(re.compile("web-1"),))
    read(known, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) == 1
    known.attribute("vm-1", "snapshot-1", "backup")
    assert value(known, metrics.NFC_DISKS_IN_FLIGHT) == 0


def test_resets_and_invalid_disks_appear_once_the_disks_were_read() -> None:
    known = site(machine(1, snapshot(1)))
    assert value(known, metrics.VSPHERE_VM_CBT_RESETS) is None
    assert value(known, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) is None
    read(known, Hardware(True, disks(2), {"snapshot-1": disks(2, capacity=0)}))
    assert value(known, metrics.VSPHERE_VM_CBT_RESETS) == 0
    assert value(known, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) == 2
    known.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], whole=True)
    read(known, Hardware(True, disks(2, change_id="b/1"), {"snapshot-1": disks(2)}))
    assert value(known, metrics.VSPHERE_VM_CBT_RESETS) == 2
    assert value(known, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) == 0


def test_a_reading_with_invalid_disks_is_repeated_until_it_is_clean() -> None:
    known = site(machine(1, snapshot(1)))
    read(known, Hardware(True, disks(), {"snapshot-1": disks(capacity=0)}))
    assert [moid for moid, _ in known.due] == ["vm-1"]
    assert not known.apply([], whole=True)
    read(known, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert known.due == []
    assert value(known, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) == 0


def test_resets_stay_shown_while_a_machine_has_no_snapshot() -> None:
    known = site(machine(1, snapshot(1)))
    read(known, Hardware(True, disks()))
    known.apply([modify(1, **{paths.SNAPSHOT: None})], whole=True)
    assert value(known, metrics.VSPHERE_VM_CBT_RESETS) == 0
    assert value(known, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) is None


def test_tracking_that_is_switched_off_and_on_between_two_readings_is_no_reset() -> None:
    known = site(machine(1, snapshot(1)))
    read(known, Hardware(True, disks()))
    known.apply([modify(1, **{paths.TRACKING: False})], whole=True)
    known.apply([modify(1, **{paths.TRACKING: True, paths.CHANGE_VERSION: "2"})], whole=True)
    read(known, Hardware(True, disks(change_id="b/1")))
    assert value(known, metrics.VSPHERE_VM_CBT_RESETS) == 0


# --- across restarts and reconnections ---


def test_what_was_learnt_outlives_a_restart() -> None:
    before = site(machine(1, snapshot(1)), host(), accounts=("svc",))
    read(before, Hardware(True, disks(), {"snapshot-1": disks()}))
    before.attribute("vm-1", "snapshot-1", "svc")
    assert before.unsaved
    saved = json.loads(json.dumps(before.dump()))
    after = site(machine(1, snapshot(1)), host(), saved=saved, accounts=("svc",))
    read(after, Hardware(True, disks(change_id="b/1"), {"snapshot-1": disks()}))
    assert value(after, metrics.VSPHERE_VM_CBT_RESETS) == 1
    assert value(after, metrics.NFC_DISKS_IN_FLIGHT) == 1


def test_what_was_saved_of_things_that_are_gone_is_forgotten() -> None:
    before = site(machine(1, snapshot(1)), accounts=("svc",))
    read(before, Hardware(True, disks()))
    before.attribute("vm-1", "snapshot-1", "svc")
    after = site(machine(2), saved=before.dump())
    assert after.unsaved
    assert after.dump() == site().dump()


def test_a_new_watch_that_tells_the_same_changes_no_block_and_drops_what_is_gone() -> None:
    known = site(machine(1), machine(2), host())
    before = known.blocks()
    known.begin()
    known.apply([machine(1)], whole=False)
    assert known.blocks() is before
    known.apply([host()], whole=True)
    assert len(known.blocks()) == 2
    assert set(known.blocks()) < set(before)


def test_a_host_that_does_not_respond_keeps_its_series() -> None:
    known = site(host(state="notResponding"))
    assert value(known, metrics.VSPHERE_HOST_CONNECTION_STATE, state="notResponding") == 1
    assert value(known, metrics.VSPHERE_HOST_CONNECTION_STATE, state="connected") == 0
    assert known.hosts == {"esx-1"}


def test_a_machine_is_labelled_also_before_we_know_it() -> None:
    known = site(machine(1))
    assert known.identify("vm-1", "") == {"vm": "web-1", "vm_id": "uuid-1"}
    assert known.identify("vm-9", "new") == {"vm": "new", "vm_id": ""}
