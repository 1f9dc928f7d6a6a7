"""docs/windows.md: what it tells people to type exists."""

import re
import shlex
from datetime import timedelta
from pathlib import Path, PureWindowsPath
from typing import Any, Final

import click
import pytest
import tree_sitter_pwsh
from tree_sitter import Language, Parser

from azure_migrate_exporter.cli import main
from azure_migrate_exporter.commands.service_flags import InstallFlags, installation
from azure_migrate_exporter.windows.log_file import KEPT, MAX_BYTES
from azure_migrate_exporter.windows.names import SERVICE, VIRTUAL_ACCOUNT
from azure_migrate_exporter.windows.plan import (
    MODIFY,
    READ,
    RESTART_DELAYS,
    RESTARTS_RESET,
    STOP_TIMEOUT,
    Directory,
    Installation,
)

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "windows.md").read_text(encoding="utf-8")
PACKAGE: Final = (ROOT / "packaging" / "windows" / "product.wxs").read_text(encoding="utf-8")
PROGRAM_DATA: Final = r"C:\ProgramData"
BLOCKS: Final = re.findall(r"```powershell\n(.*?)```", PAGE, re.DOTALL)
COMMANDS: Final = re.findall(r"^azure-migrate-exporter (.+)$", "\n".join(BLOCKS), re.MULTILINE)


def parse(arguments: list[str]) -> None:
    """As click parses them, without running anything. Raises `UsageError`; `--help` ends with `Exit`."""
    command: click.Command = main
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.commands[name]
    command.make_context(name, arguments)


@pytest.mark.parametrize("block", BLOCKS)
def test_powershell_reads_every_block(block: str) -> None:
    tree = Parser(Language(tree_sitter_pwsh.language())).parse(block.encode())
    assert not tree.root_node.has_error


@pytest.mark.parametrize("command", [one for one in COMMANDS if not one.endswith("--help")])
def test_every_command_has_these_flags(command: str) -> None:
    parse(shlex.split(command, posix=True))


def test_every_flag_and_command_in_the_text_exists() -> None:
    service = main.commands["service"]
    assert isinstance(service, click.Group)
    flags = {option for command in service.commands.values() for one in command.params for option in one.opts}
    named = set(re.findall(r"`(--[a-z.-]+)`", PAGE))
    assert named - flags == set()
    shown = {name for name, command in service.commands.items() if not command.hidden}
    assert set(re.findall(r"service (install|uninstall|status)\b", PAGE)) == shown


def test_every_property_of_the_package_exists_and_is_explained() -> None:
    used = set(re.findall(r"\b([A-Z]+_?[A-Z]+)=", PAGE)) | set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    known = set(re.findall(r'--[a-z.-]+="\[([A-Z]+_[A-Z]+)\]"', PACKAGE)) | {"PURGE"}
    assert used == known
    assert "PURGE" in PACKAGE


def installed(**flags: Any) -> Installation:
    """What `service install` with these flags puts on a machine."""
    return installation(InstallFlags(**flags), ("python.exe",), PROGRAM_DATA, PureWindowsPath("C:/"))


def service_flag(name: str) -> click.Parameter:
    service = main.commands["service"]
    assert isinstance(service, click.Group)
    return next(one for one in service.commands["install"].params if name in one.opts)


def test_what_is_said_of_the_service_is_what_is_installed() -> None:
    assert f"account `{VIRTUAL_ACCOUNT}`" in PAGE
    assert f"source `{SERVICE}`" in PAGE
    first, second, further = RESTART_DELAYS
    assert f"after {first} s, {second // 60} min, and then each {further // 60} min" in PAGE
    assert timedelta(seconds=RESTARTS_RESET) == timedelta(days=1)
    assert "One day without a failure begins the row again" in PAGE
    assert f"a shutdown of Windows (which waits up to {STOP_TIMEOUT} s)" in PAGE
    assert f"`logs\\exporter.log` is renamed at {MAX_BYTES >> 20} MB;" in PAGE
    assert (KEPT, "four older ones are kept" in PAGE) == (4, True)


def test_the_table_of_properties_has_the_defaults_of_the_flags() -> None:
    rows = dict(re.findall(r"^\| `[A-Z_]+` \| `(--[a-z.-]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    addresses = service_flag("--web.listen-address").get_default(click.Context(main))
    assert addresses == [rows["--web.listen-address"].strip("`")]
    plan = installed()
    file = rows["--config.file"].strip("`").replace("%ProgramData%", PROGRAM_DATA)
    assert f"--config.file={file}" in plan.serve_flags
    assert rows["--firewall.remote"].startswith("no rule")
    assert plan.remote == ()
    assert len(rows) == 3


def test_a_default_of_the_command_is_that_of_the_page_and_of_an_installation_without_flags() -> None:
    limit = service_flag("--memory.limit").get_default(click.Context(main))
    assert f"limits the exporter to {limit} MiB (`--memory.limit`)" in PAGE
    assert installed(memory_limit=limit) == installed()


def test_the_directories_are_those_that_are_made() -> None:
    data = PureWindowsPath(PROGRAM_DATA, SERVICE)
    made = [step for step in installed().steps if isinstance(step, Directory)]
    assert made == [Directory(data, READ), Directory(data / "state", MODIFY), Directory(data / "logs", MODIFY)]
    assert rf"`%ProgramData%\{SERVICE}` | SYSTEM and Administrators: all; the service: read |" in PAGE
    assert (
        r"| state, logs | `state\` and `logs\` in there | SYSTEM and Administrators: all; the service: modify |" in PAGE
    )


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
