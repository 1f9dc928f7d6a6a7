"""One login session at a vCenter, kept for as long as the exporter runs."""

import contextlib
import hashlib
from typing import Any, Final
from xml.etree import ElementTree as ET

from pyVmomi import vim
from pyVmomi.VmomiSupport import GetServiceVersions, versionIdMap

from azure_migrate_exporter.collectors.vsphere.stub import Connection, Endpoint, Stub, call
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.network.http_connection import HttpError
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock

_VERSIONS: Final = "/sdk/vimServiceVersions.xml"
_MAX_BYTES: Final = 1 << 20
_LOCKOUT: Final = 300.0
"""Seconds before a rejected password is tried again. By default five tries in three minutes lock an account."""


class Session:
    """Logs in, renews the login, logs out. Blocking; for one thread at a time, except `abort`.

    A session that may still exist on the server is ended before the next login, so none is left there.
    """

    def __init__(self, settings: VCenterSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._stub: Stub | None = None
        self._content: Any = None
        self._rejected_password: tuple[bytes, float] | None = None
        self.logins = 0

    @property
    def content(self) -> Any:
        """The service content (`vim.ServiceInstanceContent`). Only while logged in."""
        return self._content

    @property
    def server(self) -> str:
        """The vCenter's own id, which stays the same after restarts and renaming. Only while logged in."""
        return str(self._content.about.instanceUuid)

    def object(self, kind: Any, moid: str) -> Any:
        """A managed object of pyvmomi by its class and id. Makes no call."""
        return kind(moid, self._stub)

    def now(self) -> float:
        """Unix seconds on the vCenter's clock: one call."""
        return float(call(self.object(vim.ServiceInstance, "ServiceInstance").CurrentTime).timestamp())

    def long_poll_stub(self, wait: float) -> Stub:
        """Another SOAP client of this session, for calls that may take `wait` seconds longer than others."""
        if self._stub is None:
            raise ConnectionAbortedError("not logged in")
        endpoint = self._stub.endpoint
        return Stub(endpoint, self._stub.version, patience=endpoint.timeout + wait, cookie=self._stub.cookie)

    def supports(self, version: str) -> bool:
        """Whether the negotiated version of the API is `version` (``9.1.0.0``) or newer."""
        return self._stub is not None and _number(versionIdMap[self._stub.version]) >= _number(version)

    def open(self) -> None:
        """Log in, unless logged in. Raises `CheckError` and what `call` raises."""
        if self._content is not None:
            return
        endpoint = Endpoint.of(self._settings)
        stub = Stub(endpoint, _negotiate(endpoint))
        try:
            content = self._log_in(endpoint, stub)
        except BaseException:
            stub.close()
            raise
        self._stub, self._content = stub, content
        self.logins += 1

    def _log_in(self, endpoint: Endpoint, stub: Stub) -> Any:
        content: Any = call(vim.ServiceInstance("ServiceInstance", stub).RetrieveContent)
        if content.about.apiType != "VirtualCenter":
            raise CheckError(Reason.UNSUPPORTED, f"{endpoint} is not a vCenter but {content.about.fullName}")
        user, password = self._settings.username, self._settings.password.read()
        fingerprint = hashlib.sha256(password.encode()).digest()
        problem = f"{endpoint} refuses the login of {user}: the password is wrong or expired, or the account is locked"
        rejected = self._rejected_password
        if rejected and rejected[0] == fingerprint and self._clock.monotonic() < rejected[1]:
            raise CheckError(Reason.UNAUTHENTICATED, f"{problem} (tried again when it changes, or every 5 minutes)")
        try:
            call(content.sessionManager.Login, user, password, None)
        except vim.fault.InvalidLogin as fault:
            self._rejected_password = (fingerprint, self._clock.monotonic() + _LOCKOUT)
            raise CheckError(Reason.UNAUTHENTICATED, problem) from fault
        except vim.fault.NoPermission as fault:
            text = f"{user} may not log in at {endpoint}: give it the role Read-only on the vCenter itself"
            raise CheckError(Reason.FORBIDDEN, text) from fault
        self._rejected_password = None
        return content

    def renew(self) -> None:
        """Log out and log in again. Raises, and keeps the session, if the logout gets no answer."""
        self.close()
        self.open()

    def discard(self) -> None:
        """Drop a session that the server has ended."""
        if self._stub is not None:
            self._stub.close()
        self._stub = self._content = None

    def close(self) -> None:
        """Log out, unless logged out. Raises OSError, `CheckError` or `HttpError` if the server does not answer."""
        if self._content is not None:
            try:
                call(self._content.sessionManager.Logout)
            except (OSError, CheckError, HttpError):
                raise
            except Exception:  # noqa: BLE001, S110 - after any other answer (NotAuthenticated) the session is gone
                pass
        self.discard()

    def abort(self) -> None:
        """Break the connections of a call that hangs. From any thread."""
        if self._stub is not None:
            self._stub.abort()


def _negotiate(endpoint: Endpoint) -> str:
    """The newest version of the API that the server and pyvmomi have in common, as pyvmomi names it.

    `SmartConnect` does the same without a deadline: a server that accepts and says nothing would hold it for ever.
    """
    connection = Connection(endpoint, endpoint.timeout)
    try:
        connection.request("GET", _VERSIONS)
        response = connection.getresponse()
        body = response.read(_MAX_BYTES)
    finally:
        connection.close()
    if response.status >= 500:
        raise CheckError(Reason.UNAVAILABLE, f"{endpoint} answers {response.status}: vCenter is starting or faulty")
    offered: set[str] = set()
    with contextlib.suppress(ET.ParseError):
        for name in ET.fromstring(body).iter("namespace"):  # noqa: S314 - expat limits entity expansion by itself
            if name.findtext("name") == "urn:vim25":
                offered.update(v.text.strip() for v in name.iter("version") if v.text)
    if response.status != 200 or not offered:
        raise CheckError(Reason.PROTOCOL, f"{endpoint} is not a vCenter: {_VERSIONS} answers {response.status}")
    for version in GetServiceVersions("vim25"):
        if versionIdMap[version] in offered:
            return str(version)
    newest = ", ".join(sorted(offered))
    raise CheckError(Reason.UNSUPPORTED, f"{endpoint} speaks {newest} of the vSphere API, none of which is supported")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
