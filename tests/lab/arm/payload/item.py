"""Migration items: the full one of a GET, and the lighter one of a LIST."""

from collections.abc import Mapping
from typing import Any, Final

from tests.lab.arm.appliance import LabAppliance
from tests.lab.arm.disks import Disk
from tests.lab.arm.load import MB_PER_DISK
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.names import Generation, guid
from tests.lab.arm.stages import FUTURE_OPERATION, RUNNING, WORDS, Stage
from tests.lab.arm.times import IDLE, reported_time, stamp

TYPE: Final = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"

_READ_AHEAD: Final = 1.3
"""Disks are read that much faster than they are uploaded: blocks are compressed in between."""
_RETRIED: Final = {Stage.SEEDING_FAILED: "initialSeeding", Stage.RESUMING: "resume", Stage.RESYNC: "resync"}
"""Which of its retry counts grows; in all other stages that of the delta cycle."""


def full_item(machine: LabMachine, now: float) -> dict[str, Any]:
    """The answer to a GET."""
    appliance = machine.appliance
    item = _item(machine, now)
    details = item["properties"]["providerSpecificDetails"]
    details["protectedDisks"] = [_disk(machine, disk, now) for disk in machine.disks]
    details["vmNics"] = [_nic(machine)]
    details["gatewayOperationDetails"] = gateway_details(machine, now)
    details["applianceMonitoringDetails"] = monitoring(appliance, machine, now)
    return _overlaid(item, machine)


def listed_item(machine: LabMachine, now: float) -> dict[str, Any]:
    """The machine in a LIST: no disks, no network cards, no monitoring."""
    item = _item(machine, now)
    details = item["properties"]["providerSpecificDetails"]
    details["protectedDisks"], details["vmNics"] = [], []
    details["applianceMonitoringDetails"] = None
    in_list = machine.appliance.project.lists_gateway_details
    details["gatewayOperationDetails"] = gateway_details(machine, now) if in_list else None
    return _overlaid(item, machine)


def gateway_details(machine: LabMachine, now: float, disk: Disk | None = None) -> dict[str, Any] | None:
    """The gateway's operation on a machine or on one of its disks: milliseconds and bytes a second.

    Once an operation is over, and while it is paused, the last numbers stay. Only the disks keep the time that it took.
    """
    words = WORDS[machine.stage]
    if words.gateway is None:
        return None
    share = 1 if disk is None else len(machine.disks)
    running = machine.stage in RUNNING
    elapsed = now - machine.began if running else machine.cycle_seconds if disk else 0.0
    remaining = machine.ends - now if running else 0.0
    queued = running and elapsed < machine.pace.queued
    speed = 0 if queued else machine.speed // share
    return {
        "state": _gateway_state(machine, words.gateway, queued=queued),
        "progressPercentage": machine.percent(now),
        "timeElapsed": int(elapsed * 1000),
        "timeRemaining": int(remaining * 1000),
        "uploadSpeed": speed,
        "hostName": None if disk else f"{machine.appliance.vcenter}_{machine.host}",
        "dataStores": sorted({known.datastore for known in machine.disks}) if disk is None else [disk.datastore],
        "vmwareReadThroughput": int(speed * _READ_AHEAD) if running else None if disk else 0,
        "compressionRatio": 1.3,  # a field that no SDK knows
    }


def _gateway_state(machine: LabMachine, text: str, *, queued: bool) -> str:
    if queued:
        return text.replace("InProgress", "Queued")
    failed = machine.stage is Stage.WAITING and machine.retries
    return text.replace("Completed", "Failed") if failed else text


def monitoring(appliance: LabAppliance, machine: LabMachine, now: float) -> dict[str, Any] | None:
    """The load of its appliances, its host and its datastores; sums over primary and scale-out appliances."""
    load, count = appliance.load, appliance.appliances
    if not load.present:
        return None
    disks = appliance.running_disks()
    on_host = min(load.nfc_capacity_mb, appliance.running_disks(machine.host) * MB_PER_DISK)
    network = sum(other.speed for other in appliance.replicated if other.stage in RUNNING) / 1e6
    return {
        "cpuDetails": _resource(load.cpu_cores * count, total=load.cpu_percent),
        "ramDetails": _resource(load.ram_capacity_mb * count, load.ram_process_mb * count, load.ram_used_mb * count),
        # Without traffic the value is missing, which is not zero.
        "networkBandwidth": _resource(load.network_capacity * count, total=round(network, 2) or None),
        "disksReplicationDetails": _resource(load.disks_capacity * count, float(disks)),
        "esxiNfcBuffer": _resource(load.nfc_capacity_mb, load.nfc_used_mb.get(machine.host, float(on_host))),
        "datastoreSnapshot": [
            {
                "dataStoreName": name,
                "totalSnapshotsSupported": load.snapshots_supported,
                "totalSnapshotsCreated": min(load.snapshots_supported, appliance.running_disks(datastore=name)),
            }
            for name in sorted({disk.datastore for disk in machine.disks})
        ],
        "sampledAt": stamp(now),  # a field that no SDK knows
    }


def _resource(capacity: int, process: float | None = None, total: float | None = None) -> dict[str, Any]:
    return {
        "capacity": capacity,
        **({} if process is None else {"processUtilization": process}),
        **({} if total is None else {"totalUtilization": total}),
        "status": None,
    }


def _item(machine: LabMachine, now: float) -> dict[str, Any]:
    appliance, words = machine.appliance, WORDS[machine.stage]
    percent = machine.percent(now)
    policy = f"{appliance.project.vault_id}/replicationPolicies/{appliance.policy}"
    return {
        "id": machine.id,
        "name": machine.item,
        "type": f"{TYPE}/replicationMigrationItems",
        "properties": {
            "machineName": machine.name,
            "policyId": policy,
            "policyFriendlyName": appliance.policy,
            "recoveryServicesProviderId": (
                f"{appliance.fabric_id}/replicationRecoveryServicesProviders/{appliance.dra_identifier}"
            ),
            "replicationStatus": words.status.format(percent=percent),
            "migrationState": words.state,
            "migrationStateDescription": words.about,
            **_migrations(machine),
            **_health(machine),
            "allowedOperations": [*words.operations, FUTURE_OPERATION],
            "currentJob": _job(machine),
            "criticalJobHistory": [],
            "eventCorrelationId": machine.correlation,
            "replicationTier": "Standard",  # a field that no SDK knows
            "providerSpecificDetails": _details(machine, percent),
        },
    }


def _migrations(machine: LabMachine) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "lastTestMigrationStatus": "Succeeded" if machine.tested else None,
        "testMigrateState": machine.test.value,
        "testMigrateStateDescription": machine.test.value,
    }
    if machine.tested:
        fields["lastTestMigrationTime"] = stamp(machine.tested)
    if machine.migrated:
        fields |= {"lastMigrationTime": stamp(machine.migrated), "lastMigrationStatus": "Succeeded"}
    return fields


def _health(machine: LabMachine) -> dict[str, Any]:
    error = machine.error
    health = "None" if machine.stage is Stage.PAUSED else error.health if error else "Normal"
    return {"health": health, "healthErrors": error.listed if error else []}


def _job(machine: LabMachine) -> dict[str, Any]:
    job = machine.job
    name = job.name if job else "None"
    return {
        "jobName": job.scenario if job else "None",
        "jobId": f"{machine.appliance.project.vault_id}/replicationJobs/{name}",
        "startTime": stamp(job.began) if job else IDLE,
    }


def _details(machine: LabMachine, percent: int) -> dict[str, Any]:
    appliance, words = machine.appliance, WORDS[machine.stage]
    account = f"{appliance.site_id}/runasaccounts/{guid('account', appliance.site_id)}"
    group = appliance.project.group
    return {
        "instanceType": "VMwareCbt",
        "vmwareMachineId": f"{appliance.site_id}/machines/{machine.item}",
        "osType": "Linux",
        "osName": "Debian GNU/Linux 12 (64-bit)",
        "firmwareType": "UEFI",
        "targetGeneration": "V2",
        "licenseType": "NoLicenseType",
        "dataMoverRunAsAccountId": account,
        "snapshotRunAsAccountId": account,
        "storageAccountId": None,
        "targetVmName": machine.name,
        "targetVmSize": "Standard_D4s_v5",
        "targetLocation": appliance.project.target_location,
        "targetResourceGroupId": f"{group.id}-target",
        "targetAvailabilitySetId": "",
        "targetNetworkId": f"{group.id}-target/providers/Microsoft.Network/virtualNetworks/landing",
        "targetVmTags": {},
        **_points(machine),
        **{f"{phase}ProgressPercentage": None for phase in ("initialSeeding", "migration", "resync", "resume")},
        "deltaSyncProgressPercentage": None,
        **({words.percent: percent} if words.percent else {}),
        **_retries(machine),
        "resyncRequired": "true" if machine.resync_required else "false",
        "resyncState": "StartedResynchronization" if machine.stage is Stage.RESYNC else "None",
        "performAutoResync": "true" if machine.automatic_repair else "false",
        "isCheckSumResyncCycle": "false",
        "operationName": None,
        "replicationTransport": "HttpsOverQuic",  # a field that no SDK knows
    }


def _retries(machine: LabMachine) -> dict[str, int]:
    counts = dict.fromkeys(("initialSeeding", "deltaSync", "resync", "resume"), 0)
    counts[_RETRIED.get(machine.stage, "deltaSync")] = machine.retries
    return {f"{phase}RetryCount": count for phase, count in counts.items()}


def _points(machine: LabMachine) -> dict[str, Any]:
    if not machine.points:
        return {"migrationRecoveryPointId": None, "lastRecoveryPointId": None, "lastRecoveryPointReceived": None}
    newest = machine.points[-1]
    return {
        "migrationRecoveryPointId": f"{machine.id}/migrationRecoveryPoints/{machine.points[0].id}",
        "lastRecoveryPointReceived": reported_time(newest.at, machine.bad_time),
        "lastRecoveryPointId": f"{machine.id}/migrationRecoveryPoints/{newest.id}",
    }


def _disk(machine: LabMachine, disk: Disk, now: float) -> dict[str, Any]:
    appliance = machine.appliance
    group, account = appliance.project.group, appliance.cache_account
    disks = f"{group.id}-target/providers/Microsoft.Compute/disks"
    legacy = appliance.generation is Generation.LEGACY
    return {
        "diskId": disk.id,
        "diskName": disk.name,
        "diskType": "PremiumV9_LRS" if disk.system else "Standard_LRS",  # the first is in no SDK's enum
        "diskPath": disk.path,
        "isOSDisk": "true" if disk.system else "false",
        "capacityInBytes": disk.capacity,
        "logStorageAccountId": group.resource("Microsoft.Storage/storageAccounts", account),
        "logStorageAccountSasSecretName": f"{account}-cacheSas" if legacy else None,
        "diskEncryptionSetId": None,
        "seedManagedDiskId": f"{disks}/asrseeddisk-{disk.name}-{guid('seed', disk.id)}",
        "seedBlobUri": None,
        "targetManagedDiskId": f"{disks}/{disk.name}",
        "targetBlobUri": None,
        "targetDiskName": disk.name,
        "gatewayOperationDetails": gateway_details(machine, now, disk),
        "sectorSizeInBytes": 512,
    }


def _nic(machine: LabMachine) -> dict[str, Any]:
    return {
        "nicId": guid("nic", machine.item),
        "isPrimaryNic": "true",
        "sourceIPAddress": None,
        "sourceIPAddressType": "Static",
        "sourceNetworkId": "VM Network",
        "targetIPAddress": "",
        "targetIPAddressType": "Dynamic",
        "targetSubnetName": "default",
        "testIPAddressType": "Dynamic",
        "targetNicName": f"nic-{machine.name}",
        "isSelectedForMigration": "true",
    }


def _overlaid(item: dict[str, Any], machine: LabMachine) -> dict[str, Any]:
    if machine.overlay:
        item["properties"] = _merged(item["properties"], machine.overlay)
    return item


def _merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(below[name], value) if isinstance(value, dict) and isinstance(below.get(name), dict) else value
        for name, value in above.items()
    }
    return {**below, **both}
