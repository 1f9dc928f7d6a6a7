"""Unexpected JSON for property-based tests: arbitrary values, and real payloads with arbitrary changes."""

import copy
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

TEXTS: Final = st.text(st.characters(exclude_categories=()), max_size=20)
"""Any text, with NUL and lone surrogates."""
ODD: Final[st.SearchStrategy[Any]] = st.sampled_from(
    [
        None, True, False, "", [], {}, 0, -1, 7, 101, 10**400, -(10**400), 2**63, 1e308, -0.0,
        float("nan"), float("inf"), "\ud83d", "a\0b", " ", "x" * 300, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z", [None], [[]], [{}], {"": None}, "/", "/subscriptions//x", "//evil.example/x", "\u2028",
    ]
)  # fmt: skip
VALUES: Final[st.SearchStrategy[Any]] = ODD | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
"""Any JSON, small."""

Path = tuple[str | int, ...]
_REMOVED: Final = object()


def changed(payload: Any) -> st.SearchStrategy[Any]:
    """The payload with up to thirty of its values replaced or removed, at any depth."""
    change = st.tuples(st.sampled_from(sorted(_paths(payload), key=str)), VALUES | st.just(_REMOVED))
    return st.lists(change, max_size=30).map(lambda changes: _apply(payload, changes))


def _paths(value: Any, prefix: Path = ()) -> Iterator[Path]:
    yield prefix
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from _paths(inner, (*prefix, key))


def _apply(payload: Any, changes: list[tuple[Path, Any]]) -> Any:
    whole = {"": copy.deepcopy(payload)}
    for path, replacement in changes:
        *parents, last = ("", *path)
        target: Any = whole
        try:
            for key in parents:
                target = target[key]
            if replacement is _REMOVED and path:
                del target[last]
            elif replacement is not _REMOVED:
                target[last] = copy.deepcopy(replacement)
        except (IndexError, KeyError, TypeError):
            continue  # an earlier change removed the place
    return whole[""]
