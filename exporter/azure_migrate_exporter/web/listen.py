"""Addresses to listen on, written as Prometheus' Go programs take them."""

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^\[\]\s]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>\d{1,5})")


class ListenError(Exception):
    """An address that is not one, or that cannot be listened on; the text is one line for a person."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen. A `host` of None means every address of this machine; port 0 means any free one."""

    host: str | None
    port: int

    def __str__(self) -> str:
        host = self.host or ""
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def parse_listen_address(text: str) -> ListenAddress:
    """The address in `:9878`, `127.0.0.1:9878`, `host:9878` or `[::1]:9878`. Raises `ListenError`."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise ListenError(f'{text!r} is no listen address: write ":9878", "127.0.0.1:9878" or "[::1]:9878"')
    return ListenAddress(match["ipv6"] or match["host"] or None, int(match["port"]))
