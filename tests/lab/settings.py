"""The exporter's configuration for the data centre: a file as an operator would write it, and its secrets beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_migrate_exporter.collectors.registry import COLLECTORS
from tests.lab.amqp import HUB, SUBSCRIPTION, TOPIC
from tests.lab.parts import VAULT
from tests.lab.process import write_yaml
from tests.lab.vcenter_admin import APPLIANCE

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter


def write_config(center: "DataCenter", pace: float) -> Path:
    """Write the configuration for the parts that run; every check runs each `pace` seconds."""
    config = {
        "appliances": [{"name": name, **sections(center)} for name, sections in (("paris", _paris), ("lyon", _lyon))],
        "vcenters": list(_vcenters(center)),
        "schedules": {name: _schedule(name, pace) for name in COLLECTORS},
    }
    return write_yaml(center.directory / "exporter.yml", config)


def _paris(center: "DataCenter") -> dict[str, Any]:
    """An appliance of a project with Service Bus and key vault, whose services are read over WinRM."""
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
            "password": _secret(center, "winrm", center.winrm.password),
            "ca_file": ca,
        },
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
    """An appliance of a project made since 2024, whose services a windows_exporter shows."""
    return {
        "generation": "greenfield",
        "address": center.other_appliance.host,
        "port": center.other_appliance.port,
        "gateway": {"source": "windows_exporter", "url": center.windows_exporter.url},
    }


def _servicebus(center: "DataCenter") -> dict[str, Any]:
    broker = center.servicebus
    return {
        "namespace": broker.host.split(".", maxsplit=1)[0],
        "endpoint": broker.endpoint,
        "ca_file": str(center.ca.bundle),
        "connection_string": _secret(center, "servicebus", broker.connection_string(broker.listen_key)),
        "topic": TOPIC,
        "subscription": SUBSCRIPTION,
        "timeout": "3s",
    }


def _eventhubs(center: "DataCenter") -> dict[str, Any]:
    broker = center.eventhubs
    return {
        "namespace": broker.host.split(".", maxsplit=1)[0],
        "endpoint": broker.endpoint,
        "ca_file": str(center.ca.bundle),
        "connection_string": _secret(center, "eventhubs", broker.connection_string(broker.listen_key)),
        "hub": HUB,
        "timeout": "3s",
    }


def _vcenters(center: "DataCenter") -> Iterator[dict[str, Any]]:
    if "vCenter" in center.started:
        vcenter = center.vcenter
        yield {
            "name": "lab",
            "address": vcenter.host,
            "port": vcenter.port,
            "username": vcenter.user,
            "password": _secret(center, "vcenter", vcenter.password),
            "ca_file": str(vcenter.bundle),
            "request_timeout": "3s",
            "tasks": {"stalled_after": "10s", "stalled_near_end_after": "3s"},
            "replication": {"accounts": [APPLIANCE], "machines": [".*"]},
        }


def _secret(center: "DataCenter", name: str, value: str) -> dict[str, str]:
    """A reference to a file that only we can read."""
    path = center.directory / "secrets" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(value)
    return {"file": str(path)}


def _schedule(collector: str, pace: float) -> dict[str, str]:
    """A time in which even a broken check ends, and no long wait for what has been mended."""
    timeout = COLLECTORS[collector].schedule.timeout if collector == "storage_benchmark" else 5.0
    return {"interval": f"{pace:g}s", "retry_interval": f"{pace:g}s", "timeout": f"{timeout:g}s", "stale_after": "1m"}
