"""What a person reads, and what a machine reads: the conclusion in words and as JSON."""

import io
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from azure_migrate_exporter.diagnosis.conclusion import Status, conclude
from azure_migrate_exporter.diagnosis.evidence.access import find_access_faults
from azure_migrate_exporter.diagnosis.model import Machine, Question, ReportedError, Result, Verdict
from azure_migrate_exporter.diagnosis.reports.json_report import VERSION, JsonReport
from azure_migrate_exporter.diagnosis.reports.progress import ProgressLines
from azure_migrate_exporter.diagnosis.reports.text_report import TextReport
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import FINDERS
from azure_migrate_exporter.failures.explain import WIDTH
from azure_migrate_exporter.failures.model import LANGUAGES, Language, Source, Strength
from azure_migrate_exporter.reasons import Reason
from tests.diagnosis_schema import SCHEMA, parse_diagnosis
from tests.observed import answer, seen

EXPORTER_ITSELF = {"en": "\x1b[31m\x1b[1mThe exporter itself:", "fr": "\x1b[31m\x1b[1mL'exportateur lui-même\u00a0:"}
COLOUR = re.compile(r"\x1b\[\d+m")
REFUSED: dict[str, Any] = {"text": "10.0.0.4:443 refused", "reason": Reason.REFUSED}
STOPPED = seen(evidence.GATEWAY_SERVICE, text="asrgwy: stopped", appliance="paris")
KEY_VAULT: dict[str, Any] = {"keyvault": "migratekv1", "keyvault_address": "migratekv1.vault.usgovcloudapi.net"}
VAULT = seen(evidence.KEYVAULT, **REFUSED, appliance="paris", **KEY_VAULT)
WELL = seen(evidence.KEYVAULT, Verdict.OK, "TCP 443 opens", appliance="paris")
STUCK = seen(evidence.TASK_STALLED, text="create snapshot of web01 is at 95%", vcenter="vc01", vm="web01")
NFC = seen(evidence.NFC_DISKS, text="100% of esx01", vcenter="vc01", host="esx01")
MANY = seen(evidence.SNAPSHOTS, text="web01 has 40 snapshots", vcenter="vc01", vm="web01", vm_id="id-1")
SPACE = seen(evidence.DATASTORE_SPACE, text="ds1 has 2% free", vcenter="vc01", datastore="ds1")
INCONCLUSIVE = seen(evidence.STORAGE_CACHE, Verdict.INCONCLUSIVE, "403", reason=Reason.FORBIDDEN, account="migratelsa1")
MISSING = seen(evidence.STORAGE_CACHE, Verdict.NOT_CONFIGURED, "add the section", duration=None)
REPORTED = (ReportedError("web01", "id-1", "1011", "disk_upload_timed_out"),)
AZURE_ERRORS = seen(evidence.SPEEDS, Verdict.VALUE, "critical", other_verdict=Verdict.FAILED)

SCENES: dict[str, tuple[Question, list[Result], tuple[ReportedError, ...]]] = {
    "a cause": (Question(), [STOPPED, VAULT], ()),
    "before the replication": (Question(preflight=True), [STOPPED], ()),
    "a cause of an error": (Question(CATALOGUE["dispose_artefacts_timed_out"]), [STOPPED], ()),
    "the failure itself": (Question(), [STUCK], ()),
    "indirect evidence": (Question(machine=Machine("web01", host="esx01")), [NFC], ()),
    "an early sign": (Question(), [MANY], ()),
    "a possible cause": (Question(CATALOGUE["invalid_snapshot_configuration"]), [MANY], ()),
    "a condition": (Question(), [SPACE], ()),
    "nothing": (Question(), [WELL], ()),
    "nothing of an error": (Question(CATALOGUE["disk_upload_timed_out"]), [WELL], ()),
    "inconclusive": (Question(), [WELL, INCONCLUSIVE], ()),
    "not configured": (Question(), [MISSING], ()),
    "azure reports errors": (Question(), [WELL, AZURE_ERRORS], REPORTED),
    "no check": (Question(CATALOGUE["disk_download_timed_out"]), [], ()),
}
EVERY_SCENE = pytest.mark.parametrize("scene", SCENES)
BOTH = pytest.mark.parametrize("language", LANGUAGES)


def page(scene: str, language: Language = "en") -> str:
    question, results, reported = SCENES[scene]
    lines = TextReport(question, results, reported, language).lines(conclude(question, results, reported))
    return COLOUR.sub("", "\n".join(lines))


def document(scene: str, language: Language = "en") -> dict[str, Any]:
    question, results, reported = SCENES[scene]
    text = JsonReport(question, results, reported, language).render(conclude(question, results, reported))
    assert "\n" not in text
    return parse_diagnosis(text)


@EVERY_SCENE
@BOTH
def test_every_page_keeps_to_the_width_and_can_be_printed_on_a_windows_console(scene: str, language: Language) -> None:
    commands = {command for failure in CATALOGUE.values() for step in failure.fix for command in step.commands}
    commands |= set(FINDERS.values())
    longest = max(map(len, commands))
    text = page(scene, language)
    text.encode("cp1252")
    assert all(len(line) <= max(WIDTH, longest + 20) and line == line.rstrip() for line in text.splitlines())
    assert "\n\n\n" not in text


@EVERY_SCENE
def test_a_french_page_has_french_headings(scene: str) -> None:
    text = page(scene, "fr")
    for heading in (
        "Cause:",
        "Observed:",
        "What to do",
        "Then",
        "Also failing",
        "Causes that remain possible",
        "Inconclusive",
        "Healthy",
    ):
        assert heading not in text


def test_a_cause_comes_with_its_fix_and_the_real_names() -> None:
    assert page("a cause") == A_CAUSE


def test_before_the_replication_there_is_no_cycle_to_wait_for() -> None:
    assert "Wait for the next cycle" in page("a cause")
    assert "Wait for the next cycle" not in page("before the replication")
    (found,) = document("before the replication")["conclusion"]["causes"]
    assert not any("next cycle" in step["text"] for step in found["fix"])


def test_in_french() -> None:
    text = page("a cause", "fr").replace("\u00a0", " ")
    assert "Cause : Le service de passerelle asrgwy de l'appliance paris n'est pas en cours d'exécution." in text
    assert "  1. Connectez-vous à l'appliance paris (Bureau à distance, TCP 3389)." in text
    assert "azure-migrate-exporter explain dispose_artefacts_timed_out --lang fr" in text


def test_a_reason_comes_with_what_to_do_about_it_first() -> None:
    question, results = Question(), [VAULT]
    text = "\n".join(TextReport(question, results, (), "en").lines(conclude(question, results)))
    assert "  First: start the service on the other side" in text
    assert "Test-NetConnection -ComputerName 'migratekv1.vault.usgovcloudapi.net' -Port 443" in text


def test_where_only_the_failure_shows_every_cause_has_its_fix() -> None:
    text = page("the failure itself")
    assert text.startswith("\nThe failure itself is observed: The creation of the snapshot hangs")
    assert [line.strip()[:2] for line in text.splitlines() if "If it is this:" in line] == ["1.", "2.", "3."]
    assert "Get-VMQuestion -VM $vm" in text


def test_indirect_evidence_and_early_signs_are_labelled() -> None:
    assert page("indirect evidence").startswith(
        "\nProbable cause (indirect evidence): Too many disks of machines on the host esx01"
    )
    assert "Move-VM -VM $vm" in page("indirect evidence")
    assert page("a possible cause").startswith("\nPossible cause (an early sign): ")
    assert page("an early sign").startswith("\nEarly sign of:")
    assert "What to do" not in page("an early sign")


def test_a_condition_has_its_own_fix_and_explains_nothing_that_nobody_asked_for() -> None:
    text = page("a condition")
    assert text.startswith("\nCause: The datastore ds1 is almost full: snapshots fail, and machines may stop.")
    assert "What to do" in text
    assert "explain" not in text


def test_without_a_cause_it_says_exactly_that_and_what_remains() -> None:
    text = " ".join(page("nothing of an error").split())
    assert "None of the documented causes is present now; the disturbance may have passed." in text
    assert "- The gateway service asrgwy on the appliance paris is not running. (not part of this diagnosis)" in text
    assert "The appliance does not reach the replication key vault" not in text
    assert page("nothing").strip() == "Healthy: every check that ran succeeded."


def test_an_inconclusive_report_says_why() -> None:
    assert page("not configured").strip() == "Inconclusive: no check could run."
    text = page("inconclusive")
    assert "Inconclusive: no check fails, but not every answer is conclusive." in text
    assert "  - storage migratelsa1: 403\n    First: grant the documented privilege" in text
    assert "but Azure still reports errors" in page("azure reports errors")
    assert "  - web01: 1011 disk_upload_timed_out" in page("azure reports errors")
    assert "(no check can show it)" in " ".join(page("no check").split())


@EVERY_SCENE
@BOTH
def test_the_document_has_the_same_shape_whatever_happened(scene: str, language: Language) -> None:
    """`document` checks it against the published schema."""
    found = document(scene, language)
    assert found["exit_code"] == {"healthy": 0, "cause_found": 1, "inconclusive": 2}[found["conclusion"]["status"]]


@BOTH
def test_a_fault_of_the_exporter_comes_first_with_its_fix(language: Language) -> None:
    run = answer("storage", reason=Reason.IDENTITY, message="no token from Entra ID: AADSTS7000222")
    faults = find_access_faults([run])
    conclusion = conclude(Question(), [WELL, INCONCLUSIVE], access_faults=faults)
    lines = TextReport(Question(), [WELL, INCONCLUSIVE], (), language).lines(conclusion)
    assert lines[1].startswith(EXPORTER_ITSELF[language])
    assert "AADSTS7000222" in " ".join(lines)
    text = JsonReport(Question(), [WELL, INCONCLUSIVE], (), language).render(conclusion)
    found = parse_diagnosis(text)["conclusion"]
    (fault,) = found["access_faults"]
    assert (found["status"], found["causes"], fault["cause"], fault["reason"]) == (
        "inconclusive", [], "identity_failing", "identity"
    )  # fmt: skip
    assert fault["fix"][0]["commands"] == ["azure-migrate-exporter diagnose"]


def test_the_schema_is_one_itself_and_lists_the_words_of_the_code() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    words = SCHEMA["$defs"]
    assert words["verdict"]["enum"] == [*Verdict]
    assert words["reason"]["enum"] == [None, *Reason]
    assert words["conclusion"]["properties"]["status"]["enum"] == [*Status]
    assert set(words["finding"]["properties"]["strength"]["enum"]) == {*Strength}
    assert words["fix"]["items"]["properties"]["source"]["enum"] == [*Source]
    assert SCHEMA["$defs"]["diagnosis"]["properties"]["version"]["const"] == VERSION


def test_a_fault_of_the_exporter_alone_leaves_the_answer_open() -> None:
    (fault,) = find_access_faults([answer("storage", reason=Reason.PROXY, message="407")] * 2)
    assert (fault.reason, fault.seen.en) == (Reason.PROXY, "storage target: 407")
    conclusion = conclude(Question(), [WELL], access_faults=(fault,))
    assert conclusion.status is Status.INCONCLUSIVE
    text = "\n".join(TextReport(Question(), [WELL], (), "en").lines(conclusion))
    assert "not every answer is conclusive" in " ".join(COLOUR.sub("", text).split())


def test_a_cause_in_the_document_is_filled_in() -> None:
    found = document("a cause")
    (cause,) = found["conclusion"]["causes"]
    assert (cause["failure"], cause["cause"], cause["strength"]) == (
        "dispose_artefacts_timed_out",
        "gateway_stopped",
        "direct",
    )
    assert cause["fix"][0] == {
        "text": "Log on to the appliance paris (Remote Desktop, TCP 3389).",
        "commands": [],
        "source": "microsoft",
        "links": [],
    }
    assert cause["fix"][1]["commands"] == ["Start-Service -Name asrgwy", "Get-Service -Name asrgwy"]
    (further,) = found["conclusion"]["further"]
    assert (further["cause"], further["reason"]) == ("key_vault", "refused")
    assert further["remedy"].startswith("start the service")
    assert [step["verdict"] for step in found["steps"]] == ["failed", "failed"]


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def progress(stream: io.StringIO, language: Language = "en") -> str:
    lines = ProgressLines(stream, language)
    lines.lookup_started("web01")
    for result in (STOPPED, VAULT):
        lines.step_started(result.step)
        lines.step_finished(result)
    lines.step_started(WELL.step)
    lines.close()
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_each_step_is_a_plain_line() -> None:
    assert progress(io.StringIO()) == (
        "failed           Gateway service target, paris: asrgwy: stopped [0.25 s]\n"
        "failed           Key vault target, paris: 10.0.0.4:443 refused [0.25 s]\n"
    )


def test_on_a_terminal_a_live_line_is_replaced_by_its_end() -> None:
    written = progress(Terminal())
    assert "\x1b[31mfailed           \x1b[0mGateway service target, paris: asrgwy: stopped [0.25 s]\n" in written
    shown = [line.rpartition("\r")[2] for line in COLOUR.sub("", written).split("\n")]
    assert shown == [*progress(io.StringIO()).split("\n")]
    assert "...              looking up web01\r" in written


def test_no_color_keeps_a_terminal_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not COLOUR.search(progress(Terminal()))


def test_french_steps_have_french_words() -> None:
    written = progress(io.StringIO(), "fr").replace("\u00a0", " ")
    assert written.startswith("échec            Service de passerelle target, paris : asrgwy: stopped [0.25 s]\n")


A_CAUSE = """
Cause: The gateway service asrgwy on the appliance paris is not running.
  Observed: asrgwy: stopped
  Failure: dispose_artefacts_timed_out

What to do
  1. Log on to the appliance paris (Remote Desktop, TCP 3389).
  2. Start the gateway service and check that it stays up: in services.msc, where it is called
     Microsoft Azure Gateway Service, or with these commands.
       Start-Service -Name asrgwy
       Get-Service -Name asrgwy

Then
  1. Wait for the next cycle of {vm} (at most 12 hours after the last) and check that its health
     becomes normal. A test migration can follow.
       azure-migrate-exporter collect replication

Also failing
  - The appliance does not reach the replication key vault (migratekv…), which manages the
    storage account's keys. (10.0.0.4:443 refused)
    azure-migrate-exporter explain dispose_artefacts_timed_out

Replace what is in {…} and <…> with your own names."""
