"""The shipped Alertmanager configuration: its routes, the texts of its receivers, and its inhibition rules."""

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

from tests.integration.receivers import SHIPPED, Receivers, configured, html_of, receivers
from tests.lab import tools
from tests.lab.alertmanager import Alertmanager, alertmanager

ROOT = tools.ROOT / "alerts"


def amtool(*arguments: object) -> str:
    command = [*tools.amtool().command, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


# --- routes ----------------------------------------------------------------------------------------------------------


def test_amtool_accepts_the_configuration() -> None:
    assert "SUCCESS" in amtool("check-config", SHIPPED / "alertmanager.yml")


def test_both_languages_define_the_same_templates() -> None:
    english, french = ((SHIPPED / "templates" / f"words.{language}.tmpl").read_text() for language in ("en", "fr"))
    names = [{line.split('"')[1] for line in text.splitlines() if "define" in line} for text in (english, french)]
    assert names[0] == names[1]


@pytest.mark.parametrize(("language", "heading"), [("en", "What to do:"), ("fr", "Que faire\u00a0:")])
def test_headings_are_in_the_language_of_the_templates(language: str, heading: str) -> None:
    globs = (SHIPPED / "templates" / name for name in ("azure-migrate.tmpl", f"words.{language}.tmpl"))
    files = [f"--template.glob={path}" for path in globs]
    assert heading in amtool("template", "render", *files, '--template.text={{ template "azure_migrate.text" . }}')


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
    ("labels", "expected"),
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
        ("severity=info component=exporter", "blackhole"),
        ("severity=info component=exporter alertname=AzureMigrateWatchdog", "watchdog"),
    ],
)
def test_an_alert_goes_to_the_team_that_can_fix_it(labels: str, expected: str) -> None:
    config = f"--config.file={SHIPPED / 'alertmanager.yml'}"
    assert amtool("config", "routes", "test", config, *labels.split()) == expected


# --- texts -----------------------------------------------------------------------------------------------------------


def sent(group: str, alert: str, case: str) -> dict[str, Any]:
    """An alert as Prometheus sends it: the alert that a case of the unit tests expects."""
    tests = yaml.safe_load((ROOT / "tests" / f"{group}.yml").read_text())["tests"]
    found = next(test for test in tests if test["name"] == f"AzureMigrate{alert}: {case}")
    first = found["alert_rule_test"][0]["exp_alerts"][0]
    return {
        "labels": {"alertname": f"AzureMigrate{alert}", **first["exp_labels"]},
        "annotations": first["exp_annotations"],
    }


@pytest_asyncio.fixture(name="routed")
async def _routed(tmp_path: Path) -> AsyncIterator[tuple[Alertmanager, Receivers]]:
    async with receivers() as them, alertmanager(tmp_path, configured(tmp_path, them)) as running:
        yield running, them


async def send(am: Alertmanager, *alerts: dict[str, Any]) -> None:
    async with am.session.post(f"{am.url}/api/v2/alerts", json=list(alerts)) as response:
        assert response.status == 200, await response.text()


async def test_each_receiver_shows_the_complete_fix(routed: tuple[Alertmanager, Receivers]) -> None:
    am, them = routed
    storage = sent("path", "CacheStorageUnreachable", "a firewall drops the packets")
    snapshot = sent("vsphere", "SnapshotTaskStalled", "it stalls at 95 %, and the name of the machine contains a quote")
    failure = sent("failures", "DisposeArtefactsTimedOut", "the gateway service is stopped, and six machines have it")
    failure["labels"]["appliance"] = "lyon"  # the path of paris would inhibit it
    denied = sent("replication", "KeyVaultAccessDenied", "the first refusal ever")
    await send(am, storage, snapshot, failure, denied)

    events = {event["payload"]["class"]: event for event in await them.wait_for("pagerduty", 2)}
    page = events["disk_upload_timed_out"]
    assert (
        page["payload"]["summary"] == "[critical] migratelsa1 (paris): An appliance cannot upload to its cache account."
    )
    details = page["payload"]["custom_details"]["what to do"]
    assert storage["annotations"]["fix"] in details
    assert storage["annotations"]["description"] in details
    assert "/AzureMigrateCacheStorageUnreachable.md?appliance=paris" in page["links"][0]["href"]

    page = events["dispose_artefacts_timed_out"]
    details = page["payload"]["custom_details"]["what to do"]
    assert "The gateway service asrgwy on the appliance paris is not running." in details
    assert failure["annotations"]["fix"].strip() in details
    [own] = (one for one in await them.wait_for("on-call-url") if one["alerts"][0]["labels"]["appliance"] == "lyon")
    assert own["alerts"][0]["annotations"] == failure["annotations"]

    [opsgenie] = await them.wait_for("opsgenie")
    assert opsgenie["message"].startswith("[critical]")
    assert snapshot["annotations"]["fix"] in opsgenie["description"]
    assert "Get-VMQuestion -VM $vm" in opsgenie["description"]

    slack = {message["channel"]: message["attachments"][0] for message in await them.wait_for("slack-webhook", 2)}
    text = slack["#vmware"]["text"]
    assert "```\nCandidate causes, each with its fix:\n1. vCenter waits" in text
    assert "Get-VMQuestion -VM $vm" in text
    assert "<https://" in text
    assert "&lt;" not in slack["#vmware"]["title"]
    text = slack["#azure-migrate"]["text"]
    assert "Failing now, as measured:" in text

    [teams] = (card for card in await them.wait_for("teams-webhook", 2) if "CacheStorage" in str(card))
    body = teams["attachments"][0]["content"]["body"]
    assert body[0]["text"] == "[critical] migratelsa1 (paris): An appliance cannot upload to its cache account."
    assert "4. If the upload fails, check whether the port opens at all.\n\n" in body[1]["text"]
    assert "Test-NetConnection -ComputerName 'migratelsa1.blob.stack.example.com' -Port 443" in body[1]["text"]

    [mail] = await them.wait_for("mail")
    assert mail["Subject"] == "[warning] migratekv1: A key vault refuses requests for managed storage."
    page = html_of(mail)
    assert html.escape("New-AzRoleAssignment -SignInName '<user>'", quote=False).replace("'", "&#39;") in page
    assert "<pre" in page


async def test_slack_shows_a_placeholder_and_does_not_parse_it_as_a_link(
    routed: tuple[Alertmanager, Receivers],
) -> None:
    am, them = routed
    await send(
        am, sent("machine_failures", "FetchChangedBlocks", "a machine has it, and Azure rates the machine critical")
    )
    [message] = await them.wait_for("slack-webhook")
    text = message["attachments"][0]["text"]
    assert "-ProjectName 'wave-1' -ResourceGroupName '&lt;resource group&gt;'" in text
    assert "<resource group>" not in text


async def test_a_group_of_many_alerts_fits_into_a_message(routed: tuple[Alertmanager, Receivers]) -> None:
    am, them = routed
    one = sent("path", "CacheStorageUnreachable", "a firewall drops the packets")
    many = [{**one, "labels": {**one["labels"], "account": f"account{number}"}} for number in range(40)]
    await send(am, *many)
    card, count = None, 0
    while "+39 more" not in str(card):  # the first message may be sent before all alerts have arrived
        count += 1
        card = (await them.wait_for("teams-webhook", count))[count - 1]
    assert card is not None
    text = card["attachments"][0]["content"]["body"][1]["text"]
    assert len(str(card)) < 28_000
    assert text.count("**What to do**") == 4
    assert text.count("\n- migratelsa1 (paris): An appliance cannot upload") == 20
    assert "and 16 more" in text


async def test_the_watchdog_goes_to_no_other_receiver(routed: tuple[Alertmanager, Receivers]) -> None:
    am, them = routed
    await send(am, sent("exporter", "Watchdog", "it always fires"))
    [notification] = await them.wait_for("watchdog-url")
    assert notification["alerts"][0]["labels"]["alertname"] == "AzureMigrateWatchdog"
    assert set(them.got) == {"watchdog-url"}


# --- inhibition ------------------------------------------------------------------------------------------------------

PARIS = "appliance=paris"
DOWN = f"ApplianceDown severity=critical component=appliance {PARIS}"
STOPPED = f"GatewayServiceNotRunning severity=critical component=gateway windows_service=asrgwy {PARIS}"
STORAGE = f"CacheStorageUnreachable severity=critical component=storage account=a role=cache {PARIS}"
BUS = f"ServiceBusUnreachable severity=critical component=servicebus bus_namespace=n entity=e {PARIS}"
OUTAGE = f"RecentPathOutage severity=info component=path {PARIS}"
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
LOST = "MachineInaccessible severity=critical component=vsphere failure=operation_not_allowed vm=w vm_id=1 vcenter=vc"
SAVE = "change_tracker_save_failed"
DATASTORE = f"DatastoreInaccessible severity=critical component=vsphere failure={SAVE} datastore=d vcenter=vc"
NOT_SAVED = f"ChangeTrackerSaveFailed severity=critical component=replication failure={SAVE} vm_id=1 {PARIS}"
NFC_WARNING = NFC.replace("critical", "warning")
OUT_OF_MEMORY = f"NfcOutOfMemory severity=critical component=replication failure=nfc_out_of_memory vm_id=1 {PARIS}"
BUDGET = f"StorageReachabilityBudget severity=warning component=storage check=storage target=a {PARIS}"
BENCHMARK = f"CollectorFailing severity=warning component=exporter collector=storage_benchmark target=a {PARIS}"
THROTTLED = f"StorageThrottled severity=warning component=storage account=a role=cache {PARIS}"
GATEWAY_UNREAD = f"CollectorFailing severity=warning component=exporter collector=gateway target=paris {PARIS}"


def parsed(text: str) -> dict[str, Any]:
    name, *labels = text.split()
    return {"labels": {"alertname": f"AzureMigrate{name}", **dict(label.split("=") for label in labels)}}


def elsewhere(text: str) -> str:
    """The same of another appliance, vCenter and machine."""
    return text.replace(PARIS, "appliance=lyon").replace("vcenter=vc", "vcenter=other").replace("vm_id=1", "vm_id=2")


def key(alert: dict[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(alert["labels"].items())


async def inhibited(am: Alertmanager, wanted: set[Any], count: int) -> set[Any]:
    """The inhibited alerts, once `count` alerts have arrived and they are `wanted`, or after ten seconds."""
    found: set[Any] = set()
    known: list[dict[str, Any]] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while len(known) < count or found != wanted:
                known = await am.alerts()
                found = {key(one) for one in known if one["status"]["inhibitedBy"]}
                await asyncio.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("source", "targets", "others"),
    [
        pytest.param(DOWN, [STOPPED, STORAGE, BUS, HOST, DISPOSE, OVERDUE, GATEWAY_UNREAD], [STALLED], id="appliance"),
        pytest.param(
            STOPPED, [STORAGE, BUS, HOST, DISPOSE, UPLOAD, OVERDUE, HUNG], [STALLED, GATEWAY_UNREAD], id="gateway"
        ),
        pytest.param(STORAGE, [DISPOSE, UPLOAD, OVERDUE, BUDGET], [BUS, HUNG, HOST], id="one path"),
        pytest.param(THROTTLED, [BENCHMARK], [GATEWAY_UNREAD, HOST], id="a throttled account"),
        pytest.param(BUS, [DISPOSE, UPLOAD, OVERDUE], [HUNG, HOST], id="another path"),
        pytest.param(OUTAGE, [DISPOSE, UPLOAD, OVERDUE], [HUNG, HOST, BUS], id="a path that is repaired"),
        pytest.param(HOST, [REFUSED], [DISPOSE, HUNG, OVERDUE], id="the path to a host"),
        pytest.param(STALLED, [HUNG, OLD], [DISPOSE, OVERDUE, OUT_OF_MEMORY], id="vCenter's alert for a machine"),
        pytest.param(LOST, [HUNG, OLD, OVERDUE], [DISPOSE, DATASTORE], id="a machine that vCenter does not reach"),
        pytest.param(DATASTORE, [NOT_SAVED], [HUNG, OLD], id="a datastore that vCenter does not reach"),
        pytest.param(VCENTER, [STALLED, OLD, NFC], [DISPOSE, UPLOAD], id="vCenter"),
        pytest.param(NFC, [NFC_WARNING, OUT_OF_MEMORY], [HUNG, OLD], id="a full buffer, and the more severe level"),
        pytest.param(HUNG, [HUNG.replace("critical", "warning")], [DISPOSE], id="the same alert at two levels"),
    ],
)
async def test_the_alert_of_a_cause_inhibits_those_of_its_consequences(
    routed: tuple[Alertmanager, Receivers], source: str, targets: Sequence[str], others: Sequence[str]
) -> None:
    am, _ = routed
    away = [elsewhere(text) for text in targets if text not in {OUT_OF_MEMORY, NFC_WARNING, NOT_SAVED}]
    alerts = [parsed(text) for text in (source, *targets, *others, *away)]
    await send(am, *alerts)
    wanted = {key(parsed(text)) for text in targets} | {key(parsed(one)) for one in inhibited_by_each_other(away)}
    assert await inhibited(am, wanted, len(alerts)) == wanted


def inhibited_by_each_other(away: Sequence[str]) -> Sequence[str]:
    """The alerts of the other appliance that another of its alerts inhibits."""
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
