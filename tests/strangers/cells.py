"""What each check says of each stranger: data, agreed cell by cell.

A cell is asked as an operator would ask at three in the morning: which word on the page sends me to the right place?
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.reasons import Reason
from tests.lab.strangers import STRANGERS


@dataclass(frozen=True, slots=True)
class Cell:
    """What is right.

    Attributes:
        reason: why the check fails; None if it works all the same.
        requests: how many requests a run makes at most (connections, where there are no requests).
        later: whether the first runs may work still, or end with what was open before, and only later ones fail.
    """

    reason: Reason | None
    requests: int = 1
    later: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """A cell that cannot occur."""

    why: str


CHECKS: Final[Mapping[str, str]] = {
    "arm_list": "Resource Manager, the lists of a vault",
    "arm_get": "Resource Manager, the read of one machine",
    "discovery": "Resource Manager, the search of a project",
    "entra": "Entra ID, a token",
    "azure_metrics": "Azure Monitor, metrics",
    "azure_logs": "Azure Monitor, Log Analytics",
    "keyvault": "the port of a key vault",
    "esxi": "the port of an ESXi host",
    "appliance": "the port of an appliance",
    "windows_exporter": "windows_exporter on the appliance",
    "winrm": "WinRM on the appliance",
    "vcenter_login": "vCenter, a login",
    "vcenter_poll": "vCenter, the calls of a run",
    "vcenter_watch": "vCenter, the watch of the inventory",
    "blob_probe": "blob storage, the small upload",
    "blob_benchmark": "blob storage, the benchmark",
    "servicebus": "Service Bus, AMQP",
    "servicebus_websocket": "Service Bus, AMQP in a WebSocket",
    "servicebus_listing": "Service Bus, the list of entities",
    "eventhubs": "Event Hubs, AMQP",
}
"""What each check asks."""

Reasons = Mapping[str, Reason | None]

_CONNECT: Final[Reasons] = {"refused": Reason.REFUSED, "dropped": Reason.TIMEOUT}
_NAMES: Final[Reasons] = {
    "name_gone": Reason.DNS,
    "name_server_failing": Reason.DNS,
    "name_server_silent": Reason.DNS,
    "first_address_dead": None,
}
_HANDSHAKE: Final[Reasons] = {
    "reset_at_connect": Reason.RESET,
    "silent_after_connect": Reason.TIMEOUT,
    "unknown_ca": Reason.TLS,
    "expired": Reason.TLS,
    "other_name": Reason.TLS,
    "plain_http": Reason.TLS,
    "garbage_for_tls": Reason.TLS,
}
_ANSWERS: Final[Reasons] = {
    "silent_after_tls": Reason.TIMEOUT,
    "closed_after_tls": Reason.RESET,
    "reset_after_tls": Reason.RESET,
    "silent_after_request": Reason.TIMEOUT,
    "closed_after_request": Reason.RESET,
    "reset_after_request": Reason.RESET,
    "half_head": Reason.RESET,
    "half_answer": Reason.RESET,
    "half_answer_silent": Reason.TIMEOUT,
    "drip": Reason.TIMEOUT,
    "garbage": Reason.PROTOCOL,
    "smtp": Reason.PROTOCOL,
    "endless_headers": Reason.PROTOCOL,
    "huge_body": Reason.PROTOCOL,
    "chunked_without_end": Reason.PROTOCOL,
    "gzip_bomb": Reason.PROTOCOL,
    "html_200": Reason.PROTOCOL,
    "empty_200": Reason.PROTOCOL,
    "object_200": Reason.PROTOCOL,
    "null_200": Reason.PROTOCOL,
    "list_200": Reason.PROTOCOL,
    "foreign_json_200": Reason.PROTOCOL,
    "foreign_xml_200": Reason.PROTOCOL,
    "redirect": Reason.PROTOCOL,
    "html_401": Reason.PROXY,
    "html_403": Reason.PROXY,
    "html_404": Reason.PROTOCOL,
    "html_407": Reason.PROXY,
    "html_429": Reason.THROTTLED,
    "html_500": Reason.UNAVAILABLE,
    "html_502": Reason.UNAVAILABLE,
    "html_503": Reason.UNAVAILABLE,
    "html_511": Reason.PROXY,
    "echo_page": Reason.PROTOCOL,
}
_OWN: Final[Reasons] = {
    "own_401": Reason.UNAUTHENTICATED,
    "own_403": Reason.FORBIDDEN,
    "own_429": Reason.THROTTLED,
    "own_429_seconds": Reason.THROTTLED,
    "own_429_date": Reason.THROTTLED,
    "own_429_garbage": Reason.THROTTLED,
    "own_429_huge": Reason.THROTTLED,
    "own_500": Reason.UNAVAILABLE,
    "own_503": Reason.UNAVAILABLE,
    "echo": Reason.UNSUPPORTED,
}
_HTTP: Final[Reasons] = {**_CONNECT, **_NAMES, **_HANDSHAKE, **_ANSWERS, **_OWN}
# http.client takes the end of the connection for that of the headers; any other fault is vCenter's own trouble.
_VCENTER: Final[Reasons] = {**_HTTP, "half_head": Reason.PROTOCOL, "echo": Reason.UNAVAILABLE}

_THROTTLED: Final = [name for name in _OWN if "429" in name]

_ENDS_AT_CONNECT: Final = Never("the check ends once the port is open: nothing is said, nothing is read")
_ENDS_AT_TLS: Final = Never("the check ends with the handshake: no request is made")
_NO_NAMES: Final = dict.fromkeys(
    _NAMES, Never("a session at work resolves no name: a new login does, see vcenter_login")
)
_NO_429: Final = Never("the service knows no such answer")


def _row(requests: int, reasons: Reasons, **others: Cell | Never) -> dict[str, Cell | Never]:
    cells: dict[str, Cell | Never] = {name: Cell(reason, requests) for name, reason in reasons.items()}
    return {name: others.get(name) or cells[name] for name in STRANGERS if name in others or name in cells}


def _of_the_token(reason: Reason | None) -> Reason | None:
    return reason if reason in {None, Reason.PROXY} else Reason.IDENTITY


def _running(requests: int, reasons: Reasons, **never: Never) -> dict[str, Cell | Never]:
    """Of a check that is at work already: what was open ends as a reset first, and only then is the stranger met."""
    cells = {name: Cell(reason, requests, later=True) for name, reason in reasons.items()}
    return {name: never.get(name) or cells[name] for name in STRANGERS}


def _throttled_later(requests: int) -> dict[str, Cell]:
    """The lists of a run work, the reads of machines are put off, and the next run says so."""
    return {name: Cell(Reason.THROTTLED, requests, later=True) for name in (*_THROTTLED, "html_429")}


# Whatever is no AMQP is another protocol: a status says nothing to a client that has made no request.
_AMQP: Final[Reasons] = {
    **_CONNECT,
    **_NAMES,
    **_HANDSHAKE,
    **{name: reason for name, reason in _ANSWERS.items() if not name.startswith("html_") or name == "html_200"},
    "half_head": Reason.PROTOCOL,
    "half_answer": Reason.PROTOCOL,
    "half_answer_silent": Reason.PROTOCOL,
    "drip": Reason.PROTOCOL,
}
# Of the answer to the request for a WebSocket only the head is read.
_WEBSOCKET: Final[Reasons] = {
    **_CONNECT,
    **_NAMES,
    **_HANDSHAKE,
    **_ANSWERS,
    "half_answer": Reason.PROTOCOL,
    "half_answer_silent": Reason.PROTOCOL,
}
_NO_HTTP: Final = {
    name: Never("no request is made that has a status: an HTML page is what `200, HTML` is")
    for name in (*_ANSWERS, *_OWN)
    if name not in _AMQP
}
_NO_OWN: Final = dict.fromkeys(_OWN, Never("the service refuses in AMQP: tests/integration/amqp has each condition"))

TABLE: Final[Mapping[str, Mapping[str, Cell | Never]]] = {
    # Six lists, each of them asked again once on a new connection after one that was cut.
    "arm_list": _row(12, _HTTP),
    "arm_get": _row(12, _HTTP, **_throttled_later(12)),
    "discovery": _row(2, _HTTP),
    # Whatever keeps Entra ID from giving a token, it says nothing of a path: only a proxy is named.
    "entra": _row(1, {name: _of_the_token(reason) for name, reason in _HTTP.items()}),
    "azure_metrics": _row(2, _HTTP),
    "azure_logs": _row(3, _HTTP),
    # A certificate that does not verify is looked at a second time, for its end.
    "keyvault": _row(2, {**_CONNECT, **_NAMES, **_HANDSHAKE}, **dict.fromkeys((*_ANSWERS, *_OWN), _ENDS_AT_TLS)),
    "esxi": _row(1, {**_CONNECT, **_NAMES}, **dict.fromkeys((*_HANDSHAKE, *_ANSWERS, *_OWN), _ENDS_AT_CONNECT)),
    "appliance": _row(1, {**_CONNECT, **_NAMES}, **dict.fromkeys((*_HANDSHAKE, *_ANSWERS, *_OWN), _ENDS_AT_CONNECT)),
    # Whoever asks for a password, of a page that has one, wants ours; what else 400 says, it says of the query.
    "windows_exporter": _row(2, {**_HTTP, "html_401": Reason.UNAUTHENTICATED}),
    # http.client takes the end of the connection for that of the headers. A fault that is unknown is the service's own.
    "winrm": _row(2, {**_HTTP, "half_head": Reason.PROTOCOL, "echo": Reason.UNAVAILABLE}),
    "vcenter_login": _row(4, _VCENTER, **dict.fromkeys(_THROTTLED, _NO_429)),
    "vcenter_poll": _running(4, _VCENTER, **dict.fromkeys(_THROTTLED, _NO_429), **_NO_NAMES),
    "vcenter_watch": _running(4, _VCENTER, **dict.fromkeys(_THROTTLED, _NO_429), **_NO_NAMES),
    # Blob storage says 503 ServerBusy for what others call 429.
    "blob_probe": _row(6, {**_HTTP, "own_503": Reason.THROTTLED}),
    "blob_benchmark": _row(12, {**_HTTP, "own_503": Reason.THROTTLED}),
    "servicebus": _row(4, _AMQP, **_NO_HTTP),
    "servicebus_websocket": _row(5, _WEBSOCKET, **_NO_OWN),
    # Its own 400 carries no mark that would distinguish it from the 400 of others.
    "servicebus_listing": _row(2, {**_HTTP, "echo": Reason.PROTOCOL}),
    "eventhubs": _row(4, _AMQP, **_NO_HTTP),
}
"""By check and stranger: every check has every stranger."""
