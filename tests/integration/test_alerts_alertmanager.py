"""The Alertmanager configuration as it ships: who is told, in which words, and who is spared."""

import asyncio
import contextlib
import html
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from tests.integration.on_call import SHIPPED, OnCall, configured, html_of, on_call
from tests.lab import tools
from tests.lab.alertmanager import Alertmanager, alertmanager

ROOT = tools.ROOT / "alerts"


def amtool(*arguments: object) -> str:
    command = [*tools.amtool().command, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


# --- who -------------------------------------------------------------------------------------------------------------


def test_amtool_accepts_the_configuration() -> None:
    assert "SUCCESS" in amtool("check-config", SHIPPED / "alertmanager.yml")


def test_the_french_words_are_the_same_ones() -> None:
    english, french = ((SHIPPED / "templates" / f"words.{language}.tmpl").read_text() for language in ("en", "fr"))
    names = [{line.split('"')[1] for line in text.splitlines() if "define" in line} for text in (english, french)]
    assert names[0] == names[1]


def test_every_secret_comes_from_a_file() -> None:
    def walk(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [key for key, value in node.items() if isinstance(value, str) and is_secret(key)]
            return own + [key for value in node.values() for key in walk(value)]
        return [key for value in node for key in walk(value)] if isinstance(node, list) else []

    def is_secret(key: str) -> bool:
        words = ("password", "api_key", "routing_key", "service_key", "credentials", "api_url", "webhook_url")
        return key.endswith(words) or key == "url"

    assert walk(yaml.safe_load((SHIPPED / "alertmanager.yml").read_text())) == []


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ("severity=critical component=appliance appliance=paris", "on-call-migration,chat-migration"),
        ("severity=critical component=gateway appliance=paris", "on-call-migration,chat-migration"),
        ("severity=critical component=replication appliance=paris", "on-call-migration,chat-migration"),
        ("severity=critical component=exporter", "on-call-migration,chat-migration"),
        ("severity=critical component=storage appliance=paris", "on-call-network,chat-network"),
        ("severity=critical component=servicebus appliance=paris", "on-call-network,chat-network"),
        ("severity=critical component=eventhubs appliance=paris", "on-call-network,chat-network"),
        ("severity=critical component=keyvault appliance=paris", "on-call-network,chat-network"),
        ("severity=critical component=esxi appliance=paris", "on-call-vmware,chat-vmware"),
        ("severity=critical component=vcenter vcenter=vc", "on-call-vmware,chat-vmware"),
        ("severity=critical component=vsphere vcenter=vc", "on-call-vmware,chat-vmware"),
        ("severity=warning component=replication appliance=paris", "mail,chat-migration"),
        ("severity=warning component=path appliance=paris", "mail,chat-network"),
        ("severity=warning component=vsphere vcenter=vc", "mail,chat-vmware"),
        ("severity=info component=exporter", "nobody"),
        ("severity=info component=exporter alertname=AzureMigrateWatchdog", "watchdog"),
    ],
)
def test_an_alert_goes_to_the_team_that_can_mend_it(labels: str, receivers: str) -> None:
    config = f"--config.file={SHIPPED / 'alertmanager.yml'}"
    assert amtool("config", "routes", "test", config, *labels.split()) == receivers


# --- in which words --------------------------------------------------------------------------------------------------


def expected(group: str, alert: str, case: str) -> dict[str, Any]:
    """An alert as Prometheus sends it: what a case of the unit tests expects, word for word."""
    tests = yaml.safe_load((ROOT / "tests" / f"{group}.yml").read_text())["tests"]
    found = next(test for test in tests if test["name"] == f"AzureMigrate{alert}: {case}")
    first = found["alert_rule_test"][0]["exp_alerts"][0]
    return {
        "labels": {"alertname": f"AzureMigrate{alert}", **first["exp_labels"]},
        "annotations": first["exp_annotations"],
    }


@pytest_asyncio.fixture(name="room")
async def _room(tmp_path: Path) -> AsyncIterator[tuple[Alertmanager, OnCall]]:
    async with on_call() as it, alertmanager(tmp_path, configured(tmp_path, it)) as running:
        yield running, it


async def send(am: Alertmanager, *alerts: dict[str, Any]) -> None:
    async with am.session.post(f"{am.url}/api/v2/alerts", json=list(alerts)) as response:
        assert response.status == 200, await response.text()


async def test_each_receiver_shows_the_fix_so_that_it_can_be_followed(room: tuple[Alertmanager, OnCall]) -> None:
    am, it = room
    storage = expected("path", "CacheStorageUnreachable", "a firewall drops the packets")
    snapshot = expected(
        "vsphere", "SnapshotTaskStalled", "it stands at 95 %, and the name of the machine has a quote in it"
    )
    failure = expected(
        "failures", "DisposeArtefactsTimedOut", "the gateway service is stopped, and six machines have it"
    )
    failure["labels"]["appliance"] = "lyon"  # the path of paris would inhibit it
    denied = expected("replication", "KeyVaultAccessDenied", "the first refusal ever")
    await send(am, storage, snapshot, failure, denied)

    events = {event["payload"]["class"]: event for event in await it.wait_for("pagerduty", 2)}
    page = events["disk_upload_timed_out"]
    assert page["payload"]["summary"] == "[critical] paris: An appliance cannot upload to its cache account."
    told = page["payload"]["custom_details"]["what to do"]
    assert storage["annotations"]["fix"] in told
    assert storage["annotations"]["description"] in told
    assert page["links"][0]["href"].endswith("AzureMigrateCacheStorageUnreachable.md")

    page = events["dispose_artefacts_timed_out"]
    told = page["payload"]["custom_details"]["what to do"]
    assert "The gateway service asrgwy on the appliance paris is not running." in told
    assert failure["annotations"]["fix"].strip() in told
    [own] = (one for one in await it.wait_for("on-call-url") if one["alerts"][0]["labels"]["appliance"] == "lyon")
    assert own["alerts"][0]["annotations"] == failure["annotations"]

    [opsgenie] = await it.wait_for("opsgenie")
    assert opsgenie["message"].startswith("[critical]")
    assert snapshot["annotations"]["fix"] in opsgenie["description"]
    assert "Get-VMQuestion -VM 'Bob''s web'" in opsgenie["description"]

    slack = {message["channel"]: message["attachments"][0] for message in await it.wait_for("slack-webhook", 2)}
    text = slack["#vmware"]["text"]
    assert "```\n1. vCenter waits" in text
    assert "Get-VMQuestion -VM 'Bob''s web'" in text
    assert "<https://" in text
    assert "&lt;" not in slack["#vmware"]["title"]
    told = slack["#azure-migrate"]["text"]
    assert "*Documented causes, at this moment*\nFails now:" in told

    [teams] = (card for card in await it.wait_for("teams-webhook", 2) if "CacheStorage" in str(card))
    body = teams["attachments"][0]["content"]["body"]
    assert body[0]["text"] == "[critical] paris: An appliance cannot upload to its cache account."
    assert "4. If the upload fails, check whether the port opens at all.\n\n" in body[1]["text"]
    assert "Test-NetConnection -ComputerName migratelsa1.blob.core.windows.net -Port 443" in body[1]["text"]

    [mail] = await it.wait_for("mail")
    assert mail["Subject"] == "[warning] A key vault refuses requests for managed storage."
    page = html_of(mail)
    assert html.escape("New-AzRoleAssignment -SignInName '<user>'", quote=False).replace("'", "&#39;") in page
    assert "<pre" in page


async def test_slack_shows_what_a_person_must_choose_and_does_not_take_it_for_a_link(
    room: tuple[Alertmanager, OnCall],
) -> None:
    am, it = room
    await send(am, expected("failures", "FetchChangedBlocks", "a machine has it, and Azure rates it critical"))
    [message] = await it.wait_for("slack-webhook")
    text = message["attachments"][0]["text"]
    assert "-ProjectName 'wave-1' -ResourceGroupName '&lt;resource group&gt;'" in text
    assert "<resource group>" not in text


async def test_a_group_of_many_alerts_still_fits_into_a_message(room: tuple[Alertmanager, OnCall]) -> None:
    am, it = room
    one = expected("path", "CacheStorageUnreachable", "a firewall drops the packets")
    many = [{**one, "labels": {**one["labels"], "account": f"account{number}"}} for number in range(40)]
    await send(am, *many)
    card, count = None, 0
    while "+39 more" not in str(card):  # the first message may go out before all have come in
        count += 1
        card = (await it.wait_for("teams-webhook", count))[count - 1]
    assert card is not None
    text = card["attachments"][0]["content"]["body"][1]["text"]
    assert len(str(card)) < 28_000
    assert text.count("**What to do**") == 4
    assert text.count("/AzureMigrateCacheStorageUnreachable.md)") == 40


async def test_the_watchdog_goes_to_nobody_else(room: tuple[Alertmanager, OnCall]) -> None:
    am, it = room
    await send(am, expected("exporter", "Watchdog", "it always fires"))
    [told] = await it.wait_for("watchdog-url")
    assert told["alerts"][0]["labels"]["alertname"] == "AzureMigrateWatchdog"
    assert set(it.got) == {"watchdog-url"}


# --- who is spared ---------------------------------------------------------------------------------------------------

PARIS = "appliance=paris"
DOWN = f"ApplianceDown severity=critical component=appliance {PARIS}"
STOPPED = f"GatewayServiceNotRunning severity=critical component=gateway service=asrgwy {PARIS}"
STORAGE = f"CacheStorageUnreachable severity=critical component=storage account=a role=cache {PARIS}"
BUS = f"ServiceBusUnreachable severity=critical component=servicebus namespace=n entity=e {PARIS}"
ECHO = f"RecentPathOutage severity=info component=path {PARIS}"
HOST = f"EsxiUnreachable severity=critical component=esxi host=h failure=host_connection_refused {PARIS}"
MACHINES = f"DisposeArtefactsTimedOut severity=critical component=replication vault=v {PARIS}"
UPLOAD = f"{MACHINES} failure=disk_upload_timed_out".replace("DisposeArtefacts", "DiskUpload")
DISPOSE = f"{MACHINES} failure=dispose_artefacts_timed_out"
HUNG = f"SnapshotHung severity=critical component=replication failure=snapshot_hung vm=w vm_id=1 vault=v {PARIS}"
STALLED = (
    "SnapshotTaskStalled severity=critical component=vsphere failure=snapshot_hung vm=w vm_id=1 vcenter=vc "
    "operation=create_snapshot"
)
OVERDUE = f"ReplicationCycleOverdue severity=warning component=replication vm=w vm_id=1 vault=v {PARIS}"
REFUSED = (
    f"HostConnectionRefused severity=critical component=replication failure=host_connection_refused vm_id=1 {PARIS}"
)
VCENTER = "VCenterDown severity=critical component=vcenter vcenter=vc"
OLD = "SnapshotTooOld severity=warning component=vsphere vm=w vm_id=1 vcenter=vc"
NFC = "NfcBufferFull severity=critical component=esxi failure=nfc_out_of_memory host=h vcenter=vc"
NFC_WARNING = NFC.replace("critical", "warning")
OUT_OF_MEMORY = f"NfcOutOfMemory severity=critical component=replication failure=nfc_out_of_memory vm_id=1 {PARIS}"
BUDGET = f"StorageReachabilityBudget severity=warning component=storage check=storage target=a {PARIS}"
BENCHMARK = f"CollectorFailing severity=warning component=exporter collector=storage_benchmark target=a {PARIS}"
THROTTLED = f"StorageThrottled severity=warning component=storage account=a role=cache {PARIS}"
BLIND = f"CollectorFailing severity=warning component=exporter collector=gateway target=paris {PARIS}"


def parsed(text: str) -> dict[str, Any]:
    name, *labels = text.split()
    return {"labels": {"alertname": f"AzureMigrate{name}", **dict(label.split("=") for label in labels)}}


def elsewhere(text: str) -> str:
    """The same of another appliance, vCenter and machine."""
    return text.replace(PARIS, "appliance=lyon").replace("vcenter=vc", "vcenter=other").replace("vm_id=1", "vm_id=2")


def key(alert: dict[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(alert["labels"].items())


async def spared(am: Alertmanager, wanted: set[Any], sent: int) -> set[Any]:
    """What is inhibited as soon as that is what is wanted; what it is then, when time is over."""
    found: set[Any] = set()
    known: list[dict[str, Any]] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while len(known) < sent or found != wanted:
                known = await am.alerts()
                found = {key(one) for one in known if one["status"]["inhibitedBy"]}
                await asyncio.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("speaks", "silent", "speak_too"),
    [
        pytest.param(DOWN, [STOPPED, STORAGE, BUS, HOST, DISPOSE, OVERDUE, BLIND], [STALLED], id="appliance"),
        pytest.param(STOPPED, [STORAGE, BUS, HOST, DISPOSE, UPLOAD, OVERDUE, HUNG], [STALLED, BLIND], id="gateway"),
        pytest.param(STORAGE, [DISPOSE, UPLOAD, OVERDUE, BUDGET], [BUS, HUNG, HOST], id="one path"),
        pytest.param(THROTTLED, [BENCHMARK], [BLIND, HOST], id="an account that is too busy"),
        pytest.param(BUS, [DISPOSE, UPLOAD, OVERDUE], [HUNG, HOST], id="another path"),
        pytest.param(ECHO, [DISPOSE, UPLOAD, OVERDUE], [HUNG, HOST, BUS], id="a path that is mended"),
        pytest.param(HOST, [REFUSED], [DISPOSE, HUNG, OVERDUE], id="the way to a host"),
        pytest.param(STALLED, [HUNG, OLD], [DISPOSE, OVERDUE, OUT_OF_MEMORY], id="what vCenter shows of a machine"),
        pytest.param(VCENTER, [STALLED, OLD, NFC], [DISPOSE, UPLOAD], id="vCenter"),
        pytest.param(NFC, [NFC_WARNING, OUT_OF_MEMORY], [HUNG, OLD], id="a full buffer, and the worse level"),
        pytest.param(HUNG, [HUNG.replace("critical", "warning")], [DISPOSE], id="the same alert at two levels"),
    ],
)
async def test_what_stands_above_speaks_for_what_follows_from_it(
    room: tuple[Alertmanager, OnCall], speaks: str, silent: Sequence[str], speak_too: Sequence[str]
) -> None:
    am, _ = room
    away = [elsewhere(text) for text in silent if text not in {OUT_OF_MEMORY, NFC_WARNING}]
    alerts = [parsed(text) for text in (speaks, *silent, *speak_too, *away)]
    await send(am, *alerts)
    wanted = {key(parsed(text)) for text in silent} | {key(parsed(one)) for one in above_each_other(away)}
    assert await spared(am, wanted, len(alerts)) == wanted


def above_each_other(away: Sequence[str]) -> Sequence[str]:
    """What of the other appliance is silent for its own sake: a stopped gateway there has the same consequences."""
    there = set(away)
    if elsewhere(STOPPED) in there:
        return [
            elsewhere(text) for text in (STORAGE, BUS, HOST, DISPOSE, UPLOAD, OVERDUE, HUNG) if elsewhere(text) in there
        ]
    if elsewhere(STORAGE) in there:
        return [elsewhere(text) for text in (DISPOSE, UPLOAD, OVERDUE, BUDGET, BENCHMARK) if elsewhere(text) in there]
    if elsewhere(STALLED) in there:
        return [elsewhere(text) for text in (OLD,) if elsewhere(text) in there]
    return []
