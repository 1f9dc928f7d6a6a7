"""The log of a service, which has no standard error: a file that is renamed when it is large."""

import io
import threading
from pathlib import Path
from typing import Final, TextIO

MAX_BYTES: Final = 10 * 1024 * 1024
KEPT: Final = 4
"""Older files that are kept, as `exporter.log.1` and so on."""


class RotatingFile(io.TextIOBase):
    """A text stream in UTF-8. Raises `OSError` if the file cannot be opened or written."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        self._path, self._max_bytes, self._kept = path, max_bytes, kept
        self._lock = threading.Lock()
        self._file: TextIO = io.StringIO()  # for the end of an object whose file could not be opened
        self._file = self._opened()

    def writable(self) -> bool:
        """See `io.IOBase.writable`."""
        return True

    def write(self, text: str) -> int:
        """See `io.TextIOBase.write`."""
        with self._lock:
            if self._file.tell() >= self._max_bytes:
                self._rotate()
            return self._file.write(text)

    def flush(self) -> None:
        """See `io.IOBase.flush`."""
        with self._lock:
            if not self._file.closed:
                self._file.flush()

    def close(self) -> None:
        """See `io.IOBase.close`."""
        with self._lock:
            self._file.close()
        super().close()

    def _rotate(self) -> None:
        """Rename each file to its next number; one that another program holds open stays, and is written on."""
        self._file.close()
        try:
            for number in range(self._kept - 1, -1, -1):
                source = self._numbered(number)
                if source.exists():
                    source.replace(self._numbered(number + 1))
        except OSError:
            pass
        finally:
            self._file = self._opened()

    def _opened(self) -> TextIO:
        return self._path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n")

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
