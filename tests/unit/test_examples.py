"""Every example is valid and configures the expected collectors."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.loader import load, load_model
from azure_migrate_exporter.config.settings import COLLECTORS as NAMES
from azure_migrate_exporter.engine.plan import plans
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.web.config.schema import WebSettings

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFIGURATIONS = sorted(path for path in EXAMPLES.glob("*.yml") if path.name != "web.yml")
EXPECTED = {
    "appliance.yml": {
        "appliance", "gateway", "storage", "storage_benchmark", "servicebus", "keyvault", "vsphere",
    },
    "linux-host.yml": {
        "appliance", "gateway", "storage", "storage_benchmark", "servicebus", "keyvault", "esxi", "vsphere",
    },
    "greenfield.yml": {"appliance", "gateway", "storage", "storage_benchmark", "vsphere", "replication"},
    "network-only.yml": {"appliance", "keyvault", "esxi"},
    "proxy.yml": {"appliance", "storage", "storage_benchmark", "servicebus", "keyvault"},
    "discovery.yml": {"appliance", "gateway", "discovery", "azure_logs"},
}  # fmt: skip


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_an_example_configures_its_collectors(path: Path) -> None:
    planned = {plan.spec.name for plan in plans(load(path), Blackboard())}
    assert planned == EXPECTED[path.name]


def test_the_web_example_is_valid() -> None:
    assert load_model(WebSettings, EXAMPLES / "web.yml").basic_auth_users


def test_schedules_contain_each_collector_of_the_registry() -> None:
    assert tuple(COLLECTORS) == NAMES


def test_every_collector_module_can_be_imported() -> None:
    for spec in COLLECTORS.values():
        assert callable(spec.load().create)
