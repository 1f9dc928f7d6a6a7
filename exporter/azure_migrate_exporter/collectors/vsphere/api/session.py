"""One login session at a vCenter, kept for as long as the exporter runs."""

import contextlib
import hashlib
from typing import Any, Final
from xml.etree import ElementTree as ET

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import GetServiceVersions, versionIdMap

from azure_migrate_exporter.collectors.vsphere.api.stub import Endpoint, Stub, bind
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.network.answer import stranger
from azure_migrate_exporter.network.http_connection import HttpError
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.peer_clocks import PEER_CLOCKS

LOGIN_TIMEOUT: Final = 60.0
"""Seconds for a login. With a slow identity source it takes far longer than other calls."""

_VERSIONS: Final = "/sdk/vimServiceVersions.xml"
_LOGIN_PAUSE: Final = 300.0
"""Seconds before the next login after a rejected password, or after a login without an answer.

By default five wrong passwords in three minutes lock an account. And a login without an answer may have left a session
at the server, which is there until it expires.
"""


class Session:
    """Logs in, renews the login, logs out. Blocking; for one thread at a time, except `abort` and `shut_down`.

    A session that may still exist on the server is ended before the next login, so none is left there.
    """

    def __init__(self, settings: VCenterSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._stub: Stub | None = None
        self._content: Any = None
        self._unused = False
        self._failed_login: tuple[CheckError, float, bytes | None] | None = None
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
        now = float(self.object(vim.ServiceInstance, "ServiceInstance").CurrentTime().timestamp())
        PEER_CLOCKS.observe(self._settings.address.lower(), now)
        return now

    def long_poll_stub(self, wait: float) -> Stub:
        """Another SOAP client of this session, for calls that may take `wait` seconds longer than others."""
        if self._stub is None:
            raise ConnectionAbortedError("not logged in")
        self._unused = False
        endpoint = self._stub.endpoint
        return Stub(endpoint, self._stub.version, timeout=endpoint.timeout + wait, cookie=self._stub.cookie)

    def supports(self, version: str) -> bool:
        """Whether the negotiated version of the API is `version` (``9.1.0.0``) or newer."""
        return self._stub is not None and _number(versionIdMap[self._stub.version]) >= _number(version)

    def renew(self) -> None:
        """Log in; log out first, unless no watch has used the session yet: a login may end after the run that began it.

        Raises OSError, HttpError, `CheckError` and faults of pyvmomi. A session whose logout gets no answer stays.
        """
        if self._content is not None and self._unused:
            return
        self.close()
        endpoint = Endpoint.of(self._settings)
        stub = Stub(endpoint, _negotiate(endpoint))
        try:
            content = _service_content(stub)
            self._log_in(stub, content.sessionManager)
        except BaseException:
            stub.close()
            raise
        self._stub, self._content, self._unused = stub, content, True
        self.logins += 1

    def _log_in(self, stub: Stub, manager: Any) -> None:
        """Log in with a client that has more time than `stub`, whose calls then belong to the session."""
        user, password = self._settings.username, self._settings.password.read()
        fingerprint = hashlib.sha256(password.encode()).digest()
        if (failed := self._failed_login) and self._clock.monotonic() < failed[1] and failed[2] in {None, fingerprint}:
            raise failed[0]
        timeout = max(LOGIN_TIMEOUT, stub.endpoint.timeout)
        login = Stub(stub.endpoint, stub.version, timeout=timeout, cookie=stub.cookie)
        try:
            bind(manager, login).Login(user, password, None)
        except vim.fault.InvalidLogin as fault:
            problem = "the password is wrong or expired, or the account is locked"
            text = f"{stub.endpoint} refuses the login of {user}: {problem}"
            again = " (tried again when it changes, or every 5 minutes)"
            self._pause(CheckError(Reason.UNAUTHENTICATED, text + again), fingerprint)
            raise CheckError(Reason.UNAUTHENTICATED, text) from fault
        except vim.fault.NoPermission as fault:
            text = f"{user} may not log in at {stub.endpoint}: give it the role Read-only on the vCenter itself"
            raise CheckError(Reason.FORBIDDEN, text) from fault
        except (OSError, HttpError, CheckError) as error:
            if login.unanswered:
                text = f"the login of {user} at {stub.endpoint} got no answer; the next one follows in 5 minutes"
                self._pause(CheckError(classify(error), text), None)
            stub.cookie = login.cookie
            _log_out_unseen(stub, manager)
            raise
        finally:
            login.close()
        self._failed_login = None
        stub.cookie = login.cookie

    def _pause(self, error: CheckError, password: bytes | None) -> None:
        """Raise `error` in place of the next logins, with this password or any."""
        self._failed_login = error, self._clock.monotonic() + _LOGIN_PAUSE, password

    def discard(self) -> None:
        """Drop a session that the server has ended."""
        if self._stub is not None:
            self._stub.close()
        self._stub = self._content = None

    def close(self) -> None:
        """Log out, unless logged out. Raises OSError, `CheckError` or `HttpError` if the server does not answer."""
        if self._content is not None:
            # After any fault, such as NotAuthenticated, the session is gone.
            with contextlib.suppress(vmodl.MethodFault):
                self._content.sessionManager.Logout()
        self.discard()

    def abort(self) -> None:
        """Break the connection of the call under way; a login goes on. From any thread."""
        if self._stub is not None:
            self._stub.abort()

    def shut_down(self) -> None:
        """Abort, and make no other call in this session. From any thread."""
        if self._stub is not None:
            self._stub.close()


def _log_out_unseen(stub: Stub, manager: Any) -> None:
    """End the session of a login whose answer is lost, if an earlier answer of vCenter had the cookie."""
    if stub.cookie:
        with contextlib.suppress(OSError, HttpError, CheckError, vmodl.MethodFault):
            bind(manager, stub).Logout()


def _service_content(stub: Stub) -> Any:
    content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
    if content.about.apiType != "VirtualCenter":
        raise CheckError(Reason.UNSUPPORTED, f"{stub.endpoint} is not a vCenter but {content.about.fullName}")
    return content


def _negotiate(endpoint: Endpoint) -> str:
    """The newest version of the API that the server and pyvmomi have in common, as pyvmomi names it.

    `SmartConnect` does the same without a deadline: a server that accepts and does not answer would block it for ever.
    """
    stub = Stub(endpoint, GetServiceVersions("vim25")[0])
    try:
        response, body = stub.exchange("GET", _VERSIONS)
    finally:
        stub.close()
    if response.status >= 500 and response.status != 511:
        raise CheckError(Reason.UNAVAILABLE, f"{endpoint} answers {response.status}: vCenter is starting or faulty")
    offered: set[str] = set()
    with contextlib.suppress(ET.ParseError):
        for name in ET.fromstring(body).iter("namespace"):  # noqa: S314 - expat limits entity expansion by itself
            if name.findtext("name") == "urn:vim25":
                offered.update(v.text.strip() for v in name.iter("version") if v.text)
    if response.status != 200 or not offered:
        answer = stranger(str(endpoint), response.status, dict(response.getheaders()))
        raise CheckError(answer.reason, f"{endpoint} is not a vCenter: {answer.message}")
    for version in GetServiceVersions("vim25"):
        if versionIdMap[version] in offered:
            return str(version)
    newest = ", ".join(sorted(offered))
    raise CheckError(Reason.UNSUPPORTED, f"{endpoint} speaks {newest} of the vSphere API, none of which is supported")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
