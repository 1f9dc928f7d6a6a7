"""What a namespace holds: entities with messages, event hubs, and keys with the rights that they give."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, quote_plus, unquote_plus, urlsplit
from uuid import uuid4

from tests.lab.amqp.codec import Symbol, Timestamp, UInt
from tests.lab.amqp.messages import Message

LISTEN: Final = "Listen"
SEND: Final = "Send"
MANAGE: Final = "Manage"
ALL_RIGHTS: Final = frozenset({LISTEN, SEND, MANAGE})
AUDIENCES: Final = ("https://servicebus.azure.net/", "https://eventhubs.azure.net/")
"""What a token of Entra ID must be for: the scopes of both SDKs, and both end in a slash."""

SIGNATURE: Final = "SharedAccessSignature "
"""What a signature begins with; a JWT does not."""

_LOCK: Final = 60_000


@dataclass(slots=True)
class StoredMessage:
    """A message of an entity. `delivery_count` counts the deliveries that ended without being completed."""

    sequence_number: int
    body: bytes
    message_id: str
    enqueued_at: int
    delivery_count: int = 0
    lock: bytes | None = None

    def encode(self) -> bytes:
        """As Service Bus sends it, in a transfer or inside the answer to a peek."""
        return Message(
            message_id=self.message_id,
            header=[True, None, None, None, UInt(self.delivery_count)],
            annotations={
                Symbol("x-opt-sequence-number"): self.sequence_number,
                Symbol("x-opt-enqueued-time"): Timestamp(self.enqueued_at),
                Symbol("x-opt-locked-until"): Timestamp(self.enqueued_at + _LOCK),
            },
            data=self.body,
        ).encode()


class Entity:
    """A queue, or the subscription of a topic, with the messages that wait in it."""

    def __init__(self, path: str, *, requires_session: bool = False) -> None:
        self.path = path
        self.requires_session = requires_session
        self.messages: list[StoredMessage] = []
        self._last = 0

    def put(self, *bodies: bytes) -> None:
        """Let messages arrive."""
        for body in bodies:
            self._last += 1
            self.messages.append(StoredMessage(self._last, body, f"message-{self._last}", int(time.time() * 1000)))

    def peek(self, first: int, count: int) -> list[StoredMessage]:
        """Messages from a sequence number on. Nothing about them changes."""
        return [message for message in self.messages if message.sequence_number >= first][:count]

    def lock(self) -> StoredMessage | None:
        """The next message without a lock, locked."""
        for message in self.messages:
            if message.lock is None:
                message.lock = uuid4().bytes_le
                return message
        return None

    def complete(self, lock: bytes) -> None:
        """The receiver has dealt with the message: it goes."""
        self.messages = [message for message in self.messages if message.lock != lock]

    def release(self, lock: bytes) -> None:
        """The receiver gives the message back: one delivery more has failed."""
        for message in self.messages:
            if message.lock == lock:
                message.lock = None
                message.delivery_count += 1


@dataclass(frozen=True, slots=True)
class Hub:
    """An event hub, as its properties describe it."""

    name: str
    partitions: int = 4
    created_at: datetime = datetime(2024, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """A shared access policy: its rights on everything below `scope`, or on the whole namespace."""

    name: str
    rights: frozenset[str] = ALL_RIGHTS
    scope: str = ""
    secret: str = field(default_factory=lambda: base64.b64encode(uuid4().bytes * 2).decode(), repr=False)


class Namespace:
    """Entities by path (`queue`, `topic/Subscriptions/subscription`), event hubs, keys, and identities of Entra ID."""

    def __init__(self, host: str, entities: Iterable[Entity], hubs: Iterable[Hub], keys: Iterable[Key]) -> None:
        self.host = host
        self.entities = {entity.path.lower(): entity for entity in entities}
        self.hubs = {hub.name.lower(): hub for hub in hubs}
        self.keys = {key.name: key for key in keys}
        self.identities: dict[str, frozenset[str]] = {}
        """Applications of Entra ID (client ids) and their rights."""

    def rights(self, token: str, path: str) -> frozenset[str]:
        """What `token` allows below `path`; nothing if it is unknown, wrong, expired or for something else."""
        if token.startswith(SIGNATURE):
            return self._rights_of_signature(token.removeprefix(SIGNATURE), path)
        claims = _claims(token)
        good = claims.get("aud") in AUDIENCES and claims.get("exp", 0) > time.time()
        return self.identities.get(claims.get("appid", ""), frozenset()) if good else frozenset()

    def _rights_of_signature(self, signature: str, path: str) -> frozenset[str]:
        fields = _fields(signature)
        key = self.keys.get(fields.get("skn", ""))
        if key is None or not fields.keys() >= {"sr", "sig", "se"} or int(fields["se"]) < time.time():
            return frozenset()
        signed = f"{fields['sr']}\n{fields['se']}".encode()
        expected = base64.b64encode(hmac.digest(key.secret.encode(), signed, hashlib.sha256)).decode()
        good = hmac.compare_digest(fields["sig"], expected)
        covered = covers(key.scope.lower(), path) and covers(path_of(unquote_plus(fields["sr"])), path)
        return key.rights if good and covered else frozenset()

    def topics(self) -> list[str]:
        """Names of the topics."""
        paths = (entity.path for entity in self.entities.values())
        return sorted({path.split("/")[0] for path in paths if "/" in path})

    def queues(self) -> list[str]:
        """Names of the queues."""
        return sorted(entity.path for entity in self.entities.values() if "/" not in entity.path)

    def subscriptions(self, topic: str) -> list[str]:
        """Names of the subscriptions of a topic."""
        prefix = f"{topic}/subscriptions/".lower()
        return sorted(entity.path[len(prefix) :] for key, entity in self.entities.items() if key.startswith(prefix))


def covers(scope: str, path: str) -> bool:
    """Whether `path` is `scope` or below it."""
    return scope in ("", path) or path.startswith(f"{scope}/")


def path_of(address: str) -> str:
    """The path that an address names, in lower case: `sb://host:port/Queue` and `Queue` are the same node."""
    return (urlsplit(address).path if "://" in address else address).strip("/").lower()


def signature(key: Key, resource: str, expiry: int) -> str:
    """A shared access signature for `resource` that ends at `expiry` (Unix seconds)."""
    encoded = quote_plus(resource)
    digest = hmac.digest(key.secret.encode(), f"{encoded}\n{expiry}".encode(), hashlib.sha256)
    sig = quote_plus(base64.b64encode(digest).decode())
    return f"{SIGNATURE}sr={encoded}&sig={sig}&se={expiry}&skn={key.name}"


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JWT (the lab's are not signed); none if it is something else."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(f"{token.split('.')[1]}=="))
    except (IndexError, ValueError):
        return {}
    return dict(claims)


def _fields(signature: str) -> Mapping[str, str]:
    """Fields of a signature, decoded, but for `sr`, which is signed as it is written."""
    raw = {name: value for name, _, value in (pair.partition("=") for pair in signature.split("&"))}
    return raw | {name: values[0] for name, values in parse_qs(signature).items() if name != "sr"}
