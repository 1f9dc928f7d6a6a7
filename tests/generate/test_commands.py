"""Every command of every alert and of every failure: whatever things are called, it does to one thing what it says."""

import re
from collections.abc import Iterator

import pytest

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import FINDERS, Place, paste, place, with_finders
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.failures.model import PLACEHOLDERS, Step
from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert, ExpectedAlert
from generate.alerts.rendering.renderers import ExpectedRenderer
from generate.alerts.values import load
from tests.shells import HOSTILE, bash_runs, powershell_runs

VALUES = load()
ALERTS = [alert for group in GROUPS for alert in group.alerts]
ON_LINUX = (
    "amtool",
    "curl",
    "df ",
    "journalctl",
    "promtool",
    "systemctl",
    "timedatectl",
    "uptime",
    "/etc/",
    "service-control",
)
"""Beginnings of commands that have no placeholder and are for bash."""
CHANGES = re.compile(r"\b(Add|Move|Remove|Restart|Set|Start|Stop|New)-\w+|\.(ReconfigVM|ConsolidateVMDisks)\(")
BY_NAME = re.compile(r"-(Name|DisplayName|VM|VMHost|Datastore|Destination|MachineName) ['{*]")
EXACT = (
    "-VaultName {keyvault}",
    "-MachineName {vm} -Expedite",
    "-Name asrgwy",
    "-Name 'tracking",
    "-Name 'azure-migrate-exporter'",
)
"""Names that Azure or Windows keeps unique and never reads as a pattern, and names of what the command itself makes."""


def sequences() -> Iterator[tuple[Step, ...]]:
    """Steps that are done one after the other."""
    for cause in (cause for failure in CATALOGUE.values() for cause in failure.causes):
        yield cause.fix
    yield from (failure.then for failure in CATALOGUE.values())
    yield from (cause.fix for cause in CONDITIONS.values())
    for alert in ALERTS:
        yield from (cause.fix for cause in alert.causes)
        yield alert.then


COMMANDS = sorted({command for steps in sequences() for step in with_finders(steps) for command in step.commands})
WITH_NAMES = [
    command for command in COMMANDS if "{" in command and re.search("{(" + "|".join(PLACEHOLDERS) + ")}", command)
]


def hostile(alert: Alert, name: str) -> ExpectedRenderer:
    labels = dict.fromkeys(alert.labels, name)
    return ExpectedRenderer(
        alert, VALUES, "en", ExpectedAlert(labels, results=dict.fromkeys(alert.annotation_queries, name))
    )


@pytest.mark.parametrize("command", [one for one in COMMANDS if not one.startswith(("azure-", "echo ", *ON_LINUX))])
def test_powershell_accepts_every_command(command: str) -> None:
    assert powershell_runs(paste(command, dict.fromkeys(PLACEHOLDERS, "web01")).replace("<", "").replace(">", ""))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_changes_what_a_command_of_a_fix_runs(name: str) -> None:
    for command in WITH_NAMES:
        plain, pasted = (paste(command, dict.fromkeys(PLACEHOLDERS, value)) for value in ("web01", name))
        runs_the_same(command, plain, pasted)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_changes_what_a_command_of_an_alert_runs(name: str) -> None:
    for alert in ALERTS:
        fixes = [command for cause in alert.causes for step in with_finders(cause.fix) for command in step.commands]
        for command in {*fixes, *(f"azure-migrate-exporter {command}" for command in alert.diagnosis)}:
            if "{" in command:
                runs_the_same(command, hostile(alert, "web01").command(command), hostile(alert, name).command(command))


def runs_the_same(command: str, plain: str, pasted: str) -> None:
    """In PowerShell as for a plain name; in bash as well, or bash refuses the line."""
    where = place(command, command.index("{"))
    if where is Place.EITHER:
        program = command.split(maxsplit=1)[0] if not command.startswith("echo") else "openssl"
        assert bash_runs(pasted, program) in ([], bash_runs(plain, program))
    if not command.startswith("echo"):
        assert powershell_runs(unfilled(pasted)) == powershell_runs(unfilled(plain))


def unfilled(command: str) -> str:
    """The command with an answer in place of each choice that is left to its reader."""
    return re.sub(r"<(\w[\w ]*)>", r"\1", command)


@pytest.mark.parametrize("command", [command for command in COMMANDS if CHANGES.search(command)])
def test_what_a_command_changes_is_found_by_an_exact_name_or_an_id(command: str) -> None:
    for exact in EXACT:
        command = command.replace(exact, "")
    assert not BY_NAME.search(command)


@pytest.mark.parametrize("variable", FINDERS)
def test_a_finder_stops_unless_it_finds_exactly_one(variable: str) -> None:
    finder = FINDERS[variable]
    assert finder.startswith(f"{variable} = @(")
    assert f"if ({variable}.Count -ne 1) {{ {variable} = $null; throw '" in finder
    assert re.search(r" -(eq|in) ", finder)


def test_each_variable_is_found_before_it_is_used_and_only_once() -> None:
    for steps in sequences():
        commands = [command for step in with_finders(steps) for command in step.commands]
        for variable, finder in FINDERS.items():
            uses = [number for number, command in enumerate(commands) if variable in re.findall(r"\$\w+", command)]
            assert not uses or (commands[uses[0]] == finder and commands.count(finder) == 1)
