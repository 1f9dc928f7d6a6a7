"""Listen addresses in the syntax of Prometheus."""

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^\[\]\s]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>\d{1,5})")


class ListenError(Exception):
    """An invalid listen address, or one that is not available; the message is one line."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen. A `host` of None means all addresses of this machine; port 0 means any free port."""

    host: str | None
    port: int

    def __str__(self) -> str:
        host = self.host or ""
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def parse_listen_address(text: str) -> ListenAddress:
    """The address in `:9878`, `127.0.0.1:9878`, `host:9878` or `[::1]:9878`. Raises `ListenError`."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise ListenError(f'{text!r} is not a listen address: write ":9878", "127.0.0.1:9878" or "[::1]:9878"')
    return ListenAddress(match["ipv6"] or match["host"] or None, int(match["port"]))
