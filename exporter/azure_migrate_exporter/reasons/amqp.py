"""Exceptions of azure-servicebus and azure-eventhub, distinguished by class name and text: no SDK need be imported.

Service Bus has classes for what the service answers. Event Hubs has one, ConnectError, for everything from a name that
does not resolve to a busy service, and both put everything else into their base class; there the text decides.
"""

import re
from typing import Final

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.network import numbered

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
        # Both: what the service answers to a token; without its sentence nothing distinguishes these.
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
        (r"Connect call failed", Reason.REFUSED),
        (r"No route to host|unreachable", Reason.UNREACHABLE),
        (r"CERTIFICATE_VERIFY_FAILED|address mismatch|UNEXPECTED_EOF|\[SSL", Reason.TLS),
        (r"timed[ -]out", Reason.TIMEOUT),
        # A peer that closes while TLS is being spoken to it leaves no text at all.
        (r"Failed to initiate the connection due to exception:\s*(Error|$)", Reason.TLS),
        (r"clos(ed|ing)|reset|disconnected|detach|'NoneType' object", Reason.RESET),
    )
)

_BASES: Final = ("ServiceBusError", "EventHubError", "TokenAuthFailure", "TokenExpired")
"""The last two are found inside: at a custom endpoint, Service Bus calls a refused token a connection error."""
_CONNECTION: Final = ("ServiceBusConnectionError", "ConnectionLostError", "ConnectError")

_BY_CONDITION: Final[dict[str, Reason]] = {
    "amqp:connection:forced": Reason.RESET,
    "amqp:connection:redirect": Reason.UNSUPPORTED,
    "amqp:decode-error": Reason.PROTOCOL,
    "amqp:internal-error": Reason.UNAVAILABLE,
    "amqp:link:detach-forced": Reason.RESET,
    "amqp:not-allowed": Reason.UNSUPPORTED,
    "amqp:not-found": Reason.NOT_FOUND,
    "amqp:not-implemented": Reason.UNSUPPORTED,
    "amqp:resource-deleted": Reason.NOT_FOUND,
    "amqp:resource-limit-exceeded": Reason.FULL,
    "amqp:unauthorized-access": Reason.FORBIDDEN,
    "com.microsoft:auth-failed": Reason.UNAUTHENTICATED,
    "com.microsoft:entity-disabled": Reason.UNAVAILABLE,
    "com.microsoft:operation-cancelled": Reason.UNAVAILABLE,
    "com.microsoft:server-busy": Reason.THROTTLED,
    "com.microsoft:timeout": Reason.TIMEOUT,
}
"""Conditions of an error in a close, an end or a detach. One that is not listed is the service's all the same."""
_BY_STATUS: Final[dict[int, Reason]] = {
    0: Reason.PROTOCOL,
    401: Reason.UNAUTHENTICATED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    408: Reason.TIMEOUT,
    410: Reason.NOT_FOUND,
    429: Reason.THROTTLED,
}
"""The answer to a token. 0 stands for one that is no number."""

NETWORK_RULE: Final = re.compile(
    r"\bip\b.{0,40}(prevent|not allowed|denied|block|filter|reject)|\b(public|private) (network )?access|"
    r"network security perimeter|firewall|virtual network|private endpoint|private link",
    re.IGNORECASE,
)
"""A refusal because of where the client is, which has the status and the condition of a wrong credential."""
NO_LOCAL_AUTH: Final = re.compile(r"LocalAuth\w*Disabled|local auth\w* (is|has been) disabled", re.IGNORECASE)
"""A namespace that takes no keys and signatures."""


class RefusedError(Exception):
    """The service refused: with a condition in a close, an end or a detach, or with the status of a token."""

    def __init__(self, text: str, *, condition: str = "", status: int = 0) -> None:
        super().__init__(text)
        self.condition = condition
        self.status = status

    @property
    def reason(self) -> Reason:
        """The condition or the status decides, but for a text that says more."""
        text = str(self)
        if NETWORK_RULE.search(text):
            return Reason.FORBIDDEN
        if NO_LOCAL_AUTH.search(text):
            return Reason.UNAUTHENTICATED
        if self.condition:
            return _BY_CONDITION.get(self.condition, Reason.UNSUPPORTED)
        if self.status == 401 and "claim" in text:
            return Reason.FORBIDDEN
        if self.status >= 500:
            return Reason.THROTTLED if "busy" in text.lower() else Reason.UNAVAILABLE
        return _BY_STATUS.get(self.status, Reason.UNSUPPORTED)


def classify(error: BaseException) -> Reason | None:
    """The reason of such an exception, or None."""
    if isinstance(error, RefusedError):
        return error.reason
    names = {base.__name__ for base in type(error).__mro__}
    for name, reason in _BY_CLASS.items():
        if name in names:
            return reason
    if names.isdisjoint(_BASES):
        return None
    text = str(error)
    by_text = numbered(text) or next((reason for pattern, reason in _BY_TEXT if pattern.search(text)), None)
    if by_text is not None:
        return by_text
    # An SDK that stumbles has received something that it does not expect.
    return Reason.PROTOCOL if names.isdisjoint(_CONNECTION) else Reason.RESET
