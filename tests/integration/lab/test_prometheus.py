"""The lab's Prometheus and Alertmanager: the real programs, asked over their own APIs."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from tests.lab.alertmanager import alertmanager, one_webhook, receiver
from tests.lab.ca import LabCA
from tests.lab.process import running, write_yaml
from tests.lab.prometheus import Sample, ScrapeTarget, prometheus
from tests.lab.site import serving
from tests.lab.tools import Program

RULES = {
    "groups": [
        {
            "name": "lab",
            "rules": [{"alert": "DoorOpen", "expr": "door_open == 1", "labels": {"severity": "critical"}}],
        }
    ]
}


@dataclass
class Page:
    """A metrics page over https that wants a password; what it says can be changed."""

    target: ScrapeTarget
    door_open: int = 0


@pytest.fixture(name="page")
async def _page(tmp_path: Path) -> AsyncIterator[Page]:
    ca = LabCA(tmp_path / "ca")
    password = tmp_path / "password"
    password.write_text("lab-secret")

    async def metrics(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Basic {b64encode(b'scraper:lab-secret').decode()}":
            return web.Response(status=401)
        return web.Response(text=f"door_open {page.door_open}\n")

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    async with serving(app, tls=ca.issue("page").server_context()) as address:
        page = Page(ScrapeTarget("page", address, ca_file=ca.bundle, username="scraper", password_file=password))
        yield page


async def test_a_rule_over_a_scraped_page_reaches_the_webhook(tmp_path: Path, page: Page) -> None:
    rules = write_yaml(tmp_path / "rules.yml", RULES)
    async with (
        receiver() as on_call,
        alertmanager(tmp_path / "am", one_webhook(on_call.url)) as am,
        prometheus(tmp_path / "prom", [page.target], rule_files=[rules], alertmanager=am.url) as prom,
    ):
        await prom.wait_until_up("page")
        assert await prom.alerts() == []

        page.door_open = 1
        alert = await on_call.wait_for(lambda alert: alert["labels"]["alertname"] == "DoorOpen")
        assert alert["labels"]["severity"] == "critical"
        assert [alert["labels"]["alertname"] for alert in await am.alerts()] == ["DoorOpen"]

        page.door_open = 0
        await on_call.wait_for(lambda alert: alert["status"] == "resolved")


async def test_a_scrape_without_the_password_is_down(tmp_path: Path, page: Page) -> None:
    stranger = ScrapeTarget("stranger", page.target.address, ca_file=page.target.ca_file)
    async with prometheus(tmp_path / "prom", [page.target, stranger], scrape_interval="200ms") as prom:
        await prom.wait_until_up("page")
        await prom.wait_for('up{job="stranger"} == 0')
        assert await prom.targets() == {"page": "up", "stranger": "down"}


async def test_queries_give_labels_and_values_and_name_what_is_wrong(tmp_path: Path) -> None:
    async with prometheus(tmp_path, []) as prom:
        assert await prom.query("scalar(vector(2))") == [Sample({}, 2.0)]
        assert await prom.query('label_replace(vector(1), "a", "b", "", "")') == [Sample({"a": "b"}, 1.0)]
        with pytest.raises(ValueError, match="parse error"):
            await prom.query("((")
        with pytest.raises(TimeoutError, match=r"after 0\.3 s, absent_thing is still \[\]"):
            await prom.wait_for("absent_thing", deadline=0.3)


async def test_a_program_that_ends_early_is_named_with_its_last_output(tmp_path: Path) -> None:
    program = Program(("sh", "-c", "echo the disk is on fire; exit 3"))

    async def never() -> bool:
        return False

    async with running("Shell", program, log=tmp_path / "log") as process:
        with pytest.raises(RuntimeError, match="Shell ended with 3: the disk is on fire"):
            await process.until(never, 10)


async def test_a_program_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = Program(("sh", "-c", "trap '' TERM; (trap '' TERM; exec sleep 600) & echo $!; wait"))
    log = tmp_path / "log"

    async def spoke() -> bool:
        return bool(log.read_text().strip())

    async with running("Shell", stubborn, log=log, stop_deadline=0.2) as process:
        await process.until(spoke, 10)
        child = psutil.Process(int(log.read_text()))
    await asyncio.to_thread(child.wait, 10)
