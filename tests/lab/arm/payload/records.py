"""Events, jobs and recovery points."""

from typing import Any, Final

from tests.lab.arm.history import FRIENDLY, Event, Job
from tests.lab.arm.machine import LabMachine, RecoveryPoint
from tests.lab.arm.names import SERVICE, guid
from tests.lab.arm.payload.item import TYPE
from tests.lab.arm.times import UNFINISHED, reported_time, stamp

_WORDS: Final = {"Succeeded": "Completed", "InProgress": "In progress"}
"""stateDescription, where it is not the state again."""


def event(vault: str, about: Event) -> dict[str, Any]:
    """An event, the same in a LIST and in a GET."""
    item = {"instanceType": "VMwareCbt", "migrationItemName": about.item}
    return {
        "id": f"{vault}/replicationEvents/{about.name}",
        "name": about.name,
        "type": f"{SERVICE}/vaults/replicationEvents",
        "properties": {
            "eventCode": guid("event code", about.type, about.description),
            "description": about.description,
            "eventType": about.type,
            "affectedObjectFriendlyName": about.about,
            "affectedObjectCorrelationId": about.correlation,
            "severity": about.severity,
            "timeOfOccurrence": stamp(about.at),
            "fabricId": about.fabric,
            "providerSpecificDetails": item if about.item else None,
            "eventSpecificDetails": _job_status(vault, about.job) if about.job else None,
            "healthErrors": list(about.errors),
            "acknowledged": "false",  # a field that no SDK knows
        },
    }


def _job_status(vault: str, about: Job) -> dict[str, Any]:
    return {
        "instanceType": "JobStatus",
        "jobId": f"{vault}/replicationJobs/{about.name}",
        "jobFriendlyName": FRIENDLY[about.scenario],
        "jobStatus": about.state,
        "affectedObjectType": "ProtectionEntity",
    }


def listed_job(vault: str, about: Job) -> dict[str, Any]:
    """A job in a LIST: neither tasks nor errors, however it ended."""
    return {
        "id": f"{vault}/replicationJobs/{about.name}",
        "name": about.name,
        "type": f"{SERVICE}/vaults/replicationJobs",
        "properties": {
            "activityId": None,
            "scenarioName": about.scenario,
            "friendlyName": FRIENDLY[about.scenario],
            "state": about.state,
            "stateDescription": _WORDS.get(about.state, about.state),
            "tasks": [],
            "errors": [],
            "startTime": stamp(about.began),
            "endTime": UNFINISHED if about.ended is None else stamp(about.ended),
            "allowedActions": ["Restart"] if about.state == "Failed" else [],
            "targetObjectId": about.target,
            "targetObjectName": about.machine,
            "targetInstanceType": "ProtectionEntity",
            "customDetails": None,
            "initiatedBy": "portal",  # a field that no SDK knows
        },
    }


def full_job(vault: str, about: Job) -> dict[str, Any]:
    """The answer to a GET: with tasks and errors."""
    job = listed_job(vault, about)
    task = {
        "taskId": guid("task", about.name),
        "name": f"{about.scenario}Task",
        "friendlyName": FRIENDLY[about.scenario],
        "startTime": job["properties"]["startTime"],
        "endTime": job["properties"]["endTime"],
        "state": about.state,
        "stateDescription": job["properties"]["stateDescription"],
        "taskType": "TaskType",
        "customDetails": None,
        "groupTaskCustomDetails": None,
        "errors": about.errors,
        "allowedActions": [],
    }
    affected = {"objectName": about.machine, "objectType": "MigrationItem"}
    details = {"instanceType": "AsrJobDetails", "affectedObjectDetails": affected}
    job["properties"] |= {"tasks": [task], "errors": about.errors, "customDetails": details}
    return job


def recovery_point(machine: LabMachine, point: RecoveryPoint) -> dict[str, Any]:
    """A recovery point of a machine."""
    return {
        "id": f"{machine.id}/migrationRecoveryPoints/{point.id}",
        "name": point.id,
        "type": f"{TYPE}/replicationMigrationItems/migrationRecoveryPoints",
        "properties": {
            "recoveryPointTime": reported_time(point.at, machine.bad_time),
            "recoveryPointType": "CrashConsistent",
        },
    }
