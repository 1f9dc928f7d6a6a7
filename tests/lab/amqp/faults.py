"""What can be wrong with the broker, switched by assigning to an attribute while it runs."""

from dataclasses import dataclass
from typing import Literal

Accept = Literal["silent", "silent_after_tls", "close", "http"]
Certificate = Literal["stranger", "other_name", "expired"]
Refusal = Literal["not-found", "unauthorized-access"]


@dataclass(slots=True)
class Faults:
    """Every fault at rest. A refused connection is `LabBroker.refuse` and `admit`: it needs the listener closed."""

    accept: Accept | None = None
    """New connections: nothing is ever sent; nothing after the TLS handshake; closed at once; HTTP is spoken."""
    certificate: Certificate | None = None
    """Of new TLS connections: from an unknown authority; for another host; no longer valid."""
    sasl: Literal["no_mechanism", "refused"] | None = None
    """ANONYMOUS is not offered; the outcome is 1 (authentication failed)."""
    cbs: Literal[401, 404, "silent"] | None = None
    """The answer to a token."""
    attach: Refusal | None = None
    """The answer to a link to an entity."""
    management: Literal[401, 404, 503, "silent"] | None = None
    """The answer to a request at `$management`."""
    listing: Literal[401, 404, 503, "silent"] | None = None
    """The answer of the management REST API."""
    upgrade: Literal[404, 503] | None = None
    """The answer to a WebSocket upgrade."""
