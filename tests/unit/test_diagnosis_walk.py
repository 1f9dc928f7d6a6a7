"""Asking: side by side, once each, in the order that they need, and never longer than the time that there is."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.collectors.registry import CollectorSpec
from azure_migrate_exporter.config.loader import parse
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.model import Question, Step
from azure_migrate_exporter.diagnosis.procedure import steps
from azure_migrate_exporter.diagnosis.runner import Walk
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.blackboard import Blackboard
from tests import scripted
from tests.clock import FakeClock, until
from tests.scripted import Script

SETTINGS = parse(
    """
appliances:
  - name: paris
    address: appliance
    gateway: {source: local}
    storage: [{account: migratelsa1, role: cache, sas: {file: sas}}]
    keyvaults: [{vault: migratekv1}]
    esxi: {vcenters: [vc01]}
vcenters: [{name: vc01, address: vc01, username: u, password: {file: p}}]
""",
    Path("exporter.yml"),
)


@dataclass
class HostScript(Script):
    """Says which host it is, as the settings of the real collector do."""

    host: str = ""


class Bench:
    """Scripted collectors under the names of the real ones, and the order in which they ran."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.context = Context(clock=self.clock)
        self.ran: list[str] = []
        self.scripts: dict[tuple[str, str], Script] = {}
        self.hosts = ["esx01", "esx02"]
        plain = [("appliance", "paris"), ("gateway", "paris"), ("keyvault", "migratekv1"), ("vsphere", "vc01")]
        accounts = [("storage", "migratelsa1"), ("storage_benchmark", "migratelsa1")]
        specs = [self._spec(name, target) for name, target in (*plain, *accounts)]
        self.collectors = {spec.name: spec for spec in (*specs, self._esxi())}

    def walk(self, timeout: float = 60.0) -> Walk:
        return Walk(SETTINGS, self.context, timeout, self.collectors)

    def script(self, name: str, target: str, *, hang: bool = False) -> Script:
        async def step(_: Measurements) -> None:
            self.ran.append(f"{name} {target}")
            if hang:
                await asyncio.Event().wait()
            if name == "vsphere":
                self.context.blackboard.publish("esxi_hosts", target, frozenset(self.hosts))

        return self.scripts.setdefault((name, target), Script(step))

    def _spec(self, name: str, target: str) -> CollectorSpec:
        def targets(_: Settings, __: Blackboard) -> Iterator[Target[Any]]:
            yield Target(target, "" if name == "vsphere" else "paris", self.script(name, target))

        return CollectorSpec(name, "", scripted.__name__, scripted.schedule(timeout=30), targets)

    def _esxi(self) -> CollectorSpec:
        def targets(_: Settings, inventory: Blackboard) -> Iterator[Target[Any]]:
            for host in sorted(inventory.names("esxi_hosts", "vc01")):
                yield Target(host, "paris", HostScript(self.script("esxi", host).step, host=host))

        return CollectorSpec("esxi", "", scripted.__name__, scripted.schedule(timeout=30), targets)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def procedure(*collectors: str, benchmark: bool = False) -> tuple[Step, ...]:
    found = steps(SETTINGS, Question(benchmark=benchmark))
    return tuple(step for step in found if not collectors or step.stage.collector in collectors)


async def all_of(walk: Walk, wanted: tuple[Step, ...]) -> list[str]:
    walk.start(wanted)
    return [f"{one.plan.spec.name} {one.plan.target.name}" for step in wanted for one in await walk.asked(step)]


async def test_every_step_is_asked_and_answers_come_in_the_order_of_the_procedure(bench: Bench) -> None:
    async with bench.walk() as walk:
        assert await all_of(walk, procedure()) == [
            "appliance paris",
            "gateway paris",
            "storage migratelsa1",
            "keyvault migratekv1",
            "esxi esx01",
            "esxi esx02",
            "vsphere vc01",
        ]
    assert all(script.closed == 1 for script in bench.scripts.values() if script.runs)


async def test_hosts_are_asked_after_the_vcenter_that_lists_them_and_that_is_asked_once(bench: Bench) -> None:
    async with bench.walk() as walk:
        await all_of(walk, procedure("esxi", "vsphere"))
    assert bench.ran == ["vsphere vc01", "esxi esx01", "esxi esx02"]


async def test_a_vcenter_is_looked_at_for_its_hosts_though_it_is_not_part_of_the_question(bench: Bench) -> None:
    async with bench.walk() as walk:
        assert await all_of(walk, procedure("esxi")) == ["esxi esx01", "esxi esx02"]


async def test_without_any_host_the_step_has_no_answer(bench: Bench) -> None:
    bench.hosts = []
    async with bench.walk() as walk:
        assert await all_of(walk, procedure("esxi")) == []


async def test_the_upload_is_measured_when_everything_else_has_been_asked(bench: Bench) -> None:
    async with bench.walk() as walk:
        await all_of(walk, procedure(benchmark=True))
    assert bench.ran[-1] == "storage_benchmark migratelsa1"
    assert len(bench.ran) == 8


async def test_one_that_hangs_holds_up_nobody_and_is_cut_off_at_the_end(bench: Bench) -> None:
    bench.script("appliance", "paris", hang=True)
    wanted = procedure("appliance", "keyvault")
    async with bench.walk(timeout=5) as walk:
        walk.start(wanted)
        (vault,) = await walk.asked(wanted[1])
        assert vault.run.outcome.reason is None
        waiting = asyncio.create_task(walk.asked(wanted[0]))
        await until(lambda: "appliance paris" in bench.ran)
        await bench.clock.advance(5)
        (appliance,) = await waiting
    assert (appliance.run.outcome.reason, appliance.cut) == (Reason.TIMEOUT, True)


async def test_its_own_deadline_is_a_failure_and_no_want_of_time(bench: Bench) -> None:
    bench.script("appliance", "paris", hang=True)
    wanted = procedure("appliance")
    async with bench.walk(timeout=300) as walk:
        walk.start(wanted)
        waiting = asyncio.create_task(walk.asked(wanted[0]))
        await until(lambda: bool(bench.ran))
        await bench.clock.advance(30)
        (appliance,) = await waiting
    assert (appliance.run.outcome.reason, appliance.cut) == (Reason.TIMEOUT, False)


async def test_what_is_not_begun_in_time_is_not_begun(bench: Bench) -> None:
    wanted = procedure("keyvault")
    async with bench.walk(timeout=5) as walk:
        await bench.clock.advance(6)
        walk.start(wanted)
        (vault,) = await walk.asked(wanted[0])
    assert vault.cut
    assert bench.ran == []


async def test_leaving_early_ends_what_runs_and_closes_it(bench: Bench) -> None:
    script = bench.script("appliance", "paris", hang=True)
    async with bench.walk() as walk:
        walk.start(procedure())
        await until(lambda: "appliance paris" in bench.ran)
    assert script.closed == 1
