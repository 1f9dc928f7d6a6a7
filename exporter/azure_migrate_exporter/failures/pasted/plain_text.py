"""From what a terminal or a pipe delivers to plain text."""

import codecs
import re
from typing import Final

from azure_migrate_exporter.failures.normalization import unescape

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_JSON_ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/])|[bfnrt])')
_TAG: Final = re.compile(
    r"</?(?:a|b|br|dd|div|dt|em|font|i|li|p|span|strong|td|th|tr|ul)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE
)
_JSON_DEPTH: Final = 3
"""How often text may have been encoded as JSON: a job's task holds its errors as JSON within JSON."""


def decode(data: bytes) -> str:
    """Text from a pipe or a file. Windows PowerShell writes UTF-16; whatever cannot be decoded is replaced."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, "replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    return data.decode("utf-8", "replace")


def plain_text(text: str) -> str:
    """`text` without HTML entities and tags of formatting, and without JSON escapes."""
    text = unescape(text)
    for _ in range(_JSON_DEPTH):
        if "\\" not in text:
            break
        text = unescape(_JSON_ESCAPE.sub(_unescaped, text))
    return _TAG.sub(" ", text)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return match[2] or " "
