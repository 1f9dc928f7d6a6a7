"""Real exceptions of pyvmomi and of the HTTP client below it, and the reason that each is."""

import http.client
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.classify import classify


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (vim.fault.InvalidLogin(), Reason.UNAUTHENTICATED),
        (vim.fault.PasswordExpired(), Reason.UNAUTHENTICATED),
        (vim.fault.NotAuthenticated(), Reason.UNAUTHENTICATED),
        (vim.fault.NoPermission(), Reason.FORBIDDEN),
        (vim.fault.Timedout(), Reason.TIMEOUT),
        (vmodl.fault.RequestCanceled(), Reason.RESET),
        (vmodl.fault.ManagedObjectNotFound(), Reason.NOT_FOUND),
        (vmodl.query.InvalidProperty(), Reason.UNSUPPORTED),
        (vmodl.fault.NotSupported(), Reason.UNSUPPORTED),
        (vmodl.fault.MethodNotFound(), Reason.UNSUPPORTED),
        (vmodl.fault.InvalidRequest(), Reason.PROTOCOL),
        (vmodl.fault.SystemError(), Reason.UNAVAILABLE),
        (vmodl.fault.HostCommunication(), Reason.UNAVAILABLE),
        (vmodl.RuntimeFault(), Reason.UNAVAILABLE),
        (http.client.HTTPException("got more than 100 headers"), Reason.PROTOCOL),
        (http.client.IncompleteRead(b""), Reason.RESET),
        (http.client.RemoteDisconnected("closed"), Reason.RESET),
        (http.client.BadStatusLine("?"), Reason.PROTOCOL),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_exception_has_its_reason(error: Any, reason: Reason) -> None:
    assert classify(error) is reason
