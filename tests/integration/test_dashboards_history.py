"""What the dashboards' queries answer about a past that a real Prometheus holds: outages, events, machines, choices."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from azure_migrate_exporter.exposition.metrics import (
    KEYVAULT_TCP_UP,
    REPLICATION_EVENTS,
    REPLICATION_MACHINES_COPIED,
    REPLICATION_UPLOAD,
    STORAGE_UP,
)
from generate.alerts.groups.evidence import CAUSE_FAILING
from tests.bench.environment import Day, Environment, machine
from tests.integration.panel_queries import PanelQuery, as_grafana_writes, boards, interpolated, panel_queries
from tests.lab.history import Samples, series, with_history
from tests.lab.prometheus import Prometheus

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

NOW = 1_800_000_000.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
MONTH = 30 * DAY
BOARDS = dict(boards())
QUERIES = panel_queries()
NAMES = {
    "vault-00": "vault (prod) [eu]",
    "appliance-00": "appliance+1 (paris)",
    "vcenter-0": "vcenter.example.com [lab]",
    "machine-00000": "web 01 (prod) $1",
}
"""Names that Grafana must escape in regular expressions."""
OUTAGE = NOW - 10 * DAY - 7 * MINUTE
"""Four minutes of it, ten days ago: `storage_up`; the key vault is not measured for two hours from then on."""
APPLIANCE = NAMES["appliance-00"]


_WITH_A_PAST = (
    f'{STORAGE_UP.name}{{appliance="{APPLIANCE}"',
    f'{KEYVAULT_TCP_UP.name}{{appliance="{APPLIANCE}"',
    REPLICATION_EVENTS.name,
)


def named_vault(number: int) -> str:
    """The vault of a machine."""
    return NAMES["vault-00"] if number < 500 else "vault-01"


def alert(name: str, severity: str, **labels: str) -> str:
    return series("ALERTS", alertname=f"AzureMigrate{name}", alertstate="firing", severity=severity, **labels)


ALERTS = (
    alert("Watchdog", "none"),
    alert("ApplianceDown", "critical", appliance=APPLIANCE, component="appliance"),
    alert("CacheStorageUnreachable", "critical", appliance=APPLIANCE, component="storage"),
    alert("CacheStorageUnreachable", "critical", appliance="appliance-01", component="storage"),
    alert("HeartbeatMissing", "critical", appliance="appliance-01", component="appliance", agent="dra"),
    alert("HeartbeatMissing", "warning", appliance="appliance-01", component="appliance", agent="dra"),
    alert("HeartbeatMissing", "warning", appliance="appliance-01", component="appliance", agent="discovery"),
)
"""Those of the first appliance are inhibited by its outage, a warning by the critical level of the same alert."""


def named(text: str) -> str:
    for plain, special in NAMES.items():
        text = text.replace(f'"{plain}"', f'"{special}"')
    return text


def minutes(since: float) -> Iterator[float]:
    at = NOW - since
    while at <= NOW:
        yield at
        at += MINUTE


def history() -> dict[str, Samples]:
    """The page of an environment with machines of two appliances, and the past of a few of its series."""
    found: dict[str, Samples] = {}
    for line in Environment(600, Day.BAD, now=NOW).page().decode().splitlines():
        name, _, value = named(line).rpartition(" ")
        if not name.startswith(("#", *_WITH_A_PAST)):
            since = DAY if machine(0)["vm_id"] in name else MINUTE
            found[name] = [(at, float(value)) for at in minutes(since)]
    storage = series(STORAGE_UP.name, appliance=APPLIANCE, account="a", role="cache")
    found[storage] = [(at, float(not OUTAGE <= at < OUTAGE + 4 * MINUTE)) for at in minutes(MONTH)]
    vault = series(KEYVAULT_TCP_UP.name, appliance=APPLIANCE, keyvault="k")
    found[vault] = [(at, 1.0) for at in minutes(MONTH) if not OUTAGE <= at < OUTAGE + 2 * HOUR]
    labels = {"vault": NAMES["vault-00"], "event_type": "vm_health", "severity": "critical"}
    found[series(REPLICATION_EVENTS.name, **labels, failure="known")] = [
        (at, 7000 + (at - NOW + DAY) // (37 * MINUTE)) for at in minutes(DAY)
    ]
    found[series(REPLICATION_EVENTS.name, **labels, failure="new")] = [(at, 3.0) for at in minutes(5 * HOUR)]
    for alert in ALERTS:
        found[alert] = [(at, 1.0) for at in minutes(HOUR)]
    found[series(CAUSE_FAILING, appliance=APPLIANCE, cause="cache_storage")] = [(at, 1.0) for at in minutes(HOUR)]
    for number in (5, 595):
        slow = series(REPLICATION_UPLOAD.name, **machine(number), vault=named_vault(number))
        assert slow in found
        found[slow] = [(NOW, 1e3)]
    copied = series(REPLICATION_MACHINES_COPIED.name, vault=NAMES["vault-00"], appliance=APPLIANCE)
    found[copied] = [(at, 500.0 - (NOW - at) // (6 * HOUR)) for at in minutes(2 * DAY)]
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="past")
async def _past(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prometheus]:
    async with with_history(tmp_path_factory.mktemp("history"), history()) as server:
        yield server


def variables(query: PanelQuery, seconds: float, **chosen: str) -> dict[str, str]:
    """The variables of a query as Grafana writes them: the first machine, and everything unless it is chosen."""
    interval = query.interval(seconds)
    found = {
        "__range": f"{seconds:.0f}s",
        "__interval": f"{interval}s",
        "__interval_ms": f"{interval}000",
        "__rate_interval": f"{max(240, interval + 60)}s",
    }
    wanted = {"vm": NAMES["machine-00000"], "vm_id": machine(0)["vm_id"], "vm_vault": NAMES["vault-00"], **chosen}
    if query.repeat:
        wanted.setdefault(query.repeat, {"appliance": APPLIANCE, "vcenter": NAMES["vcenter-0"]}[query.repeat])
    for variable in BOARDS[query.board]["templating"]["list"]:
        name = variable["name"]
        if variable["type"] == "query":
            found[name] = as_grafana_writes(variable, [wanted[name]] if name in wanted else [])
    return found


async def answer(past: Prometheus, query: PanelQuery, seconds: float, **chosen: str) -> list[dict[str, Any]]:
    expr = interpolated(query.expr, variables(query, seconds, **chosen))
    step = 0 if query.instant else query.interval(seconds)
    end = NOW if query.instant else NOW // query.interval(seconds) * query.interval(seconds)
    data = await past.evaluate(expr, start=end - seconds, end=end, step=step)
    return list(data["result"])


def query_of(board: str, panel: str, ref: str = "A") -> PanelQuery:
    (found,) = (query for query in QUERIES if query.name == (board, panel, ref))
    return found


_SLOWEST = query_of("wave", "Slowest machines")


def values(result: dict[str, Any]) -> list[float]:
    return [float(value) for _, value in result["values"]]


# --- machines and choices --------------------------------------------------------------------------------------------

OF_MACHINE = [query for query in QUERIES if query.board == "machine"]


async def test_the_boards_of_two_machines_differ(past: Prometheus) -> None:
    """Number 0 is late and number 50 has errors: both fail, each in its own way."""
    first, second = ({"vm": NAMES.get(who["vm"], who["vm"]), "vm_id": who["vm_id"]} for who in map(machine, (0, 50)))
    shown = [[await answer(past, query, HOUR, **who) for query in OF_MACHINE] for who in (first, second)]
    assert shown[0] != shown[1]
    assert len([one for one in shown[0] if one]) > 10


@pytest.mark.parametrize("query", [one for one in QUERIES if "$vm_id" in one.expr], ids=lambda one: ": ".join(one.name))
async def test_no_answer_about_a_machine_contains_another_one(past: Prometheus, query: PanelQuery) -> None:
    found = str(await answer(past, query, HOUR))
    assert not [number for number in range(1, 600) if machine(number)["vm_id"] in found]


@pytest.mark.parametrize("query", QUERIES, ids=lambda one: ": ".join(one.name))
async def test_names_with_special_characters_are_chosen(past: Prometheus, query: PanelQuery) -> None:
    """What all answer for the first vault, appliance or vCenter, the choice of it answers too."""
    chosen = {"vault": NAMES["vault-00"], "appliance": APPLIANCE, "vcenter": NAMES["vcenter-0"]}
    if any(f"${name}" in query.expr for name in chosen) and await answer(past, query, HOUR):
        found = await answer(past, query, HOUR, **chosen)
        every = str(await answer(past, query, HOUR))
        assert found or not any(name in every for name in chosen.values())
        for label, name in chosen.items():
            assert {one["metric"].get(label, name) for one in found} <= {name, ""}


# --- what do I do ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ref", "count"), [("A", 3), ("B", 1)])
async def test_inhibited_alerts_are_not_counted(past: Prometheus, ref: str, count: int) -> None:
    (found,) = await answer(past, query_of("overview", "Alerts", ref), HOUR)
    assert float(found["value"][1]) == count


async def test_the_first_row_has_the_cause_the_step_and_the_machines_that_wait(past: Prometheus) -> None:
    found = await answer(past, query_of("overview", "What to do first"), HOUR, appliance=APPLIANCE)
    rows = [(one["metric"]["rank"], one["metric"]["what"], int(one["value"][1])) for one in found]
    assert sorted(rows) == [
        ("1", "cache_storage", 5),
        ("2", "disk_upload_timed_out", 1),
        ("2", "dispose_artefacts_timed_out", 2),
        ("2", "unknown", 2),
    ]
    assert {one["metric"]["step"] for one in found} >= {f"cache_storage|{APPLIANCE}"}


async def test_the_slowest_machines_have_what_limits_them(past: Prometheus) -> None:
    """The buffer of the host of number 5 is full; number 595 is read faster than it is uploaded."""
    found = {one["metric"]["vm_id"]: one["metric"]["why"] for one in await answer(past, _SLOWEST, HOUR)}
    assert len(found) == 20
    assert (found[machine(5)["vm_id"]], found[machine(595)["vm_id"]]) == ("nfc", "network")


async def test_a_machine_is_ready_or_lacks_something(past: Prometheus) -> None:
    """Of 600, number 50, 150, … has errors and number 0, 100, … is late."""
    (ready,) = await answer(past, query_of("wave", "Ready to cut over"), HOUR)
    lacking = await answer(past, query_of("wave", "Not ready to cut over"), HOUR)
    assert Counter(one["metric"]["lacks"] for one in lacking) == {"error": 6, "late": 6}
    assert float(ready["value"][1]) == 600 - 12


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [DAY * 11, MONTH])
async def test_an_outage_of_minutes_shows_at_every_time_range(past: Prometheus, seconds: float) -> None:
    (storage,) = await answer(past, query_of("overview", "The path", "C"), seconds)
    assert 0 in values(storage)
    assert set(values(storage)) == {0, 1}


async def test_what_is_not_measured_for_a_while_is_no_data_and_not_its_last_state(past: Prometheus) -> None:
    (vault,) = await answer(past, query_of("overview", "The path", "E"), MONTH)
    assert set(values(vault)) == {-1, 1}


@pytest.mark.parametrize("seconds", [6 * HOUR, 23 * HOUR])
async def test_the_bars_of_events_add_up_to_the_counter(past: Prometheus, seconds: float) -> None:
    """Also with the first value of a series that appears in the time range."""
    query = query_of("machine", "Events of the machine's vault")
    found = await answer(past, query, seconds)
    bars = sum(sum(values(one)) for one in found if one["metric"]["severity"] == "critical")
    step = query.interval(seconds)
    end = NOW // step * step
    counter = f'sum({REPLICATION_EVENTS.name}{{severity="critical",failure="known"}})'
    before, after = [await past.evaluate(counter, start=0, end=at) for at in (end - seconds - step, end)]
    grown = float(after["result"][0]["value"][1]) - float(before["result"][0]["value"][1])
    assert bars == grown + 3


async def test_machines_that_became_copied_within_a_day_are_counted(past: Prometheus) -> None:
    (copied,) = await answer(past, query_of("wave", "Done per day", "A"), HOUR, appliance=APPLIANCE)
    assert set(values(copied)) == {4}


# --- blind -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES, ids=lambda one: ": ".join(one.name))
async def test_without_any_data_only_the_first_tile_answers(past: Prometheus, query: PanelQuery) -> None:
    """No query makes up a value, a zero for instance, of which a panel would draw health."""
    expr = interpolated(query.expr, variables(query, HOUR))
    data = await past.evaluate(expr, start=NOW + DAY, end=NOW + DAY)
    expected = {"-1"} if query.panel == "Data" else set()
    assert {one["value"][1] for one in data["result"]} == expected
