"""Planned work: the matchers of a notification silence its alert, the commands of the document a site or a wave."""

import re
from pathlib import Path
from typing import Any

import pytest

from generate.alerts.groups import GROUPS
from generate.alerts.model import ExpectedAlert
from generate.alerts.rendering.annotations import annotations
from generate.alerts.rendering.renderers import ExpectedRenderer
from generate.alerts.values import load
from tests.integration.receivers import configured, receivers
from tests.integration.test_alerts_alertmanager import amtool, send
from tests.lab import tools
from tests.lab.alertmanager import Alertmanager, alertmanager
from tests.shells import HOSTILE

VALUES = load()
MATCHER = re.compile(r'\w+="(?:[^"\\]|\\.)*"')
HUNG = next(alert for group in GROUPS for alert in group.alerts if alert.name == "SnapshotHung")


def hung(vm: str, vm_id: str, appliance: str) -> dict[str, Any]:
    """The alert of a machine as Prometheus sends it."""
    labels = {"vm": vm, "vm_id": vm_id, "appliance": appliance, "vault": "v"}
    texts = annotations(HUNG, VALUES, lambda: ExpectedRenderer(HUNG, VALUES, "en", ExpectedAlert(labels)))
    return {"labels": {"alertname": HUNG.full_name, "severity": "critical", **labels}, "annotations": texts}


async def silenced(am: Alertmanager) -> set[str]:
    """The machines whose alerts are silenced."""
    return {alert["labels"]["vm_id"] for alert in await am.alerts() if alert["status"]["silencedBy"]}


@pytest.mark.parametrize("name", ["paris", *(name for name in HOSTILE if "\t" not in name)])  # amtool reads no tab
async def test_the_matchers_of_a_notification_silence_its_alert_only(tmp_path: Path, name: str) -> None:
    alerts = [hung("web01", "1", name), hung("web01", "2", name), hung("web01", "1-2", "lyon")]
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as am:
        await send(am, *alerts)
        matchers = MATCHER.findall(alerts[0]["annotations"]["silence"])
        amtool(f"--alertmanager.url={am.url}", "silence", "add", "--comment=x", *matchers)
        assert await silenced(am) == {"1"}


@pytest.mark.parametrize(
    ("place", "expected"), [("appliance=paris", {"1", "2"}), ('vm=~"web01|web02|db01"', {"1", "2", "3"})]
)
async def test_the_commands_of_the_document_silence_a_site_or_a_wave(
    tmp_path: Path, place: str, expected: set[str]
) -> None:
    document = (tools.ROOT / "docs" / "maintenance.md").read_text(encoding="utf-8")
    command = re.search(
        rf"amtool (silence add) --duration=\w+ --comment=\"[^\"]+\" (\S+) {re.escape(place)}$", document, re.MULTILINE
    )
    assert command, "the document has the command"
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as am:
        await send(am, hung("web01", "1", "paris"), hung("web02", "2", "paris"), hung("web01", "3", "lyon"))
        matchers = [command[2], place.replace('"', "")]
        amtool(f"--alertmanager.url={am.url}", *command[1].split(), "--comment=x", *matchers)
        assert await silenced(am) == expected
