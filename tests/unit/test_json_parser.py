"""JSON of an answer: the fast parser and the tolerant one give the same value, or the same refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.azure.json_parser import parse

STRANGERS = {
    "a number past every float": b"1e999",
    "an integer of more than 64 bits": b"[-99999999999999999999, 12345678901234567890123]",
    "not a number": b'{"speed": NaN, "eta": -Infinity}',
    "half a surrogate pair": rb'"\ud800"',
    "half a surrogate pair in UTF-8": b'"\xed\xa0\x80"',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"name": "Zürich"}'.encode("utf-16"),
    "a name twice": b'{"a": 1, "a": 2}',
    "a space before and after": b" {} \r\n",
    "NUL": rb'"\u0000"',
    "what is no UTF-8": b'"\xff"',
    "a tab inside a text": b'"a\tb"',
    "a comma too many": b"[1,]",
    "half an answer": b'{"value": [{"id": "/subs',
    "nothing": b"",
    "HTML": b"<html>",
    "so deep that no parser follows": b"[" * 200_000,
}


def outcome(parser: Any, content: bytes) -> str:
    try:
        return repr(parser(content))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


@pytest.mark.parametrize("content", STRANGERS.values(), ids=STRANGERS)
def test_a_strangers_json_is_read_as_by_the_tolerant_parser(content: bytes) -> None:
    assert outcome(parse, content) == outcome(json.loads, content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.booleans())
def test_whatever_json_says_is_read_as_by_the_tolerant_parser(value: Any, ascii_only: bool) -> None:  # noqa: FBT001 - generated
    content = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    assert outcome(parse, content) == outcome(json.loads, content)


@given(st.binary())
def test_what_is_no_json_is_refused_as_by_the_tolerant_parser(content: bytes) -> None:
    assert outcome(parse, content) == outcome(json.loads, content)
