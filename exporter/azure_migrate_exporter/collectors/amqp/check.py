"""The course of a check of Service Bus or Event Hubs: a look at the path first, then the SDK, in one deadline."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from azure.core.credentials_async import AsyncTokenCredential

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.collectors.amqp import connection_string
from azure_migrate_exporter.collectors.amqp.connection_string import ConnectionString
from azure_migrate_exporter.collectors.amqp.explain import explain
from azure_migrate_exporter.collectors.amqp.sdk import closing
from azure_migrate_exporter.collectors.protocol import Collector, Target
from azure_migrate_exporter.config.amqp import AmqpSettings, Transport
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.exposition.metrics import RESOURCE_INFO
from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.answer import stranger
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.http import fetch
from azure_migrate_exporter.network.proxy import Proxies, Proxy
from azure_migrate_exporter.network.tls import NamedContext, TlsContext, client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import deadline_in, time_limit

if TYPE_CHECKING:
    from azure_migrate_exporter.reasons.amqp import RefusedError

SettingsT = TypeVar("SettingsT", bound=AmqpSettings)

HINTS: Final = {
    "proxy": "the proxy does not answer",
    "dns": "the name server does not answer",
    "connect": "packets are dropped on the way; ask the network team to open this port",
    "tls": "TCP is open, but nothing answers the TLS handshake; look for a proxy or a firewall on the way",
    "open": "TLS works, but then the service, or a proxy before it, says nothing more",
    "token": "AMQP is open, but the credential gets no answer",
    "link": "the credential is accepted, but the link to the entity gets no answer",
    "peek": "the connection is open, but the entity does not answer",
    "read": "the connection is open, but the event hub does not answer",
}
"""What it means that a phase does not end."""

_WEBSOCKET_PATH: Final = "/$servicebus/websocket"
_UPGRADE: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "YXp1cmUtbWlncmF0ZS1leA==",
    "Sec-WebSocket-Protocol": "AMQPWSB10",
}


class Progress:
    """Phases in their order. Each is reported, in seconds, when it ends; the first that is missing has failed."""

    def __init__(self, phases: tuple[str, ...], report: Callable[[str, float], None]) -> None:
        self.place = ""
        """Host and port of the service."""
        self.refusal: RefusedError | None = None
        """What the service refused with, which its SDK may lose."""
        self._left = list(phases)
        self._report = report
        self._since = 0.0

    @property
    def finished(self) -> bool:
        """Whether every phase has ended."""
        return not self._left

    @property
    def hint(self) -> str:
        """What it means that the phase under way does not end."""
        return HINTS[self._left[0]]

    @property
    def waits_for(self) -> str:
        """Who has not answered yet."""
        return f"{self.place} in phase {self._left[0]}: {self.hint}"

    def use_proxy(self) -> None:
        """The proxy is reached in place of a name that is resolved."""
        self._left[0] = "proxy"

    def restart_clock(self) -> None:
        """The next phase begins now."""
        self._since = time.monotonic()

    def report(self, phase: str, seconds: float) -> None:
        """A phase that was measured elsewhere has ended."""
        self._left.remove(phase)
        self._report(phase, seconds)

    def finish(self, phase: str) -> None:
        """The phase, and with it each one before it, has ended; no effect the second time."""
        if phase in self._left:
            del self._left[: self._left.index(phase) + 1]
            self._report(phase, time.monotonic() - self._since)
            self.restart_clock()


@dataclass(frozen=True, slots=True)
class Access:
    """What one check asks with, once the path is known to be open."""

    secret: ConnectionString | AsyncTokenCredential = field(repr=False)
    transport: Transport
    options: dict[str, Any] = field(repr=False)
    """Arguments of an SDK client, so that it takes the path that was found open: address, proxy and trust."""
    proxies: Proxies
    progress: Progress
    deadline: float

    @property
    def credential(self) -> Any:
        """As the SDKs take it."""
        return self.secret.credential if isinstance(self.secret, ConnectionString) else self.secret

    @property
    def time_left(self) -> float:
        """Seconds until the check's deadline, at which it is cancelled."""
        return self.deadline - asyncio.get_running_loop().time()


class AmqpCheck(Collector, Generic[SettingsT]):
    """Measures one entity of one namespace; holds nothing between two runs but its name."""

    name: ClassVar[str]
    """Name of the collector."""
    up: ClassVar[Metric]
    phase_duration: ClassVar[Metric]
    last_phase: ClassVar[str]
    scope: ClassVar[str]
    role: ClassVar[str]

    def __init__(self, target: Target[SettingsT]) -> None:
        self.settings = target.settings
        self._appliance = target.appliance
        self._proxies = Proxies(target.proxy)

    @property
    @abstractmethod
    def path(self) -> str:
        """Path of the entity, the value of the label `entity`; empty while it is not known."""

    @property
    def configured_path(self) -> str:
        """Path of the entity that the settings name, or empty."""
        return self.path

    @property
    @abstractmethod
    def subject(self) -> str:
        """The entity in words."""

    @abstractmethod
    async def ask(self, access: Access) -> None:
        """Ask the service something through the SDK; every exception means that the check failed."""

    async def collect(self, out: Measurements) -> None:
        """Write whether the entity answered, and the time of each phase that ended.

        Raises `CheckError` with one line that says what to change.
        """
        settings = self.settings
        place = {"appliance": self._appliance, "resource": settings.resource, "address": settings.host}
        out.set(RESOURCE_INFO, 1, collector=self.name, **place)
        seconds: dict[str, float] = {}
        phases = ("dns", "connect", "tls", "open", "token", "link", self.last_phase)
        progress = Progress(phases, seconds.__setitem__)
        try:
            with deadline_in(self.settings.timeout):
                await self._in_time(progress)
        finally:
            # Only now: which entity it is may have been found during the check.
            labels = {
                "appliance": self._appliance,
                "bus_namespace": self.settings.resource,
                "entity": self.path,
            }
            out.set(self.up, progress.finished, **labels)
            for phase, duration in seconds.items():
                out.set(self.phase_duration, duration, phase=phase, **labels)

    async def _in_time(self, progress: Progress) -> None:
        timeout = self.settings.timeout
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            async with time_limit(timeout):
                await self._check(progress, deadline)
        except TimeoutError as error:
            if progress.finished:
                return  # it answered, and only the closing took too long
            known = self._explain(progress.refusal, progress)  # it refused, and again only the closing took too long
            text = f"no answer within {timeout:g} s from {progress.waits_for}"
            raise known or CheckError(Reason.TIMEOUT, text) from error

    async def _check(self, progress: Progress, deadline: float) -> None:
        text, unreadable = self._read_connection_string()
        transport = self._transport(text)
        host, port = self.settings.address_over(transport)
        progress.place = authority(host, port)
        proxy = self._proxies.choose(host) if transport == "websocket" else None
        if proxy is not None:
            progress.use_proxy()
        tls, options = await self._look(host, port, transport, proxy, progress)
        if unreadable is not None:
            raise unreadable
        async with self._secret(text) as secret:
            access = Access(secret, transport, {"ssl_context": tls, **options}, self._proxies, progress, deadline)
            try:
                await self.ask(access)
            except CheckError:
                raise
            except Exception as error:
                known = self._explain(progress.refusal or error, progress)
                if known is None:
                    raise
                raise known from error

    def _explain(self, error: Exception | None, progress: Progress) -> CheckError | None:
        """What `error` means, with what to change; None if there is none, or if it is a bug of ours."""
        if error is None:
            return None
        return explain(error, place=progress.place, subject=self.subject, role=self.role)

    def _read_connection_string(self) -> tuple[str, CheckError | None]:
        """The connection string, or an empty text and why it cannot be read: the path is worth a look all the same."""
        secret = self.settings.connection_string
        try:
            return (secret.read() if secret else ""), None
        except CheckError as error:
            return "", error

    def _transport(self, text: str) -> Transport:
        """The configured transport, or else the one that the connection string names."""
        chosen = "transport" in self.settings.model_fields_set
        return "websocket" if not chosen and connection_string.wants_websocket(text) else self.settings.transport

    async def _look(
        self, host: str, port: int, transport: Transport, proxy: Proxy | None, progress: Progress
    ) -> tuple[TlsContext, dict[str, Any]]:
        """Open a connection and close it. Returns what makes the SDK take the same path: trust, address and proxy.

        AMQP gets the address that answered first, while its certificate is verified for the name. A WebSocket is
        opened by name, for its server sees that name, and tries the addresses side by side itself.
        """
        ca_file = self.settings.ca_file
        tls = NamedContext.verifying(host, ca_file) if transport == "amqp" else client_context(ca_file)
        try:
            async with connect(host, port, tls=tls, proxy=proxy, on_phase=progress.report) as writer:
                address = writer.get_extra_info("peername")[0]
        except CheckError as error:
            if error.reason is not Reason.TIMEOUT:
                raise
            raise CheckError(Reason.TIMEOUT, f"{error.message}; {progress.hint}") from error
        if transport == "amqp":
            return tls, {"custom_endpoint_address": f"sb://{authority(address, port)}"}
        await _refuse_redirect(authority(host, port), tls, proxy)
        return tls, {"custom_endpoint_address": self.settings.endpoint, "http_proxy": _for_sdk(proxy)}

    @asynccontextmanager
    async def _secret(self, text: str) -> AsyncIterator[ConnectionString | AsyncTokenCredential]:
        settings = self.settings
        if settings.credential is None:
            found = connection_string.parse(text, settings.host, self.configured_path)
            self.use_entity(found.entity)
            yield found
            return
        transport = AzureTransport(self._proxies, client_context(settings.ca_file))
        credential = credentials.build(settings.credential, transport)
        async with closing(credential):
            # The SDK would ask too, but it loses what Entra ID answers; it then gets the token that is kept.
            await credentials.token(credential, self.scope)
            yield credential

    def use_entity(self, path: str) -> None:
        """Take the entity that a connection string is for (or ""), if none is configured."""


def _for_sdk(proxy: Proxy | None) -> dict[str, Any] | None:
    """A proxy as the AMQP SDKs take it. Their `proxy_hostname` is a URL without its port."""
    if proxy is None:
        return None
    found = {"proxy_hostname": f"http://{proxy}".rpartition(":")[0], "proxy_port": proxy.port}
    return {**found, "username": proxy.username, "password": proxy.password} if proxy.username else found


async def _refuse_redirect(where: str, tls: TlsContext, proxy: Proxy | None) -> None:
    """Ask for the WebSocket before the SDK does, which follows a redirect and sends its token to wherever that leads.

    Raises `CheckError` for a redirect. Whatever else is wrong, the SDK meets it too.
    """
    try:
        answer = await fetch(f"https://{where}{_WEBSOCKET_PATH}", tls=tls, proxy=proxy, headers=_UPGRADE, limit=None)
    except CheckError:
        return
    if 300 <= answer.status < 400:
        raise stranger(where, answer.status, answer.headers)
