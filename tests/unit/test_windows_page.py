"""docs/windows.md: what it tells people to type exists."""

import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest
import tree_sitter_pwsh
from tree_sitter import Language, Parser

from azure_migrate_exporter.cli import main
from azure_migrate_exporter.windows.log_file import KEPT
from azure_migrate_exporter.windows.names import SERVICE, VIRTUAL_ACCOUNT
from azure_migrate_exporter.windows.plan import RESTART_DELAYS

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "windows.md").read_text(encoding="utf-8")
PACKAGE: Final = (ROOT / "packaging" / "windows" / "product.wxs").read_text(encoding="utf-8")
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


def test_what_is_said_of_the_service_is_what_is_installed() -> None:
    assert f"account `{VIRTUAL_ACCOUNT}`" in PAGE
    assert f"source `{SERVICE}`" in PAGE
    assert RESTART_DELAYS == (5, 60, 300)
    assert "after 5 s, 1 min, and then each 5 min" in PAGE
    assert (KEPT, "four older ones are kept" in PAGE) == (4, True)


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
