"""The real exporter with nothing but a project: everything else it finds, checks and exports by itself."""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from tests.integration.azure import access, entry
from tests.lab.arm import LabAppliance, LabArm
from tests.lab.ca import LabCA
from tests.lab.exporter import Exporter, exporter
from tests.lab.monitor import LabMonitor
from tests.lab.promtool import promtool


def measured(monitor: LabMonitor, appliance: LabAppliance) -> None:
    """Metrics of the appliance's resources."""
    group, region = appliance.project.group, appliance.project.target_location
    for name in (appliance.cache_account, appliance.gateway_account):
        account = group.resource("Microsoft.Storage/storageAccounts", name)
        monitor.metrics.resource(account, region)
        monitor.metrics.set(account, "Availability", {"average": 100.0})
    assert appliance.servicebus
    assert appliance.key_vault
    monitor.metrics.resource(group.resource("Microsoft.ServiceBus/namespaces", appliance.servicebus), region)
    monitor.metrics.resource(group.resource("Microsoft.KeyVault/vaults", appliance.key_vault), region)


async def shows(it: Exporter, *wanted: str) -> str:
    """The page, once all of these are on it."""
    async with asyncio.timeout(60):
        while True:
            text = await it.text()
            if all(one in text for one in wanted):
                return text
            await asyncio.sleep(0.1)


async def test_a_project_is_all_that_it_needs(lab_ca: LabCA, tmp_path: Path) -> None:
    async with LabArm(lab_ca) as arm, LabMonitor(lab_ca) as monitor:
        paris = arm.project("contoso").appliance("paris")
        paris.machines(5)
        measured(monitor, paris)
        # The names of what is found there do not resolve, so every check fails at once.
        suffixes = dict.fromkeys(("blob_suffix", "servicebus_suffix", "keyvault_suffix"), "contoso.invalid")
        azure_access = access(arm, lab_ca, tmp_path, metrics=monitor.url, logs=monitor.url, **suffixes)
        config: dict[str, Any] = {
            "discovery": [entry(paris.project, azure_access)],
            "azure_monitor": [{"name": "contoso", "discovery": ["contoso"], **azure_access}],
        }
        (tmp_path / "exporter.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        async with exporter(tmp_path, tmp_path / "exporter.yml") as it:
            accounts = (paris.cache_account, paris.gateway_account)
            text = await shows(
                it,
                f'replication_machines{{vault="{paris.project.vault_name}"}} 5.0',
                'check_applicable{appliance="paris",check="servicebus"} 1.0',
                *(f'azure_storage_availability_ratio{{appliance="paris",account="{one}"}} 1.0' for one in accounts),
                f'storage_up{{appliance="paris",account="{paris.cache_account}",role="cache"}} 0.0',
                f'keyvault_tcp_up{{appliance="paris",keyvault="{paris.key_vault}"}} 0.0',
                f'servicebus_up{{appliance="paris",bus_namespace="{paris.servicebus}"',
            )
    assert arm.entra.secret not in text
    assert await promtool("check", "metrics", stdin=text) == (0, "")
