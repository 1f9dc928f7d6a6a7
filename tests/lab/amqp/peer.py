"""The broker's side of one AMQP connection: SASL, sessions, links, and the frames between them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.lab.amqp.codec import Array, Described, Symbol, UByte, UInt, ULong, UShort
from tests.lab.amqp.faults import Faults
from tests.lab.amqp.frames import (
    AMQP_HEADER,
    MAX_FRAME_SIZE,
    SASL_HEADER,
    Code,
    Frame,
    body_size,
    composite,
    decode_frame,
    encode_frame,
    refusal,
)
from tests.lab.amqp.namespace import path_of
from tests.lab.amqp.record import Record
from tests.lab.amqp.wire import Wire

_WINDOW: Final = UInt(5000)
_CREDIT: Final = UInt(100)
_IDLE_MILLISECONDS: Final = UInt(240_000)
_SENDER, _RECEIVER = False, True


class ClosedByPeerError(Exception):
    """The client has closed the connection, or has not spoken AMQP."""


@dataclass(slots=True)
class Link:
    """One link of the client. `client_sends` is its direction; `path` the node that it goes to or comes from."""

    name: str
    handle: UInt
    client_sends: bool
    path: str
    channel: int
    credit: int = 0
    delivered: int = 0
    parts: list[bytes] = field(default_factory=list)


class Node:
    """What a link can be attached to. A node says why it refuses a link, and answers what it receives."""

    def refuses(self, link: Link) -> Described | None:
        """The error with which the link is detached, or None."""

    async def received(self, peer: "Peer", link: Link, payload: bytes) -> None:
        """A message has come through a link."""

    async def credited(self, peer: "Peer", link: Link) -> None:
        """The client wants messages."""

    def settled(self, tag: bytes, outcome: int) -> None:
        """The client has decided on a delivery: the descriptor of its outcome."""


class Peer:
    """Reads frames until the client goes. `node_at` finds the node of a path, as this connection may see it."""

    def __init__(self, wire: Wire, faults: Faults, record: Record, node_at: Callable[[str], Node]) -> None:
        self._wire = wire
        self._faults = faults
        self._record = record
        self._node_at = node_at
        self._links: dict[tuple[int, int], Link] = {}
        self._tags: dict[int, tuple[Link, bytes]] = {}
        self._next_delivery = 0
        self._on: dict[int, Callable[[Frame], Awaitable[None]]] = {
            Code.OPEN: self._on_open,
            Code.BEGIN: self._on_begin,
            Code.ATTACH: self._on_attach,
            Code.FLOW: self._on_flow,
            Code.TRANSFER: self._on_transfer,
            Code.DISPOSITION: self._on_disposition,
            Code.DETACH: self._on_detach,
            Code.END: self._on_end,
            Code.CLOSE: self._on_close,
        }

    async def serve(self) -> None:
        """Until the client has closed the connection or dropped it."""
        try:
            await self._negotiate()
            while True:
                frame = await self._frame()
                if frame is not None:
                    await self._on[frame.code](frame)
        except (ClosedByPeerError, EOFError, OSError):
            return

    async def _negotiate(self) -> None:
        await self._header(SASL_HEADER)
        mechanism = "PLAIN" if self._faults.sasl == "no_mechanism" else "ANONYMOUS"
        await self._send(Code.SASL_MECHANISMS, Array([Symbol(mechanism)]))
        await self._frame()
        refused = self._faults.sasl == "refused"
        await self._send(Code.SASL_OUTCOME, UByte(refused), None)
        if refused:
            raise ClosedByPeerError("SASL was refused")
        await self._header(AMQP_HEADER)

    async def _header(self, header: bytes) -> None:
        if await self._wire.read(len(header)) != header:
            raise ClosedByPeerError("the client speaks something else")
        await self._wire.write(header)

    async def _frame(self) -> Frame | None:
        head = await self._wire.read(8)
        return decode_frame(head, await self._wire.read(body_size(head)))

    async def _send(self, code: Code, *fields: Any, payload: bytes = b"", channel: int = 0) -> None:
        await self._wire.write(encode_frame(code, fields, payload, channel))

    # --- connection and session --------------------------------------------------------------------------------------

    async def _on_open(self, frame: Frame) -> None:
        self._record.hostnames.append(str(frame.fields[1]))
        await self._send(Code.OPEN, "lab-broker", None, UInt(MAX_FRAME_SIZE), UShort(255), _IDLE_MILLISECONDS)
        if self._faults.close:
            await self._send(Code.CLOSE, refusal(self._faults.close))

    async def _on_begin(self, frame: Frame) -> None:
        fields = (UShort(frame.channel), UInt(0), _WINDOW, _WINDOW, UInt(255))
        await self._send(Code.BEGIN, *fields, channel=frame.channel)
        if self._faults.end:
            await self._send(Code.END, refusal(self._faults.end), channel=frame.channel)

    async def _on_end(self, frame: Frame) -> None:
        await self._send(Code.END, channel=frame.channel)

    async def _on_close(self, _: Frame) -> None:
        await self._send(Code.CLOSE)
        raise ClosedByPeerError("the client has closed the connection")

    # --- links -------------------------------------------------------------------------------------------------------

    async def _on_attach(self, frame: Frame) -> None:
        name, handle, client_receives, send_mode, receive_mode, source, target = frame.fields[:7]
        terminus = source if client_receives else target
        link = Link(str(name), handle, not client_receives, path_of(str(terminus.value[0])), frame.channel)
        refusal = self._node_at(link.path).refuses(link)
        # A refused link lacks the terminus that would be on our side (section 2.6.3 of the standard).
        ends = (
            None if refusal and client_receives else _copy(Code.SOURCE, source),
            None if refusal and not client_receives else _copy(Code.TARGET, target),
        )
        delivery_count = UInt(0) if client_receives else None
        fields = (name, handle, not client_receives, send_mode, receive_mode, *ends, None, None, delivery_count)
        await self._send(Code.ATTACH, *fields, ULong(1024 * 1024), channel=link.channel)
        if refusal:
            await self._send(Code.DETACH, handle, True, refusal, channel=link.channel)
            return
        self._links[link.channel, handle] = link
        if link.client_sends:
            await self._flow(link, _CREDIT)

    async def _flow(self, link: Link, credit: UInt) -> None:
        window = (UInt(0), _WINDOW, UInt(self._next_delivery), _WINDOW)
        await self._send(Code.FLOW, *window, link.handle, UInt(link.delivered), credit, channel=link.channel)

    async def _on_flow(self, frame: Frame) -> None:
        handle, credit, drain = frame.fields[4], frame.fields[6], frame.fields[8]
        link = self._links.get((frame.channel, handle)) if handle is not None else None
        if link is None or link.client_sends:
            return
        link.credit = int(credit or 0)
        await self._node_at(link.path).credited(self, link)
        if drain:
            await self._flow(link, UInt(0))

    async def _on_detach(self, frame: Frame) -> None:
        if self._links.pop((frame.channel, frame.fields[0]), None):
            await self._send(Code.DETACH, frame.fields[0], True, channel=frame.channel)

    # --- messages ----------------------------------------------------------------------------------------------------

    async def _on_transfer(self, frame: Frame) -> None:
        handle, delivery, _, _, is_settled, more = frame.fields[:6]
        link = self._links[frame.channel, handle]
        link.parts.append(frame.payload)
        if more:
            return
        payload, link.parts = b"".join(link.parts), []
        if not is_settled:
            accepted = composite(Code.ACCEPTED)
            await self._send(Code.DISPOSITION, _RECEIVER, delivery, delivery, True, accepted, channel=link.channel)
        await self._node_at(link.path).received(self, link, payload)

    async def deliver(self, link: Link, payload: bytes, tag: bytes = b"reply", *, is_settled: bool = True) -> None:
        """Send a message to the client through one of its receiving links."""
        delivery = UInt(self._next_delivery)
        self._next_delivery += 1
        link.delivered += 1
        link.credit -= 1
        if not is_settled:
            self._tags[delivery] = (link, tag)
        fields = (link.handle, delivery, tag, UInt(0), is_settled, False)
        await self._send(Code.TRANSFER, *fields, payload=payload, channel=link.channel)

    async def reply(self, request: Link, payload: bytes) -> None:
        """Send a message through the receiving link that is the other half of `request`."""
        for link in self._links.values():
            if (link.channel, link.path, link.client_sends) == (request.channel, request.path, False):
                await self.deliver(link, payload)
                return

    async def _on_disposition(self, frame: Frame) -> None:
        _, first, last, is_settled, outcome = frame.fields[:5]
        for delivery in range(first, (first if last is None else last) + 1):
            link, tag = self._tags.pop(delivery, (None, b""))
            if link is None:
                continue
            self._node_at(link.path).settled(tag, int(outcome.descriptor))
            if not is_settled:
                fields = (_SENDER, UInt(delivery), UInt(delivery), True, outcome)
                await self._send(Code.DISPOSITION, *fields, channel=frame.channel)


def _copy(code: Code, terminus: Described | None) -> Described:
    return composite(code, *(terminus.value if terminus else ()))
