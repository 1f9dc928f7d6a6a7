"""A night on duty: the data centre, the exporter, Prometheus with the rules, Alertmanager with the example's routes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from generate.alerts.groups import GROUPS
from generate.alerts.groups.evidence import CAUSE_FAILING
from generate.alerts.model import PREFIX, Alert, ExpectedAlert
from generate.alerts.rendering.annotations import annotations
from generate.alerts.rendering.renderers import ExpectedRenderer
from tests.e2e.pages import DISPOSE, Row, reported_by_azure
from tests.lab.alerting import hurried_values, write_routes, write_rules
from tests.lab.alertmanager import Alertmanager, Receiver, alertmanager, receiver
from tests.lab.amqp import HUB, SUBSCRIPTION, TOPIC
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import exporter
from tests.lab.parts import ACCOUNTS, EVENTHUBS, VAULT
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus

PACE: Final = 1.0
"""Seconds between two runs of a check."""
SCRAPE: Final = 0.5
EVALUATION: Final = 0.25
PATIENCE: Final = 60.0
ALERTS: Final = {alert.name: alert for group in GROUPS for alert in group.alerts}
VALUES: Final = hurried_values()

TIMES: Final[pytest.StashKey[list["Times"]]] = pytest.StashKey()
"""Where the tests leave what they measured."""

Told = tuple[str, str]
"""Name of an alert without the common prefix, and its severity."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from a fault to an alert that is pending, and to its page."""

    row: Row
    pending: float
    page: float
    interval: float
    """Between two runs of the check that sees it."""
    run: float
    """What such a run lasts while the fault is on."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Everything that runs, and who is told."""

    center: DataCenter
    prometheus: Prometheus
    alertmanager: Alertmanager
    receiver: Receiver
    directory: Path

    async def at_rest(self) -> None:
        """Mend everything; wait until nothing fires, and everybody who heard of something knows that it is over."""
        await self.center.heal()
        await self._until("nothing fires", self._nothing_fires)
        await self._until("all is told as resolved", self._all_resolved)
        self.receiver.forget()

    async def silent(self, told: Told) -> Mapping[str, Any]:
        """Wait until an alert is inhibited; gives it as Alertmanager has it."""
        found: list[Mapping[str, Any]] = []

        async def inhibited() -> bool:
            found[:] = [
                alert
                for alert in await self.alertmanager.alerts()
                if told_of(alert) == told and alert["status"]["inhibitedBy"]
            ]
            return bool(found)

        await self._until(f"{' '.join(told)} is inhibited", inhibited)
        return found[0]

    async def evidence(self, row: Row) -> None:
        """Wait until the documented causes are known as a row has them."""
        for cause in row.failing:
            await self.prometheus.wait_for(f'{CAUSE_FAILING}{{appliance="paris",cause="{cause}"}} == 1')
        for cause in row.unmeasured:
            await self.prometheus.wait_for(f'absent({CAUSE_FAILING}{{appliance="paris",cause="{cause}"}})')

    async def gone(self, told: Told) -> None:
        """Wait until an alert does not fire any more."""

        async def gone() -> bool:
            return all(told_of(alert) != told for alert in await self.prometheus.alerts())

        await self._until(f"{' '.join(told)} is gone", gone)

    async def pending_since(self, labels: Mapping[str, str]) -> float:
        """When Prometheus first saw that an alert's condition holds."""
        (alert,) = [one for one in await self.prometheus.alerts() if one["labels"] == labels]
        return datetime.fromisoformat(alert["activeAt"]).timestamp()

    async def use(self, **lasting: str) -> None:
        """Load the rules again, with another `for` of the alerts that are named; without any, as at the start."""
        values = VALUES.model_dump(exclude_none=True)
        for name, time_ in lasting.items():
            for level in values["alerts"][name].keys() - {"enabled"}:
                values["alerts"][name][level]["for"] = time_
        write_rules(self.directory, type(VALUES).model_validate(values))
        await self.prometheus.reload()

    def told(self) -> set[Told]:
        """What somebody has heard of since the last rest."""
        return {told_of(alert) for alert in self.receiver.alerts() if alert["status"] == "firing" and _counts(alert)}

    async def _nothing_fires(self) -> bool:
        return not any(_counts(alert) for alert in await self.prometheus.alerts())

    async def _all_resolved(self) -> bool:
        newest = {
            (alert["receiver"], alert["fingerprint"]): alert["status"]
            for alert in self.receiver.alerts()
            if _counts(alert)
        }
        return "firing" not in newest.values()

    @staticmethod
    async def _until(what: str, condition: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await condition():  # noqa: ASYNC110 - of other processes
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise TimeoutError(f"after {PATIENCE:g} s not yet: {what}") from None


def told_of(alert: Mapping[str, Any]) -> Told:
    """What an alert is called here."""
    return alert["labels"]["alertname"].removeprefix(PREFIX), alert["labels"]["severity"]


def _counts(alert: Mapping[str, Any]) -> bool:
    """Whether somebody is told of such alerts: not of infos, of which the watchdog is one."""
    return bool(alert["labels"]["severity"] != "info")


@asynccontextmanager
async def duty(directory: Path) -> AsyncIterator[Duty]:
    """Run all of it, until nothing more is to be said of its start."""
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", pace=PACE, strict=True))
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config))
        await subject.until_ready()
        phone = await stack.enter_async_context(receiver())
        routes = write_routes(directory / "alertmanager", phone.url)
        manager = await stack.enter_async_context(alertmanager(directory / "alertmanager", routes))
        scraper = await stack.enter_async_context(
            prometheus(
                directory / "prometheus",
                [ScrapeTarget("azure-migrate-exporter", subject.address)],
                scrape_interval=f"{SCRAPE * 1000:.0f}ms",
                evaluation_interval=f"{EVALUATION * 1000:.0f}ms",
                rule_files=write_rules(directory, VALUES),
                alertmanager=manager.url,
            )
        )
        await scraper.wait_until_up("azure-migrate-exporter")
        yield Duty(center, scraper, manager, phone, directory)


async def names(center: DataCenter, row: Row) -> dict[str, str]:
    """What a row's alerts may name, as the data centre has it."""
    machine = center.vcenter.machines[row.machine]
    read = center.vcenter.admin.read
    host, (datastore, *_) = await read(machine.reference, "runtime.host"), await read(machine.reference, "datastore")
    return {
        "vm": machine.name,
        "vm_id": machine.vm_id,
        "host": await read(host, "name"),
        "datastore": await read(datastore, "name"),
        "vcenter": "lab",
        "recovery_vault": center.project.vault_name,
        "vault": VAULT,
        "cache": ACCOUNTS["cache"],
        "account": ACCOUNTS["gateway" if reported_by_azure(DISPOSE) in row.faults else "cache"],
        "namespace": center.servicebus.host.split(".", maxsplit=1)[0],
        "entity": f"{TOPIC}/Subscriptions/{SUBSCRIPTION}",
        "hubs": EVENTHUBS,
        "hub": HUB,
    }


def written(alert: Alert, row: Row, labels: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The annotations of an alert of a row, as a person would write them who knows all names."""
    results = {name: text for name, text in {**known, **row.live}.items() if name in alert.annotation_queries}
    all_labels = {**dict.fromkeys(alert.labels, ""), **labels}
    expected = ExpectedAlert(all_labels, results=results, failing=row.failing, healthy=row.sound)
    return annotations(alert, VALUES, lambda: ExpectedRenderer(alert, VALUES, "en", expected))


def now() -> float:
    """Unix seconds, as the receiver and Prometheus tell time."""
    return time.time()
