"""Sockets, name resolution, TLS and deadlines: what the standard library raises."""

import errno
import socket
import ssl
from typing import Final

from azure_migrate_exporter.reasons import Reason

_ERRNO: Final[dict[int, Reason]] = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.RESET,
    errno.ECONNABORTED: Reason.RESET,
    errno.EPIPE: Reason.RESET,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ENETDOWN: Reason.UNREACHABLE,
    errno.EADDRNOTAVAIL: Reason.UNREACHABLE,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    errno.ENOSPC: Reason.FULL,
    # Windows writes its own numbers.
    10061: Reason.REFUSED,
    10054: Reason.RESET,
    10053: Reason.RESET,
    10065: Reason.UNREACHABLE,
    10051: Reason.UNREACHABLE,
    10060: Reason.TIMEOUT,
    11001: Reason.DNS,
}


def classify(error: BaseException) -> Reason | None:
    """The reason of a standard-library exception, or None."""
    if isinstance(error, socket.gaierror):
        return Reason.DNS
    if isinstance(error, ssl.SSLError):
        # A peer that closes in the middle of the handshake speaks no TLS, or refuses ours.
        return Reason.TLS
    if isinstance(error, TimeoutError):
        return Reason.TIMEOUT
    if isinstance(error, OSError) and error.errno in _ERRNO:
        return _ERRNO[error.errno]
    if isinstance(error, ConnectionError):
        return Reason.RESET
    return None
