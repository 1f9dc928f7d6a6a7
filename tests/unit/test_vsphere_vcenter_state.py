"""The state of one vCenter and its series: plain data in, blocks out."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.values import DENIED, Unreadable
from azure_migrate_exporter.collectors.vsphere.state.hardware import Disk, Hardware
from azure_migrate_exporter.collectors.vsphere.state.inventory import ObjectUpdate, Snapshot
from azure_migrate_exporter.collectors.vsphere.state.vcenter_state import VCenterState
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.vsphere import NfcSettings, ReplicationSettings, VCenterSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Value
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.reasons import CheckError, Reason
from generate.docs.metrics import SERIES

MIB = 1 << 20
NOW, DAY = 1_800_000_000.0, 86400.0


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


def machine(number: int = 1, *snapshots: Snapshot, **changed: Any) -> ObjectUpdate:
    values: Mapping[str, Any] = {
        paths.NAME: f"web-{number}",
        paths.INSTANCE_UUID: f"uuid-{number}",
        paths.DATASTORES: ("datastore-1",),
        paths.CHANGE_VERSION: "1",
        paths.TRACKING: True,
        paths.RUNTIME_HOST: "host-1",
        paths.POWER_STATE: "poweredOn",
        paths.CONSOLIDATION: False,
        paths.SNAPSHOT: snapshots or None,
    }
    return ObjectUpdate("enter", paths.MACHINE, f"vm-{number}", {**values, **changed})


def host(number: int = 1, name: str = "esx-1", state: Any = "connected") -> ObjectUpdate:
    return ObjectUpdate("enter", paths.HOST, f"host-{number}", {paths.NAME: name, paths.CONNECTION_STATE: state})


def datastore(number: int = 1, name: str = "ds") -> ObjectUpdate:
    values = {paths.NAME: name, paths.FREE: 10, paths.CAPACITY: 100, paths.ACCESSIBLE: True}
    return ObjectUpdate("enter", paths.DATASTORE, f"datastore-{number}", values)


def modify(number: int, **values: Any) -> ObjectUpdate:
    return ObjectUpdate("modify", paths.MACHINE, f"vm-{number}", values)


def disks(count: int = 1, change_id: str | None = "a/1", capacity: int = 1) -> tuple[Disk, ...]:
    return tuple(Disk(2000 + n, f"u{n}", capacity, change_id, "persistent", "datastore-1") for n in range(count))


def state_of(*updates: ObjectUpdate, saved: Mapping[str, Any] | None = None, **replication: Any) -> VCenterState:
    state = VCenterState(settings(**replication), saved or {})
    state.start_refresh()
    state.apply(updates, complete=True)
    return state


def read(state: VCenterState, hardware: Hardware) -> None:
    for moid, version in state.hardware_to_read:
        state.set_hardware(moid, version, hardware)


def series(state: VCenterState) -> dict[tuple[Metric, tuple[str, ...]], Value]:
    found: dict[tuple[Metric, tuple[str, ...]], Value] = {}
    for block in state.blocks():
        assert not found.keys() & block.samples.keys(), "a series appears twice"
        found.update(block.samples)
    return found


def value(state: VCenterState, metric: Metric, /, **labels: str) -> Value | None:
    found = [
        value
        for (sampled, values), value in series(state).items()
        if sampled is metric and labels.items() <= dict(zip(metric.labels, values, strict=True)).items()
    ]
    assert len(found) < 2
    return found[0] if found else None


def problem_of(state: VCenterState) -> CheckError | None:
    return state.problem


def changed(state: VCenterState) -> bool:
    """Whether the state has something to save."""
    return state.unsaved


# --- blocks ---


def test_without_changes_the_tuple_of_blocks_is_the_same_object() -> None:
    state = state_of(machine(), host(), datastore())
    before = state.blocks()
    assert not state.apply([machine(), host(), datastore()], complete=True)
    assert state.blocks() is before


def test_a_change_rebuilds_one_block_and_keeps_the_others() -> None:
    state = state_of(machine(1), machine(2), host(), datastore())
    before = state.blocks()
    assert state.apply([modify(2, **{paths.CONSOLIDATION: True})], complete=True)
    assert len(set(state.blocks()) - set(before)) == 1
    assert value(state, metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, vm="web-2") == 1


def test_a_reconfiguration_that_no_series_shows_rebuilds_nothing() -> None:
    state = state_of(machine())
    before = state.blocks()
    assert not state.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], complete=True)
    assert state.blocks() is before


def test_the_same_disks_again_rebuild_nothing() -> None:
    state = state_of(machine(1, snapshot(1)), host())
    read(state, Hardware(True, disks()))
    before = state.blocks()
    assert state.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], complete=True)
    read(state, Hardware(True, disks()))
    assert state.blocks() is before


def test_blocks_are_rendered_in_slices() -> None:
    state = state_of(*(machine(n) for n in range(10)))
    assert state.render(4)
    assert state.render(4)
    assert not state.render(4)


def test_a_host_that_is_reported_later_appears_in_the_machines_labels() -> None:
    state = state_of(machine())
    assert value(state, metrics.VSPHERE_VM_INFO, host="") == 1
    state.apply([host(), datastore()], complete=True)
    assert value(state, metrics.VSPHERE_VM_INFO, host="esx-1", datastore="ds", power_state="poweredOn") == 1
    state.apply([host(name="esx-1.example")], complete=True)
    assert value(state, metrics.VSPHERE_VM_INFO, host="esx-1.example") == 1


def test_the_series_of_a_deleted_machine_end() -> None:
    state = state_of(machine(1, snapshot(1)), machine(2), host(), accounts=("svc",))
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    state.set_author("vm-1", "snapshot-1", "svc")
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 1
    state.apply([ObjectUpdate("leave", paths.MACHINE, "vm-1")], complete=True)
    assert {labels[1] for metric, labels in series(state) if metric is metrics.VSPHERE_VM_INFO} == {"web-2"}
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 0
    assert state.hardware_to_read == []


def test_two_datastores_of_one_name_do_not_share_a_series() -> None:
    state = state_of(datastore(1, "local"), datastore(2, "local"))
    assert value(state, metrics.DATASTORE_FREE, datastore="local (datastore-1)") == 10
    assert value(state, metrics.DATASTORE_FREE, datastore="local (datastore-2)") == 10
    state.apply([ObjectUpdate("leave", paths.DATASTORE, "datastore-2")], complete=True)
    assert value(state, metrics.DATASTORE_FREE, datastore="local") == 10


def test_two_machines_of_one_name_without_uuid_do_not_share_a_series() -> None:
    nameless = {paths.NAME: "web", paths.INSTANCE_UUID: None}
    state = state_of(machine(1, **nameless), machine(2, **nameless))
    assert value(state, metrics.VSPHERE_VM_SNAPSHOTS, vm="web (vm-1)") == 0
    assert value(state, metrics.VSPHERE_VM_SNAPSHOTS, vm="web (vm-2)") == 0


# --- unknown values are absent ---


def test_values_that_we_may_not_read_have_no_series() -> None:
    state = state_of(
        machine(1, **{paths.SNAPSHOT: DENIED, paths.TRACKING: DENIED, paths.CONSOLIDATION: DENIED}),
        host(state=DENIED),
    )
    shown = {metric for metric, _ in series(state)}
    assert shown == {metrics.VSPHERE_VM_INFO, metrics.NFC_BUFFER_CAPACITY}
    assert state.hardware_to_read == []


def test_disks_in_flight_are_unknown_and_not_zero_while_snapshots_are_not_recognised() -> None:
    state = state_of(machine(1, snapshot(1)), host(), datastore())
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) is None
    assert value(state, metrics.DATASTORE_DISK_SNAPSHOTS) is None
    state.set_listed(frozenset({"uuid-1"}))
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 1
    assert value(state, metrics.DATASTORE_DISK_SNAPSHOTS) == 1
    state.set_listed(frozenset())
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) is None


def test_whether_a_machine_replicates_is_unknown_until_machines_are_listed() -> None:
    state = state_of(machine(1), machine(2))
    assert value(state, metrics.VSPHERE_VM_REPLICATING, vm="web-1") is None
    state.set_listed(frozenset({"uuid-1"}))
    assert value(state, metrics.VSPHERE_VM_REPLICATING, vm="web-1") == 1
    assert value(state, metrics.VSPHERE_VM_REPLICATING, vm="web-2") == 0
    state.set_listed(frozenset({"uuid-1", "uuid-2"}))
    assert value(state, metrics.VSPHERE_VM_REPLICATING, vm="web-2") == 1
    state.set_listed(frozenset())
    assert value(state, metrics.VSPHERE_VM_REPLICATING, vm="web-1") is None


# --- disk readings ---


def test_disks_are_read_only_of_machines_that_replicate_or_hold_snapshots() -> None:
    state = state_of(machine(1), machine(2, snapshot(1)), machine(3), machines=(re.compile("web-3"),))
    assert [moid for moid, _ in state.hardware_to_read] == ["vm-2", "vm-3"]
    state.set_listed(frozenset({"uuid-1"}))
    assert [moid for moid, _ in state.hardware_to_read] == ["vm-1", "vm-2", "vm-3"]
    assert state.replicating_count == 2
    assert state.machine_count == 3


def test_disks_are_read_again_only_after_a_relevant_change() -> None:
    state = state_of(machine(1, snapshot(1)))
    read(state, Hardware(True, disks()))
    assert state.hardware_to_read == []
    state.apply([modify(1, **{paths.CONSOLIDATION: True, paths.POWER_STATE: "poweredOff"})], complete=True)
    assert state.hardware_to_read == []
    state.apply([modify(1, **{paths.SNAPSHOT: (snapshot(1), snapshot(2))})], complete=True)
    assert state.hardware_to_read == [("vm-1", ("1", ("snapshot-1", "snapshot-2")))]


def test_a_change_during_the_reading_makes_it_due_again() -> None:
    state = state_of(machine(1, snapshot(1)))
    ((moid, version),) = state.hardware_to_read
    state.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], complete=True)
    state.set_hardware(moid, version, Hardware(True, disks()))
    assert state.hardware_to_read == [("vm-1", ("2", ("snapshot-1",)))]


def test_a_reading_of_a_machine_that_is_gone_is_dropped() -> None:
    state = state_of(machine(1, snapshot(1)))
    state.apply([ObjectUpdate("leave", paths.MACHINE, "vm-1")], complete=True)
    state.set_hardware("vm-1", ("1", ("snapshot-1",)), Hardware(True, disks()))
    assert series(state) == {}


# --- series from the readings ---


def test_the_buffer_of_a_host_is_disks_times_their_share() -> None:
    state = state_of(machine(1, snapshot(1)), host(), host(2, "esx-2"), datastore(), accounts=("svc",))
    read(state, Hardware(True, disks(8), {"snapshot-1": disks(8)}))
    state.set_author("vm-1", "snapshot-1", "VSPHERE.LOCAL\\svc")
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT, host="esx-1") == 8
    assert value(state, metrics.NFC_BUFFER_USED, host="esx-1") == 32 * MIB
    assert value(state, metrics.NFC_BUFFER_CAPACITY, host="esx-1") == 32 * MIB
    assert value(state, metrics.NFC_BUFFER_USED, host="esx-2") == 0
    assert value(state, metrics.DATASTORE_DISK_SNAPSHOTS) == 8
    assert value(state, metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT) == 15
    state.apply([modify(1, **{paths.RUNTIME_HOST: "host-2"})], complete=True)
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT, host="esx-1") == 0
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT, host="esx-2") == 8
    state.apply([modify(1, **{paths.SNAPSHOT: None})], complete=True)
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT, host="esx-2") == 0


def test_the_snapshot_of_a_backup_product_is_not_in_flight() -> None:
    state = state_of(machine(1, snapshot(1)), host(), accounts=("svc",), machines=(re.compile("web-1"),))
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    state.set_author("vm-1", "snapshot-1", "svc")
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 1
    state.set_author("vm-1", "snapshot-1", "backup")
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 0


def test_a_snapshot_of_unknown_author_is_not_in_flight_where_accounts_are_configured() -> None:
    state = state_of(machine(1, snapshot(1)), host(), accounts=("svc",), machines=(re.compile("web-1"),))
    read(state, Hardware(True, disks(8), {"snapshot-1": disks(8)}))
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 0
    assert value(state, metrics.NFC_BUFFER_USED) == 0


def test_resets_and_invalid_disks_appear_after_the_first_reading() -> None:
    state = state_of(machine(1, snapshot(1)))
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) is None
    assert value(state, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) is None
    read(state, Hardware(True, disks(2), {"snapshot-1": disks(2, capacity=0)}))
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) == 0
    assert value(state, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) == 2
    state.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], complete=True)
    read(state, Hardware(True, disks(2, change_id="b/1"), {"snapshot-1": disks(2)}))
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) == 2
    assert value(state, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) == 0


def test_a_reading_with_invalid_disks_is_repeated_until_there_are_none() -> None:
    state = state_of(machine(1, snapshot(1)))
    read(state, Hardware(True, disks(), {"snapshot-1": disks(capacity=0)}))
    assert [moid for moid, _ in state.hardware_to_read] == ["vm-1"]
    assert not state.apply([], complete=True)
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert state.hardware_to_read == []
    assert value(state, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) == 0


def test_resets_are_exported_also_while_a_machine_has_no_snapshot() -> None:
    state = state_of(machine(1, snapshot(1)))
    read(state, Hardware(True, disks()))
    state.apply([modify(1, **{paths.SNAPSHOT: None})], complete=True)
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) == 0
    assert value(state, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS) is None


def test_tracking_that_is_switched_off_and_on_between_two_readings_is_no_reset() -> None:
    state = state_of(machine(1, snapshot(1)))
    read(state, Hardware(True, disks()))
    state.apply([modify(1, **{paths.TRACKING: False})], complete=True)
    state.apply([modify(1, **{paths.TRACKING: True, paths.CHANGE_VERSION: "2"})], complete=True)
    read(state, Hardware(True, disks(change_id="b/1")))
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) == 0


# --- across restarts and reconnections ---


def test_identities_and_authors_are_kept_across_a_restart() -> None:
    before = state_of(machine(1, snapshot(1)), host(), accounts=("svc",))
    read(before, Hardware(True, disks(), {"snapshot-1": disks()}))
    before.set_author("vm-1", "snapshot-1", "svc")
    assert changed(before)
    saved = json.loads(json.dumps(before.dump()))
    after = state_of(machine(1, snapshot(1)), host(), saved=saved, accounts=("svc",))
    read(after, Hardware(True, disks(change_id="b/1"), {"snapshot-1": disks()}))
    assert value(after, metrics.VSPHERE_VM_CBT_RESETS) == 1
    assert value(after, metrics.NFC_DISKS_IN_FLIGHT) == 1


def test_a_machine_that_is_not_visible_is_remembered_for_a_week() -> None:
    before = state_of(machine(1, snapshot(1)), accounts=("svc",))
    read(before, Hardware(True, disks()))
    before.set_author("vm-1", "snapshot-1", "svc")
    after = state_of(machine(2), saved=before.dump())
    after.expire_history(NOW)
    assert changed(after)
    after = state_of(machine(2), saved=json.loads(json.dumps(after.dump())))
    after.expire_history(NOW + 7 * DAY)
    assert not changed(after)
    after.expire_history(NOW + 7 * DAY + 1)
    assert changed(after)
    assert after.dump() == state_of(machine(2)).dump()


def test_a_role_that_was_withdrawn_for_a_moment_hides_no_reset_and_no_author() -> None:
    state = state_of(machine(1, snapshot(1)), host(), accounts=("svc",))
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    state.set_author("vm-1", "snapshot-1", "svc")
    leaving = [ObjectUpdate("leave", paths.MACHINE, "vm-1"), ObjectUpdate("leave", paths.HOST, "host-1")]
    state.apply(leaving, complete=True)
    state.expire_history(NOW)
    assert series(state) == {}
    state.apply([machine(1, snapshot(1)), host()], complete=True)
    state.expire_history(NOW + DAY)
    read(state, Hardware(True, disks(change_id="b/1"), {"snapshot-1": disks()}))
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) == 1
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 1
    state.apply(leaving, complete=True)
    state.expire_history(NOW + 8 * DAY)  # a week counts from the last time at which it was not visible
    state.apply([machine(1, snapshot(1))], complete=True)
    assert value(state, metrics.VSPHERE_VM_CBT_RESETS) == 1


def test_snapshots_that_we_may_not_read_for_a_moment_keep_their_authors() -> None:
    state = state_of(machine(1, snapshot(1)), host(), accounts=("svc",))
    state.set_author("vm-1", "snapshot-1", "svc")
    state.apply([modify(1, **{paths.SNAPSHOT: DENIED})], complete=True)
    state.apply([modify(1, **{paths.SNAPSHOT: (snapshot(1),)})], complete=True)
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 1


def test_the_author_of_a_snapshot_may_be_known_before_the_snapshot() -> None:
    state = state_of(machine(1), host(), accounts=("svc",))
    state.set_author("vm-1", "snapshot-1", "svc")
    state.apply([modify(1, **{paths.CHANGE_VERSION: "2"})], complete=True)
    state.apply([modify(1, **{paths.SNAPSHOT: (snapshot(1),)})], complete=True)
    read(state, Hardware(True, disks(), {"snapshot-1": disks()}))
    assert value(state, metrics.NFC_DISKS_IN_FLIGHT) == 1


def test_a_snapshot_that_was_removed_while_the_exporter_was_down_is_removed() -> None:
    before = state_of(machine(1, snapshot(1), snapshot(2)), accounts=("svc",))
    for number in (1, 2):
        before.set_author("vm-1", f"snapshot-{number}", "svc")
    after = state_of(machine(1, snapshot(2)), saved=json.loads(json.dumps(before.dump())))
    assert after.dump()["authors"] == {"vm-1": {"snapshot-2": "svc"}}


def test_the_author_of_a_removed_snapshot_is_removed() -> None:
    state = state_of(machine(1, snapshot(1)), accounts=("svc",))
    state.set_author("vm-1", "snapshot-1", "svc")
    assert state.dump()["authors"] == {"vm-1": {"snapshot-1": "svc"}}
    state.apply([modify(1, **{paths.SNAPSHOT: None})], complete=True)
    assert changed(state)
    assert state.dump()["authors"] == {}


# --- problems ---


def test_an_empty_inventory_is_forbidden_where_there_was_one() -> None:
    assert problem_of(state_of()) is None
    state = state_of(machine(1), host())
    assert problem_of(state) is None
    state.apply([ObjectUpdate("leave", paths.MACHINE, "vm-1")], complete=True)
    assert problem_of(state) is None
    state.apply([ObjectUpdate("leave", paths.HOST, "host-1")], complete=True)
    assert state.emptied
    emptied = problem_of(state)
    assert emptied is not None
    assert emptied.reason is Reason.FORBIDDEN
    assert "exporter sees no machine" in emptied.message
    assert "Read-only" in emptied.message
    restarted = state_of(saved=json.loads(json.dumps(state.dump())))
    assert restarted.emptied
    restarted.apply([host()], complete=True)
    assert problem_of(restarted) is None


def test_a_value_that_cannot_be_read_names_its_object_and_is_left_out() -> None:
    state = state_of(machine(1, **{paths.POWER_STATE: Unreadable("AttributeError: hovering")}), machine(2))
    unreadable = problem_of(state)
    assert unreadable is not None
    assert unreadable.reason is Reason.PROTOCOL
    assert unreadable.message == (
        "runtime.powerState of VirtualMachine vm-1 (web-1) cannot be read: AttributeError: hovering"
    )
    assert value(state, metrics.VSPHERE_VM_INFO, vm="web-1", power_state="") == 1
    assert value(state, metrics.VSPHERE_VM_INFO, vm="web-2", power_state="poweredOn") == 1
    state.apply([modify(1, **{paths.POWER_STATE: "poweredOn"})], complete=True)
    assert problem_of(state) is None


# --- datastores of a machine ---


def test_the_datastores_of_a_machine_are_those_of_its_disks() -> None:
    def datastores() -> set[str]:
        return {labels[4] for metric, labels in series(state) if metric is metrics.VSPHERE_VM_INFO}

    config_and_iso = {paths.DATASTORES: ("datastore-1", "datastore-3")}
    state = state_of(machine(1, snapshot(1), **config_and_iso), *(datastore(n, f"ds-{n}") for n in (1, 2, 3)))
    assert datastores() == {"ds-1", "ds-3"}
    read(
        state,
        Hardware(True, (Disk(2000, "u", 1, None, "", "datastore-1"), Disk(2001, "v", 1, None, "", "datastore-2"))),
    )
    assert datastores() == {"ds-1", "ds-2"}


def test_a_datastore_has_one_name_in_the_series_of_its_space_and_of_its_machines() -> None:
    def names(wanted: Metric) -> set[str]:
        position = wanted.labels.index("datastore")
        return {labels[position] for metric, labels in series(state) if metric is wanted}

    state = state_of(
        datastore(1, "local"),
        machine(1, **{paths.DATASTORES: ("datastore-1",)}),
        machine(2, **{paths.DATASTORES: ("datastore-2",)}),
    )
    assert names(metrics.VSPHERE_VM_INFO) == {"local", ""}
    state.apply([datastore(2, "local")], complete=True)
    assert names(metrics.VSPHERE_VM_INFO) == {"local (datastore-1)", "local (datastore-2)"}
    assert names(metrics.DATASTORE_FREE) == names(metrics.VSPHERE_VM_INFO)
    assert names(metrics.VSPHERE_DATASTORE_ACCESSIBLE) == names(metrics.VSPHERE_VM_INFO)
    state.apply([ObjectUpdate("leave", paths.DATASTORE, "datastore-1")], complete=True)
    assert names(metrics.VSPHERE_VM_INFO) == {"local", ""}


# --- states ---


def test_a_machine_that_vcenter_cannot_reach_has_its_connection_state() -> None:
    state = state_of(machine(1, **{paths.CONNECTION_STATE: "orphaned"}))
    for name in ("connected", "disconnected", "orphaned", "inaccessible", "invalid"):
        expected = 1 if name == "orphaned" else None
        assert value(state, metrics.VSPHERE_VM_CONNECTION_STATE, vm="web-1", state=name) == expected
    state.apply([modify(1, **{paths.CONNECTION_STATE: DENIED})], complete=True)
    assert value(state, metrics.VSPHERE_VM_CONNECTION_STATE, vm="web-1", state="orphaned") is None


def test_a_connection_state_that_ended_is_0_for_five_minutes() -> None:
    state = state_of(machine(1, **{paths.CONNECTION_STATE: "orphaned"}))
    state.apply([modify(1, **{paths.CONNECTION_STATE: "connected"})], complete=True)
    for now, expected in ((1000, 0), (1299, 0), (1300, None)):
        state.expire_left_states(now)
        assert value(state, metrics.VSPHERE_VM_CONNECTION_STATE, vm="web-1", state="orphaned") == expected
        assert value(state, metrics.VSPHERE_VM_CONNECTION_STATE, vm="web-1", state="connected") == 1


def test_machines_hosts_and_datastores_have_as_many_series_as_the_documents_say() -> None:
    """Where samples are billed, the number of series is the price of the exporter."""
    in_maintenance = {paths.MAINTENANCE: False}
    machines = [
        machine(n, snapshot(n), **{paths.CONNECTION_STATE: "connected", paths.CHAIN_BROKEN: False}) for n in (1, 2)
    ]
    state = state_of(*machines, host(), datastore())
    state.apply([ObjectUpdate("modify", paths.HOST, "host-1", in_maintenance)], complete=True)
    state.set_listed(frozenset({"uuid-1", "uuid-2"}))
    read(state, Hardware(True, disks()))
    names = Counter(name for _, labels in series(state) for name in set(labels) & {"web-1", "esx-1", "ds"})
    placed = 2  # each machine names its host and its datastore in vsphere_vm_info
    assert names["web-1"] == SERIES["a machine, from vCenter"] + 1  # it has snapshots, and the age of the oldest one
    assert names["esx-1"] - placed == SERIES["an ESXi host, from vCenter"]
    assert names["ds"] - placed == SERIES["a datastore, from vCenter"]


def test_a_host_in_maintenance_and_a_datastore_out_of_reach() -> None:
    state = state_of(host(), datastore())
    assert value(state, metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, host="esx-1") is None
    assert value(state, metrics.VSPHERE_DATASTORE_ACCESSIBLE, datastore="ds") == 1
    maintenance = ObjectUpdate("modify", paths.HOST, "host-1", {paths.MAINTENANCE: True})
    lost = ObjectUpdate("modify", paths.DATASTORE, "datastore-1", {paths.ACCESSIBLE: False})
    state.apply([maintenance, lost], complete=True)
    assert value(state, metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, host="esx-1") == 1
    assert value(state, metrics.VSPHERE_DATASTORE_ACCESSIBLE, datastore="ds") == 0
    assert value(state, metrics.DATASTORE_FREE) is None


def test_a_new_watch_rebuilds_only_what_changed_and_drops_objects_that_are_gone() -> None:
    state = state_of(machine(1), machine(2), host())
    before = state.blocks()
    state.start_refresh()
    state.apply([machine(1)], complete=False)
    assert state.blocks() is before
    state.apply([host()], complete=True)
    assert len(state.blocks()) == 2
    assert set(state.blocks()) < set(before)


def test_a_host_that_does_not_respond_keeps_its_series() -> None:
    state = state_of(host(state="notResponding"))
    assert value(state, metrics.VSPHERE_HOST_CONNECTION_STATE, state="notResponding") == 1
    assert value(state, metrics.VSPHERE_HOST_CONNECTION_STATE, state="connected") == 0
    assert state.host_names == {"esx-1"}


def test_a_machine_has_labels_also_before_it_is_in_the_inventory() -> None:
    state = state_of(machine(1))
    assert state.machine_labels("vm-1", "") == {"vm": "web-1", "vm_id": "uuid-1"}
    assert state.machine_labels("vm-9", "new") == {"vm": "new", "vm_id": ""}
