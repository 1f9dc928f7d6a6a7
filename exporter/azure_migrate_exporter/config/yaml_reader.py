"""YAML as plain data: text, numbers, true and false, lists and mappings, each with its line.

Scalars follow the core schema of YAML 1.2, so that `2024-01-01`, `1:30`, `yes` and `0x_` are texts. What no
configuration needs is an error with its line: tags, recursive aliases, documents that unfold into millions of values,
keys that are not text, control characters. PyYAML parses; nothing of its object construction is used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Place = tuple[str | int, ...]
Problem = tuple[Place, str]

MAX_NODES: Final = 100_000
"""Values of a document, counted each time that an alias repeats them."""
MAX_DEPTH: Final = 40
MAX_DIGITS: Final = 400

_TAG: Final = "tag:yaml.org,2002:"
_UNTAGGED: Final = "plain"
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {word: value for value in (True, False) for word in (f"{value}", f"{value}".lower(), f"{value}".upper())}
_KINDS: Final = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
_INT: Final = re.compile(r"[-+]?[0-9]+|0o(?P<octal>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: Final = re.compile(r"(?P<infinity>[-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class _Loader(yaml.SafeLoader):
    """Resolves no scalar: PyYAML would do it by the rules of YAML 1.1."""

    yaml_implicit_resolvers = {None: [(_UNTAGGED, re.compile(""))]}  # noqa: RUF012 - as PyYAML declares it


class YamlError(Exception):
    """Text that is not YAML, or not plain data. The message is one line; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Document:
    """The values of a document, the line of every place, and the problems that do not keep it from being read."""

    values: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_yaml(text: str) -> Document:
    """The one document in `text`. Raises `YamlError`."""
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise YamlError(f"the file contains {_character(control[0])}: save it as plain UTF-8 text", line)
    try:
        _check_depth(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        text = ", ".join(filter(None, (error.context, error.problem)))
        raise YamlError(f"not valid YAML: {text or 'it cannot be parsed'}", _line(error.problem_mark)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError("not valid YAML: it cannot be parsed", 1) from error
    document = Document()
    if node is not None:
        document.values = _Builder(document).value(node, ())
    return document


def _line(mark: Any) -> int:
    """The line of a mark of PyYAML, which may be missing."""
    return 1 if mark is None else int(mark.line) + 1


def _character(character: str) -> str:
    return f"the control character U+{ord(character):04X}"


def _check_depth(text: str) -> None:
    """Refuse what would exceed Python's stack; the parser of events does not recurse."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise YamlError(f"more than {MAX_DEPTH} levels inside each other", _line(event.start_mark))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Turns nodes into values."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0
        self._open: list[int] = []
        """Ids of the nodes around the current one: an alias to one of them is recursive."""

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = _line(node.start_mark)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES} values: aliases unfold into too many copies", line)
        if id(node) in self._open:
            raise YamlError("the alias refers to something that contains it", line)
        self._document.lines.setdefault(place, line)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if len(self._open) >= MAX_DEPTH:
            raise YamlError(f"more than {MAX_DEPTH} levels inside each other", line)
        self._open.append(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                _check_tag(node, "seq")
                return [self.value(child, (*place, position)) for position, child in enumerate(node.value)]
            _check_tag(node, "map")
            return self._mapping(node, place)
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, child in node.value:
            key = _key(key_node)
            line = _line(key_node.start_mark)
            if key == "<<" and key_node.style is None:
                for mapping in self._merged(child, place):
                    merged |= {name: value for name, value in mapping.items() if name not in merged}
                continue
            if key in values:
                self._document.problems.append(((*place, key), "the key is written twice; keep one"))
            values[key] = self.value(child, (*place, key))
            self._document.lines[*place, key] = line
        return merged | values

    def _merged(self, node: yaml.Node, place: Place) -> Iterator[dict[str, Any]]:
        """The mappings that a merge key `<<` adds, most important first."""
        for child in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            value = self.value(child, place)
            if not isinstance(value, dict):
                raise YamlError("<< takes a mapping: refer to one by its anchor, as *NAME", _line(child.start_mark))
            yield value


def _check_tag(node: yaml.Node, kind: str) -> None:
    if node.tag not in {_TAG + kind, "!"}:
        raise YamlError(f"the tag {_shown(node.tag)} is not used here: remove it", _line(node.start_mark))


def _shown(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


def _key(node: yaml.Node) -> str:
    """A key as it is written: `true` and `1` are texts as keys."""
    if not isinstance(node, yaml.ScalarNode):
        raise YamlError("a key must be a text, not a list or a mapping", _line(node.start_mark))
    _check_characters(node)
    return str(node.value)


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    _check_characters(node)
    return _plain(node) if node.tag == _UNTAGGED else _tagged(node)


def _tagged(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """A quoted scalar, or one with a tag of the core schema."""
    tag = node.tag.removeprefix(_TAG)
    if tag == "str":
        return str(node.value)
    if node.tag.startswith(_TAG) and tag in _KINDS:
        value = _plain(node)
        if type(value) in _KINDS[tag]:
            return value
        raise YamlError(f"what follows {_shown(node.tag)} is of another kind: remove it", _line(node.start_mark))
    raise YamlError(f"the tag {_shown(node.tag)} is not used here: remove it", _line(node.start_mark))


def _plain(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """An unquoted scalar, by the core schema of YAML 1.2."""
    text = str(node.value)
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    number = _INT.fullmatch(text)
    if number or _FLOAT.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise YamlError("the number has too many digits", _line(node.start_mark))
        return _integer(number) if number else float(text)
    special = _SPECIAL.fullmatch(text)
    if special:
        return float("nan") if special["infinity"] is None else float(f"{special['infinity']}inf")
    return text


def _integer(number: re.Match[str]) -> int:
    if number["octal"]:
        return int(number["octal"], 8)
    return int(number["hex"], 16) if number["hex"] else int(number[0])


def _check_characters(node: yaml.ScalarNode) -> None:
    """Refuse characters that only an escape in double quotes can make, as ESC by the e of a domain's user name."""
    control = _CONTROL.search(node.value)
    if control:
        raise YamlError(
            f"{_character(control[0])} in a text: a backslash in double quotes begins an escape; use single quotes",
            _line(node.start_mark),
        )
