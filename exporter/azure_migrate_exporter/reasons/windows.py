"""Exceptions of pypsrp, its transport (spnego, requests, urllib3) and psutil's Windows services.

They are recognised by package, class name and code, so that none of these need be imported.
"""

from typing import Final

from azure_migrate_exporter.reasons import Reason

_HTTP: Final = {401: Reason.UNAUTHENTICATED, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}
"""An answer without a WS-Management fault. 404 is none of them: something else than WinRM listens there."""

_WSMAN_FAULTS: Final = {
    5: Reason.FORBIDDEN,  # ERROR_ACCESS_DENIED
    0x80070005: Reason.FORBIDDEN,  # E_ACCESSDENIED
    0x80041003: Reason.FORBIDDEN,  # WBEM_E_ACCESS_DENIED
    0x80338000: Reason.NOT_FOUND,  # ERROR_WSMAN_RESOURCE_NOT_FOUND
    0x80338029: Reason.TIMEOUT,  # ERROR_WSMAN_OPERATION_TIMEDOUT
    0x8033803F: Reason.THROTTLED,  # ERROR_WSMAN_QUOTA_LIMIT
    0x803381A6: Reason.THROTTLED,  # ERROR_WSMAN_QUOTA_MAX_OPERATIONS
    0x803381A7: Reason.THROTTLED,  # ERROR_WSMAN_QUOTA_USER
    0x803381A8: Reason.THROTTLED,  # ERROR_WSMAN_QUOTA_SYSTEM
    0x803381E8: Reason.THROTTLED,  # ERROR_WSMAN_QUOTA_MAX_OPERATIONS_USER_PPQ
}

_NAMES: Final[dict[str, dict[str, Reason]]] = {
    "spnego": {
        "BadMechanismError": Reason.UNSUPPORTED,
        "FeatureMissingError": Reason.UNSUPPORTED,
        "OperationNotAvailableError": Reason.UNSUPPORTED,
        "SpnegoError": Reason.UNAUTHENTICATED,
    },
    "requests": {
        "Timeout": Reason.TIMEOUT,
        "SSLError": Reason.TLS,
        "ChunkedEncodingError": Reason.RESET,
        "ContentDecodingError": Reason.PROTOCOL,
    },
    "urllib3": {"ConnectTimeoutError": Reason.TIMEOUT, "ReadTimeoutError": Reason.TIMEOUT, "SSLError": Reason.TLS},
    "psutil": {"NoSuchProcess": Reason.NOT_FOUND, "AccessDenied": Reason.FORBIDDEN, "TimeoutExpired": Reason.TIMEOUT},
    "xml": {"ParseError": Reason.PROTOCOL},
}
"""Reason by package and class; the most derived class that is listed decides."""


def classify(error: BaseException) -> Reason | None:
    """The reason of such an exception, or None."""
    package = type(error).__module__.partition(".")[0]
    if package == "pypsrp":
        return _pypsrp(error)
    names = _NAMES.get(package, {})
    return next((names[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in names), None)


def _pypsrp(error: BaseException) -> Reason:
    name = type(error).__name__
    code = getattr(error, "code", None)
    if name == "AuthenticationError":
        # The same class for "wrong password" and for "none of these methods is offered here".
        return Reason.UNSUPPORTED if "authentication methods" in str(error) else Reason.UNAUTHENTICATED
    if name == "WSManFaultError":
        return _WSMAN_FAULTS.get(code, Reason.UNAVAILABLE) if isinstance(code, int) else Reason.UNAVAILABLE
    if name == "WinRMTransportError" and isinstance(code, int):
        return _HTTP.get(code, Reason.UNAVAILABLE if code >= 500 else Reason.PROTOCOL)
    return Reason.PROTOCOL
