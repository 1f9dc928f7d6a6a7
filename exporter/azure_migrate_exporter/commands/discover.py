"""The command `discover`: searches projects and vaults, and prints a configuration for what it finds."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from pydantic import ValidationError

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.collectors.discovery.findings import Findings
from azure_migrate_exporter.collectors.discovery.search import search
from azure_migrate_exporter.commands.discovered_config import document
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.engine.runner import outcome_of
from azure_migrate_exporter.runtime.deadline import time_limit

DEADLINE: Final = 300.0
"""Seconds for one project."""

Flags = Mapping[str, str]
"""Options of the command line: keys of `DiscoverySettings`, of `credential` the type."""


async def discover(config_file: Path | None, flags: Flags, output: Path | None = None) -> int:
    """Search, and print the configuration or write it to a new file. Returns the exit code: 1 if a search failed."""
    try:
        if config_file:
            wanted, proxy = await asyncio.to_thread(_from_file, config_file, flags)
        else:
            wanted, proxy = [_from_flags(flags)], ProxySettings()
    except ConfigError as error:
        return _print_errors(*error.errors)
    found = [(entry, await _search(entry, proxy)) for entry in wanted]
    results = [(entry, findings) for entry, findings in found if isinstance(findings, Findings)]
    if results:
        text = document(results, datetime.now(UTC))
        if output is None:
            click.echo(text, nl=False)
        elif (problem := await asyncio.to_thread(_write, output, text)) is not None:
            return _print_errors(problem)
    return _print_errors(*(f"{entry.target}: {line}" for entry, line in found if isinstance(line, str)))


def _write(path: Path, text: str) -> str | None:
    """Write a new file. Returns why that is not possible: a configuration that somebody has edited is not replaced."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return f"{path} exists already: name a new file, or remove it"
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return None


def _from_flags(flags: Flags) -> DiscoverySettings:
    """Raises `ConfigError`."""
    try:
        credential = {"type": flags.get("credential", "default")}
        return DiscoverySettings.model_validate({**flags, "credential": credential})
    except ValidationError as error:
        lines = [
            " ".join([f"--{str(name).replace('_', '-')}:" for name in details["loc"][:1]] + [_text(details["msg"])])
            for details in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigError(lines) from None


def _text(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Field required", "is required")


def _from_file(path: Path, flags: Flags) -> tuple[list[DiscoverySettings], ProxySettings]:
    """The entries of `discovery` in the file that the flags do not exclude, and its proxy. Raises `ConfigError`."""
    if "credential" in flags:
        raise ConfigError(["give either --credential or --config.file, whose entries name their own"])
    settings = load(path)
    entries = settings.discovery
    chosen = [entry for entry in entries if all(getattr(entry, key) == value for key, value in flags.items())]
    if not chosen:
        names = ", ".join(entry.target for entry in entries) or "none"
        raise ConfigError([f"{path}: no such entry of discovery is configured; there are: {names}"])
    return chosen, settings.proxy


async def _search(wanted: DiscoverySettings, proxy: ProxySettings) -> Findings | str:
    """The findings, or on one line why the search failed."""
    try:
        async with time_limit(DEADLINE), connected(wanted, proxy) as arm:
            return await search(arm, wanted)
    except Exception as error:  # noqa: BLE001 - every failure is one line for the operator
        outcome, _ = outcome_of(error, 0, 0)
        return f"{outcome.reason}: {outcome.message}"


def _print_errors(*lines: str) -> int:
    for line in lines:
        click.echo(line, err=True)
    return int(bool(lines))
