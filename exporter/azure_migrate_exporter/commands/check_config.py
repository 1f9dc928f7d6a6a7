"""The `check-config` command: the schema, and the files and variables that a configuration names."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from pydantic import BaseModel

from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError


def check_config(path: Path) -> Sequence[str]:
    """Print that the configuration at `path` is valid. Returns the errors."""
    errors = check(path)
    if not errors:
        click.echo(f"{path}: ok")
    return errors


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
