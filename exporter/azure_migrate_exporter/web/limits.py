"""Limits for clients. Times in seconds, sizes in bytes."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the web server."""

    connections: int = 256
    """Open at once; further ones are closed as they come."""
    idle: float = 150.0
    """Between two requests of a connection, and for the head of a request. Longer than most scrape intervals."""
    handshake: float = 10.0
    """For the TLS handshake, and for the TLS shutdown."""
    send: float = 60.0
    """For a client to receive its response."""
    shutdown: float = 3.0
    """For requests in progress when the server stops."""
    body: int = 4096
    """Of a request body: no endpoint needs one, but some clients send one with a POST."""


DEFAULT_LIMITS: Final = Limits()
