"""Exceptions of pyvmomi, classified by class name and status so that the SDK need not be imported.

Its faults are classes created at run time, with names such as ``vim.fault.InvalidLogin``. A fault that is not listed
counts as its base class.
"""

import http.client
from typing import Final

from azure_migrate_exporter.reasons import Reason

_FAULTS: Final[dict[str, Reason]] = {
    "vim.fault.InvalidLogin": Reason.UNAUTHENTICATED,
    "vim.fault.NotAuthenticated": Reason.UNAUTHENTICATED,
    "vim.fault.NoPermission": Reason.FORBIDDEN,
    "vmodl.fault.SecurityError": Reason.FORBIDDEN,
    "vim.fault.RestrictedVersion": Reason.FORBIDDEN,
    "vim.fault.Timedout": Reason.TIMEOUT,
    "vmodl.fault.RequestCanceled": Reason.RESET,
    "vmodl.fault.ManagedObjectNotFound": Reason.NOT_FOUND,
    "vmodl.query.InvalidProperty": Reason.UNSUPPORTED,
    "vmodl.fault.NotSupported": Reason.UNSUPPORTED,
    "vmodl.fault.NotImplemented": Reason.UNSUPPORTED,
    "vmodl.fault.MethodNotFound": Reason.UNSUPPORTED,
    "vmodl.fault.InvalidRequest": Reason.PROTOCOL,
    "vmodl.fault.InvalidArgument": Reason.PROTOCOL,
    # Any other fault is an error on vCenter's side.
    "vmodl.MethodFault": Reason.UNAVAILABLE,
}


def classify(error: BaseException) -> Reason | None:
    """The reason of such an exception, or None."""
    for kind in type(error).__mro__:
        if kind.__name__ in _FAULTS:
            return _FAULTS[kind.__name__]
    if isinstance(error, http.client.IncompleteRead):
        return Reason.RESET
    return None
