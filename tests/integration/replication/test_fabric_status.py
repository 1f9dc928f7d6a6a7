"""Heartbeats and versions of agents, the status of fabrics, and the vault's own health."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from tests.clock import FakeClock
from tests.integration.replication import MINUTE, running, settings
from tests.lab.arm import BadTime, Kind, LabAppliance, LabArm, LabProject, Trouble
from tests.measured import Measured, measure

DRA = {"appliance": "paris", "agent": "dra"}
DISCOVERY = {"appliance": "paris", "agent": "discovery"}


async def seen(arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock) -> Measured:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        return await measure(collector)


async def test_both_agents_have_a_heartbeat(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    measured = await seen(arm, project, tmp_path, clock)
    now = clock.time()
    heartbeat = metrics.AGENT_HEARTBEAT_TIMESTAMP
    assert measured.value(heartbeat, **DRA) == pytest.approx(paris.dra_heartbeat(now), abs=1)
    assert measured.value(heartbeat, **DISCOVERY) == pytest.approx(paris.discovery_heartbeat(now), abs=1)
    assert measured.value(metrics.AGENT_CONNECTED, **DRA) == 1
    assert measured.value(metrics.AGENT_INFO, **DRA, version=paris.provider.version) == 1
    assert measured.value(metrics.AGENT_VERSION_STATE, **DRA, state="supported") == 1
    assert measured.value(metrics.AGENT_VERSION_EXPIRY_TIMESTAMP, **DRA) is None  # it says the year 9999
    healthy = {"appliance": "paris", "fabric": paris.fabric.lower(), "health": "normal"}
    assert measured.value(metrics.REPLICATION_FABRIC_HEALTH, **healthy) == 1


async def test_an_agent_that_stops_is_seen_by_its_heartbeat_alone_at_first(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        before = await measure(collector)
        paris.stop_dra()
        await clock.advance(10 * MINUTE)
        silent = await measure(collector)
        assert silent.value(metrics.AGENT_CONNECTED, **DRA) == 1
        heartbeat = metrics.AGENT_HEARTBEAT_TIMESTAMP
        assert silent.value(heartbeat, **DRA) == before.value(heartbeat, **DRA)
        await clock.advance(10 * MINUTE)
        disconnected = await measure(collector)
    assert disconnected.value(metrics.AGENT_CONNECTED, **DRA) == 0
    critical = {"appliance": "paris", "health": "critical"}
    assert disconnected.value(metrics.REPLICATION_FABRIC_HEALTH, **critical) == 1
    error = {"appliance": "paris", "code": "28101", "failure": "unknown"}
    assert disconnected.value(metrics.REPLICATION_FABRIC_ERRORS, **error) == 1
    issue = {"resource": "fabrics", "severity": "critical"}
    assert disconnected.value(metrics.REPLICATION_VAULT_ISSUES, **issue) == 1


@pytest.mark.parametrize("registered", [("before", "paris"), ("paris", "before")], ids=" ".join)
async def test_of_two_registrations_of_one_appliance_the_one_with_the_newest_heartbeat_counts(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock, registered: tuple[str, str]
) -> None:
    made = {name: project.appliance(name) for name in registered}
    before, paris = made["before"], made["paris"]
    before.stop_dra()
    before.stop_discovery()
    assert before.site_id != paris.site_id
    assert before.fabric_id != paris.fabric_id
    before.name = "paris"  # the name in its site; generated names stay
    await clock.advance(10 * MINUTE)
    measured = await seen(arm, project, tmp_path, clock)
    heartbeat, now = metrics.AGENT_HEARTBEAT_TIMESTAMP, clock.time()
    assert measured.value(heartbeat, **DRA) == pytest.approx(paris.dra_heartbeat(now), abs=1)
    assert measured.value(heartbeat, **DISCOVERY) == pytest.approx(paris.discovery_heartbeat(now), abs=1)


@pytest.mark.parametrize("bad_time", [one for one in BadTime if one is not BadTime.NONE])
async def test_a_wrong_heartbeat_is_none_and_the_agent_is_shown_all_the_same(
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    bad_time: BadTime,
) -> None:
    paris.bad_time = bad_time
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.AGENT_HEARTBEAT_TIMESTAMP) is None
    assert measured.value(metrics.AGENT_CONNECTED, **DRA) == 1
    assert measured.value(metrics.AGENT_INFO, **DISCOVERY) == 1


async def test_a_version_that_must_be_updated_is_shown(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.provider.status = "SecurityUpdateRequired"
    measured = await seen(arm, project, tmp_path, clock)
    states = metrics.AGENT_VERSION_STATE
    assert measured.value(states, **DRA, state="security_update_required") == 1
    assert measured.value(states, **DRA, state="supported") == 0


async def test_the_vaults_own_errors_are_classified(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web").fail("snapshot_hung")
    project.vault_errors = [{"errorCode": "1039", "errorMessage": "", "innerHealthErrors": None}]
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_VAULT_ERRORS, code="1039", failure="key_vault_permissions") == 1
    issues = metrics.REPLICATION_VAULT_ISSUES
    assert measured.value(issues, resource="protected_items", severity="error") == 1
    assert measured.value(issues, resource="containers", severity="error") == 0


async def test_without_rights_on_the_site_the_appliances_name_follows_from_the_sites(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.SITE})
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.reason == "forbidden"
    assert measured.value(metrics.REPLICATION_INFO, vm="web", appliance="paris") == 1
    assert measured.value(metrics.AGENT_HEARTBEAT_TIMESTAMP, **DRA) is not None
    assert measured.value(metrics.AGENT_HEARTBEAT_TIMESTAMP, **DISCOVERY) is None


async def test_what_changes_slowly_is_read_rarely(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        for _ in range(11):
            await measure(collector)
            await clock.advance(MINUTE)
    count = arm.requests.count
    assert count(Kind.ITEMS) == count(Kind.EVENTS) == count(Kind.JOBS) == count(Kind.PROVIDERS) == 11
    assert count(Kind.SITE) == count(Kind.VAULT_HEALTH) == 3
    assert count(Kind.FABRICS) == 2


async def test_two_appliances_of_a_vault_are_distinguished(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    lyon = project.appliance("lyon")
    paris.machine("web")
    lyon.machine("db")
    lyon.stop_discovery()
    await clock.advance(60 * MINUTE)
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_INFO, vm="web", appliance="paris") == 1
    assert measured.value(metrics.REPLICATION_INFO, vm="db", appliance="lyon") == 1
    heartbeat = metrics.AGENT_HEARTBEAT_TIMESTAMP
    found = {name: measured.value(heartbeat, appliance=name, agent="discovery") for name in ("paris", "lyon")}
    assert isinstance(found["paris"], float)
    assert isinstance(found["lyon"], float)
    assert found["paris"] - found["lyon"] == pytest.approx(60 * MINUTE, abs=1)
    for name in ("paris", "lyon"):
        assert measured.value(metrics.APPLIANCE_CPU_CORES, appliance=name) is not None
