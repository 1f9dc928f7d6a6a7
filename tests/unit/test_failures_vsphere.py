"""Faults of vCenter's snapshot tasks become the documented failures, whatever language vCenter speaks."""

import pytest
from pyVmomi import vim, vmodl

from azure_migrate_exporter.failures import vsphere
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import UNKNOWN
from azure_migrate_exporter.failures.vsphere import classify_task_fault

OPERATIONS = ["create_snapshot", "remove_snapshot", "consolidate_disks"]


def known_faults() -> set[str]:
    return {*vsphere._ANY_OPERATION, *(name for table in vsphere._BY_OPERATION.values() for name in table)}


@pytest.mark.parametrize("name", sorted(known_faults()))
def test_every_listed_fault_exists_in_vsphere(name: str) -> None:
    found = getattr(vim.fault, name, None) or getattr(vmodl.fault, name)
    assert issubclass(found, vmodl.MethodFault)


def test_every_answer_is_in_the_catalogue() -> None:
    answers = {*vsphere._ANY_OPERATION.values(), *vsphere._OTHERWISE.values()}
    answers |= {failure for table in vsphere._BY_OPERATION.values() for failure in table.values()}
    assert answers <= set(CATALOGUE)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (vim.fault.TaskInProgress, "another_task_in_progress"),
        (vim.fault.VAppTaskInProgress, "another_task_in_progress"),
        (vim.fault.InvalidState, "operation_not_allowed"),
        (vim.fault.InvalidPowerState, "operation_not_allowed"),
        (vim.fault.InvalidHostState, "operation_not_allowed"),
        (vim.fault.InvalidHostConnectionState, "operation_not_allowed"),
        (vim.fault.InvalidSnapshotFormat, "invalid_snapshot_configuration"),
        (vmodl.fault.HostNotConnected, "cannot_connect_to_host"),
        (vim.fault.NoPermission, "vcenter_privileges_missing"),
    ],
)
def test_these_faults_mean_the_same_for_every_operation(
    operation: str, fault: type[vmodl.MethodFault], failure: str
) -> None:
    assert classify_task_fault(operation, fault.__name__, "") == failure
    assert classify_task_fault(operation, fault.__name__.rpartition(".")[2], "Die Meldung, auf Deutsch") == failure


@pytest.mark.parametrize("fault", ["vim.fault.FileLocked", "vim.fault.NoDiskSpace", "vim.fault.InvalidDiskFormat", ""])
def test_any_other_fault_of_a_consolidation_is_a_failed_consolidation(fault: str) -> None:
    assert classify_task_fault("consolidate_disks", fault) == "consolidate_disks_failed"


def test_a_full_datastore_means_something_else_for_each_operation() -> None:
    assert classify_task_fault("create_snapshot", "vim.fault.NoDiskSpace") == "snapshot_file_unopenable"
    assert classify_task_fault("remove_snapshot", "vim.fault.NoDiskSpace") == "consolidate_disks_failed"


def test_a_guest_that_does_not_come_to_rest_is_a_hung_snapshot() -> None:
    assert classify_task_fault("create_snapshot", "vim.fault.FilesystemQuiesceFault") == "snapshot_hung"
    assert classify_task_fault("remove_snapshot", "vim.fault.FilesystemQuiesceFault") == UNKNOWN


def test_a_documented_message_says_more_than_a_general_fault() -> None:
    message = "An error occurred while saving the snapshot: Invalid change tracker error code."
    assert (
        classify_task_fault("create_snapshot", "vim.fault.GenericVmConfigFault", message)
        == "change_tracker_save_failed"
    )
    assert (
        classify_task_fault("create_snapshot", "vmodl.fault.SystemError", "Detected an invalid snapshot configuration.")
        == "invalid_snapshot_configuration"
    )


@pytest.mark.parametrize("operation", ["create_snapshot", "remove_snapshot", "reconfigure", ""])
@pytest.mark.parametrize("fault", ["vmodl.fault.SystemError", "vim.fault.GenericVmConfigFault", "", ".", "Nonsense"])
def test_any_other_fault_is_unknown(operation: str, fault: str) -> None:
    assert classify_task_fault(operation, fault, "A general system error occurred: internal error") == UNKNOWN
