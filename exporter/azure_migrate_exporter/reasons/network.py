"""Sockets, name resolution, TLS and deadlines: what the standard library raises."""

import errno
import http.client
import re
import socket
import ssl
from typing import Final

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.windows_numbers import WINDOWS_NUMBERS, WINSOCK

_ERRNO: Final[dict[int, Reason]] = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.RESET,
    errno.ECONNABORTED: Reason.RESET,
    errno.ENETRESET: Reason.RESET,
    errno.ENOTCONN: Reason.RESET,
    errno.ESHUTDOWN: Reason.RESET,
    errno.EPIPE: Reason.RESET,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ENETDOWN: Reason.UNREACHABLE,
    errno.EADDRNOTAVAIL: Reason.UNREACHABLE,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    errno.ENOSPC: Reason.LOCAL,
    errno.EDQUOT: Reason.LOCAL,
    errno.EROFS: Reason.LOCAL,
    errno.EMFILE: Reason.LOCAL,
    errno.ENFILE: Reason.LOCAL,
    errno.ENOBUFS: Reason.LOCAL,
}
_NUMBER: Final = re.compile(r"\[(WinError|Errno) (\d{1,6})\]")
"""The number of an error whose exception is no longer attached, or of the first of several addresses tried."""

_BY_CLASS: Final[tuple[tuple[type[BaseException], Reason], ...]] = (
    (socket.gaierror, Reason.DNS),
    # The connection ends within TLS without a goodbye. (A handshake that ends so has its own words: network.tls.)
    (ssl.SSLEOFError, Reason.RESET),
    # A peer that closes in the middle of the handshake speaks no TLS, or refuses ours.
    (ssl.SSLError, Reason.TLS),
    (TimeoutError, Reason.TIMEOUT),
    (ConnectionError, Reason.RESET),
    (http.client.HTTPException, Reason.PROTOCOL),
)
"""The first that fits counts. ConnectionError stands for those without a number: a refusal always has one."""


def classify(error: BaseException) -> Reason | None:
    """The reason of a standard-library exception, or None."""
    if isinstance(error, OSError) and not isinstance(error, (socket.gaierror, ssl.SSLError)):
        number = error.errno or 0
        reason = _windows(getattr(error, "winerror", None) or _winsock(number)) or _ERRNO.get(number)
        if reason is None and type(error) is OSError:  # several errors in the text of one
            reason = numbered(str(error))
        if reason is not None:
            return reason
    return next((reason for kind, reason in _BY_CLASS if isinstance(error, kind)), None)


def numbered(text: str) -> Reason | None:
    """The reason by the number in a text such as ``[WinError 1225] …``, whose sentence is in the system's language."""
    for kind, digits in _NUMBER.findall(text):
        number = int(digits)
        reason = _windows(number if kind == "WinError" else _winsock(number)) or _ERRNO.get(number)
        if reason is not None:
            return reason
    return None


def _windows(number: int) -> Reason | None:
    return WINDOWS_NUMBERS[number][1] if number in WINDOWS_NUMBERS else None


def _winsock(errno: int) -> int:
    """`errno` if it is a number of Winsock, which Windows' Python passes on as it is."""
    return errno if errno > WINSOCK else 0
