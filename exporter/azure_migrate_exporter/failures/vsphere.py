"""Faults of vCenter's snapshot tasks, classified by the class name of the fault, the operation and the message.

Azure wraps the same faults into "An internal error occurred. [ … ]"; here they come from ``info.error`` of a task. A
fault that is not listed is no documented failure, except for the operations in `_OTHERWISE`.
"""

from typing import Final

from azure_migrate_exporter.failures.classifier import UNKNOWN, classify

_ANY_OPERATION: Final[dict[str, str]] = {
    "TaskInProgress": "another_task_in_progress",
    "VAppTaskInProgress": "another_task_in_progress",
    # InvalidState and everything below it that a task on a virtual machine can meet.
    "InvalidState": "operation_not_allowed",
    "InvalidPowerState": "operation_not_allowed",
    "InvalidVmState": "operation_not_allowed",
    "InvalidHostState": "operation_not_allowed",
    "InvalidHostConnectionState": "operation_not_allowed",
    "InvalidDatastoreState": "operation_not_allowed",
    "QuestionPending": "operation_not_allowed",
    "InvalidSnapshotFormat": "invalid_snapshot_configuration",
    "HostCommunication": "cannot_connect_to_host",
    "HostNotConnected": "cannot_connect_to_host",
    "HostNotReachable": "cannot_connect_to_host",
    "NoPermission": "vcenter_privileges_missing",
}
"""Fault class, without its name space, to failure id: the same whatever was attempted."""

_FILES: Final = (
    "CannotAccessFile",
    "CannotCreateFile",
    "CannotDeleteFile",
    "FileFault",
    "FileLocked",
    "FileNotFound",
    "FileNotWritable",
    "NoDiskSpace",
)

_BY_OPERATION: Final[dict[str, dict[str, str]]] = {
    "create_snapshot": {
        "FileTooLarge": "file_too_large",
        # The article documents a full datastore by the message that it causes.
        "NoDiskSpace": "snapshot_file_unopenable",
        "InsufficientStorageSpace": "snapshot_file_unopenable",
        # A guest that cannot be quiesced is the usual cause of a hung snapshot; these faults are its other outcome.
        "Timedout": "snapshot_hung",
        "ApplicationQuiesceFault": "snapshot_hung",
        "FilesystemQuiesceFault": "snapshot_hung",
    },
    # Removing a snapshot commits its disks: a file that cannot be written leaves them unconsolidated.
    "remove_snapshot": dict.fromkeys(_FILES, "consolidate_disks_failed"),
}
"""Faults with a meaning for one operation only. Inferred from the causes in the article."""

_OTHERWISE: Final[dict[str, str]] = {"consolidate_disks": "consolidate_disks_failed"}
"""The failure of an operation that ended with any other fault."""


def classify_task_fault(operation: str, fault: str, message: str = "") -> str:
    """The failure id of a task that ended with a fault, or "unknown".

    `operation` is the label's value (create_snapshot, remove_snapshot, consolidate_disks), `fault` the class name with
    or without its name space (``vim.fault.TaskInProgress``), `message` the fault's text, in any language. A text that
    the article documents is more specific than the class, which often is a general one (GenericVmConfigFault).
    """
    documented = classify(None, message)
    if documented != UNKNOWN:
        return documented
    name = fault.rpartition(".")[2]
    specific = _BY_OPERATION.get(operation, {})
    return _ANY_OPERATION.get(name) or specific.get(name) or _OTHERWISE.get(operation, UNKNOWN)


def task_failures(operation: str) -> frozenset[str]:
    """The usual failure ids of a task of this operation; a message may still identify another failure."""
    by_class = {*_ANY_OPERATION.values(), *_BY_OPERATION.get(operation, {}).values()}
    return frozenset({*by_class, _OTHERWISE.get(operation, UNKNOWN), UNKNOWN})
