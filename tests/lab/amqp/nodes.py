"""What a connection to the broker can reach: `$cbs`, the entities, and `$management` in its two dialects."""

from typing import Any, Final, NamedTuple

from typing_extensions import override

from tests.lab.amqp.codec import Array, Described, Int, Symbol, Timestamp
from tests.lab.amqp.faults import Faults
from tests.lab.amqp.frames import Code, error, refusal
from tests.lab.amqp.messages import Message, decode_message, text
from tests.lab.amqp.namespace import LISTEN, SEND, SIGNATURE, Entity, Namespace, covers, path_of
from tests.lab.amqp.peer import Link, Node, Peer
from tests.lab.amqp.record import Record

_UNAUTHORIZED: Final = "Unauthorized access. '{claim}' claim(s) are required to perform this operation."
_NOT_FOUND: Final = "The messaging entity '{path}' could not be found."
_NEEDS_SESSION: Final = (
    "It is not possible for an entity that requires sessions to create a non-sessionful message receiver."
)
_REFUSALS: Final[dict[int, tuple[str, str]]] = {
    401: ("amqp:unauthorized-access", _UNAUTHORIZED.format(claim=LISTEN)),
    404: ("amqp:not-found", "The messaging entity could not be found."),
    503: ("com.microsoft:server-busy", "The request was terminated because the entity is being throttled."),
}


class TokenAnswer(NamedTuple):
    """What `$cbs` says to a token."""

    status: int
    description: str
    condition: str = ""


ACCEPTED: Final = TokenAnswer(202, "Accepted")
WRONG: Final = TokenAnswer(401, "InvalidSignature: The token has an invalid signature.", "com.microsoft:auth-failed")
NO_RIGHT: Final = TokenAnswer(401, _UNAUTHORIZED.format(claim=LISTEN), "amqp:unauthorized-access")
MISSING: Final = TokenAnswer(404, "The messaging entity '{name}' could not be found.", "amqp:not-found")
_FAULTS: Final = {
    401: WRONG,
    403: TokenAnswer(403, "Forbidden", "amqp:unauthorized-access"),
    404: MISSING,
    429: TokenAnswer(429, "Too many requests", "com.microsoft:server-busy"),
    500: TokenAnswer(500, "The service was unable to process the request", "amqp:internal-error"),
    503: TokenAnswer(503, "The service is unavailable", "amqp:internal-error"),
    "local_auth_disabled": TokenAnswer(
        401,
        "LocalAuthDisabled: Authorization failed because SAS authentication has been disabled for the namespace.",
        "amqp:unauthorized-access",
    ),
    "address_refused": TokenAnswer(
        401, "Ip has been prevented to connect to the endpoint.", "com.microsoft:auth-failed"
    ),
    "no_public_access": TokenAnswer(
        401, "Public network access is disabled for this namespace.", "com.microsoft:auth-failed"
    ),
}
"""Answers to a token. That of a namespace which refuses an address is as the documentation and bug reports have it."""


class View:
    """The namespace as one connection sees it: its tokens, and what they allow."""

    def __init__(self, namespace: Namespace, faults: Faults, record: Record) -> None:
        self.namespace = namespace
        self.faults = faults
        self.record = record
        self._rights: dict[str, frozenset[str]] = {}

    def admit(self, name: str, token: str) -> TokenAnswer:
        """Take a token for the resource `name`, if it allows anything there."""
        path = path_of(name)
        if path not in {*self.namespace.entities, *self.namespace.hubs}:
            return MISSING
        rights = self.namespace.rights(token, path)
        if not rights:
            return WRONG if token.startswith(SIGNATURE) else NO_RIGHT
        self._rights[path] = rights
        return ACCEPTED

    def allows(self, path: str, *rights: str) -> bool:
        """Whether a token of this connection gives one of `rights` on `path`."""
        return any(covers(scope, path) and not granted.isdisjoint(rights) for scope, granted in self._rights.items())

    def node_at(self, path: str) -> Node:
        """The node of a path."""
        if path == "$cbs":
            return Cbs(self)
        if path == "$management":
            return HubManagement(self)
        if path.endswith("/$management"):
            return EntityManagement(self, path.removesuffix("/$management"))
        return EntityNode(self, path)


class Cbs(Node):
    """Takes tokens (claims-based security)."""

    def __init__(self, view: View) -> None:
        self._view = view

    @override
    async def received(self, peer: Peer, link: Link, payload: bytes) -> None:
        """Answer `put-token`."""
        request = decode_message(payload)
        name = text(request.application["name"])
        self._view.record.token_names.append(name)
        fault = self._view.faults.cbs
        if fault == "silent":
            return
        status, description, condition = _FAULTS.get(fault or 0) or self._view.admit(name, text(request.value))
        answer: dict[str, Any] = {"status-code": Int(status), "status-description": description.format(name=name)}
        if condition:
            answer["error-condition"] = Symbol(condition)
        await peer.reply(link, Message(correlation_id=request.message_id, application=answer).encode())


class EntityNode(Node):
    """A queue or a subscription."""

    def __init__(self, view: View, path: str) -> None:
        self._view = view
        self._path = path
        self._entity = view.namespace.entities.get(path)

    @override
    def refuses(self, link: Link) -> Described | None:
        """Entities need a claim, and exist or do not."""
        view = self._view
        view.record.attaches.append(self._path)
        claim = SEND if link.client_sends else LISTEN
        if not view.allows(self._path, claim):
            return error("amqp:unauthorized-access", _UNAUTHORIZED.format(claim=claim))
        if view.faults.attach:
            return refusal(view.faults.attach)
        if self._entity is None:
            return error("amqp:not-found", _NOT_FOUND.format(path=self._path))
        if self._entity.requires_session:
            return error("amqp:not-allowed", _NEEDS_SESSION)
        return None

    @override
    async def received(self, peer: Peer, link: Link, payload: bytes) -> None:
        """Store a message."""
        assert self._entity is not None
        self._entity.put(decode_message(payload).data or b"")

    @override
    async def credited(self, peer: Peer, link: Link) -> None:
        """Deliver what waits, locked, for as long as the receiver has credit."""
        assert self._entity is not None
        while link.credit > 0 and (message := self._entity.lock()):
            self._view.record.deliveries.append(self._entity.path)
            await peer.deliver(link, message.encode(), message.lock or b"", is_settled=False)

    @override
    def settled(self, tag: bytes, outcome: int) -> None:
        """A message that was delivered is done with, or comes back."""
        assert self._entity is not None
        if outcome == Code.ACCEPTED:
            self._entity.complete(tag)
        else:
            self._entity.release(tag)


class EntityManagement(Node):
    """`<entity>/$management` of Service Bus: peeks."""

    def __init__(self, view: View, path: str) -> None:
        self._view = view
        self._path = path

    @override
    def refuses(self, link: Link) -> Described | None:
        """Whoever may use the entity may ask for its management."""
        self._view.record.attaches.append(f"{self._path}/$management")
        if not self._view.allows(self._path, LISTEN, SEND):
            return error("amqp:unauthorized-access", _UNAUTHORIZED.format(claim=LISTEN))
        return None

    @override
    async def received(self, peer: Peer, link: Link, payload: bytes) -> None:
        """Answer `com.microsoft:peek-message`."""
        request = decode_message(payload)
        fault = self._view.faults.management
        if fault == "silent":
            return
        entity = self._view.namespace.entities.get(self._path)
        status: int = fault or (200 if entity else 404)
        if status == 200 and text(request.application["operation"]) != "com.microsoft:peek-message":
            status = 501
        answer = self._peek(entity, request) if status == 200 and entity else _refusal(request, status, "statusCode")
        await peer.reply(link, answer.encode())

    def _peek(self, entity: Entity, request: Message) -> Message:
        self._view.record.peeks.append(entity.path)
        body = {text(key): value for key, value in request.value.items()}
        messages = entity.peek(int(body["from-sequence-number"]), int(body["message-count"]))
        status = 200 if messages else 204
        return Message(
            correlation_id=request.message_id,
            application={"statusCode": Int(status), "statusDescription": "OK"},
            value={"messages": [{"message": message.encode()} for message in messages]} if messages else None,
        )


class HubManagement(Node):
    """`$management` of an Event Hubs namespace: the properties of a hub."""

    def __init__(self, view: View) -> None:
        self._view = view

    @override
    def refuses(self, link: Link) -> Described | None:
        """A token for any of the hubs is enough to attach."""
        self._view.record.attaches.append("$management")
        fault = self._view.faults.attach
        return refusal(fault) if fault else None

    @override
    async def received(self, peer: Peer, link: Link, payload: bytes) -> None:
        """Answer `READ` of `com.microsoft:eventhub`."""
        request = decode_message(payload)
        name = text(request.application["name"])
        fault = self._view.faults.management
        if fault == "silent":
            return
        hub = self._view.namespace.hubs.get(name.lower())
        allowed = self._view.allows(name.lower(), LISTEN, SEND)
        status = fault or (404 if hub is None else 200 if allowed else 401)
        if status != 200 or hub is None:
            await peer.reply(link, _refusal(request, status, "status-code").encode())
            return
        self._view.record.reads.append(hub.name)
        properties = {
            "name": hub.name,
            "type": "com.microsoft:eventhub",
            "created_at": Timestamp(int(hub.created_at.timestamp() * 1000)),
            "partition_count": Int(hub.partitions),
            "partition_ids": Array(str(number) for number in range(hub.partitions)),
        }
        good = {"status-code": Int(200), "status-description": "OK"}
        await peer.reply(link, Message(correlation_id=request.message_id, application=good, value=properties).encode())


def _refusal(request: Message, status: int, status_key: str) -> Message:
    """Service Bus writes its keys in camel case, Event Hubs with hyphens."""
    condition, description = _REFUSALS.get(status, ("amqp:not-implemented", "The operation is not supported."))
    keys = ("statusDescription", "errorCondition")
    if status_key == "status-code":
        keys = ("status-description", "error-condition")
    return Message(
        correlation_id=request.message_id,
        application={status_key: Int(status), keys[0]: description, keys[1]: Symbol(condition)},
    )
