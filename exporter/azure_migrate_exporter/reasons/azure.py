"""Exceptions of azure-core, azure-identity and aiohttp, distinguished by class name and code: no SDK need be imported.

What happened to a socket is innermost in the chain and belongs to `network`. What is decided here is what a service
answered, and the few transport errors that have no OSError inside.
"""

import re
from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.redaction import one_line

_BY_CLASS: Final[dict[str, Reason]] = {
    # azure-core: only if there is nothing more exact inside.
    "ServiceRequestTimeoutError": Reason.TIMEOUT,
    "ServiceResponseTimeoutError": Reason.TIMEOUT,
    "DecodeError": Reason.PROTOCOL,
    "IncompleteReadError": Reason.RESET,
    "ServiceResponseError": Reason.PROTOCOL,
    # azure-identity: no credential at all, or none that Entra ID accepts.
    "ClientAuthenticationError": Reason.UNAUTHENTICATED,
    # aiohttp and urllib3: one has its own words for a closed connection, both for an answer that is not HTTP.
    "ClientProxyConnectionError": Reason.PROXY,
    "ClientConnectorDNSError": Reason.DNS,
    "NameResolutionError": Reason.DNS,
    "ServerDisconnectedError": Reason.RESET,
    "ClientPayloadError": Reason.RESET,
    "ContentLengthError": Reason.RESET,
    "BadHttpMessage": Reason.PROTOCOL,
    # A page in HTML from a proxy, which the clients of ARM take for JSON.
    "JSONDecodeError": Reason.PROTOCOL,
}

_ENTRA_REFUSES: Final = {"ClientAuthenticationError"}
"""Entra ID says 400 for an unknown application and 401 for a wrong secret: neither is a matter of protocol."""

_ANSWERS: Final = {"HttpResponseError", "ClientResponseError"}
"""azure-core and aiohttp. What is not HTTP at all is a ClientResponseError with status 400."""

_BY_CODE: Final[dict[str, Reason]] = {
    # Blob storage: the credential.
    "AuthenticationFailed": Reason.UNAUTHENTICATED,
    "InvalidAuthenticationInfo": Reason.UNAUTHENTICATED,
    "KeyBasedAuthenticationNotPermitted": Reason.UNAUTHENTICATED,
    "NoAuthenticationInformation": Reason.UNAUTHENTICATED,
    # Blob storage: the container and the account as they are configured, or as they are just now.
    "AccountBeingCreated": Reason.UNAVAILABLE,
    "AccountIsDisabled": Reason.UNAVAILABLE,
    "ContainerBeingDeleted": Reason.UNAVAILABLE,
    "ContainerDisabled": Reason.UNAVAILABLE,
    "BlobImmutableDueToPolicy": Reason.FORBIDDEN,
    "LeaseIdMissing": Reason.FORBIDDEN,
    "PublicAccessNotPermitted": Reason.FORBIDDEN,
    "InvalidResourceName": Reason.NOT_FOUND,
    "ServerBusy": Reason.THROTTLED,
    # Resource Manager: the provider is not registered in the subscription, or has no such API version there.
    "MissingSubscriptionRegistration": Reason.UNSUPPORTED,
    "NoRegisteredProviderFound": Reason.UNSUPPORTED,
    "ReadOnlyDisabledSubscription": Reason.FORBIDDEN,
}

_ADVICE: Final[dict[str, str]] = {
    "AccountIsDisabled": "the account, or its subscription, is disabled: enable it in the portal",
    "KeyBasedAuthenticationNotPermitted": "the account takes no key and no SAS made with one: use `credential`",
}
"""What to do, where the service's own sentence does not say it."""

_BY_STATUS: Final[dict[int, Reason]] = {
    401: Reason.UNAUTHENTICATED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    407: Reason.PROXY,
    408: Reason.TIMEOUT,
    410: Reason.NOT_FOUND,
    429: Reason.THROTTLED,
    507: Reason.FULL,
    529: Reason.THROTTLED,  # the batch API of Azure Monitor
}

_FULL: Final = re.compile(r"quota|capacity|InsufficientStorage|(Limit|Maximum)(Reached|Exceeded)", re.IGNORECASE)
"""Codes that say that something is used up. A 429 with such a code still is a matter of rate."""


def classify(error: BaseException) -> Reason | None:
    """The reason of such an exception, or None."""
    names = [base.__name__ for base in type(error).__mro__]
    status = getattr(error, "status_code", None) or getattr(error, "status", None)
    if isinstance(status, int) and not _ENTRA_REFUSES.isdisjoint(names):
        return Reason.UNAUTHENTICATED if 400 <= status < 500 and status != 429 else answer(status, "")
    if isinstance(status, int) and not _ANSWERS.isdisjoint(names):
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        return answer(status, error_code(error), str(error), from_service=is_azure(headers))
    return next((_BY_CLASS[name] for name in names if name in _BY_CLASS), None)


def error_code(error: BaseException) -> str:
    """The service's own word for an error, as blob storage or ARM gives it; empty if there is none."""
    code = getattr(error, "error_code", None) or getattr(getattr(error, "error", None), "code", None)
    return str(getattr(code, "value", code) or "")


def is_azure(headers: Mapping[str, str]) -> bool:
    """Whether an answer carries a header of Azure's own, as ``x-ms-request-id`` or ``x-ms-error-code``."""
    return any(name.lower().startswith("x-ms-") for name in headers)


def answer(status: int, code: str, text: str = "", *, from_service: bool = False) -> Reason:
    """The reason of an HTTP answer that refuses: its status, the service's code, and its text.

    With `from_service` it is known that no proxy or other product has answered: a code that is listed nowhere then is
    something that the service does not do, and no matter of the network.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status != 429 and _FULL.search(code):
        return Reason.FULL
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return Reason.UNAVAILABLE
    if from_service or (code == "InvalidHeaderValue" and "version" in text.lower()):
        return Reason.UNSUPPORTED
    return Reason.PROTOCOL


def describe(error: BaseException) -> str:
    """What came back, on one line: status, code and sentence of an answer with advice, or what the socket did."""
    status = getattr(error, "status_code", None)
    info = getattr(error, "additional_info", None) or {}
    sentence = info.get("authenticationerrordetail") or str(error).partition("\n")[0]
    if not status:
        return one_line(sentence) or type(error).__name__
    code = error_code(error)
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    return f"{status} {code}: {one_line(sentence)}{advice}"
