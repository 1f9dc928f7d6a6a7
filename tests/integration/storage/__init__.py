"""One storage account behind a proxy, a container of its own for each test, and collectors that look at it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.storage import benchmark, probe
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.exposition.metrics import STORAGE_UPLOAD_FAILURES
from azure_migrate_exporter.reasons import Reason
from tests.lab.azurite import Azurite
from tests.lab.blob_proxy import BlobProxy
from tests.lab.tcp import Certificates
from tests.measured import Measured, measure

ACCOUNT: Final = "migratelsa1612849844"
SMALL: Final[dict[str, Any]] = {"blobs": 3, "blob_size": "1MiB", "connections": 4}
"""A benchmark that Azurite digests in no time."""


@dataclass(slots=True)
class StorageLab:
    """Everything that a test of the storage collectors touches."""

    azurite: Azurite
    proxy: BlobProxy
    """What stands before the account: see `BlobProxy`."""
    container: str
    directory: Path
    route: ProxySettings = field(default_factory=ProxySettings)
    """The section `proxy` of the configuration."""
    trusted: Path | None = None
    """The CA file of the settings, if not the lab's."""

    def secret(self, text: str) -> dict[str, str]:
        """A secret as the configuration names it."""
        file = self.directory / secrets.token_hex(4)
        file.write_text(f"{text}\n")
        return {"file": str(file)}

    def sas(self, permissions: str = "cwdl", lifetime: float = 3600) -> dict[str, str]:
        return self.secret(self.azurite.sas(ACCOUNT, self.container, permissions, lifetime))

    def target(self, **changes: Any) -> Target[StorageSettings]:
        credential = {} if {"sas", "account_key", "credential"} & set(changes) else {"sas": self.sas()}
        values = {
            "account": ACCOUNT,
            "role": "cache",
            "container": self.container,
            "endpoint": self.proxy.endpoint(ACCOUNT),
            "ca_file": self.trusted or self.azurite.ca.bundle,
            "benchmark": SMALL,
            **credential,
            **changes,
        }
        return Target(ACCOUNT, "paris", StorageSettings.model_validate(values), proxy=self.route)

    def probe(self, context: Context | None = None, **changes: Any) -> Collector:
        return probe.create(self.target(**changes), context or Context())

    def benchmark(self, context: Context | None = None, **changes: Any) -> Collector:
        return benchmark.create(self.target(benchmark={**SMALL, **changes}), context or Context())

    def both(self, **changes: Any) -> list[Collector]:
        return [module.create(self.target(**changes), Context()) for module in (probe, benchmark)]

    async def blobs(self) -> set[str]:
        return await self.azurite.blobs(ACCOUNT, self.container)


@asynccontextmanager
async def storage_lab(azurite: Azurite, directory: Path) -> AsyncIterator[StorageLab]:
    container = f"test-{secrets.token_hex(6)}"
    await azurite.create_container(ACCOUNT, container)
    async with BlobProxy(azurite, Certificates.issue(azurite.ca, directory, "blob")) as proxy:
        yield StorageLab(azurite, proxy, container, directory)


def failures(seen: Measured, test: str) -> dict[str, float]:
    """Failed uploads by reason, without those that are zero."""
    found = {reason: seen.value(STORAGE_UPLOAD_FAILURES, test=test, reason=reason) for reason in Reason}
    return {str(reason): value for reason, value in found.items() if isinstance(value, float) and value}


async def once(collector: Collector, *, timeout: float = 60) -> Measured:
    """One run, and the collector closed."""
    try:
        return await measure(collector, timeout=timeout)
    finally:
        await collector.close()
