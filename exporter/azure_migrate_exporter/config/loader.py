"""The loader: reads a configuration file and reports all errors at once, each with its location and line."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from azure_migrate_exporter import local_files
from azure_migrate_exporter.config.consistency import find_conflicts
from azure_migrate_exporter.config.encoding import EncodingError, decode
from azure_migrate_exporter.config.messages import EMPTY, problem
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.config.yaml_reader import Place, Problem, YamlError, read_yaml
from azure_migrate_exporter.redaction import one_line

ModelT = TypeVar("ModelT", bound=BaseModel)

MAX_SIZE: Final = 4 * 1024 * 1024
"""Bytes of the largest file that is read."""

log = structlog.get_logger()


class ConfigError(Exception):
    """An invalid configuration. `errors` has one line per error."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


def load(path: Path) -> Settings:
    """The settings in the file at `path`. Raises `ConfigError`."""
    return parse(_read(path), path)


def load_model(model: type[ModelT], path: Path) -> ModelT:
    """The content of the file at `path` as a `model`, in which empty sections count as left out.

    Raises `ConfigError`.
    """
    return _parse(model, _read(path), path, empty_is_left_out=True)[0]


def parse(text: str, path: Path) -> Settings:
    """The settings in `text`; `path` appears in errors, and relative file names start at its directory."""
    settings, lines = _parse(Settings, text, path)
    problems = list(find_conflicts(settings))
    if problems:
        raise ConfigError(_rendered(problems, lines, path))
    return settings


def _read(path: Path) -> str:
    try:
        data = local_files.read_bytes(path, limit=MAX_SIZE + 1)
    except (OSError, ValueError) as error:  # a ValueError: NUL in the path
        text = getattr(error, "strerror", None) or str(error)
        raise ConfigError([f"{path}: cannot be read: {text}"]) from error
    if len(data) > MAX_SIZE:
        raise ConfigError([f"{path}: is larger than {MAX_SIZE >> 20} MiB: this is no configuration"])
    try:
        return decode(data)
    except EncodingError as error:
        raise ConfigError([f"{path}:{error.line}: {error}"]) from error


def _parse(
    model: type[ModelT], text: str, path: Path, *, empty_is_left_out: bool = False
) -> tuple[ModelT, dict[Place, int]]:
    try:
        document = read_yaml(text)
    except YamlError as error:
        raise ConfigError([f"{path}:{error.line}: {error}"]) from error
    values, problems = document.values, document.problems
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError([f"{path}:1: the file must hold a mapping, as in the examples"])
    empty = set(_empty(values))
    if empty_is_left_out:
        values = _without_empty(values)
    else:
        problems += [(place, EMPTY) for place in empty]
    try:
        parsed = model.model_validate(values, context={"directory": path.parent})
    except ValidationError as error:
        found = (problem(details, model) for details in error.errors(include_input=False, include_url=False))
        problems += [(place, message) for place, message in found if place not in empty]
    except Exception as error:
        log.exception("the configuration cannot be checked")
        raise ConfigError(
            [f"{path}: cannot be checked, which is a bug: {type(error).__name__}; see the log"]
        ) from error
    if problems:
        raise ConfigError(_rendered(problems, document.lines, path))
    return parsed, document.lines


def _empty(value: Any, place: Place = ()) -> Iterator[Place]:
    """Places where a key or an entry of a list is written without a value."""
    if value is None:
        yield place
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _empty(item, (*place, step))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item is not None}
    return value


def _rendered(problems: Iterable[Problem], lines: dict[Place, int], path: Path) -> list[str]:
    found = sorted((_line(place, lines), _dotted(place), message) for place, message in dict.fromkeys(problems))
    return [": ".join(filter(None, (f"{path}:{line}", place, message))) for line, place, message in found]


def _line(place: Place, lines: dict[Place, int]) -> int:
    """The line of `place`, or of the nearest enclosing location that is in the file."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _dotted(place: Place) -> str:
    text = ""
    for step in place:
        key = f"[{step}]" if isinstance(step, int) else one_line(step, 80)
        text += key if isinstance(step, int) or not text else f".{key}"
    return text
