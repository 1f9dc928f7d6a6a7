"""What is logged while one run goes on, kept for whoever asked for that run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from azure_migrate_exporter.redaction import one_line

_lines: ContextVar[list[str] | None] = ContextVar("lines of this run's log", default=None)
_HIDDEN: Final = ("ts", "level", "event", "exc_info")


class _RunLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        lines = _lines.get()
        if lines is not None:
            lines.append(f"{record.levelname.lower()}: {one_line(_text(record))}")


def _text(record: logging.LogRecord) -> str:
    """The message; structlog hands over its events as dictionaries."""
    if not isinstance(record.msg, dict):
        return f"{record.name}: {record.getMessage()}"
    values = [f"{key}={value}" for key, value in record.msg.items() if key not in _HIDDEN and not key.startswith("_")]
    return " ".join([str(record.msg.get("event", "")), *values])


@contextmanager
def keeping_run_logs() -> Iterator[None]:
    """Make `run_log` work: of what passes the log level, whatever library says it."""
    handler = _RunLog()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


@contextmanager
def run_log() -> Iterator[list[str]]:
    """A list that collects the lines logged by this task, and by those that it starts, inside the block."""
    lines: list[str] = []
    token = _lines.set(lines)
    try:
        yield lines
    finally:
        _lines.reset(token)
