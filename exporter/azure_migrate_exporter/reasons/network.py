"""Sockets, name resolution, TLS and deadlines: what the standard library raises."""

import errno
import http.client
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
_WINERROR: Final[dict[int, Reason]] = {
    # asyncio on Windows reports these, which have no errno of their own.
    64: Reason.RESET,  # ERROR_NETNAME_DELETED
    121: Reason.TIMEOUT,  # ERROR_SEM_TIMEOUT
    1225: Reason.REFUSED,  # ERROR_CONNECTION_REFUSED
    1231: Reason.UNREACHABLE,  # ERROR_NETWORK_UNREACHABLE
    1232: Reason.UNREACHABLE,  # ERROR_HOST_UNREACHABLE
    1236: Reason.RESET,  # ERROR_CONNECTION_ABORTED
}


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
        reason = _WINERROR.get(getattr(error, "winerror", None) or 0) or _ERRNO.get(error.errno or 0)
        if reason is not None:
            return reason
    return next((reason for kind, reason in _BY_CLASS if isinstance(error, kind)), None)
