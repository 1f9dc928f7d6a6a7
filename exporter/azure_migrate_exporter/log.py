"""Logging: one line per event on standard error, as logfmt or JSON, with secrets redacted.

Lines are written by a thread of their own, from a bounded queue: a pipe that is not read blocks nothing else. Lines
that do not fit are dropped and counted.
"""

import atexit
import logging
import queue
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TextIO

import structlog

from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.text import valid_text

QUEUED_LINES: Final = 10_000
FLUSH_TIMEOUT: Final = 1.0
"""Seconds that the end of the process waits for queued lines."""

_NOISY: Final = ("azure", "msal", "pypsrp", "urllib3", "aiohttp.access", "pyVmomi", "smbprotocol", "spnego")
"""SDKs that log every request, or errors that they also raise."""
_PLAIN: Final = (bool, int, float, type(None))


class BackgroundHandler(logging.Handler):
    """Formats records at once and writes them in a thread. `dropped` counts the lines that found the queue full."""

    def __init__(self, stream: TextIO, size: int = QUEUED_LINES) -> None:
        super().__init__()
        self.dropped = 0
        self._stream = stream
        self._lines: queue.Queue[str] = queue.Queue(size)
        threading.Thread(target=self._write_forever, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        try:
            self._lines.put_nowait(self.format(record) + "\n")
        except queue.Full:
            self.dropped += 1
        except Exception:  # noqa: BLE001 - as every handler does
            self.handleError(record)

    def _write_forever(self) -> None:
        while True:
            line = self._lines.get()
            # A closed or broken stream must not end this thread: the queue would fill up.
            with suppress(OSError, ValueError):
                self._stream.write(line)
                self._stream.flush()
            self._lines.task_done()

    def flush(self) -> None:
        """Wait until the queue is written, for at most `FLUSH_TIMEOUT` seconds."""
        end = time.monotonic() + FLUSH_TIMEOUT
        with self._lines.all_tasks_done:
            while self._lines.unfinished_tasks and (left := end - time.monotonic()) > 0:
                self._lines.all_tasks_done.wait(left)


def configure(level: str, fmt: str) -> None:
    """Send the records of structlog and of the standard library through one pipeline."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = BackgroundHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(fmt)],
            foreign_pre_chain=shared,
        )
    )
    atexit.register(handler.flush)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel({"warn": "WARNING"}.get(level, level.upper()))
    if level != "debug":
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def flush() -> None:
    """Write what is queued, as far as standard error takes it in time."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def dropped_lines() -> int:
    """Lines that were not written, since the start."""
    return sum(handler.dropped for handler in logging.getLogger().handlers if isinstance(handler, BackgroundHandler))


def _renderer(fmt: str) -> structlog.typing.Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer()
    return structlog.processors.LogfmtRenderer(key_order=["ts", "level", "event"], bool_as_flag=False)


def _redact_event(_: Any, __: str, event: structlog.typing.EventDict) -> Mapping[str, Any]:
    """Make every value valid text without secrets; structures become text, as the renderers would make them."""
    return {key: value if isinstance(value, _PLAIN) else redact(valid_text(value)) for key, value in event.items()}
