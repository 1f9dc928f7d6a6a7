"""A large environment as the exporter's page shows it: vaults with an appliance each, vCenters, hosts, machines.

On a bad day two machines of a hundred are in trouble, one appliance of ten cannot reach Azure, and one host and one
datastore of twenty are full. On the worst day the same is so, and thirty machines of a hundred fail.
"""

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Final

from azure_migrate_exporter.collectors.gateway.services import STATES as SERVICE_STATES
from azure_migrate_exporter.collectors.replication.event_counters import initial_events, initial_jobs
from azure_migrate_exporter.collectors.replication.fabric_status import VERSION_STATES
from azure_migrate_exporter.collectors.replication.machine_series import HEALTHS
from azure_migrate_exporter.collectors.replication.machine_totals import MachineTotals
from azure_migrate_exporter.collectors.storage.line_share import Skip
from azure_migrate_exporter.collectors.vsphere.series import HOST_STATES
from azure_migrate_exporter.collectors.vsphere.tasks import OPERATIONS
from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.text import render

PER_VAULT: Final = 500
VAULTS_PER_VCENTER: Final = 5
HOSTS: Final = 20
"""Of each vault; as many datastores."""
ROLES: Final = ("cache", "gateway", "replication")
GIB: Final = 2.0**30
HOUR: Final = 3600.0
_ERRORS: Final = (
    {"code": "181008", "failure": "dispose_artefacts_timed_out"},
    {"code": "1010", "failure": "disk_upload_timed_out"},
    {"code": "99999", "failure": "unknown"},
)


class Day(Enum):
    """A day, and which machines of a hundred have errors on it."""

    GOOD = ()
    BAD = (50,)
    WORST = tuple(range(1, 31))


@dataclass(frozen=True)
class Environment:
    """So many machines on a day. `now` is the time of its page, in Unix seconds."""

    machines: int
    day: Day
    now: float

    @property
    def vaults(self) -> int:
        return -(-self.machines // PER_VAULT)

    def hit(self, number: int, one_of: int) -> bool:
        """Whether the bad day affects this one."""
        return self.day is not Day.GOOD and number % one_of == 0

    def failing(self, number: int) -> bool:
        """Whether a machine has errors."""
        return number % 100 in self.day.value

    def page(self) -> bytes:
        """The page that Prometheus scrapes, in the text format."""
        out = Measurements()
        out.set(m.EXPORTER_BUILD_INFO, 1, version="1", revision="1", python_version="3.13")
        out.set(m.CONFIG_LAST_RELOAD_SUCCESSFUL, 1)
        for number in range(-(-self.vaults // VAULTS_PER_VCENTER)):
            _vcenter(out, f"vcenter-{number}")
        for number in range(self.vaults):
            _vault(out, self, number)
            _appliance(out, self, number)
            _totals(out, self, number)
            _path(out, self, number)
            for place in range(number * HOSTS, (number + 1) * HOSTS):
                _host_and_datastore(out, self, place)
        for number in range(self.machines):
            _machine_in_vcenter(out, self, number)
            _machine_in_azure(out, self, number)
        return render([out.block()])


def vcenter_of(vault: int) -> str:
    return f"vcenter-{vault // VAULTS_PER_VCENTER}"


def machine(number: int) -> dict[str, str]:
    """The labels of a machine."""
    return {"vm": f"machine-{number:05}", "vm_id": f"5015f6d8-fc84-afdf-de47-{number:012}"}


def error(number: int) -> dict[str, str]:
    """The error of a machine that fails: a documented one of the path, of a disk, or one that nobody knows."""
    return _ERRORS[number % len(_ERRORS)]


def account(vault: int, role: str) -> dict[str, str]:
    """A storage account of an appliance."""
    return {"appliance": f"appliance-{vault:02}", "account": f"migrate{role[:3]}{vault:02}", "role": role}


# --- vaults, appliances and their path -------------------------------------------------------------------------------


def _collector(
    out: Measurements, environment: Environment, collector: str, target: str, appliance: str = "", *, up: bool
) -> None:
    labels = {"collector": collector, "target": target}
    out.set(m.COLLECTOR_SUCCESS, up, **labels)
    out.set(m.COLLECTOR_INTERVAL, 60, **labels)
    out.set(m.COLLECTOR_DURATION, 0.2, **labels)
    out.set(m.COLLECTOR_LAST_SUCCESS_TIMESTAMP, environment.now, **labels)
    out.set(m.COLLECTOR_RUNS, 1000, **labels, result="success")
    if not up:
        out.set(m.COLLECTOR_FAILURE_INFO, 1, **labels, appliance=appliance, resource=target, reason="timeout")


def _vault(out: Measurements, environment: Environment, number: int) -> None:
    vault, appliance = f"vault-{number:02}", f"appliance-{number:02}"
    _collector(out, environment, "replication", vault, up=True)
    out.set(m.REPLICATION_UP, 1, vault=vault)
    out.set(m.REPLICATION_MACHINES, PER_VAULT, vault=vault)
    out.set(m.ARM_REQUESTS, 100, subscription="s", vault=vault, operation="items", code="200")
    fabric = {"vault": vault, "appliance": appliance, "fabric": f"fabric-{number:02}"}
    out.state(m.REPLICATION_FABRIC_HEALTH, HEALTHS, "normal", label="health", **fabric)
    for metric, counted in ((m.REPLICATION_EVENTS, initial_events()), (m.REPLICATION_JOBS, initial_jobs())):
        for labels in counted:
            out.set(metric, 7, **dict(zip(metric.labels, (vault, *labels), strict=True)))
    for agent in ("dra", "discovery"):
        who = {"vault": vault, "appliance": appliance, "agent": agent}
        out.set(m.AGENT_HEARTBEAT_TIMESTAMP, environment.now, **who)
        out.set(m.AGENT_INFO, 1, **who, version="5.1")
        out.state(m.AGENT_VERSION_STATE, VERSION_STATES, "supported", **who)


def _totals(out: Measurements, environment: Environment, vault: int) -> None:
    mine = range(vault * PER_VAULT, min((vault + 1) * PER_VAULT, environment.machines))
    sick = [number for number in mine if environment.failing(number)]
    late = [number for number in mine if environment.hit(number, 100)]
    moving = [number for number in mine if number % 10 == 5]
    totals = MachineTotals(
        states=Counter(replicating=len(mine)),
        healths=Counter(critical=len(sick), normal=len(mine) - len(sick)),
        failures=Counter(error(number)["failure"] for number in sick),
        with_errors=len(sick),
        behind=len(late),
        copied=len(mine),
        running=len(moving),
        upload=1e7 * len(moving),
        oldest_change=environment.now - HOUR,
    )
    totals.write(out, vault=f"vault-{vault:02}", appliance=f"appliance-{vault:02}")


def _appliance(out: Measurements, environment: Environment, number: int) -> None:
    appliance, vault = f"appliance-{number:02}", f"vault-{number:02}"
    _collector(out, environment, "appliance", appliance, up=True)
    _collector(out, environment, "gateway", appliance, up=True)
    out.set(m.APPLIANCE_UP, 1, appliance=appliance)
    for service in ("asrgwy", "dra", "discovery", "assessment"):
        what = {"appliance": appliance, "windows_service": service}
        out.state(m.GATEWAY_SERVICE_STATE, SERVICE_STATES, "running", **what)
        out.set(m.GATEWAY_SERVICE_START_TIME, environment.now - 100 * HOUR, **what)
    for check in ("gateway", "storage", "esxi", "servicebus", "keyvault"):
        out.set(m.CHECK_APPLICABLE, 1, appliance=appliance, check=check)
    where = {"vault": vault, "appliance": appliance}
    for metric, value in (
        (m.APPLIANCE_MEMORY_USED, 20 * GIB),
        (m.APPLIANCE_MEMORY_CAPACITY, 32 * GIB),
        (m.APPLIANCE_CPU_USAGE, 0.5),
        (m.APPLIANCE_NETWORK_USED, 1e8),
        (m.APPLIANCE_NETWORK_CAPACITY, 1e9),
        (m.APPLIANCE_PARALLEL_DISKS, 100),
        (m.APPLIANCE_PARALLEL_DISKS_LIMIT, 280),
    ):
        out.set(metric, value, **where)


def _path(out: Measurements, environment: Environment, number: int) -> None:
    appliance, up = f"appliance-{number:02}", not environment.hit(number, 10)
    for role in ROLES:
        where = account(number, role)
        _collector(out, environment, "storage", where["account"], appliance, up=up)
        out.set(m.STORAGE_UP, up, **where)
        out.set(m.STORAGE_UPLOAD_THROUGHPUT, 5e7, **where)
        out.state(m.STORAGE_BENCHMARK_SKIPPED, Skip, "", label="cause", **where)
        out.set(m.AZURE_STORAGE_AVAILABILITY, 1, appliance=appliance, account=where["account"])
        for reason in ("timeout", "throttled", "reset"):
            out.set(m.STORAGE_UPLOAD_FAILURES, 3, **where, test="probe", reason=reason)
    namespace = f"bus-{number:02}"
    _collector(out, environment, "servicebus", namespace, appliance, up=up)
    for entity in ("gateway", "dra"):
        out.set(m.SERVICEBUS_UP, up, appliance=appliance, bus_namespace=namespace, entity=entity)
    vault = f"kv-{number:02}"
    out.set(m.KEYVAULT_TCP_UP, up, appliance=appliance, keyvault=vault)
    out.set(m.KEYVAULT_TLS_CERTIFICATE_EXPIRY, environment.now + 1000 * HOUR, appliance=appliance, keyvault=vault)


# --- vSphere ---------------------------------------------------------------------------------------------------------


def _vcenter(out: Measurements, vcenter: str) -> None:
    out.set(m.VCENTER_UP, 1, vcenter=vcenter)
    for operation in OPERATIONS:
        for failure in ("unknown", "snapshot_hung", "consolidate_disks_failed", "another_task_in_progress"):
            out.set(m.VSPHERE_TASK_FAILURES, 3, vcenter=vcenter, operation=operation, failure=failure)


def _host_and_datastore(out: Measurements, environment: Environment, number: int) -> None:
    vault = number // HOSTS
    full = environment.hit(number, 20)
    host = {"vcenter": vcenter_of(vault), "host": f"esx-{number:04}.example.com"}
    out.set(m.ESXI_TCP_UP, 1, appliance=f"appliance-{vault:02}", host=host["host"])
    out.state(m.VSPHERE_HOST_CONNECTION_STATE, HOST_STATES, "connected", **host)
    address = {"vcenter": vcenter_of(vault), "host": f"10.0.{number // 250}.{number % 250}"}
    for who, source, owner in ((host, "vsphere", ""), (address, "azure", f"vault-{vault:02}")):
        origin = {"source": source, "vault": owner}
        out.set(m.NFC_BUFFER_CAPACITY, 32 * 2**20, **who, **origin)
        out.set(m.NFC_BUFFER_USED, (32 if full else 8) * 2**20, **who, **origin)
    datastore = {"vcenter": vcenter_of(vault), "datastore": f"datastore-{number:04}", "source": "vsphere"}
    out.set(m.DATASTORE_CAPACITY, 1000 * GIB, **datastore)
    out.set(m.DATASTORE_FREE, (20 if full else 500) * GIB, **datastore)
    out.set(m.DATASTORE_DISK_SNAPSHOTS, 3, **datastore, vault="")
    out.set(m.DATASTORE_DISK_SNAPSHOTS_LIMIT, 15, **datastore, vault="")


def _machine_in_vcenter(out: Measurements, environment: Environment, number: int) -> None:
    vault, place = number // PER_VAULT, number // (PER_VAULT // HOSTS)
    labels = {"vcenter": vcenter_of(vault), **machine(number)}
    where = {"host": f"esx-{place:04}.example.com", "datastore": f"datastore-{place:04}", "power_state": "poweredOn"}
    out.set(m.VSPHERE_VM_INFO, 1, **labels, **where)
    unhealthy = environment.hit(number, 50)
    for metric, value in (
        (m.VSPHERE_VM_REPLICATING, 1),
        (m.VSPHERE_VM_CONSOLIDATION_NEEDED, unhealthy),
        (m.VSPHERE_VM_DISK_CHAIN_BROKEN, 0),
        (m.VSPHERE_VM_CBT_ENABLED, 1),
        (m.VSPHERE_VM_CBT_RESETS, 0),
        (m.VSPHERE_VM_SNAPSHOTS, 1),
        (m.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, environment.now - (100 if unhealthy else 1) * HOUR),
        (m.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, 0),
    ):
        out.set(metric, value, **labels)
    if unhealthy or number % 20 == 1:
        task = {**labels, "operation": "remove_snapshot" if unhealthy else "create_snapshot"}
        out.set(m.VSPHERE_TASK_PROGRESS, 0.95, **task)
        out.set(m.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, environment.now, **task)
        out.set(m.VSPHERE_TASK_START_TIMESTAMP, environment.now, **task)
        out.set(m.VSPHERE_TASK_STALLED, unhealthy, **task)


# --- Azure's own view of the machines --------------------------------------------------------------------------------


def _machine_in_azure(out: Measurements, environment: Environment, number: int) -> None:
    vault, place = number // PER_VAULT, number // (PER_VAULT // HOSTS)
    labels = {**machine(number), "vault": f"vault-{vault:02}"}
    host = f"10.0.{place // 250}.{place % 250}"
    out.set(m.REPLICATION_INFO, 1, **labels, appliance=f"appliance-{vault:02}", vcenter=vcenter_of(vault), host=host)
    failing, late = environment.failing(number), environment.hit(number, 100)
    out.set(m.REPLICATION_HEALTH, 1, **labels, health="critical" if failing else "normal")
    out.set(m.REPLICATION_STATE, 1, **labels, state="replicating")
    if failing:
        out.set(m.REPLICATION_ERRORS, 1, **labels, **error(number))
    out.set(m.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP, environment.now - HOUR, **labels)
    out.set(m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, environment.now + (-20 if late else 2) * HOUR, **labels)
    out.set(m.REPLICATION_DETAILS_TIMESTAMP, environment.now, **labels)
    if number % 10 == 5:
        _cycle(out, labels, "initial" if number % 20 == 5 else "delta")
    for disk in ("disk-0", "disk-1"):
        where = {"datastore": f"datastore-{place:04}", "storage_account": account(vault, "cache")["account"]}
        out.set(m.REPLICATION_DISK_CAPACITY, 100 * GIB, **labels, disk=disk, **where)


def _cycle(out: Measurements, labels: dict[str, str], phase: str) -> None:
    """Data moves."""
    out.set(m.REPLICATION_PROGRESS, 0.4, **labels, phase=phase)
    what = {"operation": f"{phase}_replication", "status": "in_progress", "source": "list"}
    out.set(m.REPLICATION_OPERATION_INFO, 1, **labels, **what)
    out.set(m.REPLICATION_UPLOAD, 1e7, **labels)
    out.set(m.REPLICATION_READ, 2e7, **labels)
    out.set(m.REPLICATION_TIME_REMAINING, HOUR, **labels)
