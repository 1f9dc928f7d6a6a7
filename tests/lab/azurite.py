"""Azurite, Microsoft's own emulator of blob storage, over TLS and with as many accounts as one likes.

For correctness, not for speed: it computes a checksum of every block in JavaScript, and deleting frees no memory.
"""

import base64
import re
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from azure.storage.blob.aio import ContainerClient

from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.process import Process, running

_READY: Final = 30.0
_LISTENS: Final = re.compile(r"successfully listens on https://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite. It also takes Entra tokens, and looks at their audience, issuer and time."""

    port: int
    keys: dict[str, str] = field(repr=False)
    """Account keys by account name."""
    ca: LabCA

    def endpoint(self, account: str, port: int | None = None) -> str:
        """Address of an account; `port` for something in front of Azurite."""
        return f"https://localhost:{port or self.port}/{account}"

    @asynccontextmanager
    async def container(self, account: str, name: str) -> AsyncIterator[ContainerClient]:
        """A client with the account's key, past every proxy: for looking at what is really there."""
        connector = aiohttp.TCPConnector(ssl=self.ca.client_context())
        async with ContainerClient(
            self.endpoint(account),
            name,
            credential=AzureNamedKeyCredential(account, self.keys[account]),
            transport=AioHttpTransport(session=aiohttp.ClientSession(connector=connector, auto_decompress=False)),
        ) as client:
            yield client

    async def create_container(self, account: str, name: str) -> None:
        """Make a container, as an operator does in the portal."""
        async with self.container(account, name) as client:
            await client.create_container()

    async def blobs(self, account: str, container: str) -> set[str]:
        """Names of all blobs, those without a commit included."""
        async with self.container(account, container) as client:
            return {blob.name async for blob in client.list_blobs(include=["uncommittedblobs"])}

    def sas(self, account: str, container: str, permissions: str = "cwdl", lifetime: float = 3600) -> str:
        """A signature for a container, as the portal makes it; with a negative lifetime it has expired."""
        return generate_container_sas(
            account,
            container,
            self.keys[account],
            permission=ContainerSasPermissions.from_string(permissions),
            start=datetime.now(UTC) - timedelta(days=1),
            expiry=datetime.now(UTC) + timedelta(seconds=lifetime),
        )


@asynccontextmanager
async def azurite(accounts: Iterable[str], ca: LabCA, directory: Path, port: int = 0) -> AsyncIterator[Azurite]:
    """Start Azurite with these accounts, each with a key of its own. Logs go to `directory`."""
    keys = {account: base64.b64encode(secrets.token_bytes(64)).decode() for account in accounts}
    certificate = ca.issue("azurite")
    program = tools.azurite()
    environment = {**program.environment, "AZURITE_ACCOUNTS": ";".join(f"{name}:{key}" for name, key in keys.items())}
    arguments = (
        *("--blobHost", "127.0.0.1", "--blobPort", str(port), "--cert", str(certificate.chain)),
        *("--key", str(certificate.key), "--oauth", "basic", "--inMemoryPersistence"),
        "--skipApiVersionCheck",  # the SDK is always a version ahead
        "--disableTelemetry",
    )
    log = directory / "azurite.log"
    log.unlink(missing_ok=True)
    async with running("Azurite", tools.Program(program.command, environment), *arguments, log=log) as process:
        yield Azurite(await _listening(process, log), keys, ca)


async def _listening(process: Process, log: Path) -> int:
    """The port, as Azurite says it once it is ready."""

    def port() -> int:
        match = _LISTENS.search(log.read_text())
        return int(match[1]) if match else 0

    async def ready() -> bool:
        return port() > 0

    await process.until(ready, _READY)
    return port()
