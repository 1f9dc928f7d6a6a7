"""Finding the machine that a person names."""

import pytest

from azure_migrate_exporter.diagnosis.machine_lookup import NoSuchMachineError, find, merge
from azure_migrate_exporter.diagnosis.model import Machine
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements

WEB01 = Machine("web01", "50-AA", "vc01", "esx01", ("ds1",))
TWINS = (Machine("twin", "50-01", "vc01", "esx01"), Machine("Twin", "50-02", vault="v"))
ALL = (WEB01, *TWINS)


@pytest.mark.parametrize("wanted", ["web01", "WEB01", "50-aa", "50-AA"])
def test_by_name_or_id_in_any_case(wanted: str) -> None:
    assert find(wanted, ALL, complete=True) is WEB01


def test_several_matches_are_listed_with_their_ids_and_places() -> None:
    with pytest.raises(NoSuchMachineError) as refusal:
        find("twin", ALL, complete=True)
    assert refusal.value.lines == (
        "2 machines are called 'twin'; choose one by its id:",
        "  50-01  twin  (vCenter vc01, on esx01)",
        "  50-02  Twin  (vault v)",
    )


def test_no_match_suggests_the_nearest_name() -> None:
    with pytest.raises(NoSuchMachineError, match=r"no machine 'web1' among the 3 listed; did you mean web01\?"):
        find("web1", ALL, complete=True)


def test_no_match_in_an_incomplete_list_is_no_error() -> None:
    assert find("db01", ALL, complete=False) is None


def test_an_empty_id_matches_no_machine() -> None:
    assert find("x", [Machine("y"), Machine("x")], complete=True) == Machine("x")


def test_what_vcenter_and_azure_list_is_one_machine_by_its_id() -> None:
    out, other = Measurements(), Measurements()
    info = {"vcenter": "vc01", "vm": "web01", "vm_id": "50-aa", "host": "esx01", "power_state": "poweredOn"}
    for datastore in ("ds1", "ds2"):
        out.set(metrics.VSPHERE_VM_INFO, 1, **info, datastore=datastore)
    labels = {"vault": "v", "appliance": "paris", "vcenter": "vc01.example.com", "host": "10.0.0.1"}
    other.set(metrics.REPLICATION_INFO, 1, vm="WEB01", vm_id="50-AA", **labels)
    other.set(metrics.REPLICATION_INFO, 1, vm="db01", vm_id="", **labels)
    assert merge(Samples(out.blocks()), Samples(other.blocks())) == (
        Machine("web01", "50-aa", "vc01", "esx01", ("ds1", "ds2"), "v", "paris", "10.0.0.1"),
        Machine("db01", "", "", "", (), "v", "paris", "10.0.0.1"),
    )
