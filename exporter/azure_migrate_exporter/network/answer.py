"""Was that the service, or a stranger on the way? Decided in one place for every HTTP answer.

A stranger is a proxy, a block page, a captive portal, another product at the address: it answers HTTP, and what it says
means nothing of the service. Its body is never shown.
"""

from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.reasons import CheckError, Reason

NOT_THE_SERVICE: Final = "not the service: a proxy or block page?"

_BY_STATUS: Final = {
    401: Reason.PROXY,
    403: Reason.PROXY,
    407: Reason.PROXY,
    408: Reason.TIMEOUT,
    429: Reason.THROTTLED,
    511: Reason.PROXY,  # Network Authentication Required, of captive portals (RFC 6585)
}
_MARKUP: Final = ("<!doctype html", "<html")


def is_html(headers: Mapping[str, str], body: str = "") -> bool:
    """Whether the answer is a page for a browser, by its type or its first characters."""
    return "html" in media_type(headers) or body.lstrip("\ufeff \t\r\n")[:16].lower().startswith(_MARKUP)


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of the answer without its parameters, in lower case; empty if it has none."""
    return header(headers, "content-type").partition(";")[0].strip().lower()


def header(headers: Mapping[str, str], name: str) -> str:
    """The value of a header, whatever its case; empty if it is not there."""
    return next((value for each, value in headers.items() if each.lower() == name.lower()), "")


def stranger(where: str, status: int, headers: Mapping[str, str]) -> CheckError:
    """The error for an answer that is not the service's own; `where` is host and port or the URL's beginning.

    The reason follows the status: what limits, refuses or fails is said as that, everything else is `protocol`.
    """
    kind = media_type(headers) or "no content type"
    reason = _BY_STATUS.get(status, Reason.UNAVAILABLE if status >= 500 else Reason.PROTOCOL)
    said = f"redirects (HTTP {status})" if 300 <= status < 400 else f"answers HTTP {status} with {kind}"
    return CheckError(reason, f"{where} {said}, {NOT_THE_SERVICE}")
