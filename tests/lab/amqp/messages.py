"""AMQP 1.0 messages (part 3 of the standard): sections in, sections out."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.lab.amqp.codec import Described, Reader, encode

HEADER: Final = 0x70
ANNOTATIONS: Final = 0x72
PROPERTIES: Final = 0x73
APPLICATION: Final = 0x74
DATA: Final = 0x75
VALUE: Final = 0x77

MESSAGE_ID: Final = 0
CORRELATION_ID: Final = 5
_PROPERTY_COUNT: Final = 13


@dataclass(frozen=True, slots=True)
class Message:
    """What the lab reads and writes of a message. `data` and `value` are the two kinds of body in use."""

    message_id: Any = None
    correlation_id: Any = None
    application: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, Any] = field(default_factory=dict)
    header: list[Any] | None = None
    data: bytes | None = None
    value: Any = None

    def encode(self) -> bytes:
        """The sections in their order; empty ones are left out."""
        properties: list[Any] = [None] * _PROPERTY_COUNT
        properties[MESSAGE_ID], properties[CORRELATION_ID] = self.message_id, self.correlation_id
        sections: list[tuple[int, Any]] = [
            (HEADER, self.header),
            (ANNOTATIONS, self.annotations or None),
            (PROPERTIES, properties),
            (APPLICATION, self.application or None),
            (DATA, self.data),
            (VALUE, self.value),
        ]
        return b"".join(encode(Described(code, content)) for code, content in sections if content is not None)


def decode_message(payload: bytes) -> Message:
    """The message of a delivery's payload."""
    sections: dict[int, Any] = {}
    reader = Reader(payload)
    while reader.rest:
        section = reader.value()
        sections[int(section.descriptor)] = section.value
    properties = [*sections.get(PROPERTIES, []), *[None] * _PROPERTY_COUNT]
    return Message(
        message_id=properties[MESSAGE_ID],
        correlation_id=properties[CORRELATION_ID],
        application={text(key): value for key, value in sections.get(APPLICATION, {}).items()},
        annotations={text(key): value for key, value in sections.get(ANNOTATIONS, {}).items()},
        header=sections.get(HEADER),
        data=sections.get(DATA),
        value=sections.get(VALUE),
    )


def text(value: Any) -> str:
    """A name: clients write one as string, symbol or binary, as they please."""
    return value.decode() if isinstance(value, bytes) else str(value)
