"""The complete alerting path: data centre, exporter, Prometheus with the rules, Alertmanager with its routes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from azure_migrate_exporter.config.amqp import PUBLIC_CLOUD as PUBLIC_NAMESPACES
from azure_migrate_exporter.config.keyvault import PUBLIC_CLOUD as PUBLIC_VAULTS
from generate.alerts.groups import GROUPS
from generate.alerts.groups.evidence import CAUSE_FAILING
from generate.alerts.model import PREFIX, Alert, ExpectedAlert
from generate.alerts.rendering.annotations import annotations
from generate.alerts.rendering.renderers import ExpectedRenderer
from tests.e2e.scenarios import DISPOSE, Scenario, reported_by_azure
from tests.lab.alerting import shortened_values, write_routes, write_rules
from tests.lab.alertmanager import Alertmanager, Receiver, alertmanager, receiver
from tests.lab.amqp import HUB, SUBSCRIPTION, TOPIC
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import exporter
from tests.lab.parts import ACCOUNTS, EVENTHUBS, VAULT
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus

CHECK_INTERVAL: Final = 1.0
"""Seconds between two runs of a check."""
SCRAPE_INTERVAL: Final = 0.5
EVALUATION_INTERVAL: Final = 0.25
DEADLINE: Final = 60.0
ALERTS: Final = {alert.name: alert for group in GROUPS for alert in group.alerts}
VALUES: Final = shortened_values(off=("StorageTooSlow",))  # which a benchmark on a busy machine is

AlertKey = tuple[str, str]
"""Name of an alert without the common prefix, and its severity."""


@dataclass(frozen=True, slots=True)
class AlertingStack:
    """The running parts, and the webhook that receives the notifications."""

    center: DataCenter
    prometheus: Prometheus
    alertmanager: Alertmanager
    receiver: Receiver
    directory: Path

    async def reset(self) -> None:
        """Switch all faults off; wait until no alert fires and every notification is followed by its resolution."""
        await self.center.clear_faults()
        await _wait_until("no alert fires", self._nothing_fires)
        await _wait_until("every notified alert is resolved", self._all_resolved)
        self.receiver.clear()

    async def wait_until_delivered(self, key: AlertKey, receiver: str) -> Mapping[str, Any]:
        """Wait until an alert is delivered to a receiver as firing. Returns it as Alertmanager sent it."""
        try:
            return await self.receiver.wait_for(
                lambda alert: alert_key(alert) == key and alert["receiver"] == receiver and alert["status"] == "firing",
                deadline=DEADLINE,
            )
        except TimeoutError as error:
            raise TimeoutError(f"{error}; {await self._state(key)}") from None

    async def wait_until_resolved(self, delivered: Mapping[str, Any]) -> None:
        """Wait until the end of a delivered alert is delivered too."""
        await self.receiver.wait_for(
            lambda alert: alert["fingerprint"] == delivered["fingerprint"] and alert["status"] == "resolved",
            deadline=DEADLINE,
        )

    async def wait_until_inhibited(self, key: AlertKey) -> Mapping[str, Any]:
        """Wait until an alert is inhibited. Returns it as Alertmanager's API shows it."""
        found: list[Mapping[str, Any]] = []

        async def inhibited() -> bool:
            found[:] = [
                alert
                for alert in await self.alertmanager.alerts()
                if alert_key(alert) == key and alert["status"]["inhibitedBy"]
            ]
            return bool(found)

        await _wait_until(f"{' '.join(key)} is inhibited", inhibited)
        return found[0]

    async def wait_for_causes(self, scenario: Scenario) -> None:
        """Wait until the state of the documented causes is the scenario's."""
        for cause in scenario.failing_causes:
            await self.prometheus.wait_for(f'{CAUSE_FAILING}{{appliance="paris",cause="{cause}"}} == 1')
        for cause in scenario.unmeasured_causes:
            await self.prometheus.wait_for(f'absent({CAUSE_FAILING}{{appliance="paris",cause="{cause}"}})')

    async def wait_until_inactive(self, key: AlertKey) -> None:
        """Wait until an alert is neither pending nor firing."""

        async def inactive() -> bool:
            return all(alert_key(alert) != key for alert in await self.prometheus.alerts())

        await _wait_until(f"{' '.join(key)} is inactive", inactive)

    async def active_since(self, labels: Mapping[str, str]) -> float:
        """Time, in Unix seconds, of the evaluation at which an alert became pending."""
        (alert,) = [one for one in await self.prometheus.alerts() if one["labels"] == labels]
        return datetime.fromisoformat(alert["activeAt"]).timestamp()

    async def reload_rules(self, **durations: str) -> None:
        """Load the rules again, with another `for` of the named alerts; without arguments, the original rules."""
        values = VALUES.model_dump(exclude_none=True)
        for name, duration in durations.items():
            for level in values["alerts"][name].keys() - {"enabled"}:
                values["alerts"][name][level]["for"] = duration
        await write_rules(self.directory, type(VALUES).model_validate(values))
        await self.prometheus.reload()

    def notified(self) -> set[AlertKey]:
        """The alerts that were delivered as firing since the last reset."""
        return {
            alert_key(alert) for alert in self.receiver.alerts() if alert["status"] == "firing" and _is_delivered(alert)
        }

    def history(self, began: float) -> list[str]:
        """Each notification since the last reset, with its seconds after `began`."""
        return [
            f"{alert['received'] - began:.1f} s: {alert['receiver']}: {' '.join(alert_key(alert))} {alert['status']}, "
            f"since {datetime.fromisoformat(alert['startsAt']).timestamp() - began:.1f} s"
            for alert in self.receiver.alerts()
        ]

    async def _state(self, key: AlertKey) -> str:
        """What Prometheus and Alertmanager say of an alert now, for a failing test."""
        states = [alert["state"] for alert in await self.prometheus.alerts() if alert_key(alert) == key]
        alerts = await self.alertmanager.alerts()
        sources = {source for one in alerts if alert_key(one) == key for source in one["status"]["inhibitedBy"]}
        names = sorted(" ".join(alert_key(one)) for one in alerts if one["fingerprint"] in sources)
        return f"{' '.join(key)} is {states or 'inactive'}, inhibited by {names or 'nothing'}"

    async def _nothing_fires(self) -> bool:
        return not any(_is_delivered(alert) for alert in await self.prometheus.alerts())

    async def _all_resolved(self) -> bool:
        newest = {
            (alert["receiver"], alert["fingerprint"]): alert["status"]
            for alert in self.receiver.alerts()
            if _is_delivered(alert)
        }
        return "firing" not in newest.values()


def alert_key(alert: Mapping[str, Any]) -> AlertKey:
    """Name and severity of an alert of Prometheus' or Alertmanager's API."""
    return alert["labels"]["alertname"].removeprefix(PREFIX), alert["labels"]["severity"]


def _is_delivered(alert: Mapping[str, Any]) -> bool:
    """Whether the routes deliver such an alert to people: infos, among them the watchdog, are not delivered."""
    return bool(alert["labels"]["severity"] != "info")


async def _wait_until(what: str, condition: Callable[[], Awaitable[bool]]) -> None:
    try:
        async with asyncio.timeout(DEADLINE):
            while not await condition():  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise TimeoutError(f"after {DEADLINE:g} s not yet: {what}") from None


@asynccontextmanager
async def alerting_stack(directory: Path) -> AsyncIterator[AlertingStack]:
    """Run all parts; the first scrape has succeeded when it yields."""
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(
            data_center(directory / "lab", check_interval=CHECK_INTERVAL, strict=True)
        )
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config))
        await subject.until_ready()
        webhook = await stack.enter_async_context(receiver())
        routes = write_routes(directory / "alertmanager", webhook.url)
        manager = await stack.enter_async_context(alertmanager(directory / "alertmanager", routes))
        scraper = await stack.enter_async_context(
            prometheus(
                directory / "prometheus",
                [ScrapeTarget("azure-migrate-exporter", subject.address)],
                scrape_interval=f"{SCRAPE_INTERVAL * 1000:.0f}ms",
                evaluation_interval=f"{EVALUATION_INTERVAL * 1000:.0f}ms",
                rule_files=await write_rules(directory, VALUES),
                alertmanager=manager.url,
            )
        )
        await scraper.wait_until_up("azure-migrate-exporter")
        yield AlertingStack(center, scraper, manager, webhook, directory)


async def lab_names(center: DataCenter, scenario: Scenario) -> dict[str, str]:
    """The names that a scenario's alerts can contain, as the data centre has them."""
    role, namespace = "gateway" if reported_by_azure(DISPOSE) in scenario.faults else "cache", center.servicebus.host
    account = (center.cache if role == "cache" else center.azurite).endpoint(ACCOUNTS[role])
    machine = center.vcenter.machines[scenario.machine]
    shown = next((one for one in center.vcenter.machines if one.name == scenario.live_names.get("vm")), machine)
    read = center.vcenter.admin.read
    host, (datastore, *_) = await read(machine.reference, "runtime.host"), await read(machine.reference, "datastore")
    return {
        "vm": machine.name,
        "vm_id": shown.vm_id,
        "host": await read(host, "name"),
        "datastore": await read(datastore, "name"),
        "vcenter": "lab",
        "vault": center.project.vault_name,
        "keyvault": VAULT,
        "cache": ACCOUNTS["cache"],
        "account": ACCOUNTS[role],
        "account_address": urlsplit(account).hostname or "",
        "bus_namespace": namespace.split(".", maxsplit=1)[0],
        "namespace_address": f"{namespace.split('.', maxsplit=1)[0]}.{PUBLIC_NAMESPACES}",
        "eventhubs_address": f"{EVENTHUBS}.{PUBLIC_NAMESPACES}",
        "keyvault_address": f"{VAULT}.{PUBLIC_VAULTS}",
        "resource_manager": urlsplit(center.arm.url).hostname or "",
        "entity": f"{TOPIC}/Subscriptions/{SUBSCRIPTION}",
        "hubs": EVENTHUBS,
        "hub": HUB,
    }


def expected_annotations(
    alert: Alert, scenario: Scenario, labels: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, str]:
    """The annotations that an alert of a scenario must have, with every placeholder filled from `names`."""
    known = {**names, **scenario.live_names}
    expected = ExpectedAlert(
        {**dict.fromkeys(alert.labels, ""), **labels},
        results={name: text for name, text in known.items() if name in alert.annotation_queries},
        failing=scenario.failing_causes,
        healthy=scenario.healthy_causes,
    )
    return annotations(alert, VALUES, lambda: ExpectedRenderer(alert, VALUES, "en", expected))
