"""Source `winrm`: WMI of the appliance, through WS-Management (pypsrp).

For each service one WS-Transfer ``Get`` of ``Win32_Service?Name=…`` and, while it runs, one of ``Win32_Process`` for
its start. PowerShell remoting would return the same and is not used: it starts a host process at every check, on a
machine whose CPU the replication needs; it asks for the right to run code there; and it depends on execution policy
and language mode. A ``Get`` runs nothing, needs no shell, and its states are English words on every appliance.

pypsrp blocks, so a thread of this source's own does the work; at the end of a read, its connections are cut.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from pypsrp.exceptions import WSManFaultError
from pypsrp.wsman import SelectorSet, WSMan

from azure_migrate_exporter.collectors.gateway.services import Service, Source, state_named
from azure_migrate_exporter.config.gateway import WinRMGateway
from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.answer import header, is_html
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.requests_adapter import RacedAdapter
from azure_migrate_exporter.network.tls import own_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.runtime.deadline import WHOLE_MARGIN, time_limit, within_deadline
from azure_migrate_exporter.runtime.threads import DaemonThreads

CONNECT_TIMEOUT: Final = 5
OPERATION_TIMEOUT: Final = 8
READ_TIMEOUT: Final = 10
LONGEST: Final = 60.0
"""Seconds. The server gives up before the socket does: so a slow WMI is distinguished from a dead network."""

RESOURCE_NOT_FOUND: Final = 2150858752
"""ERROR_WSMAN_RESOURCE_NOT_FOUND, 0x80338000: no such instance."""

_CIMV2: Final = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
_ALWAYS_THERE: Final = "WinRM"
"""The service that answers us. An account that does not see it sees none."""

_HINTS: Final = {Reason.REFUSED: "`winrm enumerate winrm/config/listener` there lists its listeners"}
_OUTCOMES: Final = {
    Reason.RESET: "the connection was cut",
    Reason.TIMEOUT: "it does not answer in time",
    Reason.TLS: "its certificate does not verify: set ca_file, and as address a name that the certificate has",
    Reason.UNAUTHENTICATED: "it does not accept the credentials: correct username and password, or auth",
    Reason.UNSUPPORTED: "it offers no authentication that fits: correct auth, or give username and password",
    Reason.PROTOCOL: "what answers is not WS-Management: correct address and port",
}

_MAKING: Final = threading.Lock()
"""pypsrp registers its XML namespaces with each client, in a table of the process that it iterates over."""

# pypsrp logs, with a traceback, what it also raises and we report.
logging.getLogger("pypsrp").setLevel(logging.CRITICAL)


class WinRMSource:
    """Logs on anew for each read, as an honest test of the whole path."""

    def __init__(self, settings: WinRMGateway, proxies: Proxies) -> None:
        self._settings = settings
        self._proxies = proxies
        self._threads = DaemonThreads("winrm", 1)
        self._adapter = RacedAdapter(proxies, _is_service)

    async def read(self, services: Sequence[str]) -> dict[str, Service]:
        """See `Source.read`."""
        seconds = within_deadline(LONGEST, WHOLE_MARGIN)
        try:
            async with time_limit(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, services)
        except TimeoutError as error:
            raise self._error(Reason.TIMEOUT, f"no whole answer in {seconds:.1f} s") from error
        finally:
            # A call that goes on would hold the only thread: an answer that drips trips no socket time-out.
            self._adapter.cut()

    def _read(self, services: Sequence[str]) -> dict[str, Service]:
        wsman = self._client()
        try:
            with _closing(wsman):
                return {name: self._one(wsman, name) for name in services}
        except CheckError as error:
            hint = _HINTS.get(error.reason)
            raise self._error(error.reason, error.message + (f": {hint}" if hint else "")) from error
        except Exception as error:
            explained = self._explain(error)
            if explained.reason is Reason.INTERNAL:
                raise
            raise explained from error

    def _client(self) -> WSMan:
        """Files are read anew. Raises `CheckError` for one that cannot be read."""
        settings = self._settings
        tls = own_context(settings.ca_file) if settings.tls else None
        for path in filter(None, (settings.certificate_file, settings.key_file)):
            if not path.is_file():
                raise CheckError(Reason.UNAUTHENTICATED, f"the file {path} does not exist")
        with _MAKING:
            wsman = WSMan(
                settings.address,
                port=settings.port,
                username=settings.username,
                password=settings.password.read() if settings.password else None,
                ssl=settings.tls,
                auth=settings.auth,
                certificate_pem=settings.certificate_file and str(settings.certificate_file),
                certificate_key_pem=settings.key_file and str(settings.key_file),
                connection_timeout=CONNECT_TIMEOUT,
                operation_timeout=OPERATION_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                no_proxy=True,
            )
        session = wsman.transport._build_session()  # noqa: SLF001 - pypsrp has no public way to mount an adapter
        self._adapter = RacedAdapter(self._proxies, _is_service, tls)
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._adapter)
        wsman.transport.session = session
        return wsman

    def _one(self, wsman: WSMan, name: str) -> Service:
        try:
            found = _get(wsman, "Win32_Service", "Name", name)
            if found is None:
                return self._missing(wsman, name)
        except WSManFaultError as error:
            return Service("unknown", problem=self._explain(error))
        return Service(state_named(found.get("State", "")), _started(wsman, found.get("ProcessId", "0")))

    def _missing(self, wsman: WSMan, name: str) -> Service:
        """To an account without the right to see services, none seems to exist."""
        if _get(wsman, "Win32_Service", "Name", _ALWAYS_THERE) is not None:
            return Service("not_found")
        text = f"it shows this account neither {name} nor itself: grant the user the right to see services"
        return Service("unknown", problem=self._error(Reason.FORBIDDEN, text))

    def _explain(self, error: Exception) -> CheckError:
        if isinstance(error, WSManFaultError):
            return self._error(classify(error), error.reason or error.provider_fault or f"fault {error.code}")
        if isinstance(error, ImportError):
            text = "Kerberos is not installed here: pip install 'azure-migrate-exporter[kerberos]', or set auth to ntlm"
            return self._error(Reason.UNSUPPORTED, text)
        # pypsrp's own ValueError: the listener answers with another method than the one that is configured.
        reason = Reason.UNSUPPORTED if type(error) is ValueError else classify(error)
        return self._error(reason, _OUTCOMES.get(reason, str(error)))

    def _error(self, reason: Reason, text: str) -> CheckError:
        settings = self._settings
        port = settings.port or (5986 if settings.tls else 5985)
        return CheckError(reason, f"WinRM at {authority(settings.address, port)}: {text}")

    async def close(self) -> None:
        """Let the thread end."""
        self._threads.shutdown()


def _is_service(status: int, headers: Mapping[str, str]) -> bool:
    """WinRM answers with SOAP, or refuses with a challenge. Pages in HTML are of what listens in its place."""
    return bool(header(headers, "WWW-Authenticate")) if status == 401 else not is_html(headers)


@contextmanager
def _closing(wsman: WSMan) -> Iterator[WSMan]:
    """Close the connections too: urllib3 would leave that to the garbage collector, and the appliance counts them."""
    try:
        yield wsman
    finally:
        session: Any = wsman.transport.session
        for adapter in session.adapters.values() if session else ():
            pools = adapter.poolmanager.pools
            for key in pools.keys():  # noqa: SIM118 - its container cannot be iterated
                pools[key].close()
        wsman.close()


def _get(wsman: WSMan, wmi_class: str, key: str, value: str) -> dict[str, str] | None:
    """The properties of one WMI object that are set, by name; None if there is no such object."""
    selectors = SelectorSet()
    selectors.add_option(key, value)
    try:
        body = wsman.get(_CIMV2 + wmi_class, selector_set=selectors)
    except WSManFaultError as error:
        if error.code == RESOURCE_NOT_FOUND:
            return None
        raise
    return {_local(item): "".join(item.itertext()).strip() for instance in body for item in instance}


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _started(wsman: WSMan, pid: str) -> float | None:
    """When process `pid` started, in Unix seconds; None if it has ended meanwhile, or may not be seen."""
    if pid in {"", "0"}:
        return None
    try:
        process = _get(wsman, "Win32_Process", "Handle", pid)
        moment = datetime.fromisoformat((process or {})["CreationDate"])
    except (WSManFaultError, KeyError, ValueError):
        return None
    return moment.timestamp() if moment.tzinfo else None


def create(settings: WinRMGateway, proxies: Proxies) -> Source:
    """The source on one appliance."""
    return WinRMSource(settings, proxies)
