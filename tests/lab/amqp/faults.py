"""What can be wrong with the broker, switched by assigning to an attribute while it runs."""

from dataclasses import dataclass
from typing import Literal

Accept = Literal["silent", "silent_after_tls", "close", "http"]
Certificate = Literal["stranger", "other_name", "expired"]
Token = Literal[401, 403, 404, 429, 500, 503, "local_auth_disabled", "address_refused", "no_public_access", "silent"]


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer to a listing as another server gives it."""

    status: int
    body: bytes
    content_type: str


@dataclass(slots=True)
class Faults:
    """Every fault, switched off at first. `LabBroker.refuse` and `admit` close and open the listener."""

    accept: Accept | None = None
    """New connections: nothing is ever sent; nothing after the TLS handshake; closed at once; HTTP is spoken."""
    certificate: Certificate | None = None
    """Of new TLS connections: from an unknown authority; for another host; no longer valid."""
    sasl: Literal["no_mechanism", "refused"] | None = None
    """ANONYMOUS is not offered; the outcome is 1 (authentication failed)."""
    cbs: Token | None = None
    """The answer to a token."""
    attach: str | None = None
    """The condition with which a link to an entity is detached, or the end of one that begins with ``amqp:``."""
    close: str | None = None
    """The condition with which a connection is closed as soon as it is open."""
    end: str | None = None
    """The condition with which a session is ended as soon as it has begun."""
    management: Literal[401, 404, 503, "silent"] | None = None
    """The answer to a request at `$management`."""
    listing: Literal[401, 404, 503, "silent"] | Listing | None = None
    """The answer of the management REST API."""
    upgrade: Literal[404, 503] | None = None
    """The answer to a WebSocket upgrade."""
