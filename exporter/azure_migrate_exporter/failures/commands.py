"""Commands of a fix: names are filled in as arguments, and what a command changes is found by its id first."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from azure_migrate_exporter.failures.model import PLACEHOLDERS, Step
from azure_migrate_exporter.quoting import either_quote, powershell_escape, powershell_quote

_FIND: Final = "{variable} = @({query}); if ({variable}.Count -ne 1) {{ {variable} = $null; throw '{problem}' }}; {one}"
"""One line, so that nothing after it runs if it finds none or several. The commands after it then have no object."""


def _finder(variable: str, query: str, problem: str) -> tuple[str, str]:
    return variable, _FIND.format(variable=variable, query=query, problem=problem, one=f"{variable} = {variable}[0]")


FINDERS: Final[Mapping[str, str]] = dict(
    (
        _finder(
            "$machine",
            "Get-AzMigrateServerReplication -ProjectName '<project>' -ResourceGroupName '<resource group>' | "
            "Where-Object { {vm_id} -in $_.Name, $_.Name.Split('_')[-1] }",
            "Not exactly one replicating machine",
        ),
        _finder(
            "$vm",
            "Get-View -ViewType VirtualMachine -Property Config.InstanceUuid | "
            "Where-Object { $_.Config.InstanceUuid -eq {vm_id} } | Get-VIObjectByVIView",
            "Not exactly one machine",
        ),
        _finder("$appliance", "Get-VM | Where-Object Name -eq {appliance}", "Not exactly one machine of this name"),
        _finder("$esx", "Get-VMHost | Where-Object Name -eq {host}", "Not exactly one host of this name"),
        _finder(
            "$store", "Get-Datastore | Where-Object Name -eq {datastore}", "Not exactly one datastore of this name"
        ),
    )
)
"""The command that finds what a variable holds: a machine by its instance UUID, the others by their exact name."""

_EITHER_SHELL: Final = ("azure-migrate-exporter ", "amtool ", "echo ")
"""Beginnings of commands for the exporter's machine, whose shell nobody knows. The others are for PowerShell."""
_PLACEHOLDER: Final = re.compile("{(" + "|".join(sorted(PLACEHOLDERS)) + ")}")


def with_finders(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps that follow each other; before the first use of a variable stands the command that finds its value."""
    found = set[str]()
    for step in steps:
        commands: list[str] = []
        for command in step.commands:
            needed = [variable for variable in FINDERS if variable in re.findall(r"\$\w+", command)]
            commands += (FINDERS[variable] for variable in needed if variable not in found)
            found.update(needed)
            commands.append(command)
        yield replace(step, commands=tuple(commands))


class Place(StrEnum):
    """How a name stands in a command."""

    POWERSHELL = "powershell"
    """As an argument for PowerShell."""
    EITHER = "either"
    """As an argument for whatever shell the exporter's machine has."""
    QUOTED = "quoted"
    """As a part of a text in single quotes."""


QUOTERS: Final[Mapping[Place, Callable[[str], str]]] = {
    Place.POWERSHELL: powershell_quote,
    Place.EITHER: either_quote,
    Place.QUOTED: powershell_escape,
}


def place(command: str, position: int) -> Place:
    """How the name at that position of a command stands in it."""
    if command.count("'", 0, position) % 2 == 1:
        return Place.QUOTED
    return Place.EITHER if command.startswith(_EITHER_SHELL) else Place.POWERSHELL


def paste(command: str, values: Mapping[str, str]) -> str:
    """`command` with its placeholders replaced, each by one argument; those without a value stay, braces included."""

    def put(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else QUOTERS[place(command, match.start())](value)

    return _PLACEHOLDER.sub(put, command)
