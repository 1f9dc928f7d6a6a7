"""Exceptions of azure-servicebus and azure-eventhub to reasons, and to the one line that an operator reads."""

import errno
import ssl
from typing import Any

import pytest
from azure.eventhub import exceptions as eventhub
from azure.servicebus import exceptions as servicebus

from azure_migrate_exporter.collectors.amqp.explain import explain
from azure_migrate_exporter.reasons import Reason
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
def test_an_exception_of_nobody_we_know_stays_a_bug(error: Any) -> None:
    assert classify(error) is Reason.INTERNAL
    assert explain(error, place="p", subject="s", role="r") is None


def test_the_services_own_sentence_is_told() -> None:
    text = "CBS Token authentication failed.\nStatus code: 401\nDescription: ExpiredToken: The token is expired."
    known = explain(eventhub.AuthenticationError(text), place="p:1", subject="event hub h", role="r")
    assert known is not None
    assert known.message == (
        "p:1 refuses the credential for event hub h; renew or correct it: ExpiredToken: The token is expired."
    )
