"""AMQP 1.0 values on the wire (part 1 of the standard), as far as the clients of Service Bus and Event Hubs use them.

What Python has no type for gets a small subclass, so that a value that was read can be written back as it was.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID


class Symbol(str):
    """A name from a constrained domain."""

    __slots__ = ()


class UByte(int):
    """Eight bits, unsigned."""


class UShort(int):
    """Sixteen bits, unsigned."""


class UInt(int):
    """Thirty-two bits, unsigned."""


class ULong(int):
    """Sixty-four bits, unsigned."""


class Byte(int):
    """Eight bits."""


class Short(int):
    """Sixteen bits."""


class Int(int):
    """Thirty-two bits. A plain Python int is written as a long, of sixty-four."""


class Timestamp(int):
    """Milliseconds since 1970."""


class Array(list[Any]):
    """Values of one type, which is written once: symbols or strings here."""


@dataclass(frozen=True, slots=True)
class Described:
    """A value with a descriptor that says what it stands for."""

    descriptor: Any
    value: Any


_FIXED: Final[dict[int, tuple[str, Callable[[Any], Any]]]] = {
    0x50: (">B", UByte),
    0x51: (">b", Byte),
    0x52: (">B", UInt),
    0x53: (">B", ULong),
    0x54: (">b", Int),
    0x55: (">b", int),
    0x56: (">B", bool),
    0x60: (">H", UShort),
    0x61: (">h", Short),
    0x70: (">I", UInt),
    0x71: (">i", Int),
    0x72: (">f", float),
    0x80: (">Q", ULong),
    0x81: (">q", int),
    0x82: (">d", float),
    0x83: (">q", Timestamp),
}
_EMPTY: Final[dict[int, Callable[[], Any]]] = {
    0x40: lambda: None,
    0x41: lambda: True,
    0x42: lambda: False,
    0x43: UInt,
    0x44: ULong,
    0x45: list,
}
_VARIABLE: Final[dict[int, tuple[str, Callable[[bytes], Any]]]] = {
    0xA0: (">B", bytes),
    0xA1: (">B", lambda raw: raw.decode()),
    0xA3: (">B", lambda raw: Symbol(raw.decode())),
    0xB0: (">I", bytes),
    0xB1: (">I", lambda raw: raw.decode()),
    0xB3: (">I", lambda raw: Symbol(raw.decode())),
}
_COMPOUND: Final[dict[int, str]] = {0xC0: ">B", 0xC1: ">B", 0xD0: ">I", 0xD1: ">I", 0xE0: ">B", 0xF0: ">I"}
_MAPS: Final = (0xC1, 0xD1)
_ARRAYS: Final = (0xE0, 0xF0)

_CODES: Final[dict[type, tuple[int, str]]] = {
    UByte: (0x50, ">B"),
    UShort: (0x60, ">H"),
    UInt: (0x70, ">I"),
    ULong: (0x80, ">Q"),
    Byte: (0x51, ">b"),
    Short: (0x61, ">h"),
    Int: (0x71, ">i"),
    int: (0x81, ">q"),
    float: (0x82, ">d"),
    Timestamp: (0x83, ">q"),
}


class Reader:
    """Values one after the other from a buffer. Raises ValueError at a byte that begins no value."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def rest(self) -> bytes:
        """What has not been read."""
        return self._data[self._at :]

    def value(self) -> Any:
        """The next value."""
        code = self._number(">B")
        if code != 0x00:
            return self._of(code)
        descriptor = self.value()
        return Described(descriptor, self.value())

    def _of(self, code: int) -> Any:
        if code in _EMPTY:
            return _EMPTY[code]()
        if code in _FIXED:
            form, build = _FIXED[code]
            return build(self._unpack(form))
        if code in _VARIABLE:
            form, convert = _VARIABLE[code]
            return convert(self._take(self._number(form)))
        if code in _COMPOUND:
            return self._compound(code, _COMPOUND[code])
        if code == 0x98:
            return UUID(bytes=self._take(16))
        raise ValueError(f"no AMQP value begins with {code:#04x}")

    def _compound(self, code: int, form: str) -> Any:
        self._number(form)
        count = self._number(form)
        if code in _ARRAYS:
            element = self._number(">B")
            return Array(self._of(element) for _ in range(count))
        values = [self.value() for _ in range(count)]
        return dict(zip(values[::2], values[1::2], strict=True)) if code in _MAPS else values

    def _number(self, form: str) -> int:
        return int(self._unpack(form))

    def _unpack(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise ValueError("the buffer ends in the middle of a value")
        self._at += size
        return taken


def decode(data: bytes) -> Any:
    """The one value in `data`."""
    return Reader(data).value()


def encode(value: Any) -> bytes:
    """`value` on the wire. Raises TypeError for what AMQP has no type for."""
    if value is None:
        return b"\x40"
    if isinstance(value, bool):
        return b"\x41" if value else b"\x42"
    if type(value) in _CODES:
        code, form = _CODES[type(value)]
        return bytes([code]) + struct.pack(form, value)
    if isinstance(value, Described):
        return b"\x00" + _descriptor(value.descriptor) + encode(value.value)
    if isinstance(value, UUID):
        return b"\x98" + value.bytes
    return _encode_variable(value)


def _encode_variable(value: Any) -> bytes:
    if isinstance(value, Array):
        return _array(value)
    if isinstance(value, list):
        return _packed(0xD0, len(value), value)
    if isinstance(value, dict):
        return _packed(0xD1, 2 * len(value), [item for pair in value.items() for item in pair])
    if isinstance(value, Symbol):
        return b"\xb3" + _sized(value.encode())
    if isinstance(value, str):
        return b"\xb1" + _sized(value.encode())
    if isinstance(value, bytes):
        return b"\xb0" + _sized(value)
    raise TypeError(f"AMQP has no type for {type(value).__name__}")


def _descriptor(descriptor: Any) -> bytes:
    """Clients expect the short form of a descriptor that fits into one byte."""
    if isinstance(descriptor, int) and descriptor < 256:
        return bytes([0x53, descriptor])
    return encode(descriptor)


def _sized(raw: bytes) -> bytes:
    return struct.pack(">I", len(raw)) + raw


def _packed(code: int, count: int, values: Iterable[Any]) -> bytes:
    body = struct.pack(">I", count) + b"".join(map(encode, values))
    return bytes([code]) + _sized(body)


def _array(values: Array) -> bytes:
    code = 0xB3 if all(isinstance(value, Symbol) for value in values) else 0xB1
    body = struct.pack(">IB", len(values), code) + b"".join(_sized(str(value).encode()) for value in values)
    return b"\xf0" + _sized(body)
