from collections.abc import Mapping
from typing import Any

import pytest

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.values import DENIED, Unreadable
from azure_migrate_exporter.collectors.vsphere.state.inventory import EntityChange, Inventory, ObjectUpdate, Snapshot

SNAPSHOT = Snapshot("snapshot-1", "one", "", 100.0)
WEB: Mapping[str, Any] = {
    paths.NAME: "web",
    paths.INSTANCE_UUID: "5000-AB",
    paths.DATASTORES: ("datastore-1", "datastore-2"),
    paths.CHANGE_VERSION: "7",
    paths.TRACKING: True,
    paths.RUNTIME_HOST: "host-1",
    paths.POWER_STATE: "poweredOn",
    paths.CONSOLIDATION: False,
    paths.SNAPSHOT: (SNAPSHOT,),
}


def enter(moid: str = "vm-1", /, **changed: Any) -> ObjectUpdate:
    return ObjectUpdate("enter", paths.MACHINE, moid, {**WEB, **changed})


def modify(values: Mapping[str, Any], moid: str = "vm-1", type_name: str = paths.MACHINE) -> ObjectUpdate:
    return ObjectUpdate("modify", type_name, moid, values)


def inventory_of(*updates: ObjectUpdate) -> Inventory:
    inventory = Inventory()
    inventory.apply(updates)
    return inventory


def test_a_machine_is_what_its_properties_say() -> None:
    machine = inventory_of(enter()).machines["vm-1"]
    assert (machine.name, machine.vm_id, machine.host) == ("web", "5000-ab", "host-1")
    assert machine.datastores == ("datastore-1", "datastore-2")
    assert (machine.tracking, machine.consolidation_needed, machine.snapshots) == (True, False, (SNAPSHOT,))


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    inventory = inventory_of(enter(), modify({paths.CONSOLIDATION: True}))
    assert inventory.machines["vm-1"].consolidation_needed is True
    assert inventory.machines["vm-1"].tracking is True


def test_the_same_update_twice_changes_nothing() -> None:
    inventory = inventory_of(enter())
    assert len(inventory.apply([modify({paths.CONSOLIDATION: True})])) == 1
    assert inventory.apply([modify({paths.CONSOLIDATION: True})]) == []
    assert inventory.apply([enter(**{paths.CONSOLIDATION: True})]) == []


def test_an_update_of_an_object_that_never_entered_adds_it() -> None:
    assert inventory_of(modify(WEB)).machines == inventory_of(enter()).machines


def test_an_object_that_leaves_is_gone_even_if_it_leaves_twice() -> None:
    inventory = inventory_of(enter())
    before = inventory.machines["vm-1"]
    gone = ObjectUpdate("leave", paths.MACHINE, "vm-1")
    assert inventory.apply([gone]) == [EntityChange("vm-1", before, None)]
    assert inventory.apply([gone]) == []
    assert inventory.machines == {}


@pytest.mark.parametrize("unset", [{paths.SNAPSHOT: None}, {}])
def test_no_snapshot_property_means_no_snapshots(unset: Mapping[str, Any]) -> None:
    values = {path: value for path, value in WEB.items() if path != paths.SNAPSHOT}
    assert inventory_of(modify({**values, **unset})).machines["vm-1"].snapshots == ()


def test_snapshots_that_we_may_not_read_are_unknown() -> None:
    assert inventory_of(enter(**{paths.SNAPSHOT: DENIED})).machines["vm-1"].snapshots is None


@pytest.mark.parametrize("value", [None, DENIED])
def test_a_value_that_vcenter_does_not_report_is_none_and_not_false(value: Any) -> None:
    hidden = dict.fromkeys((paths.TRACKING, paths.CONSOLIDATION, paths.CHAIN_BROKEN, paths.CHANGE_VERSION), value)
    machine = inventory_of(enter(**hidden)).machines["vm-1"]
    assert (machine.tracking, machine.consolidation_needed, machine.chain_broken) == (None, None, None)
    assert machine.config_version == ""


@pytest.mark.parametrize("value", [None, DENIED, ""])
def test_an_inaccessible_machine_keeps_the_identity_it_had(value: Any) -> None:
    lost = {**dict.fromkeys((paths.INSTANCE_UUID, paths.DATASTORES, paths.CHANGE_VERSION), value), paths.TRACKING: None}
    machine = inventory_of(enter(), modify(lost)).machines["vm-1"]
    assert (machine.vm_id, machine.datastores, machine.tracking) == ("5000-ab", ("datastore-1", "datastore-2"), None)
    entered_again = {path: value for path, value in WEB.items() if path not in lost}
    machine = inventory_of(enter(), ObjectUpdate("enter", paths.MACHINE, "vm-1", entered_again)).machines["vm-1"]
    assert (machine.vm_id, machine.tracking) == ("5000-ab", None)


def test_a_value_that_cannot_be_read_is_unknown_and_keeps_the_identity() -> None:
    unreadable = dict.fromkeys((paths.NAME, paths.INSTANCE_UUID, paths.TRACKING, paths.SNAPSHOT), Unreadable("why"))
    inventory = inventory_of(enter(), modify(unreadable))
    machine = inventory.machines["vm-1"]
    assert (machine.name, machine.vm_id, machine.tracking, machine.snapshots) == ("web", "5000-ab", None, None)
    assert inventory.unreadable == "config.changeTrackingEnabled of VirtualMachine vm-1 (web) cannot be read: why"
    inventory.apply([ObjectUpdate("leave", paths.MACHINE, "vm-1")])
    assert inventory.unreadable == ""


def test_a_template_is_no_machine() -> None:
    inventory = inventory_of(enter(**{paths.TEMPLATE: True}))
    assert inventory.machines == {}
    inventory.apply([modify({paths.TEMPLATE: False})])
    assert list(inventory.machines) == ["vm-1"]


def test_names_are_shown_as_in_the_client() -> None:
    assert inventory_of(enter(**{paths.NAME: "50%25 web%2fapp%5C1 %20"})).machines["vm-1"].name == "50% web/app\\1 %20"


def test_an_object_without_a_name_is_named_by_its_id() -> None:
    assert inventory_of(modify({}, "host-1", paths.HOST)).hosts["host-1"].name == "host-1"


def test_objects_that_a_new_watch_does_not_name_are_gone() -> None:
    inventory = inventory_of(enter("vm-1"), enter("vm-2"))
    inventory.start_refresh()
    assert inventory.apply([enter("vm-2")]) == []
    assert set(inventory.machines) == {"vm-1", "vm-2"}
    assert [delta.moid for delta in inventory.finish_refresh()] == ["vm-1"]
    assert list(inventory.machines) == ["vm-2"]
    assert inventory.finish_refresh() == []


def test_a_datastore_that_is_not_accessible_has_no_sizes() -> None:
    space = {paths.NAME: "ds", paths.FREE: 10, paths.CAPACITY: 100, paths.ACCESSIBLE: True}
    inventory = inventory_of(modify(space, "datastore-1", paths.DATASTORE))
    assert inventory.datastores["datastore-1"].free == 10
    inventory.apply([modify({paths.ACCESSIBLE: False}, "datastore-1", paths.DATASTORE)])
    assert inventory.datastores["datastore-1"].free is None


@pytest.mark.parametrize(
    ("total", "done", "ratio"), [(200, 50, 0.25), (200, 300, 1.0), (0, 0, None), (200, None, None), (None, None, None)]
)
def test_the_progress_of_a_consolidation(total: int | None, done: int | None, ratio: float | None) -> None:
    values = {paths.WORK_TOTAL: total, paths.WORK_DONE: done}
    assert inventory_of(enter(**values)).machines["vm-1"].consolidated == ratio
