"""A WinRM endpoint of the lab: WS-Management over HTTP or HTTPS, answering for WMI of a `LabWindows`.

It speaks what a client of `root/cimv2` meets on a real appliance: Negotiate (NTLM, with pyspnego's acceptor), Basic and
client certificates; message encryption over plain HTTP; WS-Transfer Get of Win32_Service and Win32_Process; faults.
"""

import asyncio
import atexit
import base64
import binascii
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import spnego
from pypsrp.encryption import WinRMEncryption
from pypsrp.wsman import NAMESPACES
from spnego.exceptions import SpnegoError

from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, TcpListener
from tests.lab.windows import LabService, LabWindows

ACCESS_DENIED: Final = 5
RESOURCE_NOT_FOUND: Final = 2150858752
QUOTA_MAX_OPERATIONS: Final = 2150859174
"""Codes of WS-Management faults."""

_ZONE: Final = timezone(timedelta(hours=1))
"""The machine writes its local time."""

_CIMV2: Final = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
_MUTUAL: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
_SOAP: Final = "application/soap+xml;charset=UTF-8"
_BOUNDARY: Final = "Encrypted Boundary"

_ENVELOPE: Final = (
    '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">'
    "<s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{id}</a:MessageID>"
    "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
    "<a:RelatesTo>{relates_to}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
_INSTANCE: Final = (
    '<p:{name} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="{uri}"'
    ' xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" xsi:type="p:{name}_Type">{properties}</p:{name}>'
)
_FAULT: Final = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en-US">{text} </s:Text></s:Reason><s:Detail>'
    '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{code}" Machine="APPLIANCE">'
    "<f:Message>{text} </f:Message></f:WSManFault></s:Detail></s:Fault>"
)
_FAULTS: Final = {
    ACCESS_DENIED: ("w:AccessDenied", "Access is denied."),
    RESOURCE_NOT_FOUND: (
        "a:DestinationUnreachable",
        (
            "The WS-Management service cannot process the request. The service cannot find the resource identified by "
            "the resource URI and selectors."
        ),
    ),
    QUOTA_MAX_OPERATIONS: (
        "w:QuotaLimit",
        (
            "The WS-Management service cannot process the request. The maximum number of concurrent operations for "
            "this user has been exceeded."
        ),
    ),
}


class LabWinRM(TcpListener):
    """Its listener at `host` and `port`. The network is `switch`ed, the rest are attributes to set at any time."""

    def __init__(
        self,
        windows: LabWindows,
        *,
        certificates: Certificates | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(http(self._answer), certificates=certificates, host=host, port=port)
        self.windows = windows
        self.username = "exporter"
        self.password = "Lab-only-0!"
        """What it accepts; another value makes every client's credentials wrong."""
        self.methods = ["Negotiate", "Basic"]
        """Ways to authenticate that it offers."""
        self.fault_code: int | None = None
        """Code of the fault that it answers instead of objects, for instance `ACCESS_DENIED`."""
        self.sees_services = True
        """Whether the user has the right to see services; without it none seems to exist."""
        self.delay = 0.0
        """Seconds before each answer."""
        self.asked: list[str] = []
        """Every object that was asked for, as ``Win32_Service?Name=asrgwy``."""

    async def _answer(self, request: Request) -> Response:
        await asyncio.sleep(self.delay)
        if (request.method, request.target) != ("POST", "/wsman"):
            return Response(404)
        refusal, headers = self._authenticate(request)
        if refusal:
            return Response(401, headers=headers)
        encryption = _encryption(request)
        if encryption is None:
            status, body = self._soap(request.body) if request.body else (200, b"")
            return Response(status, body, (("Content-Type", _SOAP), *headers))
        status, body = self._soap(encryption.unwrap_message(request.body, _BOUNDARY))
        content_type, wrapped = encryption.wrap_message(body)
        content_type = f'{content_type};protocol="{encryption.protocol}";boundary="{_BOUNDARY}"'
        return Response(status, wrapped, (("Content-Type", content_type), *headers))

    def _authenticate(self, request: Request) -> tuple[bool, tuple[tuple[str, str], ...]]:
        """Whether the request is refused, and headers for the answer. A connection stays authenticated."""
        offers = tuple(("WWW-Authenticate", _offer(method)) for method in self.methods)
        method, _, token = request.headers.get("authorization", "").partition(" ")
        if method == "Basic" and "Basic" in self.methods:
            return base64.b64decode(token).decode() != f"{self.username}:{self.password}", offers
        if method == _MUTUAL:
            return request.connection["client_certificate"] is None, offers
        if method == "Negotiate" and "Negotiate" in self.methods:
            return self._negotiate(request.connection, token)
        context = request.connection.get("context")
        return context is None or not context.complete, offers

    def _negotiate(self, connection: dict[str, Any], token: str) -> tuple[bool, tuple[tuple[str, str], ...]]:
        with _ntlm_user(self.username, self.password):
            context = connection.get("context")
            if context is None or context.complete:
                context = connection["context"] = spnego.server(protocol="negotiate")
            try:
                answer = context.step(base64.b64decode(token)) or b""
            except (
                SpnegoError,
                binascii.Error,
                StopIteration,
            ):  # the last: a handshake begun on a connection that was cut
                del connection["context"]
                return True, (("WWW-Authenticate", "Negotiate"),)
        return not context.complete, (("WWW-Authenticate", f"Negotiate {base64.b64encode(answer).decode()}"),)

    def _soap(self, message: bytes) -> tuple[int, bytes]:
        header = ET.fromstring(message).find("s:Header", NAMESPACES)
        assert header is not None
        uri = header.findtext("wsman:ResourceURI", "", NAMESPACES)
        selectors = header.findall("wsman:SelectorSet/wsman:Selector", NAMESPACES)
        key, value = next(((s.attrib["Name"], s.text or "") for s in selectors), ("", ""))
        wmi_class = uri.removeprefix(_CIMV2)
        self.asked.append(f"{wmi_class}?{key}={value}")
        relates_to = header.findtext("wsa:MessageID", "", NAMESPACES)
        properties = self._find(wmi_class, value)
        if self.fault_code is not None or properties is None:
            return 500, fault(self.fault_code or RESOURCE_NOT_FOUND, relates_to=relates_to)
        return 200, _instance(relates_to, wmi_class, properties)

    def _find(self, wmi_class: str, key: str) -> dict[str, str | None] | None:
        if wmi_class == "Win32_Service":
            service = self.windows.find(key) if self.sees_services else None
            return _win32_service(service) if service else None
        if wmi_class == "Win32_Process":
            service = self.windows.process(int(key))
            return _win32_process(service) if service else None
        return None


def _offer(method: str) -> str:
    return f'{method} realm="WSMAN"' if method == "Basic" else method


@contextmanager
def _ntlm_user(username: str, password: str) -> Iterator[None]:
    """pyspnego's acceptor reads users from a file at each step, and a client of this process at no other time."""
    users = _user_file()
    users.write_text(f":{username}:{password}\n")
    try:
        yield
    finally:
        users.unlink()


@cache
def _user_file() -> Path:
    """The file that pyspnego's environment variable names.

    It stays set. Threads list the environment, as requests does to find a proxy, and fail if a variable goes meanwhile.
    """
    directory = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["NTLM_USER_FILE"] = str(Path(directory) / "users")
    return Path(directory) / "users"


def _encryption(request: Request) -> WinRMEncryption | None:
    if not request.headers.get("content-type", "").startswith("multipart/encrypted"):
        return None
    return WinRMEncryption(request.connection["context"], WinRMEncryption.SPNEGO)


def _win32_service(service: LabService) -> dict[str, str | None]:
    running = service.state == "Running"
    return {
        "AcceptPause": "false",
        "AcceptStop": str(running).lower(),
        "Caption": service.display_name,
        "CreationClassName": "Win32_Service",
        "DisplayName": service.display_name,
        "ExitCode": "0",
        "InstallDate": None,
        "Name": service.name,
        "PathName": service.path,
        "ProcessId": str(service.pid),
        "Started": str(service.pid != 0).lower(),
        "StartMode": "Auto",
        "StartName": "LocalSystem",
        "State": service.state,
        "Status": "OK",
        "SystemName": "APPLIANCE",
    }


def _win32_process(service: LabService) -> dict[str, str | None]:
    started = datetime.fromtimestamp(service.started or 0, _ZONE)
    return {
        "CommandLine": None,
        "CreationClassName": "Win32_Process",
        "CreationDate": f"<cim:Datetime>{started.isoformat()}</cim:Datetime>",
        "Handle": str(service.pid),
        "ProcessId": str(service.pid),
    }


def _instance(relates_to: str, wmi_class: str, properties: dict[str, str | None]) -> bytes:
    children = "".join(
        f'<p:{name} xsi:nil="true"/>' if value is None else f"<p:{name}>{_text(value)}</p:{name}>"
        for name, value in properties.items()
    )
    body = _INSTANCE.format(name=wmi_class, uri=_CIMV2 + wmi_class, properties=children)
    action = "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse"
    return _envelope(relates_to, action, body)


def _text(value: str) -> str:
    return value if value.startswith("<cim:") else escape(value)


def fault(code: int, text: str = "", relates_to: str = "") -> bytes:
    """The SOAP message of a fault; its text is Windows' own unless another is given."""
    subcode, usual = _FAULTS.get(code, ("w:InternalError", "The request failed."))
    text = escape(text or usual)
    action = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
    return _envelope(relates_to, action, _FAULT.format(subcode=subcode, text=text, code=code))


def _envelope(relates_to: str, action: str, body: str) -> bytes:
    return _ENVELOPE.format(action=action, id=str(uuid.uuid4()).upper(), relates_to=relates_to, body=body).encode()
