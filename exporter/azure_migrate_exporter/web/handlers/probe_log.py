"""Capture of the log lines of one run, for the debug output of a probe."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from azure_migrate_exporter.redaction import one_line

_lines: ContextVar[list[str] | None] = ContextVar("lines of this run's log", default=None)
_HIDDEN: Final = ("ts", "level", "event", "exc_info")


class _LogCapture(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        lines = _lines.get()
        if lines is not None:
            lines.append(f"{record.levelname.lower()}: {one_line(_text(record))}")


def _text(record: logging.LogRecord) -> str:
    """The message; structlog passes its events as dictionaries."""
    if not isinstance(record.msg, dict):
        return f"{record.name}: {record.getMessage()}"
    values = [f"{key}={value}" for key, value in record.msg.items() if key not in _HIDDEN and not key.startswith("_")]
    return " ".join([str(record.msg.get("event", "")), *values])


@contextmanager
def capturing_logs() -> Iterator[None]:
    """Install the handler behind `capture_log`. It sees all records that pass the log level, of any library."""
    handler = _LogCapture()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


@contextmanager
def capture_log() -> Iterator[list[str]]:
    """A list of the lines that this task, and the tasks that it starts, log inside the block."""
    lines: list[str] = []
    token = _lines.set(lines)
    try:
        yield lines
    finally:
        _lines.reset(token)
