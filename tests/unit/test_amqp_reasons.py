"""Exceptions of azure-servicebus and azure-eventhub to reasons, and to the one line that an operator reads."""

import errno
import ssl
from typing import Any

import pytest
from azure.eventhub import exceptions as eventhub
from azure.servicebus import exceptions as servicebus
from azure.servicebus._pyamqp import _decode as sdk_decode  # no public name of it exists
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.amqp.explain import explain
from azure_migrate_exporter.collectors.amqp.sdk import is_attached, refusal_in
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.amqp import RefusedError
from azure_migrate_exporter.reasons.classify import classify

CONNECT = "Failed to initiate the connection due to exception: "
SERVICEBUS = [
    (servicebus.OperationTimeoutError(), Reason.TIMEOUT),
    (servicebus.ServiceBusError("Handler failed: Authentication attempt timed-out."), Reason.TIMEOUT),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}[Errno -2] Name or service not known"), Reason.DNS),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}[Errno 111] Connect call failed"), Reason.REFUSED),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}[Errno 113] No route to host"), Reason.UNREACHABLE),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}[Errno 104] Connection reset by peer"), Reason.RESET),
    (
        servicebus.ServiceBusConnectionError(message="Can not read frame: Server unexpectedly closed connection"),
        Reason.RESET,
    ),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}[SSL: CERTIFICATE_VERIFY_FAILED]"), Reason.TLS),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}IP address mismatch, certificate is not"), Reason.TLS),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}UNEXPECTED_EOF_WHILE_READING"), Reason.TLS),
    (servicebus.ServiceBusConnectionError(message=f"{CONNECT}timed out"), Reason.TIMEOUT),
    (servicebus.ServiceBusConnectionError(message=CONNECT, condition="amqp:socket-error"), Reason.TLS),
    (servicebus.ServiceBusConnectionError(message="amqp:connection:forced"), Reason.RESET),
    (servicebus.ServiceBusAuthenticationError(condition="amqp:client-error"), Reason.UNAUTHENTICATED),
    (servicebus.ServiceBusAuthorizationError(), Reason.FORBIDDEN),
    (servicebus.MessagingEntityNotFoundError(), Reason.NOT_FOUND),
    (servicebus.MessagingEntityDisabledError(), Reason.UNAVAILABLE),
    (servicebus.ServiceBusServerBusyError(), Reason.THROTTLED),
    (servicebus.ServiceBusQuotaExceededError(), Reason.FULL),
    (servicebus.ServiceBusError("Handler failed: SASL negotiation failed.\nOutcome: 1"), Reason.UNAUTHENTICATED),
    (servicebus.ServiceBusError("Handler failed: Unsupported SASL credential type"), Reason.PROTOCOL),
    (servicebus.ServiceBusError("Handler failed: Received invalid frame type: 49"), Reason.PROTOCOL),
    (servicebus.ServiceBusError("Handler failed: list index out of range"), Reason.PROTOCOL),
    (servicebus.ServiceBusError("", condition="amqp:not-allowed"), Reason.UNSUPPORTED),
]
EVENTHUB = [
    (eventhub.OperationTimeoutError("Operation timed out."), Reason.TIMEOUT),
    (eventhub.ConnectError(f"{CONNECT}[Errno -2] Name or service not known"), Reason.DNS),
    (eventhub.ConnectError(f"{CONNECT}[Errno 111] Connect call failed"), Reason.REFUSED),
    (eventhub.ConnectError(f"{CONNECT}[Errno 104] Connection reset by peer"), Reason.RESET),
    (eventhub.ConnectError(f"{CONNECT}[SSL: CERTIFICATE_VERIFY_FAILED]"), Reason.TLS),
    (eventhub.ConnectError("Management connection failed. Status code: 404, Description: 'x'"), Reason.NOT_FOUND),
    (eventhub.ConnectError("Management request error. Status code: 503, Description: 'x'"), Reason.THROTTLED),
    (eventhub.ConnectError("Management request error. Status code: 500, Description: 'x'"), Reason.UNAVAILABLE),
    (
        eventhub.AuthenticationError("CBS Token authentication failed.\nStatus code: None"),
        Reason.UNAUTHENTICATED,
    ),
    (
        eventhub.AuthenticationError("CBS Token authentication failed.\nStatus code: 401\nDescription: ExpiredToken"),
        Reason.UNAUTHENTICATED,
    ),
    (
        eventhub.AuthenticationError(
            "CBS Token authentication failed.\nStatus code: 401\nDescription: 'Listen' claim(s)"
        ),
        Reason.FORBIDDEN,
    ),
    (
        eventhub.AuthenticationError("CBS Token authentication failed.\nStatus code: 404\nDescription: not be found"),
        Reason.NOT_FOUND,
    ),
    (eventhub.AuthenticationError("Management authentication failed. Status code: 401"), Reason.FORBIDDEN),
    (eventhub.ConnectionLostError("Failed to open mgmt link, management link status: 2"), Reason.NOT_FOUND),
    (eventhub.ConnectionLostError("Link detached unexpectedly."), Reason.RESET),
    (
        eventhub.EventHubError("Replacement index 1 out of range for positional args tuple"),
        Reason.UNAUTHENTICATED,
    ),
    (eventhub.EventHubError("Unsupported SASL credential type: b'ANONYMOUS'"), Reason.PROTOCOL),
    (eventhub.EventHubError("Received invalid frame type: 49, expected: 0"), Reason.PROTOCOL),
]


@pytest.mark.parametrize(("error", "reason"), [*SERVICEBUS, *EVENTHUB], ids=lambda value: str(value)[:60])
def test_an_exception_has_the_reason_of_its_class_or_its_text(error: Exception, reason: Reason) -> None:
    assert classify(error) is reason


@pytest.mark.parametrize(("error", "reason"), [*SERVICEBUS, *EVENTHUB], ids=lambda value: str(value)[:60])
def test_every_failure_is_explained_in_one_line_that_names_the_place(error: Exception, reason: Reason) -> None:
    known = explain(error, place="bus.example:5671", subject="queue q", role="Reader")
    assert known is not None
    assert known.reason is reason
    assert "\n" not in known.message
    assert "bus.example:5671" in known.message or "queue q" in known.message
    assert "Service Bus has encountered an error" not in known.message


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Reason.REFUSED),
        (OSError(errno.EHOSTUNREACH, "no route"), Reason.UNREACHABLE),
        (ssl.SSLCertVerificationError(1, "verify failed"), Reason.TLS),
    ],
)
def test_what_happened_to_the_socket_decides_when_it_is_attached(inner: Exception, reason: Reason) -> None:
    assert classify(servicebus.ServiceBusConnectionError(message="some words", error=inner)) is reason


@pytest.mark.parametrize("error", [ValueError("closed"), KeyError("timed out"), RuntimeError("Errno 111")])
def test_an_unknown_exception_stays_a_bug(error: Any) -> None:
    assert classify(error) is Reason.INTERNAL
    assert explain(error, place="p", subject="s", role="r") is None


def test_the_message_has_the_sentence_of_the_service() -> None:
    text = "CBS Token authentication failed.\nStatus code: 401\nDescription: ExpiredToken: The token is expired."
    known = explain(eventhub.AuthenticationError(text), place="p:1", subject="event hub h", role="r")
    assert known is not None
    assert known.message == (
        "p:1 refuses the credential for event hub h; renew or correct it: ExpiredToken: The token is expired."
    )


# --- what the service refuses with -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("amqp:not-found", Reason.NOT_FOUND),
        ("amqp:unauthorized-access", Reason.FORBIDDEN),
        ("amqp:resource-limit-exceeded", Reason.FULL),
        ("amqp:internal-error", Reason.UNAVAILABLE),
        ("amqp:connection:forced", Reason.RESET),
        ("com.microsoft:entity-disabled", Reason.UNAVAILABLE),
        ("com.microsoft:server-busy", Reason.THROTTLED),
        ("com.microsoft:timeout", Reason.TIMEOUT),
        ("com.microsoft:auth-failed", Reason.UNAUTHENTICATED),
        ("com.microsoft:of-tomorrow", Reason.UNSUPPORTED),
    ],
)
def test_a_condition_decides(condition: str, reason: Reason) -> None:
    assert RefusedError("No.", condition=condition).reason is reason


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (401, "InvalidSignature: The token has an invalid signature.", Reason.UNAUTHENTICATED),
        (401, "Unauthorized access. 'Listen' claim(s) are required to perform this operation.", Reason.FORBIDDEN),
        (401, "Ip has been prevented to connect to the endpoint.", Reason.FORBIDDEN),
        (401, "Public network access is disabled for this namespace.", Reason.FORBIDDEN),
        (
            401,
            "LocalAuthDisabled: Authorization failed because SAS authentication is disabled.",
            Reason.UNAUTHENTICATED,
        ),
        (403, "Forbidden", Reason.FORBIDDEN),
        (404, "The messaging entity could not be found.", Reason.NOT_FOUND),
        (429, "", Reason.THROTTLED),
        (500, "", Reason.UNAVAILABLE),
        (503, "The server is busy.", Reason.THROTTLED),
        (503, "", Reason.UNAVAILABLE),
        (418, "", Reason.UNSUPPORTED),
        (0, "", Reason.PROTOCOL),
    ],
)
def test_the_status_of_a_token_decides_but_for_a_text_that_says_more(status: int, text: str, reason: Reason) -> None:
    assert RefusedError(text, status=status).reason is reason


def test_an_sdk_that_stumbles_over_an_answer_is_protocol() -> None:
    try:
        sdk_decode.decode_frame(memoryview(b"\x00\x53\x10\xc0"))
    except Exception as error:  # noqa: BLE001 - whatever it is
        known = explain(error, place="p:1", subject="s", role="r")
    assert known is not None
    assert known.reason is Reason.PROTOCOL


# --- frames of any content -------------------------------------------------------------------------------------------

CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=12) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=8) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@given(st.sampled_from([0x10, 0x12, 0x16, 0x17, 0x18, None, "x"]) | st.integers(), CONTENT)
def test_a_frame_of_any_content_is_a_refusal_or_none(code: object, fields: object) -> None:
    found = refusal_in(code, fields)
    assert found is None or found.condition
    assert is_attached(fields) in {True, False}


@pytest.mark.parametrize(
    ("code", "fields", "condition", "text"),
    [
        (0x18, [[b"amqp:connection:forced", b"Goodbye.", None]], "amqp:connection:forced", "Goodbye."),
        (0x17, [[b"amqp:internal-error", None, None]], "amqp:internal-error", "amqp:internal-error"),
        (0x16, [0, True, [b"amqp:not-found", b"Gone."]], "amqp:not-found", "Gone."),
    ],
    ids=["close", "end", "detach"],
)
def test_a_close_an_end_and_a_detach_say_why(code: int, fields: list[Any], condition: str, text: str) -> None:
    found = refusal_in(code, fields)
    assert found is not None
    assert (found.condition, str(found)) == (condition, text)


@pytest.mark.parametrize("fields", [[], [None], [0, True, None], [0, True]])
@pytest.mark.parametrize("code", [0x16, 0x17, 0x18])
def test_an_end_without_an_error_is_no_refusal(code: int, fields: list[Any]) -> None:
    assert refusal_in(code, fields) is None
