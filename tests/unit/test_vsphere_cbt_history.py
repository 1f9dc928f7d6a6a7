"""Changed block tracking and snapshot disks, from readings of a machine's disks."""

import json

import pytest

from azure_migrate_exporter.collectors.vsphere.state.cbt_history import CbtHistory, identities
from azure_migrate_exporter.collectors.vsphere.state.hardware import Disk, Hardware, invalid_snapshot_disks

GIB = 1 << 30


def disk(change_id: str | None, *, key: int = 2000, uuid: str = "a", capacity: int = GIB) -> Disk:
    return Disk(key, uuid, capacity, change_id, "persistent", "datastore-1")


def tracked(*change_ids: str | None) -> Hardware:
    return Hardware(True, tuple(disk(c, key=2000 + n) for n, c in enumerate(change_ids)))


def record(history: CbtHistory, *readings: Hardware) -> int | None:
    for reading in readings:
        history.record("vm-1", reading, ())
    return history.resets("vm-1")


def test_a_number_that_grows_is_no_reset() -> None:
    assert record(CbtHistory({}), tracked("52 de/1"), tracked("52 de/2"), tracked("52 de/81")) == 0


def test_another_identity_is_a_reset() -> None:
    assert record(CbtHistory({}), tracked("52 de/7"), tracked("aa bb/1")) == 1


def test_each_disk_counts() -> None:
    assert record(CbtHistory({}), tracked("a/1", "b/1", "c/1"), tracked("x/1", "y/1", "c/2")) == 2


def test_a_machine_whose_disks_were_never_tracked_has_no_count() -> None:
    assert record(CbtHistory({}), Hardware(False, (disk(None),))) is None
    assert record(CbtHistory({}), tracked(None)) is None


def test_a_reading_without_permission_changes_nothing() -> None:
    assert record(CbtHistory({}), tracked("a/1"), Hardware(None, None), Hardware(True, None), tracked("a/2")) == 0


def test_tracking_that_was_switched_off_in_between_is_no_reset() -> None:
    assert record(CbtHistory({}), tracked("a/1"), Hardware(False, (disk(None),)), tracked("b/1")) == 0


def test_a_reset_while_the_exporter_was_down_is_counted_afterwards() -> None:
    before = CbtHistory({})
    assert record(before, tracked("a/1"), tracked("b/1")) == 1
    after = CbtHistory(json.loads(json.dumps(before.dump())))
    assert after.resets("vm-1") == 1
    assert record(after, tracked("c/1")) == 2


def test_another_disk_in_the_same_place_is_no_reset() -> None:
    history = CbtHistory({})
    assert record(history, Hardware(True, (disk("a/1", uuid="old"),)), Hardware(True, (disk("b/1", uuid="new"),))) == 0


def test_a_disk_that_briefly_shows_no_change_id_keeps_its_identity() -> None:
    assert record(CbtHistory({}), tracked("a/1"), tracked(None), tracked("b/1")) == 1


def test_the_history_reports_whether_it_changed() -> None:
    history = CbtHistory({})
    assert history.record("vm-1", tracked("a/1"), ())
    assert not history.record("vm-1", tracked("a/2"), ())
    assert history.record("vm-1", tracked("b/1"), ())
    assert history.remove("vm-1")
    assert not history.remove("vm-1")


def test_an_old_snapshot_keeps_its_old_identity_and_counts_no_reset_repeatedly() -> None:
    reading = Hardware(True, (disk(None),), {"old": (disk("a/1"),), "new": (disk("b/1"),)})
    assert identities(reading, ("old", "new")) == {"2000/a": "b"}
    history = CbtHistory({})
    history.record("vm-1", Hardware(True, (disk(None),), {"old": (disk("a/1"),)}), ("old",))
    history.record("vm-1", reading, ("old", "new"))
    history.record("vm-1", reading, ("old", "new"))
    assert history.resets("vm-1") == 1


def test_the_machine_itself_is_newer_than_its_snapshots() -> None:
    reading = Hardware(True, (disk("c/9"),), {"old": (disk("a/1"),)})
    assert identities(reading, ("old",)) == {"2000/a": "c"}


@pytest.mark.parametrize("change_id", [None, "", "*"])
def test_a_change_id_without_a_slash_has_no_identity(change_id: str | None) -> None:
    assert identities(tracked(change_id), ()) == {}


@pytest.mark.parametrize(
    ("size", "invalid"),
    [(GIB, 0), (0, 1), (-1, 1), (2 * GIB, 1)],
)
def test_a_snapshot_disk_of_size_zero_or_of_another_size_is_invalid(size: int, invalid: int) -> None:
    hardware = Hardware(True, (disk("a/2"),), {"snapshot-1": (disk("a/1", capacity=size),)})
    assert invalid_snapshot_disks(hardware) == invalid


def test_a_snapshot_disk_that_the_machine_no_longer_has_is_not_compared() -> None:
    gone = disk(None, key=2001, capacity=2 * GIB)
    assert invalid_snapshot_disks(Hardware(True, (disk(None),), {"snapshot-1": (gone,)})) == 0
    assert invalid_snapshot_disks(Hardware(True, None, {"snapshot-1": (gone,)})) == 0


@pytest.mark.parametrize(
    ("mode", "mapping"),
    [
        ("independent_persistent", ""),
        ("independent_nonpersistent", ""),
        ("persistent", "physicalMode"),
        ("persistent", "virtualMode"),
    ],
)
def test_independent_disks_and_rdms_that_grew_are_not_invalid(mode: str, mapping: str) -> None:
    def of_size(capacity: int) -> tuple[Disk, ...]:
        return (Disk(2000, "a", capacity, None, mode, "datastore-1", mapping),)

    assert invalid_snapshot_disks(Hardware(True, of_size(2 * GIB), {"snapshot-1": of_size(GIB)})) == 0


def test_an_rdm_of_size_zero_in_a_snapshot_is_invalid() -> None:
    snapshot = Disk(2000, "a", 0, None, "persistent", "datastore-1", "virtualMode")
    assert invalid_snapshot_disks(Hardware(True, (disk(None),), {"snapshot-1": (snapshot,)})) == 1


def test_a_machine_without_snapshots_has_no_invalid_ones() -> None:
    assert invalid_snapshot_disks(tracked("a/1")) == 0
