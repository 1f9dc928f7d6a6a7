"""The numbers that Windows gives where Linux gives an errno, in `OSError.winerror` and in texts as `[WinError 64]`.

Above 10000 they are those of Winsock; asyncio reports the others, with EINVAL as their errno. Source: Microsoft,
"Windows Sockets Error Codes" (learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2) and "System
Error Codes" (learn.microsoft.com/windows/win32/debug/system-error-codes).
"""

from typing import Final

from azure_migrate_exporter.reasons import Reason

WINSOCK: Final = 10000
"""The first number of Winsock. `os.strerror` knows no text for them, and no errno of Linux is as large."""

WINDOWS_NUMBERS: Final[dict[int, tuple[str, Reason]]] = {
    19: ("ERROR_WRITE_PROTECT", Reason.LOCAL),
    32: ("ERROR_SHARING_VIOLATION", Reason.LOCAL),
    33: ("ERROR_LOCK_VIOLATION", Reason.LOCAL),
    39: ("ERROR_HANDLE_DISK_FULL", Reason.LOCAL),
    59: ("ERROR_UNEXP_NET_ERR", Reason.RESET),
    64: ("ERROR_NETNAME_DELETED", Reason.RESET),
    109: ("ERROR_BROKEN_PIPE", Reason.RESET),
    112: ("ERROR_DISK_FULL", Reason.LOCAL),
    121: ("ERROR_SEM_TIMEOUT", Reason.TIMEOUT),
    232: ("ERROR_NO_DATA", Reason.RESET),
    995: ("ERROR_OPERATION_ABORTED", Reason.RESET),
    1224: ("ERROR_USER_MAPPED_FILE", Reason.LOCAL),
    1225: ("ERROR_CONNECTION_REFUSED", Reason.REFUSED),
    1226: ("ERROR_GRACEFUL_DISCONNECT", Reason.RESET),
    1229: ("ERROR_CONNECTION_INVALID", Reason.RESET),
    1231: ("ERROR_NETWORK_UNREACHABLE", Reason.UNREACHABLE),
    1232: ("ERROR_HOST_UNREACHABLE", Reason.UNREACHABLE),
    1233: ("ERROR_PROTOCOL_UNREACHABLE", Reason.UNREACHABLE),
    1234: ("ERROR_PORT_UNREACHABLE", Reason.REFUSED),
    1235: ("ERROR_REQUEST_ABORTED", Reason.RESET),
    1236: ("ERROR_CONNECTION_ABORTED", Reason.RESET),
    1460: ("ERROR_TIMEOUT", Reason.TIMEOUT),
    10013: ("WSAEACCES", Reason.UNREACHABLE),  # the firewall of this machine forbids the connection
    10024: ("WSAEMFILE", Reason.LOCAL),
    10048: ("WSAEADDRINUSE", Reason.LOCAL),  # of an outgoing connection: all ports of this machine are in use
    10049: ("WSAEADDRNOTAVAIL", Reason.UNREACHABLE),
    10050: ("WSAENETDOWN", Reason.UNREACHABLE),
    10051: ("WSAENETUNREACH", Reason.UNREACHABLE),
    10052: ("WSAENETRESET", Reason.RESET),
    10053: ("WSAECONNABORTED", Reason.RESET),
    10054: ("WSAECONNRESET", Reason.RESET),
    10055: ("WSAENOBUFS", Reason.LOCAL),
    10057: ("WSAENOTCONN", Reason.RESET),
    10058: ("WSAESHUTDOWN", Reason.RESET),
    10060: ("WSAETIMEDOUT", Reason.TIMEOUT),
    10061: ("WSAECONNREFUSED", Reason.REFUSED),
    10064: ("WSAEHOSTDOWN", Reason.UNREACHABLE),
    10065: ("WSAEHOSTUNREACH", Reason.UNREACHABLE),
    10101: ("WSAEDISCON", Reason.RESET),
    11001: ("WSAHOST_NOT_FOUND", Reason.DNS),
    11002: ("WSATRY_AGAIN", Reason.DNS),
    11003: ("WSANO_RECOVERY", Reason.DNS),
    11004: ("WSANO_DATA", Reason.DNS),
}
"""Name and reason of each."""
