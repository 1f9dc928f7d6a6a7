"""How a text file was saved: UTF-8 or UTF-16 with a byte order mark, as Windows writes them, and what is neither."""

import codecs
from typing import Final

_MARKS: Final = (
    # UTF-32 first: its mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with byte order mark"),
)
_SAMPLE: Final = 1024
"""Bytes that show whether every other one is NUL, as in ASCII written as UTF-16."""


class EncodingError(Exception):
    """A file that is no text, or text in another encoding. The message follows the name of the file; `line` from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def decode(data: bytes) -> str:
    """The text in a file. Raises `EncodingError`."""
    _, codec, name = _encoding(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = _not_utf8(data) if codec == "utf-8" else f"is damaged {name} text: save it as UTF-8"
        raise EncodingError(problem, line) from error
    if codec == "utf-8" and b"\0" in data:
        raise EncodingError(_not_utf8(data))
    return text


def saved_as(data: bytes) -> str:
    """How a readable file was saved, in words: ``UTF-8``, ``UTF-16, lines end with CRLF``."""
    name = _encoding(data)[2]
    return f"{name}, lines end with CRLF" if "\r\n" in decode(data) else name


def _encoding(data: bytes) -> tuple[bytes, str, str]:
    """Byte order mark, codec and name."""
    return next((mark for mark in _MARKS if data.startswith(mark[0])), (b"", "utf-8", "UTF-8"))


def _not_utf8(data: bytes) -> str:
    sample = data[:_SAMPLE]
    halves = sample[0::2], sample[1::2]
    if any(half.count(0) * 2 > len(half) > 0 for half in halves):
        return "is saved as UTF-16: save it as UTF-8"
    return "is no text" if b"\0" in sample else "is not UTF-8 text: save it as UTF-8"
