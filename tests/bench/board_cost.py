"""What each query of each dashboard costs a real Prometheus, at a number of machines on a bad day.

The past is written with promtool before the start. What is counted is `totalQueryableSamples` of Prometheus' own
statistics. A range query is evaluated once, at its end, with the window that its interval has, and counted as often as
it has steps: a month of each series of 10,000 machines would be a billion samples to write.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from azure_migrate_exporter.exposition import metrics as m
from generate.alerts.groups.evidence import CAUSE_FAILING, MEASURED, MEDIAN_THROUGHPUT
from generate.alerts.model import PREFIX
from tests.bench.environment import ROLES, Day, Environment, account, machine
from tests.integration.panel_queries import PanelQuery, as_grafana_writes, boards, interpolated, panel_queries
from tests.lab.history import Samples, series, with_history
from tests.lab.prometheus import Prometheus

NOW: Final = 1_800_000_000.0 // 8640 * 8640
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
RANGES: Final = {"6 h": 6 * HOUR, "30 d": 30 * DAY}
MOST_SAMPLES: Final = 1_000_000
MOST_SECONDS: Final = 0.5
"""Of Prometheus' CPU."""
_CHOSEN: Final = {"appliance": "appliance-00", "vcenter": "vcenter-0", "vm_vault": "vault-00", **machine(0)}
_BOARDS: Final = dict(boards())


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one query in one time range."""

    query: PanelQuery
    seconds: float
    samples: int


def history(machines: int) -> Iterator[tuple[str, Samples]]:
    """Three hours of what is not of a machine, and of machine 0, at a sample each minute.

    Errors have a sample where the list of failing machines reads one, over a month.
    """
    for line in Environment(machines, Day.BAD, now=NOW).page().decode().splitlines():
        name, _, text = line.rpartition(" ")
        if line.startswith("#"):
            continue
        value = float(text)
        if name.startswith(m.REPLICATION_ERRORS.name):
            month = (NOW - 30 * DAY + 8640.0 * step for step in range(300))
            yield name, [*((at, value) for at in month), *((at, value) for at in _minutes(MINUTE))]
        else:
            short = 'vm_id="' in name and machine(0)["vm_id"] not in name
            yield name, [(at, value) for at in _minutes(MINUTE if short else 3 * HOUR)]
    for name, value in _elsewhere(Environment(machines, Day.BAD, now=NOW).vaults):
        yield name, [(at, value) for at in _minutes(3 * HOUR)]


def _elsewhere(vaults: int) -> Iterator[tuple[str, float]]:
    """What the page of the environment does not have: alerts, recorded series, buckets, phases."""
    scrape = {"job": "azure-migrate-exporter", "instance": "exporter:9878"}
    yield series("up", **scrape), 1
    yield _alert("Watchdog", "none"), 1
    for number in range(vaults):
        appliance = f"appliance-{number:02}"
        for cause in MEASURED:
            yield series(CAUSE_FAILING, appliance=appliance, cause=cause), float(number % 10 == 0)
        for entry in range(20):
            yield _alert("DiskUploadTimedOut", "critical", appliance=appliance, vm=f"machine-{entry}"), 1
        for role in ROLES:
            where = account(number, role)
            yield series(MEDIAN_THROUGHPUT, **where), 5e7
            for test in ("probe", "benchmark"):
                for bound in (*m.STORAGE_UPLOAD_REQUEST_DURATION.buckets, "+Inf"):
                    labels = {**where, "test": test, "le": str(bound)}
                    yield series(f"{m.STORAGE_UPLOAD_REQUEST_DURATION.name}_bucket", **labels), 5
                yield series(f"{m.STORAGE_UPLOAD_REQUEST_DURATION.name}_count", **where, test=test), 5
        for phase in ("dns", "connect", "tls", "open", "token", "link", "peek"):
            labels = {"appliance": appliance, "bus_namespace": f"bus-{number:02}", "entity": "gateway", "phase": phase}
            yield series(m.SERVICEBUS_PHASE_DURATION.name, **labels), 0.1


def _alert(name: str, severity: str, **labels: str) -> str:
    return series("ALERTS", alertname=f"{PREFIX}{name}", alertstate="firing", severity=severity, **labels)


def _minutes(since: float) -> Iterator[float]:
    return (NOW - since + MINUTE * step for step in range(int(since // MINUTE) + 1))


@asynccontextmanager
async def large(directory: Path, machines: int) -> AsyncIterator[Prometheus]:
    """A Prometheus that holds so many machines."""
    async with with_history(directory, dict(history(machines))) as server:
        yield server


def expression(query: PanelQuery, seconds: float) -> str:
    """The query as Grafana sends it for everything; of a repeated row, for one of its values."""
    interval = query.interval(seconds)
    found = {
        "__range": f"{seconds:.0f}s",
        "__interval": f"{interval}s",
        "__interval_ms": f"{interval}000",
        "__rate_interval": f"{max(240, interval + 60)}s",
    }
    for variable in _BOARDS[query.board]["templating"]["list"]:
        name = variable["name"]
        if variable["type"] == "query":
            every = "allValue" in variable and name != query.repeat
            found[name] = as_grafana_writes(variable, [] if every else [_CHOSEN[name]])
    return interpolated(query.expr, found)


async def cost(server: Prometheus, query: PanelQuery, seconds: float) -> Cost:
    """The samples that a query reads in a time range that ends now."""
    data: dict[str, Any] = await server.evaluate(expression(query, seconds), start=NOW, end=NOW)
    steps = 1 if query.instant else 1 + int(seconds // query.interval(seconds))
    return Cost(query, seconds, steps * int(data["stats"]["samples"]["totalQueryableSamples"]))


async def costs(server: Prometheus) -> list[Cost]:
    """Of all queries of all dashboards, in each time range."""
    return [await cost(server, query, seconds) for seconds in RANGES.values() for query in panel_queries()]
