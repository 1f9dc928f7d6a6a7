"""Two sites with one Alertmanager: no alert of a site inhibits one of the other, whatever names the sites share."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert
from generate.alerts.rendering.rules import labels, levels
from generate.alerts.values import load
from tests.integration.receivers import Receivers, configured, receivers
from tests.lab.alertmanager import Alertmanager, alertmanager

VALUES = load()
OF_ONE_SITE = {"appliance", "vcenter", "vault", "keyvault", "vm_id", "instance"}
"""Labels whose values two sites do not share; any other name may be the same in both: a host, an account, a machine."""


@pytest_asyncio.fixture(name="routed")
async def _routed(tmp_path: Path) -> AsyncIterator[tuple[Alertmanager, Receivers]]:
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as running:
        yield running, them


def every_level() -> Iterator[tuple[Alert, dict[str, str]]]:
    for alert in (alert for group in GROUPS for alert in group.alerts):
        for severity in levels(alert, VALUES):
            yield alert, {"alertname": alert.full_name, **labels(alert, severity, VALUES)}


def at_its_own_site(*, optional: bool) -> list[dict[str, str]]:
    """Every level of every alert, each as the only one of its site: any two of them are a pair of two sites."""
    found = []
    for number, (alert, fixed) in enumerate(every_level()):
        names = [name for name in alert.labels if optional or name not in alert.optional_labels]
        own = {name: f"site-{number}" if name in OF_ONE_SITE else "same" for name in names}
        found.append({**own, **fixed, "test": str(number)})
    return found


def of_its_own_tenant(label: str) -> list[dict[str, str]]:
    """Every level of every alert with the same names, each of another tenant."""
    return [
        {**dict.fromkeys(alert.labels, "same"), **fixed, label: f"tenant-{number}"}
        for number, (alert, fixed) in enumerate(every_level())
    ]


@pytest.mark.parametrize(
    "alerts",
    [
        pytest.param(at_its_own_site(optional=True), id="every label"),
        pytest.param(at_its_own_site(optional=False), id="no optional label"),
        pytest.param(of_its_own_tenant("cluster"), id="the same names in two clusters"),
        pytest.param(of_its_own_tenant("site"), id="the same names at two sites"),
        pytest.param(of_its_own_tenant("tenant"), id="the same names of two tenants"),
    ],
)
async def test_no_alert_of_another_site_inhibits_an_alert(
    routed: tuple[Alertmanager, Receivers], alerts: list[dict[str, str]]
) -> None:
    am, _ = routed
    assert await inhibited(am, alerts) == []


async def test_both_sites_are_paged(routed: tuple[Alertmanager, Receivers]) -> None:
    am, them = routed
    down = {"alertname": "AzureMigrateApplianceDown", "severity": "critical", "component": "appliance"}
    stopped = {**down, "alertname": "AzureMigrateGatewayServiceNotRunning", "component": "gateway"}
    alerts = [{**down, "appliance": "paris"}, {**stopped, "appliance": "paris"}, {**stopped, "appliance": "lyon"}]
    assert await inhibited(am, alerts) == [("AzureMigrateGatewayServiceNotRunning", "paris")]
    pages = await them.wait_for("pagerduty", 2)
    assert {page["payload"]["group"] for page in pages} == {"paris", "lyon"}


async def inhibited(am: Alertmanager, alerts: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Name and appliance of those that Alertmanager inhibits, once it knows them all."""
    sent: list[dict[str, Any]] = [{"labels": one, "annotations": {}} for one in alerts]
    async with am.session.post(f"{am.url}/api/v2/alerts", json=sent) as response:
        assert response.status == 200, await response.text()
    known = await am.alerts()
    async with asyncio.timeout(30):
        while len(known) < len(alerts) or any(one["status"]["state"] == "unprocessed" for one in known):
            await asyncio.sleep(0.05)
            known = await am.alerts()
    await asyncio.sleep(0.5)  # its inhibitor hears of an alert a moment after its API does
    known = await am.alerts()
    return sorted(
        (one["labels"]["alertname"], one["labels"].get("appliance", ""))
        for one in known
        if one["status"]["inhibitedBy"]
    )
