"""Normal forms of text, in which one pattern matches every way of writing the same message."""

import html
import re
import unicodedata
from typing import Final

_NOT_ALPHANUMERIC: Final = re.compile(r"[\W_]+")
_MARKS: Final = re.compile("[\u0300-\u036f\u3099\u309a\u00ad\u200b-\u200f\u2060\ufeff]+")
_QUOTES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u2032\u00b4`", "'"))
_ENTITY_DEPTH: Final = 3
"""How often text may have been escaped for HTML."""


def normalize(text: str) -> str:
    """Only the letters and digits of `text`, in lower case and without accents.

    What is left is independent of line breaks, of quotation marks and apostrophes, typographic or missing, and of
    composed or decomposed accents. It is meant for matching, not for reading.
    """
    if text.isascii():
        return _NOT_ALPHANUMERIC.sub("", unescape(text).lower())
    return _NOT_ALPHANUMERIC.sub("", _decompose(unescape(text)))


def fold(text: str) -> str:
    """`text` in lower case, without accents and invisible characters, with straight apostrophes; punctuation stays."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", _decompose(text.translate(_QUOTES)))


def _decompose(text: str) -> str:
    """`text` in lower case, its accents separated; the dotless i of Turkish, whose capital is I, becomes an i."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).replace("\u0131", "i")


def unescape(text: str) -> str:
    """`text` with its HTML entities replaced, also where they were escaped repeatedly (``&amp;#39;``)."""
    for _ in range(_ENTITY_DEPTH):
        if "&" not in text or (plain := html.unescape(text)) == text:
            break
        text = plain
    return text
