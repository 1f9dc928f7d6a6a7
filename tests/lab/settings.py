"""The exporter's configuration for the data centre, as an operator would write it, with the secrets in files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.lab.amqp import HUB, SUBSCRIPTION, TOPIC
from tests.lab.entra import CLIENT, TENANT
from tests.lab.parts import ACCOUNTS, CONTAINER, VAULT
from tests.lab.process import write_yaml
from tests.lab.vcenter_admin import APPLIANCE

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter


CHECKS: Final = (
    "appliance",
    "gateway",
    "storage",
    "storage_benchmark",
    "servicebus",
    "eventhubs",
    "keyvault",
    "esxi",
    "vsphere",
    "replication",
)
"""The collectors that have a target in the lab."""
TIMEOUTS: Final = {"storage_benchmark": "40s", "gateway": "4s"}
"""Deadlines of runs, where not 8 s. The check of a gateway whose appliance is off waits for all of its own."""
INTERVALS: Final = {"storage_benchmark": 10.0, "appliance": 2.0}
"""Factors of the interval. The appliance's check waits for an answer for half of its own."""
MONTH: Final = 30 * 86400.0


def write_config(center: "DataCenter", check_interval: float) -> Path:
    """Write the configuration for the running parts; every check runs every `check_interval` seconds."""
    config = {
        "appliances": [{"name": name, **sections(center)} for name, sections in (("paris", _paris), ("lyon", _lyon))],
        "vcenters": list(_vcenters(center)),
        "replication": [_replication(center)],
        "schedules": {name: _schedule(name, check_interval) for name in CHECKS},
    }
    return write_yaml(center.directory / "exporter.yml", config)


def _paris(center: "DataCenter") -> dict[str, Any]:
    """An appliance of a legacy project, with Service Bus and key vault; its Windows services are read over WinRM."""
    ca = str(center.ca.bundle)
    sections: dict[str, Any] = {
        "generation": "legacy",
        "address": center.appliance.host,
        "port": center.appliance.port,
        "gateway": {
            "source": "winrm",
            "address": center.winrm.host,
            "port": center.winrm.port,
            "username": center.winrm.username,
            "password": center.secret("winrm", center.winrm.password),
            "ca_file": ca,
        },
        "storage": _storage(center, "cache", "gateway"),
        "servicebus": [_servicebus(center)],
        "eventhubs": [_eventhubs(center)],
        "keyvaults": [{"vault": VAULT, "address": center.vault.host, "port": center.vault.port, "ca_file": ca}],
        "esxi": {"port": center.hosts[0].port},
    }
    if "vCenter" in center.started:
        sections["esxi"]["vcenters"] = ["lab"]
    else:
        sections["esxi"]["hosts"] = [host.host for host in center.hosts]
    return sections


def _lyon(center: "DataCenter") -> dict[str, Any]:
    """An appliance of a project made since 2024; its Windows services are read from a windows_exporter."""
    return {
        "generation": "greenfield",
        "address": center.other_appliance.host,
        "port": center.other_appliance.port,
        "gateway": {"source": "windows_exporter", "url": center.windows_exporter.url},
        "storage": _storage(center, "replication"),
        "esxi": {"port": center.other_host.port, "hosts": [center.other_host.host]},
    }


def _servicebus(center: "DataCenter") -> dict[str, Any]:
    broker = center.servicebus
    return {
        "namespace": broker.host.split(".", maxsplit=1)[0],
        "endpoint": broker.endpoint,
        "ca_file": str(center.ca.bundle),
        "connection_string": center.secret("servicebus", broker.connection_string(broker.listen_key)),
        "topic": TOPIC,
        "subscription": SUBSCRIPTION,
        "timeout": "5s",
    }


def _eventhubs(center: "DataCenter") -> dict[str, Any]:
    broker = center.eventhubs
    return {
        "namespace": broker.host.split(".", maxsplit=1)[0],
        "endpoint": broker.endpoint,
        "ca_file": str(center.ca.bundle),
        "connection_string": center.secret("eventhubs", broker.connection_string(broker.listen_key)),
        "hub": HUB,
        "timeout": "5s",
    }


def _vcenters(center: "DataCenter") -> Iterator[dict[str, Any]]:
    if "vCenter" in center.started:
        vcenter = center.vcenter
        yield {
            "name": "lab",
            "address": vcenter.host,
            "port": vcenter.port,
            "username": vcenter.user,
            "password": center.secret("vcenter", vcenter.password),
            "ca_file": str(vcenter.bundle),
            "request_timeout": "3s",
            "tasks": {"stalled_after": "10s", "stalled_near_end_after": "3s"},
            "replication": {"accounts": [APPLIANCE], "machines": [".*"]},
        }


def _replication(center: "DataCenter") -> dict[str, Any]:
    arm, project = center.arm, center.project
    return {
        "subscription": project.subscription,
        "resource_group": project.resource_group,
        "vault": project.vault_name,
        "cloud": {"resource_manager": arm.url, "authority": arm.entra.authority},
        "ca_file": str(center.ca.bundle),
        "credential": {
            "type": "client_secret",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_secret": center.secret("entra", arm.entra.secret),
        },
        "reads_per_minute": 600,
        "request_timeout": "4s",
    }


def _storage(center: "DataCenter", *roles: str) -> list[dict[str, Any]]:
    if "storage" not in center.started:
        return []
    return [
        {
            "account": ACCOUNTS[role],
            "role": role,
            "container": CONTAINER,
            "endpoint": (center.cache if role == "cache" else center.azurite).endpoint(ACCOUNTS[role]),
            "ca_file": str(center.ca.bundle),
            "sas": center.secret(f"sas-{role}", sas(center, role)),
            "benchmark": {"blobs": 4, "blob_size": "256KiB", "max_duration": "5s"},
        }
        for role in roles
    ]


def sas(center: "DataCenter", role: str, lifetime: float = MONTH) -> str:
    """A shared access signature for the container of an account; with a negative lifetime it has expired."""
    return center.azurite.sas(ACCOUNTS[role], CONTAINER, lifetime=lifetime)


def _schedule(collector: str, check_interval: float) -> dict[str, str]:
    """Runs that end soon, even if they fail, and that are repeated soon after a fault has ended."""
    return {
        "interval": f"{INTERVALS.get(collector, 1.0) * check_interval:g}s",
        "retry_interval": f"{check_interval:g}s",
        "timeout": TIMEOUTS.get(collector, "8s"),
        "stale_after": "1m",
    }
