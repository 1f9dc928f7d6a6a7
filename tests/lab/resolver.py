"""Which name server this process asks: `getaddrinfo` reads `/etc/resolv.conf`, and no variable names another file.

`isolate` moves the process into a mount namespace of its own, where a private file lies over the machine's; `asking`
then names a server in it. Both hold for every thread and program that the process starts after `isolate`, and for
nothing else on the machine.
"""

import atexit
import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from tests.lab.tools import NotInstalledError

RESOLV_CONF: Final = Path("/etc/resolv.conf")

_CLONE_NEWNS: Final = 0x20000
_MS_BIND: Final = 0x1000
_MS_REC_PRIVATE: Final = 0x4000 | 0x40000

_private: list[IO[str]] = []
"""The private file, once there is one. It is written through this handle only, never through its path."""


def isolate() -> None:
    """Give this process a `/etc/resolv.conf` of its own, at first with the same content. Linux, as root.

    Call it before any thread starts: a thread that runs already keeps the machine's file. Raises OSError.
    """
    if _private:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_void_p)
    _check(libc.unshare(_CLONE_NEWNS))
    _check(libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None))
    file = tempfile.NamedTemporaryFile("w", prefix="resolv-")  # noqa: SIM115 - it stays as long as the process
    atexit.register(file.close)
    file.write(RESOLV_CONF.read_text())
    file.flush()
    os.fchmod(file.fileno(), 0o644)
    _check(libc.mount(os.fsencode(file.name), os.fsencode(RESOLV_CONF), None, _MS_BIND, None))
    _private.append(file)


@contextmanager
def asking(address: str, options: str = "") -> Iterator[None]:
    """Let the process ask the name server at that address and no other; `options` are those of resolv.conf(5)."""
    if not _private:
        why = f"this process has no {RESOLV_CONF} of its own"
        raise NotInstalledError("The name server", why, "run the tests as root, on Linux")
    before = RESOLV_CONF.read_text()
    # The root is the only search domain, and comes first: each name is asked for once, as it is.
    _write(f"nameserver {address}\nsearch .\noptions ndots:15 {options}\n")
    try:
        yield
    finally:
        _write(before)


def _write(text: str) -> None:
    (file,) = _private
    file.seek(0)
    file.write(text)
    file.truncate()
    file.flush()


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
