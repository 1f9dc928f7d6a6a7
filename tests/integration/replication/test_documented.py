"""Every documented error, wherever Azure puts it, in either language, is on the page under its failure id.

The rows are machines of one vault, one row each, so that one run shows them all.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from tests.clock import FakeClock
from tests.documented import CODES, ENGLISH, FRENCH, SYMBOLS
from tests.integration.replication import running, settings
from tests.lab.arm import LabArm, LabMachine, Where
from tests.lab.ca import LabCA
from tests.measured import Measured, measure

VAGUE = "The replication cycle did not complete."
ON_THE_MACHINE = (Where.HEALTH_ERRORS, Where.INNER, Where.PROVIDER)


@dataclass(frozen=True)
class Row:
    """One documented error at one place; `code` is the code that must be shown."""

    failure: str
    message: str
    where: Where
    code: str = ""

    def put_on(self, machine: LabMachine) -> None:
        machine.fail(self.failure, where=self.where, message=self.message, code=self.code, health="Critical")


def rows(texts: Iterable[tuple[str, str]], wheres: Iterable[Where]) -> list[Row]:
    return [Row(failure, message, where) for where in wheres for failure, message in texts]


async def run_with(tmp_path: Path, wanted: list[Row]) -> tuple[Measured, Measured]:
    """The measurements of a vault with a machine for each row: before the errors, and after."""
    clock = FakeClock()
    async with LabArm(LabCA(tmp_path), clock=clock) as arm:
        project = arm.project("contoso")
        paris = project.appliance("paris")
        machines = [paris.machine(f"row-{number}") for number in range(len(wanted))]
        async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
            before = await measure(collector)
            await clock.advance(60)
            for machine, row in zip(machines, wanted, strict=True):
                row.put_on(machine)
            await clock.advance(1)
            after = await measure(collector)
    assert after.reason is None, after.message
    return before, after


def shown(measured: Measured, number: int) -> set[tuple[str, str]]:
    """Code and failure of every error of a row's machine."""
    return {
        (labels["code"], labels["failure"])
        for metric, values in measured.samples
        if metric is metrics.REPLICATION_ERRORS
        and (labels := dict(zip(metric.labels, values, strict=True)))["vm"] == f"row-{number}"
    }


@pytest.mark.parametrize("texts", [ENGLISH, FRENCH], ids=["en", "fr"])
async def test_every_message_is_recognised_on_every_level(texts: list[tuple[str, str]], tmp_path: Path) -> None:
    wanted = rows(texts, ON_THE_MACHINE)
    _, measured = await run_with(tmp_path, wanted)
    for number, row in enumerate(wanted):
        assert shown(measured, number) == {("", row.failure)}, row


async def test_every_code_and_every_symbol_is_recognised_without_its_message(tmp_path: Path) -> None:
    known = [(code, failure) for code, failure in [*CODES, *SYMBOLS] if re.fullmatch(r"[\w:.-]+", code)]
    wanted = [Row(failure, VAGUE, Where.HEALTH_ERRORS, code) for code, failure in known]
    _, measured = await run_with(tmp_path, wanted)
    for number, row in enumerate(wanted):
        assert shown(measured, number) == {(row.code, row.failure)}, row


async def test_the_code_of_every_vmware_error_yields_to_the_message(tmp_path: Path) -> None:
    texts = [(failure, message) for failure, message in ENGLISH if "An internal error occurred" in message]
    wanted = [Row(failure, message, where, "1028") for where in ON_THE_MACHINE for failure, message in texts]
    _, measured = await run_with(tmp_path, wanted)
    for number, row in enumerate(wanted):
        code = "" if row.where is Where.PROVIDER else "1028"
        assert shown(measured, number) == {(code, row.failure)}, row


@pytest.mark.parametrize("texts", [ENGLISH, FRENCH], ids=["en", "fr"])
async def test_every_message_in_an_event_alone_is_counted_under_its_failure(
    texts: list[tuple[str, str]], tmp_path: Path
) -> None:
    wanted = rows(texts, [Where.EVENT])
    expected = Counter(failure for failure, _ in texts if failure not in ENDS_A_JOB)
    before, after = await run_with(tmp_path, wanted)
    for failure in {failure for failure, _ in texts} - ENDS_A_JOB:
        labels = {"event_type": "vm_health", "severity": "critical", "failure": failure}
        assert before.value(metrics.REPLICATION_EVENTS, **labels) == 0
        assert after.value(metrics.REPLICATION_EVENTS, **labels) == expected[failure], failure


ENDS_A_JOB = {"key_vault_configure_storage", "key_vault_generate_sas", "snapshots_present"}


@pytest.mark.parametrize("texts", [ENGLISH, FRENCH], ids=["en", "fr"])
async def test_the_errors_of_the_article_that_only_a_job_shows_are_counted(
    texts: list[tuple[str, str]], tmp_path: Path
) -> None:
    wanted = rows([row for row in texts if row[0] in ENDS_A_JOB], [Where.JOB])
    before, after = await run_with(tmp_path, wanted)
    for row in wanted:
        labels = {"scenario": "enable_migration", "state": "failed", "failure": row.failure}
        if row.failure.startswith("key_vault"):
            assert before.value(metrics.REPLICATION_JOBS, **labels) == 0
        assert after.value(metrics.REPLICATION_JOBS, **labels) == 1, row
        event = {"event_type": "job_status", "severity": "critical", "failure": row.failure}
        assert after.value(metrics.REPLICATION_EVENTS, **event) == 1, row


async def test_every_failure_of_the_article_in_both_languages_has_a_row_here() -> None:
    in_french = {failure.id for failure in CATALOGUE.values() if failure.in_french}
    assert {failure for failure, _ in FRENCH} == in_french
    covered = {failure for failure, _ in ENGLISH} | {failure for _, failure in [*CODES, *SYMBOLS]}
    assert covered == set(CATALOGUE)


async def test_an_undocumented_error_keeps_its_code(tmp_path: Path) -> None:
    wanted = [
        Row("something_new", "An undocumented problem.", Where.HEALTH_ERRORS, "4711"),
        Row("something_new", "An undocumented problem.", Where.INNER, "4712"),
        Row("something_new", "An undocumented problem.", Where.PROVIDER),
        Row(
            "something_new",
            "An undocumented problem.",
            Where.HEALTH_ERRORS,
            "a whole sentence",
        ),
    ]
    _, measured = await run_with(tmp_path, wanted)
    codes = ["4711", "4712", "", "other"]
    for number, code in enumerate(codes):
        assert shown(measured, number) == {(code, "unknown")}


def every_label(measured: Measured) -> Iterator[str]:
    return (value for _, values in measured.samples for value in values)


async def test_no_message_becomes_a_label(tmp_path: Path) -> None:
    _, measured = await run_with(tmp_path, rows(ENGLISH, ON_THE_MACHINE))
    messages: Any = [message for _, message in ENGLISH]
    assert not [value for value in every_label(measured) if value in messages or len(value) > 100]
