"""The log: a stream that is slow, closed or full holds nothing up, and lines that are lost are counted."""

import io
import logging
import threading

from azure_migrate_exporter.log import BackgroundHandler
from tests.clock import REAL_TIMEOUT


class Stuck(io.StringIO):
    """A pipe that is not read until a test reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.may_write = threading.Event()

    def write(self, text: str) -> int:
        assert self.may_write.wait(REAL_TIMEOUT)
        return super().write(text)


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("name", logging.INFO, "file", 1, text, None, None)


def test_lines_beyond_the_queue_are_dropped_and_counted() -> None:
    stream = Stuck()
    handler = BackgroundHandler(stream, size=3)
    for number in range(10):
        handler.emit(record(str(number)))
    assert handler.dropped >= 6, "one is being written, three wait"
    stream.may_write.set()
    handler.flush()
    assert len(stream.getvalue().splitlines()) + handler.dropped == 10


def test_flush_does_not_wait_for_ever() -> None:
    stream = Stuck()
    handler = BackgroundHandler(stream)
    handler.emit(record("line"))
    handler.flush()
    assert stream.getvalue() == ""
    stream.may_write.set()


def test_a_closed_stream_does_not_end_the_writer() -> None:
    stream = io.StringIO()
    handler = BackgroundHandler(stream)
    stream.close()
    for _ in range(3):
        handler.emit(record("line"))
        handler.flush()
    assert handler.dropped == 0
