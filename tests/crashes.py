"""The exporter killed at random moments, on real parts: what counts and what is uploaded must survive it."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.lab.arm import LabAppliance, LabArm, LabProject
from tests.lab.arm.history import Event
from tests.lab.azurite import Azurite
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT
from tests.lab.exporter import Exporter, exporter
from tests.lab.process import write_yaml

ACCOUNT: Final = "migratelsa1612849844"
LONGEST: Final = 4.0
"""Seconds from a start to its kill, at most: the first runs of all collectors are over."""
_DEADLINE: Final = 60.0


@dataclass
class Crashes:
    """A vault whose events are added, a container, and an exporter that is killed again and again."""

    directory: Path
    azurite: Azurite
    container: str
    project: LabProject
    appliance: LabAppliance
    config: Path
    added: int = 0
    """Events since the first start."""
    chance: random.Random = field(default_factory=lambda: random.Random(11))

    async def first_start(self) -> None:
        """Let the exporter see that there is no event yet."""
        async with self._exporter() as it:
            await it.until_ready()
            assert await self._counted(it) == 0

    async def kill(self) -> None:
        """Start the exporter, add events, and kill it at some moment."""
        moment = self.chance.uniform(0, LONGEST)
        async with self._exporter() as it:
            self.add_event()
            await asyncio.sleep(moment / 2)
            self.add_event()
            await asyncio.sleep(moment / 2)
            it.process.send(signal.SIGKILL)
            await it.process.wait()

    def add_event(self) -> None:
        """Add an event to the vault."""
        self.added += 1
        text = f"Replication cycle failed {self.added}"
        at = time.time()
        event = Event(at, "VmHealth", "Critical", text, "web", f"machine {self.added}", self.appliance.fabric_id)
        self.project.history.add_event(event)

    async def final_start(self) -> tuple[float, set[str]]:
        """The events that an exporter counts in the end, and the blobs that are left after it stopped."""
        async with self._exporter() as it:
            await it.until_ready()

            async def has_all() -> bool:
                return await self._counted(it) >= self.added

            await it.process.until(has_all, _DEADLINE)
            runs = await self._runs(it)

            async def has_run_again() -> bool:
                return await self._runs(it) >= runs + 3

            await it.process.until(has_run_again, _DEADLINE)
            counted = await self._counted(it)
        return counted, await self.azurite.blobs(ACCOUNT, self.container)

    def set_aside(self) -> list[str]:
        """State files that could not be used."""
        return [path.name for path in (self.directory / "exporter" / "state").glob("*.bad")]

    @asynccontextmanager
    async def _exporter(self) -> AsyncIterator[Exporter]:
        async with exporter(self.directory / "exporter", self.config, "--log.level=warn") as it:
            yield it

    @staticmethod
    async def _counted(it: Exporter) -> float:
        return sum(one.value for one in await it.page() if one.name == "replication_events_total")

    @staticmethod
    async def _runs(it: Exporter) -> float:
        runs = (one for one in await it.page() if one.name == "collector_runs_total")
        return sum(one.value for one in runs if one.labels["collector"] == "replication")


@asynccontextmanager
async def crashes(azurite: Azurite, ca: LabCA, directory: Path) -> AsyncIterator[Crashes]:
    """The vault, an empty container of `azurite`, and the configuration for both."""
    container = f"crashes-{random.randrange(10**9)}"
    await azurite.create_container(ACCOUNT, container)
    async with LabArm(ca) as arm:
        arm.limits.enforced = False
        project = arm.project("contoso")
        appliance = project.appliance("paris")
        config = directory / "exporter.yml"
        write_yaml(config, _config(arm, project, azurite, container, ca, directory))
        yield Crashes(directory, azurite, container, project, appliance, config)


def _config(
    arm: LabArm, project: LabProject, azurite: Azurite, container: str, ca: LabCA, directory: Path
) -> dict[str, Any]:
    sas, secret = directory / "sas", directory / "client-secret"
    sas.write_text(azurite.sas(ACCOUNT, container), encoding="utf-8")
    secret.write_text(arm.entra.secret, encoding="utf-8")
    credential = {
        "type": "client_secret",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": {"file": str(secret)},
    }
    vault = {
        "subscription": project.subscription,
        "resource_group": project.resource_group,
        "vault": project.vault_name,
        "cloud": {"resource_manager": arm.url, "authority": arm.entra.authority},
        "ca_file": str(ca.bundle),
        "credential": credential,
    }
    account = {
        "account": ACCOUNT,
        "role": "cache",
        "container": container,
        "endpoint": azurite.endpoint(ACCOUNT),
        "ca_file": str(ca.bundle),
        "sas": {"file": str(sas)},
        "benchmark": {"enabled": True, "blobs": 3, "blob_size": "1MiB", "connections": 4},
    }
    quick = {"interval": "200ms", "retry_interval": "200ms"}
    return {
        "appliances": [{"name": "paris", "storage": [account]}],
        "replication": [vault],
        "schedules": {"replication": quick, "storage": quick},
    }
