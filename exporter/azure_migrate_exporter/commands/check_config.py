"""The `check-config` command: the schema, and the files and variables that a configuration names."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import click
from pydantic import BaseModel

from azure_migrate_exporter.commands.describe_files import describe_files
from azure_migrate_exporter.commands.describe_shards import describe_shards
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.network.machine_proxy import all_ways, proxy_notices
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError
from azure_migrate_exporter.web.config.watcher import WebConfigWatcher


def check_config(
    path: Path | None, web_path: Path | None, *, secrets: bool = False, total_shards: int | None = None
) -> Sequence[str]:
    """Print which of the files are valid and, if wanted, what the shards have and what the secrets are.

    Returns the errors.
    """
    errors: list[str] = []
    for file, find_errors in ((path, check), (web_path, check_web)):
        if file is not None:
            found = find_errors(file)
            errors += found
            if not found:
                click.echo(f"{file}: ok")
    if path is None or errors:
        return errors
    settings = load(path)
    for notice in proxy_notices(settings, all_ways):
        click.echo(f"{path}: {notice}")
    for line in describe_shards(settings, total_shards) if total_shards is not None else ():
        click.echo(line)
    return _describe_secrets(path, settings) if secrets else errors


def _describe_secrets(path: Path, settings: Settings) -> Sequence[str]:
    """Print what the secrets are. Returns those that cannot be used."""
    from azure_migrate_exporter.commands.describe_secrets import describe_secrets  # noqa: PLC0415 - imports an SDK

    errors = []
    for place, text, usable in chain(describe_files(settings), describe_secrets(settings)):
        if usable:
            click.echo(f"{place}: {text}")
        else:
            errors.append(f"{path}: {place}: {text}")
    return errors


def check_web(path: Path) -> tuple[str, ...]:
    """Every error of the web configuration at `path` and of its certificates."""
    try:
        WebConfigWatcher(path)
    except ConfigError as error:
        return error.errors
    return ()


def check(path: Path) -> tuple[str, ...]:
    """Every error of the configuration at `path`, one line each; empty if it is valid on this machine."""
    try:
        settings = load(path)
    except ConfigError as error:
        return error.errors
    return tuple(f"{path}: {place}: {problem}" for place, problem in _problems(settings, ""))


def _problems(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Place and problem of each secret that cannot be read and each CA file that does not load."""
    if isinstance(value, Secret):
        try:
            value.read()
        except CheckError as error:
            yield place, error.message
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _problems(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from _problems(item, f"{place}[{position}]")
    elif isinstance(value, Path) and place.endswith("ca_file"):
        try:
            client_context(value)
        except CheckError as error:
            yield place, error.message
