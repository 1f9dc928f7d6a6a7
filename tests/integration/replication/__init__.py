"""The replication collector against the lab's Resource Manager, on a clock turned by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.replication import create
from azure_migrate_exporter.collectors.replication.collector import ReplicationCollector
from azure_migrate_exporter.config.blackout import Blackout
from azure_migrate_exporter.config.replication import ReplicationTarget, VaultSettings
from tests.clock import FakeClock, until
from tests.lab.arm import Kind, LabArm, LabProject
from tests.lab.entra import CLIENT, TENANT
from tests.measured import Measured, measure

MINUTE: Final = 60.0
HOUR: Final = 3600.0


def settings(arm: LabArm, project: LabProject, directory: Path, **changed: Any) -> VaultSettings:
    """Settings for a vault of the lab; `changed` replaces or adds keys."""
    secret = directory / "client-secret"
    secret.write_text(arm.entra.secret)
    written = {
        "subscription": project.subscription,
        "resource_group": project.resource_group,
        "vault": project.vault_name,
        "cloud": {"resource_manager": arm.url, "authority": arm.entra.authority},
        "ca_file": directory / "ca.pem",
        "credential": {
            "type": "client_secret",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_secret": {"file": secret},
        },
    }
    return VaultSettings.model_validate({**written, **changed})


@asynccontextmanager
async def running(
    configured: VaultSettings, context: Context, *, blackouts: tuple[tuple[str, Blackout], ...] = ()
) -> AsyncIterator[Collector]:
    """A collector, closed at the end."""
    collector = create(Target(configured.target, "", ReplicationTarget(configured, blackouts)), context)
    try:
        yield collector
    finally:
        await collector.close()


async def live(collector: Collector, clock: FakeClock, seconds: float, *, step: float = 0.4) -> Measured:
    """Let time pass in steps, in each of which all due background reads finish; then run the collector."""
    assert isinstance(collector, ReplicationCollector)
    poller = collector._details

    def idle() -> bool:
        asleep = sum(not sleeper.done() for _, _, sleeper in clock._sleepers)
        return asleep + len(poller._queued._waiters) == len(poller._workers)

    for _ in range(round(seconds / step)):
        await until(idle)
        await clock.advance(step)
    await until(idle)
    measured = await measure(collector)
    await until(idle)
    return measured


def read(arm: LabArm) -> list[str]:
    """Names of the items that were read one by one, in order."""
    return [one.path.rpartition("/")[2] for one in arm.requests.of(Kind.ITEM)]
