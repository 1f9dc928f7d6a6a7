"""The lab's Service Bus and Event Hubs namespace: AMQP 1.0 plain and over TLS, AMQP in a WebSocket, management REST.

No real part exists that runs here: Microsoft's emulators are container images. The other end is always the real SDK.
"""

import asyncio
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from tests.lab.amqp.certificates import Certificates
from tests.lab.amqp.faults import Faults
from tests.lab.amqp.listener import Listener
from tests.lab.amqp.namespace import LISTEN, Entity, Hub, Key, Namespace, signature
from tests.lab.amqp.nodes import View
from tests.lab.amqp.peer import Peer
from tests.lab.amqp.record import Record
from tests.lab.amqp.web import application
from tests.lab.amqp.wire import StreamWire, Wire
from tests.lab.ca import LabCA

NAMESPACE: Final = "migratesbns1612849844"
TOPIC: Final = "snapshotmanager"
SUBSCRIPTION: Final = "gateway"
QUEUE: Final = "discovery"
HUB: Final = "replication"


def _entities() -> tuple[Entity, ...]:
    subscription, queue = Entity(f"{TOPIC}/Subscriptions/{SUBSCRIPTION}"), Entity(QUEUE)
    subscription.put(b"create snapshot", b"remove snapshot")
    return subscription, queue


class LabBroker:
    """A namespace with a topic, a queue, a hub, a key that may do everything and one that may only listen.

    Its certificate is for ``identities``, or for loopback.

    ``faults`` switches what goes wrong while it runs, ``record`` says what it has seen, ``namespace`` holds messages.
    """

    def __init__(
        self,
        ca: LabCA,
        *,
        name: str = NAMESPACE,
        entities: Iterable[Entity] | None = None,
        hubs: Iterable[Hub] = (Hub(HUB),),
        identities: Iterable[str] = (),
    ) -> None:
        self.host: Final = f"{name}.servicebus.windows.net"
        self.full_key: Final = Key("RootManageSharedAccessKey")
        self.listen_key: Final = Key("listen-only", frozenset({LISTEN}))
        self.namespace: Final = Namespace(
            self.host, _entities() if entities is None else entities, hubs, (self.full_key, self.listen_key)
        )
        self.faults: Final = Faults()
        self.record: Final = Record()
        self._runner = web.AppRunner(
            application(self.namespace, self.faults, self.record, self._serve),
            access_log=None,
            handle_signals=False,
            handler_cancellation=True,
            shutdown_timeout=0.1,
        )
        certificates = Certificates(ca, *identities)
        self._tls = Listener(self._stream, self.faults, self.record, certificates)
        self._plain = Listener(self._stream, self.faults, self.record)
        self._web = Listener(self._web_server, self.faults, self.record, certificates)
        self._peers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.admit()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in (self._tls, self._plain, self._web):
            await listener.close()
        for peer in self._peers:
            peer.cancel()
        await asyncio.gather(*self._peers, return_exceptions=True)
        await self._runner.cleanup()

    async def refuse(self) -> None:
        """Refuse connections on every port, and cut those that exist."""
        for listener in (self._tls, self._plain, self._web):
            await listener.shut()

    async def admit(self) -> None:
        """Accept connections again, on the same ports."""
        for listener in (self._tls, self._plain, self._web):
            await listener.open()

    def owns(self, task: "asyncio.Task[object]") -> bool:
        """Whether a task of the event loop is the broker's."""
        return task in self._peers or any(listener.owns(task) for listener in (self._tls, self._plain, self._web))

    def heal(self) -> None:
        """Switch every fault of `faults` off."""
        healthy = Faults()
        for name in Faults.__slots__:
            setattr(self.faults, name, getattr(healthy, name))

    @property
    def endpoint(self) -> str:
        """AMQP over TLS, as the setting `endpoint` takes it."""
        return f"sb://localhost:{self._tls.port}"

    @property
    def plain_endpoint(self) -> str:
        """AMQP without TLS."""
        return f"sb://localhost:{self._plain.port}"

    @property
    def web_endpoint(self) -> str:
        """AMQP in a WebSocket."""
        return f"sb://localhost:{self._web.port}"

    @property
    def management_endpoint(self) -> str:
        """The management REST API."""
        return f"https://localhost:{self._web.port}"

    def connection_string(self, key: Key, *, host: str = "", entity: str = "") -> str:
        """As the portal shows it: a policy's name and key."""
        path = f";EntityPath={entity}" if entity else ""
        return f"Endpoint=sb://{host or self.host}/;SharedAccessKeyName={key.name};SharedAccessKey={key.secret}{path}"

    def signature_string(self, key: Key, path: str, *, valid_for: float = 3600.0) -> str:
        """A connection string with a signature for one path in the key's place; `valid_for` may lie in the past."""
        token = signature(key, f"sb://{self.host}/{path}", int(time.time() + valid_for))
        return f"Endpoint=sb://{self.host}/;SharedAccessSignature={token}"

    def _stream(self) -> asyncio.BaseProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._on_stream)

    def _web_server(self) -> asyncio.BaseProtocol:
        assert self._runner.server is not None
        return self._runner.server()

    async def _on_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(StreamWire(reader, writer))
        finally:
            writer.close()

    async def _serve(self, wire: Wire) -> None:
        peer = asyncio.current_task()
        assert peer is not None
        self._peers.add(peer)
        peer.add_done_callback(self._peers.discard)
        await Peer(wire, self.faults, self.record, View(self.namespace, self.faults, self.record).node_at).serve()
