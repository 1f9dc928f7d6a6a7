"""Exceptions of the Windows side, as their libraries raise them, and the reason of each."""

import psutil
import pytest
import requests
import urllib3
from pypsrp.exceptions import AuthenticationError, WinRMError, WinRMTransportError, WSManFaultError
from spnego.exceptions import BadMechanismError, FeatureMissingError, InvalidTokenError, NegotiateOptions

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.classify import classify


def fault(code: int | str) -> WSManFaultError:
    return WSManFaultError(code, "APPLIANCE", "text", None, None, None)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AuthenticationError("Failed to authenticate the user x with negotiate"), Reason.UNAUTHENTICATED),
        (
            AuthenticationError(
                "The server did not response with one of the following authentication methods Negotiate"
            ),
            Reason.UNSUPPORTED,
        ),
        (WinRMTransportError("http", 401, ""), Reason.UNAUTHENTICATED),
        (WinRMTransportError("http", 403, ""), Reason.FORBIDDEN),
        (WinRMTransportError("http", 404, "<html>"), Reason.PROTOCOL),
        (WinRMTransportError("http", 503, ""), Reason.UNAVAILABLE),
        (fault(5), Reason.FORBIDDEN),
        (fault(0x80041003), Reason.FORBIDDEN),
        (fault(0x80338029), Reason.TIMEOUT),
        (fault(0x803381A6), Reason.THROTTLED),
        (fault(0x80338000), Reason.NOT_FOUND),
        (fault("s:Receiver"), Reason.UNAVAILABLE),
        (WinRMError("Received related id does not match"), Reason.PROTOCOL),
        (InvalidTokenError(), Reason.UNAUTHENTICATED),
        (BadMechanismError(), Reason.UNSUPPORTED),
        (FeatureMissingError(NegotiateOptions.wrapping_winrm), Reason.UNSUPPORTED),
        (requests.ConnectTimeout(), Reason.TIMEOUT),
        (requests.ReadTimeout(), Reason.TIMEOUT),
        (requests.exceptions.SSLError(), Reason.TLS),
        (urllib3.exceptions.ReadTimeoutError(None, "/wsman", "Read timed out."), Reason.TIMEOUT),  # type: ignore[arg-type]
        (psutil.NoSuchProcess(pid=1), Reason.NOT_FOUND),
        (psutil.AccessDenied(pid=1), Reason.FORBIDDEN),
        (KeyError("a bug of ours"), Reason.INTERNAL),
    ],
)
def test_every_exception_has_its_reason(error: Exception, reason: Reason) -> None:
    assert classify(error) is reason
