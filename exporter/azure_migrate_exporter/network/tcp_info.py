"""What the kernel knows about a TCP connection (`struct tcp_info` of Linux)."""

import contextlib
import socket
import struct
from typing import Final

_OPTION: Final = getattr(socket, "TCP_INFO", None)
_ACKNOWLEDGED: Final = struct.Struct("@120xQ")
"""`tcpi_bytes_acked`, since Linux 4.1."""


def acknowledged_bytes(connection: socket.socket | None) -> int | None:
    """Bytes that the peer has acknowledged since the connection opened, everything that TCP carried included.

    None if the system does not say (only Linux does), or the connection is closed.
    """
    if _OPTION is None or connection is None:
        return None
    with contextlib.suppress(OSError, struct.error):
        answer = connection.getsockopt(socket.IPPROTO_TCP, _OPTION, _ACKNOWLEDGED.size)
        return int(_ACKNOWLEDGED.unpack(answer)[0])
    return None
