"""However many machines fail, what Alertmanager sends is within the limits of each service, and says what to do."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.groups import GROUPS
from tests.integration.receivers import Receivers, configured, html_of, receivers
from tests.integration.test_alerts_alertmanager import send, sent
from tests.lab import tools
from tests.lab.alertmanager import alertmanager

ROUTES = {
    "pagerduty": {"component": "replication", "severity": "critical"},
    "slack-webhook": {"component": "replication", "severity": "warning"},
    "opsgenie": {"component": "vsphere", "severity": "critical"},
    "teams-webhook": {"component": "path", "severity": "warning"},
    "mail": {"component": "replication", "severity": "warning"},
}
"""The labels that lead an alert to each receiver."""
LONG = "a machine with the longest name that vCenter allows, which has eighty letters: "
TESTS = tools.ROOT / "alerts" / "tests"


@cache
def unknown_code() -> dict[str, Any]:
    return sent("replication", "ReplicationUnhealthy", "critical, with an undocumented code")


def unknown(number: int, **labels: str) -> dict[str, Any]:
    """A machine that fails with a code that nobody knows."""
    one = unknown_code()
    thing = f"{LONG}{number} (paris)"
    own = {"vm": LONG + str(number), "vm_id": f"50156bd3-0000-4000-8000-{number:012}"}
    return {
        "labels": {**one["labels"], **own, **labels},
        "annotations": {**one["annotations"], "thing": thing},
    }


def text_of(receiver: str, message: Any) -> tuple[str, str]:
    """The title and the text of a message."""
    match receiver:
        case "pagerduty":
            return message["payload"]["summary"], message["payload"]["custom_details"]["what to do"]
        case "opsgenie":
            return message["message"], message["description"]
        case "slack-webhook":
            return message["attachments"][0]["title"], message["attachments"][0]["text"]
        case "teams-webhook":
            title, text = message["attachments"][0]["content"]["body"][:2]
            return title["text"], text["text"]
    return message["Subject"], html_of(message)


async def message_about(them: Receivers, receiver: str, count: int) -> tuple[str, str]:
    """The message that counts that many alerts: an earlier one may be sent before all of them have arrived."""
    seen = 0
    while True:
        seen += 1
        title, text = text_of(receiver, (await them.wait_for(receiver, seen))[seen - 1])
        if f"and {count - 24} more" in text:
            return title, text


@pytest.mark.parametrize("count", [300, 3000])
@pytest.mark.parametrize("receiver", ROUTES)
async def test_machines_that_fail_at_once_are_one_message_within_the_limit(
    tmp_path: Path, receiver: str, count: int
) -> None:
    alerts = [unknown(number, **ROUTES[receiver]) for number in range(count)]
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as am:
        for first in range(0, count, 256):  # as Prometheus does
            await send(am, *alerts[first : first + 256])
        title, text = await message_about(them, receiver, count)
        assert "paris" in title[:130]
        assert text.count("azure-migrate-exporter diagnose --vm") >= 4
        assert 20 <= text.count(LONG[:40]) <= 20 + 4 * 20
        assert them.refused == []
        if receiver == "pagerduty":
            keys = {event["dedup_key"] for event in them.got["pagerduty"]}
            assert len(keys) == 1, "one incident for the appliance"
            details = them.got["pagerduty"][-1]["payload"]["custom_details"]
            assert details.get("firing", "") == details.get("resolved", "") == ""
        if receiver == "mail":
            assert len(text) < 200_000


def every_alert() -> list[dict[str, Any]]:
    """Each alert as its first case expects it."""
    found: dict[str, Any] = {}
    for group in GROUPS:
        for test in yaml.safe_load((TESTS / group.path).read_text(encoding="utf-8"))["tests"]:
            rule = test["alert_rule_test"][0]
            for one in rule["exp_alerts"]:
                longest = found.setdefault(rule["alertname"], one)
                if len(json.dumps(one["exp_annotations"])) > len(json.dumps(longest["exp_annotations"])):
                    found[rule["alertname"]] = one
    return [
        {"labels": {"alertname": name, **one["exp_labels"]}, "annotations": one["exp_annotations"]}
        for name, one in found.items()
    ]


@pytest.mark.parametrize("receiver", ["opsgenie", "teams-webhook", "pagerduty", "slack-webhook"])
async def test_each_alert_alone_is_complete_and_within_the_limit(tmp_path: Path, receiver: str) -> None:
    alerts = every_alert()
    for number, alert in enumerate(alerts):
        alert["labels"] |= {**ROUTES[receiver], "appliance": f"site{number}", "failure": "", "alertname": f"X{number}"}
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as am:
        await send(am, *alerts)
        messages = await them.wait_for(receiver, len(alerts))
        assert them.refused == []
    texts = [text_of(receiver, message)[1] for message in messages]
    for alert in alerts:
        last = alert["annotations"]["fix"].rstrip().splitlines()[-1].strip()
        shown = {
            "slack-webhook": last.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "teams-webhook": last.replace("*", "\\*").replace("_", "\\_"),
        }.get(receiver, last)
        addresses = [line.rpartition(" ")[2] for line in alert["annotations"]["links"].splitlines()]
        assert addresses
        assert all(address.startswith("https://") for address in addresses)
        complete = (text for text in texts if shown in text and all(address in text for address in addresses))
        assert next(complete, None), alert["annotations"]["summary"]


@pytest.mark.parametrize("receiver", ["opsgenie", "teams-webhook", "slack-webhook"])
async def test_the_four_longest_alerts_together_are_within_the_limit(tmp_path: Path, receiver: str) -> None:
    longest = sorted(every_alert(), key=lambda alert: -len(json.dumps(alert)))[:4]
    for number, alert in enumerate(longest):
        alert["labels"] |= {**ROUTES[receiver], "appliance": "paris", "failure": "", "alertname": f"X{number}"}
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as am:
        await send(am, *longest)
        while True:
            title = text_of(receiver, (await them.wait_for(receiver, 1))[-1])[0]
            if them.refused or "+3 more" in title:
                break
            await them.wait_for(receiver, len(them.got[receiver]) + 1)
        assert them.refused == []
