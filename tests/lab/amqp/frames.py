"""AMQP 1.0 frames and performatives (part 2 of the standard), and the SASL ones (part 5).

A performative is a list of fields behind a descriptor. It is always written with **every** field: the standard allows
a writer to leave out trailing nulls, but azure-eventhub 5.15 reads fields by their position and fails on a short list.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from tests.lab.amqp.codec import Described, Reader, Symbol, encode

AMQP_HEADER: Final = b"AMQP\x00\x01\x00\x00"
SASL_HEADER: Final = b"AMQP\x03\x01\x00\x00"
AMQP_TYPE: Final = 0
SASL_TYPE: Final = 1
MAX_FRAME_SIZE: Final = 65536


class Code(IntEnum):
    """Descriptors."""

    OPEN = 0x10
    BEGIN = 0x11
    ATTACH = 0x12
    FLOW = 0x13
    TRANSFER = 0x14
    DISPOSITION = 0x15
    DETACH = 0x16
    END = 0x17
    CLOSE = 0x18
    ERROR = 0x1D
    ACCEPTED = 0x24
    REJECTED = 0x25
    RELEASED = 0x26
    MODIFIED = 0x27
    SOURCE = 0x28
    TARGET = 0x29
    SASL_MECHANISMS = 0x40
    SASL_INIT = 0x41
    SASL_OUTCOME = 0x44


LENGTHS: Final[dict[int, int]] = {
    Code.OPEN: 10,
    Code.BEGIN: 8,
    Code.ATTACH: 14,
    Code.FLOW: 11,
    Code.TRANSFER: 11,
    Code.DISPOSITION: 6,
    Code.DETACH: 3,
    Code.END: 1,
    Code.CLOSE: 1,
    Code.ERROR: 3,
    Code.ACCEPTED: 0,
    Code.SOURCE: 11,
    Code.TARGET: 7,
    Code.SASL_MECHANISMS: 1,
    Code.SASL_INIT: 3,
    Code.SASL_OUTCOME: 2,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame with a performative: its fields, padded to full length, and what follows them."""

    code: int
    fields: list[Any]
    payload: bytes = b""
    channel: int = 0


def composite(code: Code, *fields: Any) -> Described:
    """A described list at its full length."""
    return Described(int(code), _full(code, fields))


def error(condition: str, description: str) -> Described:
    """The error of a detach or a close."""
    return composite(Code.ERROR, Symbol(condition), description)


def refusal(condition: str) -> Described:
    """The error of a fault: a whole condition, or the end of one that begins with ``amqp:``."""
    return error(condition if ":" in condition else f"amqp:{condition}", f"The lab refuses: {condition}.")


def encode_frame(code: Code, fields: Sequence[Any], payload: bytes = b"", channel: int = 0) -> bytes:
    """The bytes of a frame, its size in front."""
    kind = SASL_TYPE if code in (Code.SASL_MECHANISMS, Code.SASL_INIT, Code.SASL_OUTCOME) else AMQP_TYPE
    body = encode(composite(code, *fields)) + payload
    return struct.pack(">IBBH", len(body) + 8, 2, kind, channel) + body


def body_size(head: bytes) -> int:
    """How many bytes follow the eight that begin a frame. Raises ValueError if they begin none."""
    size, offset = struct.unpack(">IB", head[:5])
    if offset < 2 or not 8 <= size <= MAX_FRAME_SIZE:
        raise ValueError("not an AMQP frame")
    return int(size) - 8


def decode_frame(head: bytes, body: bytes) -> Frame | None:
    """The frame of these eight bytes and their body; None for an empty one, which is a heartbeat."""
    offset, channel = struct.unpack(">BxH", head[4:8])
    body = body[offset * 4 - 8 :]
    if not body:
        return None
    reader = Reader(body)
    performative = reader.value()
    code = int(performative.descriptor)
    return Frame(code, _full(code, performative.value), reader.rest, channel)


def _full(code: int, fields: Sequence[Any]) -> list[Any]:
    """`fields` with the nulls that a writer may leave out at the end."""
    return [*fields, *[None] * (LENGTHS.get(code, 0) - len(fields))]
