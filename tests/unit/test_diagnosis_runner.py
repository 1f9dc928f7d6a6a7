"""The runner: concurrent, one run a target, in the order of dependencies, within the deadline."""

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
from azure_migrate_exporter.diagnosis.procedure import plan_steps
from azure_migrate_exporter.diagnosis.runner import Runner
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

    def runner(self, timeout: float = 60.0) -> Runner:
        return Runner(SETTINGS, self.context, timeout, self.collectors)

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
    found = plan_steps(SETTINGS, Question(benchmark=benchmark))
    return tuple(step for step in found if not collectors or step.stage.collector in collectors)


async def all_of(runner: Runner, wanted: tuple[Step, ...]) -> list[str]:
    runner.start(wanted)
    return [f"{one.plan.spec.name} {one.plan.target.name}" for step in wanted for one in await runner.answers(step)]


async def test_every_step_runs_and_answers_come_in_the_order_of_the_procedure(bench: Bench) -> None:
    async with bench.runner() as runner:
        assert await all_of(runner, procedure()) == [
            "appliance paris",
            "gateway paris",
            "storage migratelsa1",
            "keyvault migratekv1",
            "esxi esx01",
            "esxi esx02",
            "vsphere vc01",
        ]
    assert all(script.closed == 1 for script in bench.scripts.values() if script.runs)


async def test_hosts_run_after_the_vcenter_that_lists_them_which_runs_once(bench: Bench) -> None:
    async with bench.runner() as runner:
        await all_of(runner, procedure("esxi", "vsphere"))
    assert bench.ran[0] == "vsphere vc01"
    assert sorted(bench.ran[1:]) == ["esxi esx01", "esxi esx02"]


async def test_a_vcenter_runs_for_its_hosts_though_it_has_no_step(bench: Bench) -> None:
    async with bench.runner() as runner:
        assert await all_of(runner, procedure("esxi")) == ["esxi esx01", "esxi esx02"]


async def test_without_any_host_the_step_has_no_answer(bench: Bench) -> None:
    bench.hosts = []
    async with bench.runner() as runner:
        assert await all_of(runner, procedure("esxi")) == []


async def test_the_benchmark_runs_after_everything_else(bench: Bench) -> None:
    async with bench.runner() as runner:
        await all_of(runner, procedure(benchmark=True))
    assert bench.ran[-1] == "storage_benchmark migratelsa1"
    assert len(bench.ran) == 8


async def test_a_hanging_run_delays_no_other_and_is_cut_off_at_the_deadline(bench: Bench) -> None:
    bench.script("appliance", "paris", hang=True)
    wanted = procedure("appliance", "keyvault")
    async with bench.runner(timeout=5) as runner:
        runner.start(wanted)
        (vault,) = await runner.answers(wanted[1])
        assert vault.run.outcome.reason is None
        waiting = asyncio.create_task(runner.answers(wanted[0]))
        await until(lambda: "appliance paris" in bench.ran)
        await bench.clock.advance(5)
        (appliance,) = await waiting
    assert (appliance.run.outcome.reason, appliance.cut_off) == (Reason.TIMEOUT, True)


async def test_its_own_timeout_is_a_failure_and_not_a_cut_off(bench: Bench) -> None:
    bench.script("appliance", "paris", hang=True)
    wanted = procedure("appliance")
    async with bench.runner(timeout=300) as runner:
        runner.start(wanted)
        waiting = asyncio.create_task(runner.answers(wanted[0]))
        await until(lambda: bool(bench.ran))
        await bench.clock.advance(30)
        (appliance,) = await waiting
    assert (appliance.run.outcome.reason, appliance.cut_off) == (Reason.TIMEOUT, False)


async def test_a_run_that_cannot_start_before_the_deadline_does_not_start(bench: Bench) -> None:
    wanted = procedure("keyvault")
    async with bench.runner(timeout=5) as runner:
        await bench.clock.advance(6)
        runner.start(wanted)
        (vault,) = await runner.answers(wanted[0])
    assert vault.cut_off
    assert bench.ran == []


async def test_leaving_early_ends_what_runs_and_closes_it(bench: Bench) -> None:
    script = bench.script("appliance", "paris", hang=True)
    async with bench.runner() as runner:
        runner.start(procedure())
        await until(lambda: "appliance paris" in bench.ran)
    assert script.closed == 1
