"""The closed set of reasons for which a check fails, and the error that carries one.

A reason is the same word as a label value, a log field and an exit text. Each implies what an operator does next;
``REMEDIES`` has it in one sentence. `azure_migrate_exporter.reasons.classify` turns any exception into a reason.
"""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why a check failed."""

    TIMEOUT = "timeout"
    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    TLS = "tls"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    FULL = "full"
    PROTOCOL = "protocol"
    UNSUPPORTED = "unsupported"
    PROXY = "proxy"
    IDENTITY = "identity"
    LOCAL = "local"
    INTERNAL = "internal"


REMEDIES: Final[dict[Reason, str]] = {
    Reason.TIMEOUT: "look for a firewall that drops packets, a proxy, or an overloaded peer",
    Reason.DNS: "make the name resolve from here: check the spelling, the DNS server and private DNS zones",
    Reason.REFUSED: "start the service on the other side, or correct the port; a firewall may also reject",
    Reason.UNREACHABLE: "ask the network team for a route: no path to that address from here",
    Reason.RESET: "look for a firewall or proxy that cuts the connection, or a service that restarts",
    Reason.TLS: "check the certificate, the host name and the CA bundle; a TLS-inspecting proxy is a common cause",
    Reason.UNAUTHENTICATED: "renew or correct the credential: it is missing, wrong or expired",
    Reason.FORBIDDEN: "grant the documented privilege, or admit this address in the service's firewall",
    Reason.NOT_FOUND: "correct the name, or create the resource: the service answers that it does not exist",
    Reason.THROTTLED: "wait or send fewer requests: the service limits the rate, the network is not the cause",
    Reason.UNAVAILABLE: "wait and check the service's own health: it answers with a server error",
    Reason.FULL: "free space or raise the quota",
    Reason.PROTOCOL: "check what listens at that address: the answer is not in the expected protocol",
    Reason.UNSUPPORTED: "change the configuration: this peer or platform does not support the request",
    Reason.PROXY: "correct the section proxy, or let the proxy admit this destination: it refused or is not reached",
    Reason.IDENTITY: "repair the exporter's own identity: Entra ID gave it no token, and the service was not asked",
    Reason.LOCAL: "look at the exporter's own machine: a full disk, rights on its files, an antivirus or backup that "
    "holds one open, too many sockets",
    Reason.INTERNAL: "report a bug of azure-migrate-exporter, with the traceback in its log",
}

OUR_ACCESS: Final = frozenset({Reason.PROXY, Reason.IDENTITY})
"""Reasons that concern how the exporter gets out, by its proxy and with its identity. The service was not asked."""
OUR_OWN: Final = OUR_ACCESS | {
    Reason.UNAUTHENTICATED,
    Reason.NOT_FOUND,
    Reason.UNSUPPORTED,
    Reason.LOCAL,
    Reason.INTERNAL,
}
"""Reasons that concern the exporter's credential, proxy, settings, machine, or a bug of its own, not what it checks."""
NOT_THE_PATH: Final = OUR_OWN | {Reason.THROTTLED}
"""Reasons that do not blame the network path: the above, and a service that throttles the exporter. `forbidden` is not
among them, because a service's firewall answers with it."""


class CheckError(Exception):
    """A failed check with a known reason.

    ``message`` is one line: what happened, and where. It never contains a secret.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
