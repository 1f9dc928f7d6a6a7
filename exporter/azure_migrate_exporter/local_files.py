"""Files of this machine that another program may hold open for a moment: an antivirus, a backup, an editor.

Only Windows has such files. What is held is tried again for up to a second, in all the pauses of `PAUSES`.
"""

import ctypes
import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

PAUSES: Final = (0.01, 0.05, 0.1, 0.2, 0.3, 0.34)
"""Seconds between attempts."""
_HELD: Final = frozenset({32, 33, 1224})
"""Windows' ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_USER_MAPPED_FILE."""

T = TypeVar("T")
Sleep = Callable[[float], None]


def read_bytes(path: Path, sleep: Sleep = time.sleep, *, limit: int = -1) -> bytes:
    """The content of `path`, or its first `limit` bytes. Raises OSError."""

    def read() -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(limit)
        except PermissionError as error:
            if path.is_dir():  # Windows denies permission, where other systems say what it is
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from error
            raise

    return _patiently(read, _is_held, sleep)


def replace(source: Path, path: Path, sleep: Sleep = time.sleep) -> None:
    """Rename `source` to `path`. Raises OSError."""
    # Windows denies access if the file in the way is held, and does so as well where there is no right.
    _patiently(lambda: source.replace(path), lambda error: isinstance(error, PermissionError), sleep)


def _is_held(error: OSError) -> bool:
    """Whether the `open` or `read` of this thread that just raised `error` met a file that is held.

    The C runtime behind them makes errno 13 of it, as of a missing right, and keeps the number of Windows to itself.
    """
    if sys.platform == "win32" and isinstance(error, PermissionError):
        number = ctypes.c_ulong()
        ctypes.CDLL("ucrtbase")["_get_doserrno"](ctypes.byref(number))
        return number.value in _HELD
    return False


def _patiently(attempt: Callable[[], T], held: Callable[[OSError], bool], sleep: Sleep) -> T:
    for pause in PAUSES:
        try:
            return attempt()
        except OSError as error:
            if not held(error):
                raise
        sleep(pause)
    return attempt()
