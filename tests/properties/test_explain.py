"""Generated input for `explain`: no exception, no text that takes long, and a documented message is always found."""

# ruff: noqa: RUF001 - typography is what is tested

import html
import json
import textwrap
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import UNKNOWN, classify
from azure_migrate_exporter.failures.data.other_languages import MESSAGES
from azure_migrate_exporter.failures.model import LANGUAGES
from azure_migrate_exporter.failures.pasted import recognize
from azure_migrate_exporter.failures.pasted.plain_text import decode
from azure_migrate_exporter.failures.pasted.report import explain_pasted
from tests.documented import CODES, ENGLISH, FRENCH
from tests.generated import EXAMPLES, NORMAL, generated

LIMIT = 1.0
"""Seconds of CPU that one input may take: the clock on the wall would count what else the machine does."""

pytestmark = pytest.mark.timeout(7200 if EXAMPLES > NORMAL else 300)


TRANSLATED = [text for texts in MESSAGES.values() for messages in texts.values() for text in messages]
PIECES = [
    *(message for _, message in ENGLISH + FRENCH),
    *(message.replace("…", " d1 ") for message in TRANSLATED),
    *(f"Error ID: {code}" for code, _ in CODES),
    *CATALOGUE,
    *(
        "Error ID",
        "錯誤 ID：",
        '{"errorCode":',
        "...",
        "…",
        "[",
        "]",
        "\\u0027",
        "&amp;#39;",
        "--- ---",
        "\t",
        "|",
        "<b>",
        "\0",
    ),
]
WRAPPINGS: list[Callable[[str], str]] = [
    html.escape,
    lambda text: html.escape(html.escape(text)),
    json.dumps,
    lambda text: json.dumps([{"errorMessage": text}], ensure_ascii=False, indent=2),
    lambda text: textwrap.fill(text, 30, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False),
    lambda text: text.replace("'", "’"),
    lambda text: text.replace("'", ""),
    lambda text: f"> {text}",
]

FILLER = [
    "Hi all,",
    "web-1011",
    "port 1022",
    "«",
    "»",
    "[",
    "]",
    "HTTP 508",
    "2026-11-04T10:31:00Z",
    "KB 1012",
    "—",
    "\n",
    "\t",
]
"""What stands around a message without being one."""

words = st.one_of(st.sampled_from(PIECES), st.text(max_size=30), st.from_regex(r"[0-9]{1,7}", fullmatch=True))
texts = st.one_of(
    st.text(max_size=2000),
    st.lists(words, max_size=30).map(" ".join),
    st.lists(words, max_size=30).map("\n".join),
    st.tuples(words, st.integers(1, 20_000)).map(lambda pair: (pair[0] * pair[1])[:100_000]),
)


def cut(text: str, start: int, end: int) -> str:
    return text[start : len(text) - end]


@generated(int(NORMAL * 0.5))
@given(texts, st.integers(0, 20), st.integers(0, 20), st.sampled_from(LANGUAGES))
def test_any_text_is_answered(text: str, start: int, end: int, language: str) -> None:
    pasted, began = cut(text, start, end), time.process_time()
    page = explain_pasted(pasted, "fr" if language == "fr" else "en")
    assert page is None or page.endswith("\n")
    assert classify(pasted[:10], pasted, pasted[10:]) in {*CATALOGUE, UNKNOWN}
    assert time.process_time() - began < LIMIT


@generated(int(NORMAL * 0.25))
@given(st.one_of(st.binary(max_size=2000), texts.map(lambda text: text.encode("utf-16", "surrogatepass"))))
def test_any_bytes_are_answered(data: bytes) -> None:
    recognize(decode(data))


@generated(int(NORMAL * 0.25))
@given(
    st.sampled_from([(failure, message) for failure, message in ENGLISH + FRENCH]),
    st.lists(st.sampled_from(WRAPPINGS), max_size=3),
    st.lists(st.sampled_from(FILLER), max_size=8).map(" ".join),
    st.sampled_from([str, str.upper, str.lower]),
)
def test_a_documented_message_is_found_however_it_is_wrapped(
    documented: tuple[str, str], wrappings: list[Callable[[str], str]], around: str, case: Callable[[str], str]
) -> None:
    failure, message = documented
    pasted = case(message)
    for wrap in wrappings:
        pasted = wrap(pasted)
    found = [recognition.failure.id for recognition in recognize(f"{around}\n{pasted}\n{around}")]
    assert failure in found
