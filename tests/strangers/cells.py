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
        later: whether the first run that meets the stranger may work still, and only the next one fails.
    """

    reason: Reason | None
    requests: int = 1
    later: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """A cell that cannot occur."""

    why: str


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
_NO_429: Final = Never("the service knows no such answer")


def _row(requests: int, reasons: Reasons, **others: Cell | Never) -> dict[str, Cell | Never]:
    cells: dict[str, Cell | Never] = {name: Cell(reason, requests) for name, reason in reasons.items()}
    return {name: others.get(name) or cells[name] for name in STRANGERS if name in others or name in cells}


def _throttled_later(requests: int) -> dict[str, Cell]:
    """The lists of a run work, the reads of machines are put off, and the next run says so."""
    return {name: Cell(Reason.THROTTLED, requests, later=True) for name in (*_THROTTLED, "html_429")}


TABLE: Final[Mapping[str, Mapping[str, Cell | Never]]] = {
    # Six lists, each of them asked again once on a new connection after one that was cut.
    "arm_list": _row(12, _HTTP),
    "arm_get": _row(12, _HTTP, **_throttled_later(12)),
    "discovery": _row(2, _HTTP),
    # Entra ID says 400 for what it does not know of us: our credential, whatever the status.
    "entra": _row(1, {**_HTTP, "own_403": Reason.UNAUTHENTICATED, "echo": Reason.UNAUTHENTICATED}),
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
    "vcenter_poll": _row(4, _VCENTER, **dict.fromkeys(_THROTTLED, _NO_429)),
    "vcenter_watch": _row(4, _VCENTER, **dict.fromkeys(_THROTTLED, _NO_429)),
}
"""By check and stranger: every check has every stranger."""
