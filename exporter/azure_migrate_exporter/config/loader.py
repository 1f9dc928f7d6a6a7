"""Reading a configuration file: all errors at once, each with its place and line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from azure_migrate_exporter.config.settings import Settings

Place = tuple[str | int, ...]


class ConfigError(Exception):
    """A configuration that cannot be used. `errors` has one line for each thing to change."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


def load(path: Path) -> Settings:
    """The settings in the file at `path`. Raises `ConfigError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """The settings in `text`; `path` names it in errors and is where relative file names start."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = {} if node is None else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError([_yaml_error(error, path)]) from error
    lines = dict(_lines(node)) if node is not None else {}
    if not isinstance(values, dict):
        raise ConfigError([f"{path}:1: the file must hold a mapping, as in the examples"])
    duplicates = list(_duplicate_keys(node, path)) if node is not None else []
    try:
        settings = Settings.model_validate(values, context={"directory": path.parent})
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise ConfigError(duplicates + [_describe(details, lines, path) for details in found]) from error
    if duplicates:
        raise ConfigError(duplicates)
    return settings


def _yaml_error(error: yaml.YAMLError, path: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    return f"{path}{line}: not valid YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}"


def _lines(node: yaml.Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """Every place below `node` and the line where it is written."""
    yield place, node.start_mark.line + 1
    for key, line, child in _children(node):
        yield from _lines(child, (*place, key))
        yield (*place, key), line


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield str(key.value), key.start_mark.line + 1, child
    elif isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            yield position, child.start_mark.line + 1, child


def _duplicate_keys(node: yaml.Node, path: Path, place: Place = ()) -> Iterator[str]:
    """A key written twice: YAML would silently keep the second."""
    seen: set[str | int] = set()
    for key, line, child in _children(node):
        if key in seen:
            yield f"{path}:{line}: {_dotted((*place, key))}: the key is written twice; keep one"
        seen.add(key)
        yield from _duplicate_keys(child, path, (*place, key))


def _describe(details: ErrorDetails, lines: dict[Place, int], path: Path) -> str:
    place = tuple(step for step in details["loc"] if not _is_internal(step))
    known: Place = place
    while known and known not in lines:
        known = known[:-1]
    line = f":{lines[known]}" if known in lines else ""
    where = f" {_dotted(place)}:" if place else ""
    return f"{path}{line}:{where} {_message(details)}"


def _is_internal(step: str | int) -> bool:
    """Pydantic adds names of validators and union members to a place; nobody wrote those."""
    return isinstance(step, str) and ("[" in step or "(" in step)


def _message(details: ErrorDetails) -> str:
    texts: dict[str, str] = {
        "extra_forbidden": "unknown key; check the spelling and the indentation",
        "missing": "this key is required",
    }
    message = texts.get(details["type"], details["msg"])
    return message.removeprefix("Value error, ")


def _dotted(place: Sequence[Any]) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
