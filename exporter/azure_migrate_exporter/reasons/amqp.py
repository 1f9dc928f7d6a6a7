"""Exceptions of azure-servicebus and azure-eventhub, told apart by class name and text: no SDK need be imported.

Service Bus has classes for what the service answers. Event Hubs has one, ConnectError, for everything from a name that
does not resolve to a busy service, and both put everything else into their base class; there the text decides.
"""

import re
from typing import Final

from azure_migrate_exporter.reasons import Reason

_BY_CLASS: Final[dict[str, Reason]] = {
    "OperationTimeoutError": Reason.TIMEOUT,
    "ServiceBusAuthenticationError": Reason.UNAUTHENTICATED,
    "ServiceBusAuthorizationError": Reason.FORBIDDEN,
    "MessagingEntityNotFoundError": Reason.NOT_FOUND,
    "MessagingEntityDisabledError": Reason.UNAVAILABLE,
    "ServiceBusServerBusyError": Reason.THROTTLED,
    "ServiceBusQuotaExceededError": Reason.FULL,
}

_BY_TEXT: Final[tuple[tuple[re.Pattern[str], Reason], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        # Both: what the service answers to a token; without its sentence nothing tells these apart.
        (r"CBS Token authentication failed\.\s+Status code: 404", Reason.NOT_FOUND),
        (r"CBS Token authentication failed[\s\S]+claim", Reason.FORBIDDEN),
        (r"CBS Token authentication failed|Token has expired|CBS Authentication Expired", Reason.UNAUTHENTICATED),
        # Event Hubs: what the service answers.
        (r"Management authentication failed", Reason.FORBIDDEN),
        (r"Status code: 404|Failed to open mgmt link", Reason.NOT_FOUND),
        (r"Status code: (429|503)", Reason.THROTTLED),
        (r"Status code: 5\d\d", Reason.UNAVAILABLE),
        # Both: the second is a format string of Event Hubs that fails on a refusal.
        (r"SASL negotiation failed|Replacement index \d+ out of range", Reason.UNAUTHENTICATED),
        (r"requires sessions|amqp:not-implemented|amqp:not-allowed", Reason.UNSUPPORTED),
        (r"5\d\d, message='Invalid response status'", Reason.UNAVAILABLE),
        (r"Unsupported SASL|invalid frame type|Mismatching \w+ header|Invalid response status", Reason.PROTOCOL),
        # Both: what happened to the socket, where its exception is no longer attached.
        (r"Name or service not known|Errno -\d|getaddrinfo failed|name resolution", Reason.DNS),
        (r"Connect call failed|Errno 111\b|WinError 10061", Reason.REFUSED),
        (r"No route to host|unreachable|Errno (101|113)\b", Reason.UNREACHABLE),
        (r"CERTIFICATE_VERIFY_FAILED|address mismatch|UNEXPECTED_EOF|\[SSL", Reason.TLS),
        (r"timed[ -]out", Reason.TIMEOUT),
        # A peer that closes while TLS is being spoken to it leaves no text at all.
        (r"Failed to initiate the connection due to exception:\s*(Error|$)", Reason.TLS),
        (r"Errno 104\b|clos(ed|ing)|reset|disconnected|detach|'NoneType' object", Reason.RESET),
    )
)

_BASES: Final = ("ServiceBusError", "EventHubError", "TokenAuthFailure", "TokenExpired")
"""The last two are found inside: at a custom endpoint, Service Bus calls a refused token a connection error."""
_CONNECTION: Final = ("ServiceBusConnectionError", "ConnectionLostError", "ConnectError")


def classify(error: BaseException) -> Reason | None:
    """The reason of such an exception, or None."""
    names = {base.__name__ for base in type(error).__mro__}
    for name, reason in _BY_CLASS.items():
        if name in names:
            return reason
    if names.isdisjoint(_BASES):
        return None
    text = str(error)
    for pattern, reason in _BY_TEXT:
        if pattern.search(text):
            return reason
    # What the SDK stumbles over is not what it expects to hear.
    return Reason.PROTOCOL if names.isdisjoint(_CONNECTION) else Reason.RESET
