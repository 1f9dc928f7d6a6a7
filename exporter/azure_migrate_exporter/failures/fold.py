"""Folding of text, so that one pattern matches every way of typing the same sentence."""

import unicodedata
from typing import Final

_QUOTES: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u00b4`", "'"),
        **dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e", '"'),
    }
)


def fold(text: str) -> str:
    """`text` in lower case, without accents, with straight quotes and single spaces. Only ASCII is left.

    French typography puts no-break spaces (U+00A0, U+202F) before a colon and inside guillemets, accents arrive
    composed or decomposed, and a person who pastes a message into a terminal may have lost them. Other scripts may go:
    no documented message is in one.
    """
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTES).casefold())
        text = decomposed.encode("ascii", "ignore").decode("ascii")
    return " ".join(text.lower().split())
