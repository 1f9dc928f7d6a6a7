"""The lab's AMQP codec: against itself, and against the one that the SDK brings."""

import contextlib
import struct
import uuid
from typing import Any

import pytest
from azure.eventhub._pyamqp import _decode as eventhub_decode  # no public name of it exists
from azure.servicebus._pyamqp import _decode as sdk_decode
from azure.servicebus._pyamqp import _encode as sdk_encode
from azure.servicebus._pyamqp import performatives as sdk_performatives
from azure.servicebus._pyamqp.message import Message as SdkMessage
from azure.servicebus._pyamqp.message import Properties as SdkProperties
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.amqp.codec import (
    Array,
    Byte,
    Described,
    Int,
    Reader,
    Short,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
    decode,
    encode,
)
from tests.lab.amqp.frames import LENGTHS, Code, body_size, decode_frame, encode_frame
from tests.lab.amqp.messages import Message, decode_message

VALUES = [
    None,
    True,
    False,
    UByte(255),
    UShort(65535),
    UInt(0),
    UInt(2**32 - 1),
    ULong(2**64 - 1),
    Byte(-1),
    Short(-300),
    Int(-(2**31)),
    -(2**63),
    1.5,
    Timestamp(1_700_000_000_000),
    uuid.UUID("12345678-1234-5678-1234-567812345678"),
    b"",
    b"\x00" * 300,
    "",
    "é" * 200,
    Symbol("amqp:not-found"),
    [],
    [1, "two", None, [b"three"]],
    {},
    {Symbol("a"): 1, "b": {"c": Timestamp(5)}},
    Array(["0", "1"]),
    Array([Symbol("ANONYMOUS")]),
    Described(ULong(0x77), "value"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_read_back_as_it_was_written_with_its_type(value: Any) -> None:
    read = decode(encode(value))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"\x43", UInt(0)),
        (b"\x52\x07", UInt(7)),
        (b"\x44", ULong(0)),
        (b"\x53\x07", ULong(7)),
        (b"\x54\xff", Int(-1)),
        (b"\x55\xff", -1),
        (b"\x56\x01", True),
        (b"\x45", []),
        (b"\xa0\x02ab", b"ab"),
        (b"\xa1\x02ab", "ab"),
        (b"\xa3\x02ab", Symbol("ab")),
        (b"\xc0\x03\x02\x41\x42", [True, False]),
        (b"\xc1\x06\x02\xa1\x01a\x54\x05", {"a": Int(5)}),
        (b"\xe0\x06\x02\xa3\x01a\x01b", Array([Symbol("a"), Symbol("b")])),
    ],
    ids=repr,
)
def test_the_short_forms_that_clients_write_are_read(written: bytes, value: Any) -> None:
    assert decode(written) == value


@pytest.mark.parametrize(
    "written", [b"", b"\x70\x00", b"\xb1\x00\x00\x00\x05ab", b"\xd0\x00\x00\x00\x04\x00\x00\x00\x01"]
)
def test_a_value_that_is_cut_off_is_an_error(written: bytes) -> None:
    with pytest.raises(ValueError, match="ends in the middle"):
        decode(written)


def test_a_byte_that_begins_no_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="no AMQP value begins with 0x1f"):
        decode(b"\x1f")


def test_what_amqp_has_no_type_for_is_an_error() -> None:
    with pytest.raises(TypeError, match="no type for set"):
        encode({1})


def test_values_are_read_one_after_the_other() -> None:
    reader = Reader(encode(1) + encode("two") + b"rest")
    assert (reader.value(), reader.value(), reader.rest) == (1, "two", b"rest")


@pytest.mark.parametrize("code", [code for code in LENGTHS if code not in (Code.ERROR, Code.ACCEPTED)], ids=str)
@pytest.mark.parametrize("decoder", [sdk_decode, eventhub_decode], ids=["servicebus", "eventhub"])
def test_performatives_reach_both_sdks_at_full_length(code: Code, decoder: Any) -> None:
    frame = encode_frame(Code(code), ())
    read, fields = decoder.decode_frame(memoryview(frame)[8:])
    assert (read, len(fields)) == (code, LENGTHS[code] + (code == Code.TRANSFER))  # the payload is one more there


def test_a_frame_of_the_sdk_is_read() -> None:
    attach = sdk_performatives.AttachFrame("link", 3, True, 0, 1, *[None] * 9)
    head, body = sdk_encode.encode_frame(attach)
    assert body is not None
    data = head + struct.pack(">H", 7) + body
    assert body_size(data[:8]) == len(data) - 8
    frame = decode_frame(data[:8], data[8:])
    assert frame is not None
    assert (frame.code, frame.channel, len(frame.fields)) == (Code.ATTACH, 7, LENGTHS[Code.ATTACH])
    assert frame.fields[:5] == ["link", 3, True, 0, 1]


def test_an_empty_frame_is_a_heartbeat() -> None:
    assert decode_frame(b"\x00\x00\x00\x08\x02\x00\x00\x00", b"") is None


@pytest.mark.parametrize(
    "head", [b"GET / HT", b"\x00\x00\x00\x04\x02\x00\x00\x00", b"\x16\x03\x01\x02\x00\x01\x00\x01"]
)
def test_what_is_no_frame_is_an_error(head: bytes) -> None:
    with pytest.raises(ValueError, match="not an AMQP frame"):
        body_size(head)


def test_a_message_of_the_sdk_is_read() -> None:
    sent = SdkMessage(
        properties=SdkProperties(message_id="7"), application_properties={b"operation": b"READ"}, value={b"a": 1}
    )
    output = bytearray()
    sdk_encode.encode_payload(output, sent)
    read = decode_message(bytes(output))
    assert (read.message_id, read.application, read.value) == ("7", {"operation": b"READ"}, {b"a": 1})


def test_a_message_reaches_the_sdk() -> None:
    message = Message(
        message_id="m", correlation_id="c", application={"status-code": Int(202)}, header=[True], data=b"body"
    )
    read = sdk_decode.decode_payload(memoryview(message.encode()))
    assert read.properties is not None
    assert (read.properties.message_id, read.properties.correlation_id) == (b"m", b"c")
    assert read.application_properties == {b"status-code": 202}
    assert read.data == [b"body"]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=300)
    | st.text(max_size=300)
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@given(ANYTHING)
def test_any_value_is_read_back_as_it_was_written(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=60))
def test_bytes_of_any_content_are_a_value_or_a_value_error(data: bytes) -> None:
    reader = Reader(data)
    with contextlib.suppress(ValueError, RecursionError, TypeError):  # TypeError: a list as the key of a map
        reader.value()
    assert data.endswith(reader.rest)
