"""The course of a check of Service Bus or Event Hubs: our own look at the path first, then the SDK, in one deadline."""

import asyncio
import ssl
from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from azure.core.credentials_async import AsyncTokenCredential

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.collectors.amqp import connection_string
from azure_migrate_exporter.collectors.amqp.connection_string import ConnectionString
from azure_migrate_exporter.collectors.amqp.explain import explain
from azure_migrate_exporter.collectors.amqp.progress import Progress
from azure_migrate_exporter.collectors.amqp.sdk import closed
from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.config.amqp import AmqpSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

SettingsT = TypeVar("SettingsT", bound=AmqpSettings)


@dataclass(frozen=True, slots=True)
class Way:
    """What one check asks with, once the path is known to be open."""

    access: ConnectionString | AsyncTokenCredential
    tls: ssl.SSLContext
    progress: Progress
    deadline: float

    @property
    def credential(self) -> Any:
        """As the SDKs take it."""
        return self.access.credential if isinstance(self.access, ConnectionString) else self.access

    @property
    def time_left(self) -> float:
        """Seconds until the check's deadline, at which it is cancelled."""
        return self.deadline - asyncio.get_running_loop().time()


class AmqpCheck(Collector, Generic[SettingsT]):
    """Measures one entity of one namespace; holds nothing between two runs but its name."""

    up: ClassVar[Metric]
    phase_duration: ClassVar[Metric]
    phases: ClassVar[tuple[str, ...]]
    scope: ClassVar[str]
    role: ClassVar[str]

    def __init__(self, appliance: str, settings: SettingsT) -> None:
        self.settings = settings
        self.place = authority(*settings.address)
        self._appliance = appliance

    @property
    @abstractmethod
    def path(self) -> str:
        """Path of the entity, the value of the label `entity`; empty while it is not known."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """The entity in words."""

    @abstractmethod
    async def ask(self, way: Way) -> None:
        """Ask the service something through the SDK; every exception means that the check failed."""

    async def collect(self, out: Measurements) -> None:
        """Write whether the entity answered, and the time of each phase that ended.

        Raises `CheckError` with one line that says what to change.
        """
        seconds: dict[str, float] = {}
        progress = Progress(self.place, self.phases, seconds.__setitem__)
        try:
            await self._in_time(progress)
        finally:
            # Only now: which entity it is may have been found on the way.
            labels = {
                "appliance": self._appliance,
                "namespace": self.settings.resource,
                "entity": self.path,
            }
            out.set(self.up, progress.finished, **labels)
            for phase, duration in seconds.items():
                out.set(self.phase_duration, duration, phase=phase, **labels)

    async def _in_time(self, progress: Progress) -> None:
        timeout = self.settings.timeout
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            async with asyncio.timeout_at(deadline):
                await self._check(progress, deadline)
        except TimeoutError as error:
            if progress.finished:
                return  # it answered, and only the closing took too long
            text = f"no answer within {timeout:g} s from {progress.waits_for}"
            raise CheckError(Reason.TIMEOUT, text) from error

    async def _check(self, progress: Progress, deadline: float) -> None:
        tls = client_context(self.settings.ca_file)
        host, port = self.settings.address
        async with connect(host, port, tls=tls, on_phase=progress.done):
            pass
        async with self._access(progress) as access:
            try:
                await self.ask(Way(access, tls, progress, deadline))
            except CheckError:
                raise
            except Exception as error:
                known = explain(error, place=self.place, subject=self.subject, role=self.role)
                if known is None:
                    raise
                raise known from error

    @asynccontextmanager
    async def _access(self, progress: Progress) -> AsyncIterator[ConnectionString | AsyncTokenCredential]:
        settings = self.settings
        if settings.connection_string is not None:
            yield connection_string.parse(settings.connection_string.read(), settings.host, self.path)
            return
        assert settings.credential is not None  # noqa: S101 - the schema wants exactly one
        credential = credentials.build(
            settings.credential,
            AzureTransport(Proxies(), client_context(settings.ca_file)),
        )
        async with closed(credential):
            with progress.aside("Entra ID, which was asked for a token"):
                await self._ask_for_token(credential)
            yield credential

    async def _ask_for_token(self, credential: AsyncTokenCredential) -> None:
        """The SDK would ask too, but it loses what Entra ID answers; afterwards it gets the one that is kept."""
        try:
            await credential.get_token(self.scope)
        except Exception as error:
            reason = classify(error)
            if reason is Reason.INTERNAL:
                raise
            raise CheckError(reason, f"Entra ID gives no token: {one_line(str(error))}") from error
