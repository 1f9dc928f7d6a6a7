"""What the broker has seen, for tests to ask and for the demo to show."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Record:
    """Grows while the broker runs; never cleared by it."""

    connections: int = 0
    """Connections accepted, on any port."""
    hostnames: list[str] = field(default_factory=list)
    """The host name in the open of every AMQP connection."""
    token_names: list[str] = field(default_factory=list)
    """The `name` of every put-token request."""
    attaches: list[str] = field(default_factory=list)
    """Path of every link that was asked for."""
    peeks: list[str] = field(default_factory=list)
    """Path of every entity that was peeked at."""
    reads: list[str] = field(default_factory=list)
    """Name of every event hub whose properties were read."""
    deliveries: list[str] = field(default_factory=list)
    """Path of the entity of every message that was delivered to a receiver: a peek delivers none."""
    listings: list[str] = field(default_factory=list)
    """Path of every request to the management REST API."""
    upgrades: int = 0
    """AMQP connections that came through a WebSocket."""
