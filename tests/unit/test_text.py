"""Text from outside: whatever it is, it can be encoded and shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.text import valid_text


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("web01", "web01"),
        ("a\tb\nc", "a\tb\nc"),
        ("caf\u00e9 \u200b", "caf\u00e9 \u200b"),
        ("web\ud83d01", "web\ufffd01"),
        ("web\x0001", "web\ufffd01"),
        ("\x1b[31mred", "\ufffd[31mred"),
        (None, ""),
        (404, "404"),
        (b"web\xff", "web\ufffd"),
        (Reason.DNS, "dns"),
        (["a"], "['a']"),
        (Unprintable(), "<Unprintable>"),
    ],
)
def test_any_value_becomes_valid_text(value: object, text: str) -> None:
    assert valid_text(value) == text
    assert type(valid_text(value)) is str


@given(st.text(st.characters()) | st.binary() | st.none() | st.floats() | st.lists(st.text(st.characters())))
def test_valid_text_is_always_encoded_and_stays_as_it_is(value: object) -> None:
    text = valid_text(value)
    text.encode()
    assert valid_text(text) == text
