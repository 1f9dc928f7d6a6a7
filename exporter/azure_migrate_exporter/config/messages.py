"""Errors of validation in the words of this product: what to write, not what a Python type is called."""

import types
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic_core import ErrorDetails

from azure_migrate_exporter.config.yaml_reader import Problem

UNKNOWN: Final = "this value is not valid here; see the documentation of the key"
EMPTY: Final = "nothing is written here: give a value, or remove the key"

_LIST: Final = "write a list: one entry a line, each after a hyphen"
_MAPPING: Final = "write keys and values here, each on a line of its own below it"
_TEXT: Final = "write a text, in quotes if it looks like a number"
_INTEGER: Final = "write a whole number"
_NUMBER: Final = "write a number"
_BOOL: Final = "write true or false"
_SIZE: Final = "not a size: write it as in 64MiB or 4GiB"
_URL: Final = "not an address: write it as in https://host:port/path"
_FORM: Final = "does not have the form that the documentation of this key describes"

_TEXTS: Final = {
    "extra_forbidden": "unknown key; check the spelling and the indentation",
    "missing": "this key is required",
    "bool_parsing": _BOOL,
    "bool_type": _BOOL,
    "int_parsing": _INTEGER,
    "int_parsing_size": _INTEGER,
    "int_type": _INTEGER,
    "int_from_float": _INTEGER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "string_type": _TEXT,
    "string_too_short": "write at least {min_length} character(s)",
    "string_too_long": "write at most {max_length} characters",
    "string_pattern_mismatch": _FORM,
    "string_unicode": _FORM,
    "path_type": _TEXT,
    "literal_error": "must be {expected}",
    "less_than_equal": "must be {le:g} or less",
    "less_than": "must be less than {lt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": "list at least {min_length}",
    "too_long": "list at most {max_length}",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "url_parsing": _URL,
    "url_type": _URL,
    "url_syntax_violation": _URL,
    "url_too_long": _URL,
    "url_scheme": "the address must begin with {expected_schemes}",
    "byte_size": _SIZE,
    "byte_size_unit": _SIZE,
    "is_instance_of": _FORM,
}
"""Messages by error type of pydantic, formatted with its context."""


def problem(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    """The place and message of an error in a value for `model`."""
    kind, context = details["type"], details.get("ctx", {})
    # Pydantic adds names of validators and union members to a location; they are not in the file.
    place = tuple(step for step in details["loc"] if not isinstance(step, str) or not _is_tag(step))
    if kind == "value_error":
        return place, str(context["error"])
    if kind == "extra_forbidden":
        return place, _unknown_key(str(details["loc"][-1]), _model_at(model, details["loc"][:-1]))
    if kind.startswith("unknown_"):  # of `discriminated_by`
        return place, details["msg"]
    return place, _TEXTS.get(kind, UNKNOWN).format(**context)


def _is_tag(step: str) -> bool:
    return bool(set("[(") & set(step))


def _unknown_key(key: str, model: type[BaseModel] | None) -> str:
    close = get_close_matches(key, model.model_fields, n=1) if model else []
    return f"unknown key; did you mean {close[0]}?" if close else _TEXTS["extra_forbidden"]


def _model_at(model: type[BaseModel], location: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model whose keys belong at `location`, a path as pydantic reports it."""
    annotations: list[Any] = [model]
    for step in location:
        annotations = [inner for annotation in annotations for inner in _inside(annotation, step)]
    models = [part for annotation in annotations for part in _members(annotation) if isinstance(part, type)]
    return next((part for part in models if issubclass(part, BaseModel)), None)


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """The types that a value at `step` of a value of this type may have."""
    for member, tags in _tagged_members(annotation):
        if isinstance(step, str) and _is_tag(step):
            if step in tags or not tags:
                yield member
        elif isinstance(member, type) and issubclass(member, BaseModel) and isinstance(step, str):
            field = member.model_fields.get(step)
            if field is not None:
                yield field.annotation
        elif get_origin(member) is dict:
            yield get_args(member)[1]
        elif get_origin(member) is tuple:
            yield get_args(member)[0]


def _members(annotation: Any) -> Iterator[Any]:
    yield from (member for member, _ in _tagged_members(annotation))


def _tagged_members(annotation: Any, tags: tuple[str, ...] = ()) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The members of a union, or the type itself, each with its tag."""
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _tagged_members(member, tags)
    elif hasattr(annotation, "__metadata__"):
        own = tuple(mark.tag for mark in annotation.__metadata__ if isinstance(mark, Tag))
        yield from _tagged_members(get_args(annotation)[0], own or tags)
    else:
        yield annotation, tags
