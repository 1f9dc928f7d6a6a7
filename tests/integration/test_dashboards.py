"""Every query of every dashboard, evaluated by a real Prometheus that scrapes the real exporter in the lab."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from generate.dashboards.promql import LOST
from tests.integration.panel_queries import DIRECTORY, PanelQuery, boards, panel_queries, panels, select_variables
from tests.lab import tools
from tests.lab.alerting import shortened_values, write_rules
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import exporter
from tests.lab.prometheus import Prometheus, Sample, ScrapeTarget, prometheus

pytestmark = pytest.mark.timeout(300)
in_the_lab = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 150.0
"""Seconds in which every machine begins its next cycle."""
BOARDS = dict(boards())
FAILURE = ("replication-snapshot-hung", "failure", "snapshot_hung")
REFUSED = ("vault-closed", "reason", "refused")
FAULTS = {
    ("overview", "Failing machines", "A"): FAILURE,
    ("overview", "Machines by failure", "A"): FAILURE,
    ("overview", "Active alerts", "A"): (FAILURE[0], "alertname", "AzureMigrateSnapshotHung"),
    ("machine", "Errors of this machine", "A"): FAILURE,
    ("machine", "Snapshot tasks", "A"): ("snapshot-stuck", "operation", "create_snapshot"),
    ("connectivity", "Uploads by result", "B"): ("storage-refused", "reason", "refused"),
    ("connectivity", "Reasons of failures", "A"): REFUSED,
    ("exporter", "Failing collectors and reasons", "A"): REFUSED,
    ("overview", "What to do first", "A"): (FAILURE[0], "what", FAILURE[2]),
    ("overview", "Failing parts", "A"): (REFUSED[0], "part", "key vault"),
    ("wave", "Not ready to cut over", "A"): (FAILURE[0], "lacks", "error"),
    ("appliance", "Hosts with a closed NFC port", "A"): ("esxi-port-closed", "appliance", "paris"),
}
"""Queries about faults: the fault to switch on, and the label and value that show it."""
WITHOUT_RESULT = {
    ("machine", "Retries", "A"): "only a phase that was retried has a count",
    **dict.fromkeys(
        [("machine", "Disks", ref) for ref in "BCD"],
        "only while a cycle of this machine runs whose details were just read",
    ),
    ("machine", "Gateway operation", "B"): "only a cycle that failed has it",
    ("machine", "Gateway operation", "C"): "a status that Microsoft does not document",
    ("appliance", "Hosts not connected", "A"): "no host is lost",
    ("wave", "End of the copies", "A"): "no initial replication runs",
    ("wave", "Done per day", "A"): "the lab is younger than a day: see test_dashboards_history",
    ("wave", "Done per day", "B"): "the lab is younger than a day: see test_dashboards_history",
    ("wave", "Test and other jobs that failed", "A"): "no job fails",
    ("machine", "Problems in vSphere", "B"): "vSphere 9.1 and later report it, and the simulator is older",
}
"""Queries without a result in the lab, and why. The other queries of their panel have a result."""
HEALTHY = [query for query in panel_queries() if query.name not in {*FAULTS, *WITHOUT_RESULT}]
FAULTY = [query for query in panel_queries() if query.name in FAULTS]


def name(query: PanelQuery) -> str:
    return ": ".join(query.name)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The data centre of the lab, and the Prometheus that scrapes its exporter."""

    center: DataCenter
    prometheus: Prometheus

    async def variables(self, board: str, **wanted: str) -> dict[str, str]:
        """Values of a dashboard's variables. The default machine of the Machine dashboard exists in vCenter too."""
        if board == "machine":
            wanted.setdefault("vm", self.center.vcenter.machines[0].name)
        return await select_variables(self.prometheus, BOARDS[board], **wanted)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="monitoring")
async def _monitoring(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Monitoring]:
    directory = tmp_path_factory.mktemp("monitoring")
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", check_interval=1.0, strict=True))
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config))
        await subject.until_ready()
        scraper = await stack.enter_async_context(
            prometheus(
                directory / "prometheus",
                [ScrapeTarget("azure-migrate-exporter", subject.address)],
                rule_files=await write_rules(directory / "alerts", shortened_values()),
            )
        )
        await scraper.wait_until_up("azure-migrate-exporter")
        yield Monitoring(center, scraper)


def test_each_exceptional_query_is_on_a_dashboard() -> None:
    assert {*FAULTS, *WITHOUT_RESULT} <= {query.name for query in panel_queries()}


@in_the_lab
@pytest.mark.parametrize("board", BOARDS)
async def test_every_variable_has_values(monitoring: Monitoring, board: str) -> None:
    variables = {one["name"] for one in BOARDS[board]["templating"]["list"] if one["type"] == "query"}
    assert set(await monitoring.variables(board)) == variables


@in_the_lab
@pytest.mark.parametrize("query", HEALTHY, ids=name)
async def test_a_query_has_a_result_in_a_healthy_lab(monitoring: Monitoring, query: PanelQuery) -> None:
    expr = query.instant_expr(await monitoring.variables(query.board))
    check_labels(query, await monitoring.prometheus.wait_for(expr, deadline=DEADLINE))


@in_the_lab
@pytest.mark.parametrize("query", FAULTY, ids=name)
async def test_a_query_about_a_fault_shows_it(monitoring: Monitoring, query: PanelQuery) -> None:
    wanted = {"vm": monitoring.center.failing.name} if query.panel == "Errors of this machine" else {}
    fault, label, value = FAULTS[query.name]

    def shown(samples: Sequence[Sample]) -> bool:
        return any(sample.labels.get(label) == value for sample in samples)

    expr = query.instant_expr(await monitoring.variables(query.board, **wanted))
    await monitoring.center.switch(fault, on=True)
    check_labels(query, await monitoring.prometheus.wait_for(expr, shown, deadline=DEADLINE))
    await monitoring.center.switch(fault, on=False)
    if query.instant:
        await monitoring.prometheus.wait_for(expr, lambda samples: not shown(samples), deadline=DEADLINE)


def check_labels(query: PanelQuery, samples: Sequence[Sample]) -> None:
    """A table has a column for each label of its result and no other; the labels of a legend exist."""
    json_of_panel = panel(query.board, query.panel)
    labels = {label for sample in samples for label in sample.labels}
    if query.kind == "table":
        columns = set(json_of_panel["transformations"][-1]["options"]["indexByName"])
        assert labels <= columns
        if len(json_of_panel["targets"]) == 1:
            assert columns - labels <= {
                "Value",
                "appliance",
                "vcenter",
                "vm",
                "vm_id",
                "code",
            }  # labels that an alert or an error may lack
    else:
        (legend,) = (target["legendFormat"] for target in json_of_panel["targets"] if target["refId"] == query.ref)
        assert {part.partition("}}")[0] for part in legend.split("{{")[1:]} <= labels


# --- the path --------------------------------------------------------------------------------------------------------

FAILING, WORKING, NOT_APPLICABLE = 0, 1, 3
PATH = [query for query in panel_queries() if query.panel == "The path"]


async def path_once(
    monitoring: Monitoring, appliance: str, predicate: Callable[[Mapping[str, float]], bool]
) -> Mapping[str, float]:
    """The first state of an appliance's path that satisfies `predicate`: it contains the worst of an interval."""
    async with asyncio.timeout(DEADLINE):
        while not predicate(found := await path(monitoring, appliance)):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.5)
    return found


def settled(found: Mapping[str, float]) -> bool:
    """Whether each part has a state, and none fails any more."""
    return not {LOST, FAILING} & set(found.values())


async def path(monitoring: Monitoring, appliance: str) -> Mapping[str, float]:
    """Each line of the timeline for one appliance, and its newest value."""
    variables = await monitoring.variables("overview", appliance=appliance)
    lines = {target["refId"]: target["legendFormat"] for target in panel("overview", "The path")["targets"]}
    found = {}
    for query in PATH:
        for sample in await monitoring.prometheus.query(query.instant_expr(variables)):
            found[lines[query.ref].partition(": ")[2] or "vCenter"] = sample.value
    return found


def panel(board: str, title: str) -> dict[str, Any]:
    (found,) = (one for one in panels(BOARDS[board]) if one["title"] == title)
    return dict(found)


@in_the_lab
async def test_every_part_of_an_older_projects_path_works(monitoring: Monitoring) -> None:
    found = await path_once(monitoring, "paris", settled)
    assert len(found) == len(PATH)
    assert set(found.values()) == {WORKING}


@in_the_lab
async def test_a_part_that_a_newer_project_lacks_is_not_applicable(monitoring: Monitoring) -> None:
    found = await path_once(monitoring, "lyon", settled)
    assert found["Service Bus"] == found["key vault"] == NOT_APPLICABLE
    assert found["storage"] == found["gateway service"] == found["ESXi hosts"] == WORKING


@in_the_lab
async def test_a_panel_without_data_of_a_newer_project_explains_why(monitoring: Monitoring) -> None:
    variables = await monitoring.variables("connectivity", appliance="lyon")
    (checks,) = (query for query in panel_queries() if query.panel == "Checks that apply")
    applies = {
        one.labels["check"]: one.value for one in await monitoring.prometheus.query(checks.instant_expr(variables))
    }
    assert applies == {"gateway": 1, "storage": 1, "esxi": 1, "servicebus": 0, "keyvault": 0}
    of_board = [query for query in HEALTHY if query.board == "connectivity"]
    empty = {query.panel for query in of_board if not await monitoring.prometheus.query(query.instant_expr(variables))}
    no_values = {title: panel("connectivity", title)["fieldConfig"]["defaults"]["noValue"] for title in empty}
    legacy = {"Phases of the Service Bus probe", "Key vault, time to connect", "Certificate expires"}
    assert empty == legacy | {"Phases of the Event Hubs probe"}
    explained = {title: no_values[title] + panel("connectivity", title)["description"] for title in legacy}
    assert all("rojects made since 2024 have none" in text for text in explained.values())


@in_the_lab
@pytest.mark.parametrize(
    ("fault", "line", "cause"),
    [
        ("gateway-stopped", "gateway service", "gateway_stopped"),
        ("storage-refused", "storage", "cache_storage"),
        ("vault-closed", "key vault", "key_vault"),
    ],
)
async def test_a_fault_shows_in_its_part_of_the_path_and_as_its_documented_cause(
    monitoring: Monitoring, fault: str, line: str, cause: str
) -> None:
    await monitoring.center.switch(fault, on=True)
    (causes,) = (query for query in panel_queries() if query.panel == "Documented causes")
    variables = await monitoring.variables("overview", appliance="paris")

    def failing(samples: Any) -> bool:
        return {sample.labels["cause"] for sample in samples if sample.value == 1} == {cause}

    await monitoring.prometheus.wait_for(causes.instant_expr(variables), failing, deadline=DEADLINE)
    await path_once(
        monitoring, "paris", lambda found: {name for name, value in found.items() if value == FAILING} == {line}
    )
    await monitoring.center.switch(fault, on=False)
    await monitoring.prometheus.wait_for(
        causes.instant_expr(variables), lambda samples: not any(sample.value for sample in samples), deadline=DEADLINE
    )


# --- the linter ------------------------------------------------------------------------------------------------------


def lint(dashboard: Path, config: Path) -> "subprocess.CompletedProcess[str]":
    command = [*tools.dashboard_linter().command, "lint", "--strict", "--config", str(config), str(dashboard)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("board", BOARDS)
def test_the_linter_finds_nothing(board: str) -> None:
    done = lint(DIRECTORY / f"{board}.json", DIRECTORY / ".lint")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("rule", yaml.safe_load((DIRECTORY / ".lint").read_text())["exclusions"])
def test_each_exclusion_is_needed(rule: str, tmp_path: Path) -> None:
    config = yaml.safe_load((DIRECTORY / ".lint").read_text())
    del config["exclusions"][rule]
    (tmp_path / ".lint").write_text(json.dumps(config))
    assert any(lint(path, tmp_path / ".lint").returncode for path in DIRECTORY.glob("*.json"))
