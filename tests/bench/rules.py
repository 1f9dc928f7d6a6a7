"""What all rules together cost a real Prometheus: at 500 and at 10,000 machines, on good and bad days.

Prometheus scrapes the environment's page over HTTP, and has the past that the rules look back on: it is written with
promtool before the start. The figures are Prometheus' own (`prometheus_rule_group_last_duration_seconds`), each the sum
over all groups, the optional ones included, of what they take in Prometheus' interval: of a group that is evaluated
every fourth time, a quarter. Failures that come back are not waited for on a good day, when there are none. What an
alert looks up for its texts is part of it. They are times of a clock, so on a machine that does other things too they
grow with its load; the time of its CPU does not, but the scrapes between two evaluations are in it.

`python -m tests.bench.rules [ROUNDS [MACHINES …] [DAY …]]`: how many evaluations, of which sizes and days; all without.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, ClientTimeout, web
from prometheus_client.parser import text_string_to_metric_families

from azure_migrate_exporter.config.base import parse_duration
from generate.alerts.groups import GROUPS
from generate.alerts.rendering.rules import part_names
from generate.alerts.values import load
from tests.bench.environment import GIB, HOSTS, HOUR, ROLES, Day, Environment, account, error, machine, vcenter_of
from tests.bench.figures import Goal, at_most, report
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus
from tests.lab.promtool import promtool
from tests.lab.site import serving
from tests.lab.tools import ROOT

ROUNDS: Final = 5
INTERVAL: Final = 30.0
"""Seconds between two evaluations, and between two scrapes."""
SIZES: Final = (500, 10_000)
BLOCK: Final = 2 * HOUR
"""What a block of Prometheus' storage holds."""
JOB: Final = "azure-migrate-exporter"
LAST: Final = "prometheus_rule_group_last_duration_seconds"
WHEN: Final = "prometheus_rule_group_last_evaluation_timestamp_seconds"
CPU: Final = "process_cpu_seconds"

_SHARES: Final = {
    name: INTERVAL / parse_duration(group.interval)
    for group in GROUPS
    if group.interval
    for name in part_names(group, load())
}
"""Of the groups that Prometheus evaluates less often than others: how often in an interval."""
_EACH_MINUTE: Final = 0.5
"""The share of the groups that are waited for on a good day: failures that come back are looked for every three."""
_RARE: Final = 0.01
"""A share that is not waited for: what such a group costs is in the time of Prometheus' CPU."""
WRITERS: Final = os.cpu_count() or 1
"""Programs that write the past at the same time."""

Past = tuple[float, str, Callable[[float], float]]
"""How many hours it goes back, a series, and its value so many seconds before now."""


# --- the past --------------------------------------------------------------------------------------------------------


def past(environment: Environment) -> Iterator[Past]:
    """The series that rules look back on, and how far."""
    for vault in range(environment.vaults):
        yield from _past_of_a_path(environment, vault)
        yield 72, f'vault:azure_migrate_replication_stale:ratio{{vault="vault-{vault:02}"}}', _constant(0.01)
        for place in range(vault * HOSTS, (vault + 1) * HOSTS):
            labels = _labels(vcenter=vcenter_of(vault), datastore=f"datastore-{place:04}", source="vsphere")
            yield 1, f"azure_migrate_datastore_free_bytes{labels}", _constant(500 * GIB)
    for number in range(environment.machines):
        yield from _past_of_a_machine(environment, number)


def _past_of_a_path(environment: Environment, vault: int) -> Iterator[Past]:
    for role in ROLES:
        where = account(vault, role)
        yield 168, f"azure_migrate_storage_upload_throughput_bytes_per_second{_labels(**where)}", _constant(5e7)
        target = _recorded(check="storage", appliance=where["appliance"], target=where["account"])
        yield 72, f"target:azure_migrate_unreachable:max{target}", _constant(0)
        yield 6, f"target:azure_migrate_unreachable:lasting{target}", _constant(0)
    started = _labels(appliance=f"appliance-{vault:02}", windows_service="asrgwy")
    yield 1, f"azure_migrate_gateway_service_start_time_seconds{started}", _constant(environment.now - 100 * HOUR)


def _past_of_a_machine(environment: Environment, number: int) -> Iterator[Past]:
    who, vault = machine(number), f"vault-{number // 500:02}"
    labels = _labels(vcenter=vcenter_of(number // 500), **who)
    yield 1, f"azure_migrate_vsphere_vm_cbt_resets_total{labels}", _constant(0)
    listed = _recorded(vm_id=who["vm_id"], vault=vault, appliance=f"appliance-{number // 500:02}")
    yield 0.1, f"vm:azure_migrate_replication_info:appliance{listed}", _constant(1)
    if number % 20 == 5:
        moving = _labels(**who, vault=vault, phase="initial")
        yield 7, f"azure_migrate_replication_progress_ratio{moving}", lambda ago: 0.4 - ago / (100 * HOUR)
    if environment.failing(number):
        failing = {**error(number), "vault": vault, **who}
        yield 24, f"azure_migrate_replication_errors{_labels(**failing)}", _constant(1)
        seen = _recorded(source="machine", appliance=f"appliance-{number // 500:02}", **failing)
        yield 24, f"failure:azure_migrate_failure_seen:rank{seen}", _constant(2)


def _constant(value: float) -> Callable[[float], float]:
    return lambda _: value


def _labels(**labels: str) -> str:
    return _recorded(**labels, instance="exporter:9878", job=JOB)


def _recorded(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


async def write_past(directory: Path, environment: Environment) -> None:
    """Blocks of Prometheus' storage, each from a file of its own: promtool reads a file once for each of its blocks."""
    series = list(past(environment))
    end = environment.now
    start = end - max(hours for hours, _, _ in series) * HOUR
    turns = asyncio.Semaphore(WRITERS)
    async with asyncio.TaskGroup() as writers:
        while start < end:
            stop = min(end, (start // BLOCK + 1) * BLOCK)
            writers.create_task(_write_block(directory, start, _samples(series, start, stop, end), turns))
            start = stop


async def _write_block(directory: Path, start: float, lines: Iterator[str], turns: asyncio.Semaphore) -> None:
    async with turns:
        path = directory / f"past-{start:.0f}.om"
        await asyncio.to_thread(_write, path, lines)
        data = str(directory / "data")
        status, said = await promtool("tsdb", "create-blocks-from", "openmetrics", "--quiet", str(path), data)
        path.unlink()
        if status:
            raise RuntimeError(said)


def _samples(series: list[Past], start: float, stop: float, now: float) -> Iterator[str]:
    for hours, name, value in series:
        at = max(start, now - hours * HOUR)
        while at < stop:
            yield f"{name} {value(now - at):g} {at:.3f}\n"
            at += 60
    yield "# EOF\n"


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)


# --- the present -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def served(page: bytes) -> AsyncIterator[str]:
    """The page over HTTP: the address."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4"})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    async with serving(app) as address:
        yield address


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Seconds that each group took, without the rarer ones, when the newest ended, and the CPU used so far."""

    durations: Mapping[str, float]
    ended: float
    cpu: float

    def total(self, rarer: Mapping[str, float]) -> float:
        """What all groups take in an interval; an evaluation of each rarer one takes what `rarer` says."""
        return sum(self.durations.values()) + sum(took * _SHARES[group] for group, took in rarer.items())


class Evaluations:
    """What Prometheus says of its rule groups, since it has read the page."""

    def __init__(self, url: str, session: ClientSession) -> None:
        self._url = f"{url}/metrics"
        self._session = session
        self._since = time.time()

    async def next(self, after: float) -> Evaluation:
        """The next one: every group that is evaluated at Prometheus' interval began after that time."""
        found = await self._until(lambda group, when: group in _SHARES or when > after)
        durations = {group: took for group, took in found[LAST].items() if group not in _SHARES}
        return Evaluation(durations, max(found[WHEN][group] for group in durations), found[CPU][""])

    async def rarer(self, least: float) -> Mapping[str, float]:
        """What the newest evaluation of each rarer group took, once those with at least this share have had one."""
        found = await self._until(lambda group, when: when > self._since or _SHARES.get(group, 1) < least)
        return {group: took for group, took in found[LAST].items() if group in _SHARES}

    async def _until(self, done: Callable[[str, float], bool]) -> dict[str, dict[str, float]]:
        """The page, once each group was evaluated at a time that will do."""
        async with asyncio.timeout(20 * INTERVAL):
            while True:
                found = await self._page()
                if found[WHEN] and all(done(group, when) for group, when in found[WHEN].items()):
                    return found
                await asyncio.sleep(0.5)

    async def _page(self) -> dict[str, dict[str, float]]:
        """By family, and by the name of the group."""
        async with self._session.get(self._url) as response:
            families = text_string_to_metric_families(await response.text())
        found: dict[str, dict[str, float]] = {LAST: {}, WHEN: {}, CPU: {}}
        for family in families:
            if family.name in found:
                for sample in family.samples:
                    group = sample.labels.get("rule_group", "").partition(";")[2]
                    if _SHARES.get(group, 1) > _RARE:
                        found[family.name][group] = sample.value
        return found


async def measure(machines: int, on: Day, rounds: int) -> None:
    """One environment on one day."""
    environment = Environment(machines, on, time.time())
    page = environment.page()
    print(f"{_named(machines, on)}: {page.count(b'azure_migrate_') - 2 * page.count(b'# HELP'):,} series", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as name:
        directory = Path(name)
        await write_past(directory, environment)
        rules = sorted((ROOT / "alerts" / "rules").rglob("*.yml"))
        every = f"{INTERVAL:g}s"
        async with served(page) as address:
            target = ScrapeTarget(JOB, address)
            async with (
                prometheus(
                    directory,
                    [target],
                    scrape_interval=every,
                    evaluation_interval=every,
                    rule_files=rules,
                    retention="30d",
                ) as server,
                ClientSession(timeout=ClientTimeout(total=60)) as session,
            ):
                await server.wait_for("up == 1", deadline=120)
                await evaluate(machines, on, server, Evaluations(server.url, session), rounds)


async def evaluate(machines: int, on: Day, server: Prometheus, evaluations: Evaluations, rounds: int) -> None:
    """The figures, from the second evaluation after the page has been read."""
    day = _named(machines, on)
    found = [await evaluations.next(time.time())]
    for _ in range(rounds):
        found.append(await evaluations.next(found[-1].ended))
    rarer = await evaluations.rarer(_EACH_MINUTE if on is Day.GOOD else _RARE)
    alerts = Counter(alert["state"] for alert in await server.alerts())
    report(f"{day}: all groups together", [one.total(rarer) for one in found[1:]], unit=" s", goal=_goal(machines, on))
    report(
        f"    {day}: CPU from one to the next, scrapes included", [b.cpu - a.cpu for a, b in pairwise(found)], unit=" s"
    )
    took = {group: [took] for group, took in rarer.items()}
    took |= {group: [one.durations[group] for one in found[1:]] for group in found[-1].durations}
    for group in sorted(took, key=lambda group: max(took[group]), reverse=True)[:3]:
        report(f"    {day}: {group}", took[group], unit=" s")
    load = f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"    alerts: {alerts['firing']:,} firing, {alerts['pending']:,} pending; {load}", flush=True)


def _named(machines: int, on: Day) -> str:
    return f"{machines:,} machines, {on.name.lower()} day"


def _goal(machines: int, on: Day) -> Goal:
    if machines < max(SIZES):
        return at_most(1)
    return at_most(3) if on is Day.GOOD else at_most(10)


async def main(rounds: str = str(ROUNDS), *which: str) -> None:
    """Each size on each day."""
    sizes = [int(one) for one in which if one.isdigit()] or SIZES
    days = [Day[one.upper()] for one in which if not one.isdigit()] or Day
    for machines in sizes:
        for day in days:
            await measure(machines, day, int(rounds))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
