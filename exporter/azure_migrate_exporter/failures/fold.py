"""Folding of text, so that one pattern matches every way of typing the same sentence."""

import unicodedata
from typing import Final

_SAME: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u00b4`", "'"),
        **dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e", '"'),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", None),  # soft hyphen and characters without a width
    }
)


def fold(text: str) -> str:
    """`text` in lower case, without accents, with straight quotes and single spaces.

    French typography puts no-break spaces (U+00A0, U+202F) before ``:`` and inside guillemets, accents arrive composed or
    decomposed, and a person who pastes a message into a terminal may have lost them.
    """
    if not text.isascii():
        spread = unicodedata.normalize("NFKD", text.translate(_SAME))
        text = "".join(character for character in spread if not unicodedata.combining(character))
    return " ".join(text.casefold().split())
