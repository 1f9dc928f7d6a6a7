"""What Prometheus does not see for a while neither ends a page nor sends it twice: notifications counted.

A page like the exporter's, over HTTP, so that every scrape can be lost or changed; the rules, Prometheus and
Alertmanager are real.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from generate.alerts.samples import series
from tests.e2e.alerting_stack import AlertKey, alert_key
from tests.lab.alerting import shortened_values, write_routes, write_rules
from tests.lab.alertmanager import Receiver, alertmanager, receiver
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus
from tests.lab.site import serving

pytestmark = pytest.mark.timeout(180)

JOB: Final = "azure-migrate-exporter"
SCRAPE: Final = 0.5
RESTART: Final = 12
"""Lost scrapes of a restart: as long in relation to `keep_firing_for` as two minutes to five."""
KEEP: Final = f"{RESTART * SCRAPE * 2.5:g}s"

_WELL: Final = {series("exporter_build_info"): 1, series("storage_up"): 1, series("vcenter_up"): 1}


def _services(**states: int) -> dict[str, float]:
    return {
        series("gateway_service_state", appliance="lyon", state=state): states.get(state, 0)
        for state in ("running", "stopped", "unknown")
    }


WELL: Final = {**_WELL, **_services(running=1)}
FAULTY: Final = {**_WELL, series("storage_up"): 0, series("vcenter_up"): 0, **_services(stopped=1)}
UNREAD: Final = {series("exporter_build_info"): 1, **_services(unknown=1)}
"""The first page after a start, and runs that could not read."""
TEAMS: Final = {"CacheStorageUnreachable": "network", "VCenterDown": "vmware", "GatewayServiceNotRunning": "migration"}
"""The page of each fault, and the team whose on-call and chat receive it."""


class Exporter:
    """A page of series; None answers with an error."""

    def __init__(self) -> None:
        self.samples: Mapping[str, float] | None = WELL
        self.address = ""

    async def answer(self, _: web.Request) -> web.Response:
        if self.samples is None:
            return web.Response(status=503)
        lines = "".join(f"{name} {value}\n" for name, value in self.samples.items())
        return web.Response(text=lines)


@asynccontextmanager
async def served(exporter: Exporter) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_get("/metrics", exporter.answer)
    async with serving(app) as exporter.address:
        yield


async def test_a_page_survives_lost_scrapes_unread_runs_and_a_restart(tmp_path: Path) -> None:
    exporter = Exporter()
    values = shortened_values(keep_firing_for=KEEP)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(exporter))
        webhook = await stack.enter_async_context(receiver())
        routes = write_routes(tmp_path / "alertmanager", webhook.url)
        manager = await stack.enter_async_context(alertmanager(tmp_path / "alertmanager", routes))
        scraper = await stack.enter_async_context(
            prometheus(
                tmp_path / "prometheus",
                [ScrapeTarget(JOB, exporter.address)],
                scrape_interval="500ms",
                evaluation_interval="250ms",
                rule_files=await write_rules(tmp_path, values),
                alertmanager=manager.url,
            )
        )
        await scraper.wait_until_up(JOB)
        exporter.samples = FAULTY
        await until(webhook, "firing")
        sent = Counter(pages(webhook))

        for lost, scrapes in ((None, 1), (UNREAD, RESTART), (None, RESTART), (UNREAD, 2)):
            exporter.samples = lost
            await seen(scraper, scrapes, up=lost is not None)
            exporter.samples = FAULTY
            await scraper.wait_for(f"{series('storage_up')} == 0")
        assert Counter(pages(webhook)) == sent, "a page ended or was sent again"

        exporter.samples = WELL
        await until(webhook, "resolved")
        ended = {(receiver, key, "resolved"): count for (receiver, key, _), count in sent.items()}
        assert Counter(pages(webhook)) == sent + Counter(ended)


def pages(webhook: Receiver) -> list[tuple[str, AlertKey, str]]:
    """Each notified state of each alert, in order: an alert that a notification repeats is not a new one."""
    found = []
    states: dict[tuple[str, AlertKey], str] = {}
    for alert in webhook.alerts():
        key = (alert["receiver"], alert_key(alert))
        if alert_key(alert)[0] in TEAMS and states.get(key) != alert["status"]:
            states[key] = alert["status"]
            found.append((*key, alert["status"]))
    return found


async def until(webhook: Receiver, status: str) -> None:
    """Wait until on-call and chat of each team have got its page in that state."""
    for name, team in TEAMS.items():
        for wanted in (f"on-call-{team}", f"chat-{team}"):
            await webhook.wait_for(_notified((name, "critical"), wanted, status), deadline=60)


def _notified(key: AlertKey, receiver: str, status: str) -> Callable[[dict[str, Any]], bool]:
    return lambda alert: (alert_key(alert), alert["receiver"], alert["status"]) == (key, receiver, status)


async def seen(scraper: Prometheus, scrapes: int, *, up: bool) -> None:
    """Wait until that many of the newest scrapes had this result."""
    window = f"{scrapes * SCRAPE * 1000:.0f}ms"
    await scraper.wait_for(f"max_over_time(up[{window}]) == min_over_time(up[{window}]) == {int(up)}")
    if up:
        await scraper.wait_for(f"absent_over_time(azure_migrate_storage_up[{window}])")
