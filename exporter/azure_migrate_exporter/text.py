"""Validation of text from outside: what every text that enters from a peer, a file or an exception goes through."""

from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

_KEPT: Final = frozenset("\t\n\r")
_FORBIDDEN: Final = dict.fromkeys(
    [code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _KEPT] + [*range(0xD800, 0xE000)],
    REPLACEMENT,
)
"""Control characters but tab and line breaks, and surrogates, which cannot be encoded as UTF-8."""


def valid_text(value: object) -> str:
    """`value` as text that can be encoded and shown. None becomes an empty text; never raises."""
    if type(value) is not str:
        value = _as_text(value)
    return value if value.isprintable() else value.translate(_FORBIDDEN)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    try:
        return str.__str__(value) if isinstance(value, str) else str(value)
    except Exception:  # noqa: BLE001 - whatever __str__ of a foreign object raises
        return f"<{type(value).__name__}>"
