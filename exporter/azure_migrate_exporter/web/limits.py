"""Limits for clients. Times in seconds, sizes in bytes."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the web server."""

    connections: int = 256
    """Open at once, and at most a quarter of the descriptors that the process may open."""
    share_of_an_address: float = 0.5
    """Of these, for one client address."""
    first_head: float = 10.0
    """From the acceptance of a connection to the head of its first request."""
    idle: float = 150.0
    """Between two requests of a connection. Longer than most scrape intervals."""
    handshake: float = 10.0
    """For the TLS handshake, and for the TLS shutdown."""
    send: float = 60.0
    """For a client to receive its response."""
    shutdown: float = 3.0
    """For requests in progress when the server stops."""
    body: int = 4096
    """Of a request body: no endpoint needs one, but some clients send one with a POST."""


DEFAULT_LIMITS: Final = Limits()
