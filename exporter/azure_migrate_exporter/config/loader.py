"""The loader: reads a configuration file and reports all errors at once, each with its location and line."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from azure_migrate_exporter.config.consistency import Place, Problem, find_conflicts
from azure_migrate_exporter.config.settings import Settings

ModelT = TypeVar("ModelT", bound=BaseModel)

_TEXTS = {
    "extra_forbidden": "unknown key; check the spelling and the indentation",
    "missing": "this key is required",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "string_type": "write a text, in quotes if it looks like a number",
    "literal_error": "must be {expected}",
    "less_than_equal": "must be {le:g} or less",
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
}
"""Messages by error type of pydantic, formatted with its context."""


class ConfigError(Exception):
    """An invalid configuration. `errors` has one line per error."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


def load(path: Path) -> Settings:
    """The settings in the file at `path`. Raises `ConfigError`."""
    return parse(_read(path), path)


def load_model(model: type[ModelT], path: Path) -> ModelT:
    """The content of the file at `path` as a `model`. Raises `ConfigError`."""
    return _parse(model, _read(path), path)[0]


def parse(text: str, path: Path) -> Settings:
    """The settings in `text`; `path` appears in errors, and relative file names start at its directory."""
    settings, lines = _parse(Settings, text, path)
    problems = list(find_conflicts(settings))
    if problems:
        raise ConfigError(_rendered(problems, lines, path))
    return settings


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from error


def _parse(model: type[ModelT], text: str, path: Path) -> tuple[ModelT, dict[Place, int]]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = {} if node is None else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError([_yaml_error(error, path)]) from error
    if not isinstance(values, dict):
        raise ConfigError([f"{path}:1: the file must hold a mapping, as in the examples"])
    lines = dict(_lines(node)) if node else {}
    problems = [(place, "the key is written twice; keep one") for place in _duplicate_keys(node)] if node else []
    try:
        parsed = model.model_validate(values, context={"directory": path.parent})
    except ValidationError as error:
        problems += [_problem(details) for details in error.errors(include_input=False, include_url=False)]
    if problems:
        raise ConfigError(_rendered(problems, lines, path))
    return parsed, lines


def _yaml_error(error: yaml.YAMLError, path: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    return f"{path}{line}: not valid YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}"


def _lines(node: yaml.Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """Every location below `node` with its line. Of a duplicate key, the second."""
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


def _duplicate_keys(node: yaml.Node, place: Place = ()) -> Iterator[Place]:
    """Duplicate keys of one mapping, of which YAML would silently keep the last."""
    seen: set[str | int] = set()
    for key, _, child in _children(node):
        if key in seen:
            yield (*place, key)
        seen.add(key)
        yield from _duplicate_keys(child, (*place, key))


def _problem(details: ErrorDetails) -> Problem:
    # Pydantic adds names of validators and union members to a location; they are not in the file.
    place = tuple(step for step in details["loc"] if not isinstance(step, str) or not set("[(") & set(step))
    text = _TEXTS.get(details["type"])
    return place, text.format(**details.get("ctx", {})) if text else details["msg"].removeprefix("Value error, ")


def _rendered(problems: Iterable[Problem], lines: dict[Place, int], path: Path) -> list[str]:
    found = sorted((_line(place, lines), place, message) for place, message in problems)
    return [
        f"{path}:{line}: {_dotted(place)}: {message}" if place else f"{path}:{line}: {message}"
        for line, place, message in found
    ]


def _line(place: Place, lines: dict[Place, int]) -> int:
    """The line of `place`, or of the nearest enclosing location that is in the file."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _dotted(place: Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
