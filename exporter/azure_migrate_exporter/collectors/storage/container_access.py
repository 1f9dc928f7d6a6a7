"""The way into one container: as an azure-storage-blob client, and as a URL and headers for requests of our own."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Final
from urllib.parse import SplitResult

import aiohttp
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from azure.storage.blob.aio import ContainerClient

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.config.storage import StorageSettings

Key = AzureSasCredential | AzureNamedKeyCredential | AsyncTokenCredential
"""One of the three ways in that the settings offer."""

SCOPE: Final = "https://storage.azure.com/.default"
"""What a token for blobs is asked for: the same in every cloud."""
SILENCE: Final = 10.0
"""Seconds without a byte after which a small request counts as not answered."""
CONNECTIONS: Final = 4
"""Connections of a client. Each costs a quarter MiB with TLS; deleting a thousand blobs needs no more."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets a request in that the SDK does not write: the query of a SAS, or headers with a token."""

    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the container is, what to trust there, and with what to get in."""

    url: SplitResult
    """Address of the container."""
    settings: StorageSettings
    tls: ssl.SSLContext | None
    key: Key = field(repr=False)

    @asynccontextmanager
    async def container(self) -> AsyncIterator[ContainerClient]:
        """The SDK's client, with a connection pool of its own and no retries: the engine repeats, on its schedule."""
        # Our own connector: given a CA file, azure-core would read it for every request and never reuse a connection.
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self.tls or True, limit=CONNECTIONS),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        async with ContainerClient(
            self.settings.url,
            self.settings.container,
            credential=self.key,
            transport=AioHttpTransport(session=session, connection_timeout=SILENCE, read_timeout=SILENCE),
            retry_total=0,
        ) as client:
            yield client

    async def grant(self, lifetime: float) -> Grant:
        """The same rights for requests of our own during the next `lifetime` seconds.

        An account key signs a SAS for just that: one signature instead of one for every request. A token is sent as it
        is, so that the right to upload suffices (a user delegation SAS would need one more).
        """
        match self.key:
            case AzureSasCredential():
                return Grant(query=self.key.signature)
            case AzureNamedKeyCredential():
                return Grant(query=self._sign(self.key, lifetime))
            case credential:
                token = await credentials.token(credential, SCOPE)
                # The date is asked for with a token, and not looked at.
                return Grant(headers={"Authorization": f"Bearer {token}", "x-ms-date": formatdate(usegmt=True)})

    def _sign(self, key: AzureNamedKeyCredential, lifetime: float) -> str:
        return generate_container_sas(
            key.named_key.name,
            self.settings.container,
            key.named_key.key,
            permission=ContainerSasPermissions(create=True, write=True),
            expiry=datetime.now(UTC) + timedelta(seconds=lifetime),
        )
