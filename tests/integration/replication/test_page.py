"""End to end: the real command with a configuration file, Azure's own view on `/metrics`, and the log."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.lab.arm import Kind, LabArm, LabProject, Trouble
from tests.lab.ca import LabCA
from tests.lab.check_status import Sample
from tests.lab.entra import CLIENT, TENANT
from tests.lab.exporter import Exporter, exporter
from tests.lab.process import write_yaml

DEADLINE = 60.0


def entry(arm: LabArm, project: LabProject, directory: Path) -> dict[str, Any]:
    secret = directory / "client-secret"
    secret.write_text(arm.entra.secret)
    credential = {
        "type": "client_secret",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": {"file": "client-secret"},
    }
    return {
        "subscription": project.subscription,
        "resource_group": project.resource_group,
        "vault": project.vault_name,
        "cloud": {"resource_manager": arm.url, "authority": arm.entra.authority},
        "ca_file": "ca.pem",
        "credential": credential,
    }


@asynccontextmanager
async def serving(arm: LabArm, directory: Path, *projects: LabProject) -> AsyncIterator[Exporter]:
    configuration = {
        "appliances": [{"name": "paris", "time_zone": "Europe/Paris", "blackout_windows": "Monday;7:00;7h"}],
        "replication": [entry(arm, project, directory) for project in projects],
        "schedules": {"replication": {"interval": "1s", "retry_interval": "1s"}},
    }
    async with exporter(directory / "exporter", write_yaml(directory / "exporter.yml", configuration)) as started:
        await started.until_ready()
        yield started


async def until(started: Exporter, seen: Callable[[list[Sample]], bool]) -> list[Sample]:
    pages: list[list[Sample]] = []

    async def check() -> bool:
        pages.append(await started.page())
        return seen(pages[-1])

    await started.process.until(check, DEADLINE)
    return pages[-1]


def succeeds(page: list[Sample], value: float) -> bool:
    values = [sample.value for sample in page if sample.name == "collector_success"]
    return bool(values) and set(values) == {value}


async def test_azures_own_view_is_on_the_page_and_nothing_twice(tmp_path: Path) -> None:
    async with LabArm(LabCA(tmp_path)) as arm:
        projects = [arm.project("contoso"), arm.project("fabrikam")]
        for project in projects:  # the same names, hosts and datastores in both
            paris = project.appliance("paris")
            paris.machines(5)
            paris.machine("web01").fail("snapshot_hung", lang="fr")
        async with serving(arm, tmp_path, *projects) as started:
            page = await until(
                started,
                lambda page: (
                    succeeds(page, 1)
                    and any("disk" in sample.name for sample in page)
                    and all(hung(page, project) == [1] for project in projects)
                ),
            )
    series = [(sample.name, *sorted(sample.labels.items())) for sample in page]
    assert len(series) == len(set(series))


def hung(page: list[Sample], project: LabProject) -> list[float]:
    wanted = {"vm": "web01", "vault": project.vault_name, "failure": "snapshot_hung"}
    errors = (sample for sample in page if sample.name == "replication_errors")
    return [sample.value for sample in errors if wanted.items() <= sample.labels.items()]


async def test_the_log_has_the_first_failure_and_the_recovery_and_nothing_between(tmp_path: Path) -> None:
    async with LabArm(LabCA(tmp_path)) as arm:
        project = arm.project("contoso")
        project.appliance("paris").machine("web")
        async with serving(arm, tmp_path, project) as started:
            await until(started, lambda page: succeeds(page, 1))
            with arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.ITEMS}) as fault:
                page = await until(started, lambda page: fault.hits >= 3 and succeeds(page, 0))
            await until(started, lambda page: succeeds(page, 1))
        log = (tmp_path / "exporter" / "exporter.log").read_text()
    assert any(sample.name == "replication_info" for sample in page)
    lines = [line for line in log.splitlines() if "collector=replication" in line]
    events = [line.partition('event="')[2].partition('"')[0] for line in lines]
    assert events == ["collector failed", "collector recovered"]
    assert "reason=forbidden" in lines[0]
    assert arm.entra.secret not in log
