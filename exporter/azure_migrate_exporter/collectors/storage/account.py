"""One account as both tests see it: secrets in, a `ContainerAccess` out, and errors that say what to change."""

import base64
import binascii
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.azure.shared_access import moment
from azure_migrate_exporter.collectors.storage import sas
from azure_migrate_exporter.collectors.storage.upload import Connections
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.http_connection import PutConnection
from azure_migrate_exporter.network.proxy import Proxies, Proxy
from azure_migrate_exporter.network.tls import TlsContext, client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.azure import describe
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK

Key = AzureSasCredential | AzureNamedKeyCredential | AsyncTokenCredential
"""One of the three credentials that the settings offer."""

SCOPE: Final = "https://storage.azure.com/.default"
"""What a token for blobs is asked for: the same in every cloud."""
VERSION: Final = "2021-08-06"
"""Version of the blob service's protocol: old enough for private clouds, and blocks may be large."""
SILENCE: Final = 10.0
"""Seconds without a byte after which a small request counts as not answered."""
UPLOAD_SILENCE: Final = 30.0
"""Seconds in which a piece of a block must have been taken, or an answer begun."""
CONNECTIONS: Final = 4
"""Connections of an SDK client. Each costs a quarter MiB with TLS; deleting a thousand blobs needs no more."""


@dataclass(frozen=True, slots=True)
class ContainerAccess:
    """Where the container is, how to get there, and the credential for it."""

    url: SplitResult
    """Address of the container."""
    settings: StorageSettings
    proxies: Proxies
    tls: TlsContext | None
    key: Key = field(repr=False)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.url.hostname or "", self.url.port or (443 if self.tls else 80)

    @property
    def proxy(self) -> Proxy | None:
        """The proxy on the way. Raises `CheckError` (proxy) for one that cannot be used."""
        return self.proxies.choose_for_url(self.url.geturl())

    @asynccontextmanager
    async def container(self) -> AsyncIterator[ContainerClient]:
        """The SDK's client, with a connection pool of its own and no retries: the engine repeats, on its schedule."""
        transport = AzureTransport(self.proxies, self.tls, marked=True, connections=CONNECTIONS, silence=SILENCE)
        async with ContainerClient(
            self.settings.url, self.settings.container, credential=self.key, transport=transport, retry_total=0
        ) as client:
            yield client

    async def put_connections(self, count: int, lifetime: float) -> Connections:
        """Connections for puts without the SDK, with the same rights during the next `lifetime` seconds.

        An account key signs a SAS for just that: one signature instead of one for every request. A token is sent as it
        is, so that the right to upload suffices (a user delegation SAS would need one more).
        """
        query, headers = "", {"x-ms-version": VERSION}
        match self.key:
            case AzureSasCredential():
                query = self.key.signature
            case AzureNamedKeyCredential():
                query = self._sign(self.key, lifetime)
            case credential:
                token = await credentials.token(credential, SCOPE)
                # The date is required with a token, and its value is not checked.
                headers |= {"Authorization": f"Bearer {token}", "x-ms-date": formatdate(usegmt=True)}
        options: dict[str, Any] = {"tls": self.tls, "proxy": self.proxy, "timeout": UPLOAD_SILENCE, "headers": headers}
        host, port = self.address
        return Connections(self.url.path, query, [PutConnection(host, port, **options) for _ in range(count)])

    def _sign(self, key: AzureNamedKeyCredential, lifetime: float) -> str:
        return generate_container_sas(
            key.named_key.name,
            self.settings.container,
            key.named_key.key,
            permission=ContainerSasPermissions(create=True, write=True),
            expiry=datetime.fromtimestamp(SYSTEM_CLOCK.time() + lifetime, UTC),
        )


class Account:
    """Gives access to one container. Secrets are read again for each run; an Entra credential keeps its token."""

    def __init__(self, settings: StorageSettings, proxy: ProxySettings) -> None:
        self._settings = settings
        self._proxies = Proxies(proxy)
        self._credential: AsyncTokenCredential | None = None
        self._sas: sas.Sas | None = None

    @property
    def place(self) -> str:
        """The container's address, for messages."""
        return f"{self._settings.url}/{self._settings.container}"

    @property
    def sas_expires(self) -> float | None:
        """When the SAS that was last read expires, in Unix seconds."""
        return self._sas.expires if self._sas else None

    async def open_access(self) -> ContainerAccess:
        """Read the credential, then open a connection and close it, which names a fault better than the SDK would.

        Raises `CheckError`.
        """
        key = await self._read_key()
        url = urlsplit(self.place)
        tls = client_context(self._settings.ca_file) if url.scheme == "https" else None
        access = ContainerAccess(url, self._settings, self._proxies, tls, key)
        async with connect(*access.address, tls=tls, proxy=access.proxy):
            return access

    @contextmanager
    def explaining(self, action: str) -> Iterator[None]:
        """Turn what fails inside into a `CheckError` that says what was tried, where, and what came back."""
        try:
            yield
        except CheckError:
            raise
        except Exception as error:
            reason = classify(error)
            if reason is Reason.INTERNAL:
                raise
            raise self._refusal(reason, f"{action} {self.place}: {describe(error)}") from error

    def _refusal(self, reason: Reason, text: str) -> CheckError:
        """An error for `reason`, with what the SAS itself says about it; one that has expired decides the reason."""
        if self._sas is None or reason not in {Reason.FORBIDDEN, Reason.UNAUTHENTICATED}:
            return CheckError(reason, text)
        expires = self._sas.expires
        if expires is not None and expires < SYSTEM_CLOCK.time():
            return CheckError(Reason.UNAUTHENTICATED, f"{text}; the SAS expired on {moment(expires)}")
        return CheckError(reason, f"{text}; {self._sas.missing}" if self._sas.missing else text)

    async def drop_credential(self) -> None:
        """Close the Entra credential, so that the next run builds it from the newest secret."""
        credential, self._credential = self._credential, None
        if credential is not None:
            await credential.close()

    async def _read_key(self) -> Key:
        settings = self._settings
        if settings.sas is not None:
            self._sas = found = sas.parse(settings.sas.read(), self.place)
            found.check(urlsplit(settings.url).scheme, SYSTEM_CLOCK.time())
            return AzureSasCredential(found.query)
        if settings.account_key is not None:
            return AzureNamedKeyCredential(settings.account, _account_key(settings.account_key))
        assert settings.credential is not None  # noqa: S101 - the settings hold exactly one of the three
        credential = self._credential or credentials.build(
            settings.credential, AzureTransport(self._proxies, client_context(settings.ca_file))
        )
        self._credential = credential
        await credentials.token(credential, SCOPE)
        return credential


def _account_key(secret: Secret) -> str:
    key = secret.read()
    with contextlib.suppress(binascii.Error, ValueError):
        if len(base64.b64decode(key, validate=True)) >= 32:
            return key
    raise CheckError(Reason.UNAUTHENTICATED, "the account key is not base64, or not whole: copy key1 or key2 as it is")
