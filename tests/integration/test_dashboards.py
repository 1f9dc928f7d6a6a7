"""Every query of every dashboard, asked of a real Prometheus that scrapes the real exporter in the lab."""

import json
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from tests.integration.dashboards import DIRECTORY, Ask, asks, boards, choose
from tests.lab import tools
from tests.lab.alerting import shortened_values, write_rules
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import exporter
from tests.lab.prometheus import Prometheus, Sample, ScrapeTarget, prometheus

pytestmark = pytest.mark.timeout(300)
in_the_lab = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 150.0
"""Seconds in which even a machine that rests begins its next cycle."""
BOARDS = dict(boards())
FAILURE = ("replication-snapshot-hung", "failure", "snapshot_hung")
REFUSED = ("vault-closed", "reason", "refused")
NEEDS = {
    ("overview", "Failing machines", "A"): FAILURE,
    ("overview", "Machines by failure", "A"): FAILURE,
    ("overview", "Active alerts", "A"): (FAILURE[0], "alertname", "AzureMigrateSnapshotHung"),
    ("machine", "Errors of this machine", "A"): FAILURE,
    ("machine", "Snapshot tasks", "A"): ("snapshot-stuck", "operation", "create_snapshot"),
    ("connectivity", "Uploads by result", "B"): ("storage-refused", "reason", "refused"),
    ("connectivity", "Reasons of failure", "A"): REFUSED,
    ("exporter", "Checks that fail, and why", "A"): REFUSED,
}
"""Queries about faults: the one to be switched on, and the label and value that show it."""
CANNOT = {
    ("machine", "Signs of trouble in vSphere", "E"): "vSphere tells it since 9.1, and the simulator is an older one",
}
"""Queries that have no result in the lab, and why. Each stands in a panel whose other queries have one."""
HEALTHY = [ask for ask in asks() if ask.name not in {*NEEDS, *CANNOT}]
FAULTY = [ask for ask in asks() if ask.name in NEEDS]


def name(ask: Ask) -> str:
    return ": ".join(ask.name)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    center: DataCenter
    prometheus: Prometheus

    async def choices(self, board: str, **wanted: str) -> dict[str, str]:
        """The machine of the Machine dashboard is one that vCenter has, too, unless another is wanted."""
        if board == "machine":
            wanted.setdefault("vm", self.center.vcenter.machines[0].name)
        return await choose(self.prometheus, BOARDS[board], **wanted)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="world")
async def _world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    directory = tmp_path_factory.mktemp("world")
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", check_interval=1.0, strict=True))
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config))
        await subject.until_ready()
        scraper = await stack.enter_async_context(
            prometheus(
                directory / "prometheus",
                [ScrapeTarget("azure-migrate-exporter", subject.address)],
                rule_files=write_rules(directory / "alerts", shortened_values()),
            )
        )
        await scraper.wait_until_up("azure-migrate-exporter")
        yield World(center, scraper)


def test_what_needs_a_fault_or_has_no_result_is_on_a_dashboard() -> None:
    assert {*NEEDS, *CANNOT} <= {ask.name for ask in asks()}


@in_the_lab
@pytest.mark.parametrize("board", BOARDS)
async def test_every_variable_offers_something(world: World, board: str) -> None:
    variables = {one["name"] for one in BOARDS[board]["templating"]["list"] if one["type"] == "query"}
    assert set(await world.choices(board)) == variables


@in_the_lab
@pytest.mark.parametrize("ask", HEALTHY, ids=name)
async def test_a_query_shows_something_in_a_healthy_lab(world: World, ask: Ask) -> None:
    explained(ask, await world.prometheus.wait_for(ask.now(await world.choices(ask.board)), deadline=DEADLINE))


@in_the_lab
@pytest.mark.parametrize("ask", FAULTY, ids=name)
async def test_a_query_about_a_fault_shows_it(world: World, ask: Ask) -> None:
    wanted = {"vm": world.center.failing.name} if ask.panel == "Errors of this machine" else {}
    fault, label, value = NEEDS[ask.name]

    def shown(samples: Sequence[Sample]) -> bool:
        return any(sample.labels.get(label) == value for sample in samples)

    query = ask.now(await world.choices(ask.board, **wanted))
    await world.center.switch(fault, on=True)
    explained(ask, await world.prometheus.wait_for(query, shown, deadline=DEADLINE))
    await world.center.switch(fault, on=False)
    if ask.instant:
        await world.prometheus.wait_for(query, lambda samples: not shown(samples), deadline=DEADLINE)


def explained(ask: Ask, shown: Sequence[Sample]) -> None:
    """A table names each label that it gets, and gets each label that it names; the legend's labels exist."""
    about = panel(ask.board, ask.panel)
    labels = {label for sample in shown for label in sample.labels}
    if ask.kind == "table":
        columns = set(about["transformations"][-1]["options"]["indexByName"])
        assert labels <= columns
        if len(about["targets"]) == 1:
            assert columns - labels <= {"Value", "appliance", "vm", "code"}  # what an alert or an error may lack
    else:
        (legend,) = (target["legendFormat"] for target in about["targets"] if target["refId"] == ask.ref)
        assert {part.partition("}}")[0] for part in legend.split("{{")[1:]} <= labels


# --- what the path says ----------------------------------------------------------------------------------------------

FAILS, WORKS, NOT_APPLICABLE = 0, 1, 3
PATH = [ask for ask in asks() if ask.panel == "The path"]


async def path(world: World, appliance: str) -> Mapping[str, float]:
    """Each line of the timeline for one appliance, and its newest value."""
    choices = await world.choices("overview", appliance=appliance)
    lines = {target["refId"]: target["legendFormat"] for target in panel("overview", "The path")["targets"]}
    found = {}
    for ask in PATH:
        for sample in await world.prometheus.query(ask.now(choices)):
            found[lines[ask.ref].partition(": ")[2] or "vCenter"] = sample.value
    return found


def panel(board: str, title: str) -> dict[str, Any]:
    (found,) = (one for one in BOARDS[board]["panels"] if one["title"] == title)
    return dict(found)


@in_the_lab
async def test_the_path_of_an_older_project_is_whole(world: World) -> None:
    found = await path(world, "paris")
    assert len(found) == len(PATH)
    assert set(found.values()) == {WORKS}


@in_the_lab
async def test_what_a_newer_project_does_not_have_is_not_applicable_and_never_failed(world: World) -> None:
    found = await path(world, "lyon")
    assert found["Service Bus"] == found["key vault"] == NOT_APPLICABLE
    assert found["storage"] == found["gateway service"] == found["ESXi hosts"] == WORKS


@in_the_lab
async def test_a_newer_project_sees_nothing_only_where_it_is_told_why(world: World) -> None:
    choices = await world.choices("connectivity", appliance="lyon")
    (checks,) = (ask for ask in asks() if ask.panel == "Checks that apply")
    applies = {one.labels["check"]: one.value for one in await world.prometheus.query(checks.now(choices))}
    assert applies == {"gateway": 1, "storage": 1, "esxi": 1, "servicebus": 0, "keyvault": 0}
    asked = [ask for ask in HEALTHY if ask.board == "connectivity"]
    empty = {ask.panel for ask in asked if not await world.prometheus.query(ask.now(choices))}
    told = {title: panel("connectivity", title)["fieldConfig"]["defaults"]["noValue"] for title in empty}
    legacy = {"Phases of the Service Bus probe", "Key vault, time to connect", "Certificate ends in"}
    assert empty == legacy | {"Phases of the Event Hubs probe"}
    assert all("Projects made since 2024 have none" in told[title] for title in legacy)


@in_the_lab
@pytest.mark.parametrize(
    ("fault", "line", "cause"),
    [
        ("gateway-stopped", "gateway service", "gateway_stopped"),
        ("storage-refused", "storage", "cache_storage"),
        ("vault-closed", "key vault", "key_vault"),
    ],
)
async def test_a_fault_shows_in_its_line_of_the_path_and_as_its_documented_cause(
    world: World, fault: str, line: str, cause: str
) -> None:
    await world.center.switch(fault, on=True)
    (causes,) = (ask for ask in asks() if ask.panel == "Documented causes")
    choices = await world.choices("overview", appliance="paris")

    def failing(samples: Any) -> bool:
        return {sample.labels["cause"] for sample in samples if sample.value == 1} == {cause}

    await world.prometheus.wait_for(causes.now(choices), failing, deadline=DEADLINE)
    found = await path(world, "paris")
    assert found[line] == FAILS
    assert {other for other, value in found.items() if value == FAILS} == {line}
    await world.center.switch(fault, on=False)
    await world.prometheus.wait_for(
        causes.now(choices), lambda samples: not any(sample.value for sample in samples), deadline=DEADLINE
    )


# --- the linter ------------------------------------------------------------------------------------------------------


def lint(dashboard: Path, config: Path) -> "subprocess.CompletedProcess[str]":
    command = [*tools.dashboard_linter().command, "lint", "--strict", "--config", str(config), str(dashboard)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("board", BOARDS)
def test_the_linter_has_nothing_to_say(board: str) -> None:
    done = lint(DIRECTORY / f"{board}.json", DIRECTORY / ".lint")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("rule", yaml.safe_load((DIRECTORY / ".lint").read_text())["exclusions"])
def test_each_exclusion_is_needed(rule: str, tmp_path: Path) -> None:
    config = yaml.safe_load((DIRECTORY / ".lint").read_text())
    del config["exclusions"][rule]
    (tmp_path / ".lint").write_text(json.dumps(config))
    assert lint(DIRECTORY / "overview.json", tmp_path / ".lint").returncode == 1
