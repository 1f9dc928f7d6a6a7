"""How each service itself refuses, by HTTP status."""

import json
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from pyVmomi import vim, vmodl

from tests.lab import winrm
from tests.lab.soap_proxy import envelope
from tests.lab.stranger_server import Own
from tests.lab.strangers import HTML, JSON, response

Header = tuple[str, str]

REQUEST_ID: Final = ("x-ms-request-id", "00000000-0000-0000-0000-0000000000aa")
_ARM_CODES: Final = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "AuthorizationFailed",
    429: "SubscriptionRequestsThrottled",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}
_ENTRA_CODES: Final = {
    400: ("invalid_request", "AADSTS900144: The request body must contain a parameter."),
    401: ("invalid_client", "AADSTS7000215: Invalid client secret provided."),
    403: ("access_denied", "AADSTS53003: Access has been blocked by Conditional Access policies."),
    429: ("temporarily_unavailable", "AADSTS90025: Request processing has exceeded gateway allowance."),
    500: ("server_error", "AADSTS90033: A transient error has occurred. Please try again."),
    503: ("temporarily_unavailable", "AADSTS90033: A transient error has occurred. Please try again."),
}


def _azure(status: int, text: str = "", *headers: Header) -> bytes:
    error = {"code": _ARM_CODES[status], "message": text or f"The service refuses with {status}."}
    return response(status, json.dumps({"error": error}).encode(), JSON, REQUEST_ID, *headers)


def _entra(status: int, text: str = "", *headers: Header) -> bytes:
    error, description = _ENTRA_CODES[status]
    content = {"error": error, "error_description": text or description}
    return response(status, json.dumps(content).encode(), JSON, REQUEST_ID, *headers)


def _windows_exporter(status: int, text: str = "", *headers: Header) -> bytes:
    plain = ("Content-Type", "text/plain; charset=utf-8")
    challenge = (("WWW-Authenticate", "Basic"),) if status == 401 else ()
    return response(status, (text or "refused").encode(), plain, *challenge, *headers)


_SOAP: Final = ("Content-Type", "application/soap+xml;charset=UTF-8")
_WSMAN_FAULTS: Final = {403: winrm.ACCESS_DENIED, 429: winrm.QUOTA_MAX_OPERATIONS, 400: 0x80338012, 500: 0x80041001}


def _winrm(status: int, text: str = "", *headers: Header) -> bytes:
    if status == 401:
        return response(401, b"", ("WWW-Authenticate", "Negotiate"), *headers)
    if status == 503:  # as HTTP.sys answers for a service that does not run
        return response(503, b"<HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD></HTML>", HTML, *headers)
    return response(500, winrm.fault(_WSMAN_FAULTS[status], text), _SOAP, *headers)


_TEXT_XML: Final = ("Content-Type", 'text/xml; charset="utf-8"')
_VIM_FAULTS: Final[Mapping[int, Any]] = {
    400: vmodl.fault.SystemError,
    401: vim.fault.NotAuthenticated,
    403: vim.fault.NoPermission,
    500: vmodl.fault.SystemError,
}


def _vcenter(status: int, text: str = "", *headers: Header) -> bytes:
    if status in {429, 503}:  # as the proxy inside vCenter answers while a service starts
        return response(status, b"no healthy upstream", ("Content-Type", "text/plain"), *headers)
    return response(500, envelope(_VIM_FAULTS[status](), escape(text)), _TEXT_XML, *headers)


_XML: Final = ("Content-Type", "application/xml")
_BLOB_CODES: Final = {
    400: "InvalidQueryParameterValue",
    401: "NoAuthenticationInformation",
    403: "AuthorizationFailure",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServerBusy",
}


def _blobs(status: int, text: str = "", *headers: Header) -> bytes:
    code = _BLOB_CODES[status]
    content = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{escape(text or code)}</Message></Error>"
    return response(status, content.encode("latin-1"), _XML, REQUEST_ID, ("x-ms-error-code", code), *headers)


def _management(status: int, text: str = "", *headers: Header) -> bytes:
    content = f"<Error><Code>{status}</Code><Detail>{escape(text or f'SubCode={status}00.')}</Detail></Error>"
    return response(status, content.encode("latin-1"), ("Content-Type", "application/xml; charset=utf-8"), *headers)


OWN: Final[Mapping[str, Own]] = {
    "blobs": _blobs,
    "bus_management": _management,
    "arm": _azure,
    "entra": _entra,
    "monitor": _azure,
    "windows_exporter": _windows_exporter,
    "winrm": _winrm,
    "vcenter": _vcenter,
}
"""By service."""
