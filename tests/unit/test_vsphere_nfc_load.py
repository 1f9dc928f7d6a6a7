from azure_migrate_exporter.collectors.vsphere.state.hardware import Disk, Hardware
from azure_migrate_exporter.collectors.vsphere.state.nfc_load import DisksInFlight, NfcLoad, disks_in_flight


def disk(key: int, datastore: str = "datastore-1", mode: str = "persistent") -> Disk:
    return Disk(key, f"uuid-{key}", 1, None, mode, datastore)


def test_a_disk_counts_once_however_many_snapshots_it_carries() -> None:
    both = (disk(2000), disk(2001))
    hardware = Hardware(True, both, {"s1": both, "s2": both, "other": both})
    assert disks_in_flight("host-1", hardware, ["s1", "s2"]).total == 2
    assert disks_in_flight("host-1", hardware, []).total == 0


def test_an_independent_disk_is_in_no_snapshot() -> None:
    disks = (disk(2000), disk(2001, mode="independent_persistent"), disk(2002, mode="independent_nonpersistent"))
    assert disks_in_flight("host-1", Hardware(True, disks, {"s1": disks}), ["s1"]).total == 1


def test_a_physical_rdm_is_in_no_snapshot() -> None:
    mappings = ("physicalMode", "virtualMode")
    disks = tuple(Disk(2000 + n, "u", 1, None, "persistent", "ds", mapping) for n, mapping in enumerate(mappings))
    assert disks_in_flight("host-1", Hardware(True, disks, {"s1": disks}), ["s1"]).total == 1


def test_a_snapshot_that_was_not_read_counts_nothing() -> None:
    assert disks_in_flight("host-1", Hardware(True, (disk(2000),), {}), ["s1"]).total == 0


def test_disks_are_summed_by_host_and_by_datastore() -> None:
    load = NfcLoad()
    assert load.replace("vm-1", DisksInFlight("host-1", {"ds-1": 2, "ds-2": 1})) == {"host-1", "ds-1", "ds-2"}
    assert load.replace("vm-2", DisksInFlight("host-1", {"ds-1": 1})) == {"host-1", "ds-1"}
    assert (load.disks_on("host-1"), load.disks_on("ds-1"), load.disks_on("ds-2")) == (4, 3, 1)


def test_the_same_disks_again_change_nothing() -> None:
    load = NfcLoad()
    load.replace("vm-1", DisksInFlight("host-1", {"ds-1": 2}))
    assert load.replace("vm-1", DisksInFlight("host-1", {"ds-1": 2})) == frozenset()
    assert load.replace("vm-2", DisksInFlight("host-1")) == frozenset()


def test_a_vmotion_moves_the_disks_to_the_other_host() -> None:
    load = NfcLoad()
    load.replace("vm-1", DisksInFlight("host-1", {"ds-1": 2}))
    assert load.replace("vm-1", DisksInFlight("host-2", {"ds-1": 2})) == {"host-1", "host-2"}
    assert (load.disks_on("host-1"), load.disks_on("host-2"), load.disks_on("ds-1")) == (0, 2, 2)


def test_a_machine_that_is_gone_has_no_disks_in_flight() -> None:
    load = NfcLoad()
    load.replace("vm-1", DisksInFlight("host-1", {"ds-1": 2}))
    assert load.replace("vm-1", None) == {"host-1", "ds-1"}
    assert load.disks_on("host-1") == 0
