"""How much of us a client may use. Times in seconds, sizes in bytes."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the web server."""

    connections: int = 256
    """Open at once; further ones are closed as they come."""
    idle: float = 150.0
    """Between two requests of a connection, and for the head of a request. Longer than most scrape intervals."""
    handshake: float = 10.0
    """For TLS to be agreed on, and to be ended."""
    send: float = 60.0
    """For a client to take its answer."""
    shutdown: float = 3.0
    """For requests under way when the server ends."""
    body: int = 4096
    """Of a request: no endpoint wants a body, but some clients send a little with a POST."""


DEFAULT_LIMITS: Final = Limits()
