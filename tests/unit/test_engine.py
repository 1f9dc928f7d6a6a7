"""The engine: jobs follow settings and discoveries, results reach the page, a failing collector affects no other."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.engine import MINIMUM_INTERVALS, PUBLISHING, Engine
from azure_migrate_exporter.engine.job import Job
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.exposition.measurements import LeanBlock, Measurements
from azure_migrate_exporter.exposition.metrics import KEYVAULT_TCP_UP
from azure_migrate_exporter.exposition.page import Page, RenderingError
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.runtime.deadline import deadline_in, within_deadline
from tests import scripted
from tests.clock import REAL_TIMEOUT, FakeClock, settle, until
from tests.scripted import Script


async def works(out: Measurements) -> None:
    out.set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault="v")


async def hangs(_: Measurements) -> None:
    await asyncio.Event().wait()


async def has_a_bug(_: Measurements) -> None:
    raise ZeroDivisionError


class SlowPage(Page):
    """A page whose rendering takes as long as a test likes."""

    def __init__(self) -> None:
        super().__init__()
        self.may_publish = threading.Event()
        self.may_publish.set()

    def publish(self) -> list[RenderingError]:
        assert self.may_publish.wait(REAL_TIMEOUT)
        return super().publish()


class Bench:
    """An engine with scripted targets, on a fake clock."""

    def __init__(self, page: Page | None = None, **scripts: Script) -> None:
        self.clock = FakeClock()
        self.scripts = scripts
        spec = scripted.spec(self.scripts)
        self.context = Context(clock=self.clock)
        self.engine = Engine(self.context, page or Page(), {spec.name: spec})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.engine.running():
            self.engine.apply(Settings())
            await self.pass_time(5)
            yield

    async def pass_time(self, seconds: float) -> None:
        """Turn the clock in small steps, so that the renderings between (in a thread) can happen."""
        for _ in range(int(seconds / PUBLISHING.most)):
            await self.clock.advance(PUBLISHING.most)
            await asyncio.sleep(0.001)

    def shown(self) -> str:
        return b"".join(self.engine.page.response(openmetrics=False)).decode()


async def test_a_result_is_on_the_page_soon_after_its_run() -> None:
    bench = Bench(t=Script(works))
    async with bench.running():
        await until(lambda: bool(bench.scripts["t"].runs))
        await bench.pass_time(2)
        await until(lambda: 'keyvault_tcp_up{appliance="a",keyvault="v"} 1.0' in bench.shown())
        assert 'collector_success{collector="scripted",target="t"} 1.0' in bench.shown()
        assert "exporter_build_info{" in bench.shown()


async def test_a_hanging_and_a_broken_collector_do_not_touch_the_others() -> None:
    bench = Bench(good=Script(works), hung=Script(hangs), broken=Script(has_a_bug))
    async with bench.running():
        await bench.pass_time(150)
        assert len(bench.scripts["good"].runs) >= 3
        outcomes = {status.target: status.last for status in bench.engine.statuses()}
    assert outcomes["good"] is not None
    assert outcomes["good"].reason is None
    assert outcomes["hung"] is not None
    assert outcomes["hung"].reason is Reason.TIMEOUT
    assert outcomes["broken"] is not None
    assert outcomes["broken"].reason is Reason.INTERNAL


async def test_it_is_ready_once_each_job_has_ended_a_first_run_however() -> None:
    bench = Bench(good=Script(works), hung=Script(hangs))
    async with bench.running():
        await until(lambda: bool(bench.scripts["hung"].runs))
        await until(lambda: [job.target for job in bench.engine.waiting()] == ["hung"])
        await bench.pass_time(12)
        await until(lambda: not bench.engine.waiting())


async def test_it_is_not_ready_before_the_page_shows_what_the_runs_found() -> None:
    page = SlowPage()
    bench = Bench(page, t=Script(works))
    async with bench.engine.running():
        page.may_publish.clear()
        bench.engine.apply(Settings())
        await bench.pass_time(5)
        await until(lambda: bench.engine.statuses()[0].last is not None)
        assert [job.target for job in bench.engine.waiting()] == ["t"]
        page.may_publish.set()
        await until(lambda: not bench.engine.waiting())
        assert "keyvault_tcp_up" in bench.shown()


async def test_a_target_that_is_added_later_does_not_make_it_unready() -> None:
    bench = Bench(stays=Script(works))
    async with bench.running():
        await until(lambda: not bench.engine.waiting())
        bench.scripts["comes"] = Script(hangs)
        bench.engine.apply(Settings())
        await bench.pass_time(5)
        await until(lambda: bool(bench.scripts["comes"].runs))
        assert bench.engine.waiting() == []


async def test_it_is_not_ready_before_it_knows_what_to_do() -> None:
    bench = Bench()
    async with bench.engine.running():
        await bench.pass_time(2)
        bench.scripts["t"] = Script(hangs)
        bench.engine.apply(Settings())
        await bench.pass_time(5)
        assert [job.target for job in bench.engine.waiting()] == ["t"]


async def test_a_reload_keeps_what_stays_starts_what_is_new_and_stops_what_is_gone() -> None:
    bench = Bench(stays=Script(works), goes=Script(works))
    async with bench.running():
        await until(lambda: all(script.runs for script in bench.scripts.values()))
        gone = bench.scripts.pop("goes")
        bench.scripts["comes"] = Script(works)
        runs_before = len(bench.scripts["stays"].runs)
        bench.engine.apply(Settings())
        await bench.pass_time(5)
        await until(lambda: bool(bench.scripts["comes"].runs))
        assert gone.closed == 1
        assert bench.scripts["stays"].closed == 0
        assert len(bench.scripts["stays"].runs) == runs_before, "an undisturbed job does not start again"
        await bench.pass_time(2)
        await until(lambda: 'target="goes"' not in bench.shown())


async def test_a_discovery_brings_new_targets_without_a_reload() -> None:
    bench = Bench()
    async with bench.running():
        bench.scripts["found"] = Script(works)
        bench.context.blackboard.publish("esxi_hosts", "vc", frozenset({"found"}))
        await bench.pass_time(5)
        await until(lambda: bool(bench.scripts["found"].runs))


async def test_what_a_run_discovers_does_not_have_the_deadline_of_that_run() -> None:
    left: list[float] = []

    async def looks(_: Measurements) -> None:
        left.append(within_deadline(60))

    async def discovers(_: Measurements) -> None:
        bench.scripts["found"] = Script(looks)
        with deadline_in(0):
            bench.context.blackboard.publish("esxi_hosts", "vc", frozenset({"found"}))

    bench = Bench(finds=Script(discovers))
    async with bench.running():
        await until(lambda: "found" in bench.scripts)
        await bench.pass_time(5)
        await until(lambda: bool(left))
    assert left[0] > 0


async def test_everything_is_closed_at_the_end_and_no_task_is_left() -> None:
    before = asyncio.all_tasks()
    bench = Bench(good=Script(works), hung=Script(hangs))
    async with bench.running():
        await until(lambda: all(script.runs for script in bench.scripts.values()))
    await settle()
    assert {script.closed for script in bench.scripts.values()} == {1}
    assert asyncio.all_tasks() == before


async def test_a_probe_runs_apart_from_the_schedule_with_a_collector_of_its_own() -> None:
    bench = Bench(t=Script(works))
    async with bench.running():
        await until(lambda: bool(bench.scripts["t"].runs))
        run = await bench.engine.probe("scripted", "t", 5)
        assert run.outcome.reason is None
        assert bench.scripts["t"].closed == 1, "the probe's own collector is closed, the job's is not"
        with pytest.raises(LookupError):
            await bench.engine.probe("scripted", "missing", 5)


async def test_a_bad_file_keeps_the_old_configuration_running_and_says_so(tmp_path: Path) -> None:
    bench = Bench(t=Script(works))
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: []")
    reloader = Reloader(file, bench.engine, bench.clock)
    async with bench.running():
        assert await reloader.reload() == ()
        loaded_at = bench.clock.time()
        file.write_text("appliances: [{nam: paris}]")
        await bench.pass_time(10)
        errors = await reloader.reload()
        assert errors == (
            f"{file}:1: appliances[0].nam: unknown key; did you mean name?",
            f"{file}:1: appliances[0].name: this key is required",
        )
        await bench.pass_time(2)
        await until(lambda: "config_last_reload_successful 0.0" in bench.shown())
        assert f"config_last_reload_success_timestamp_seconds {loaded_at}" in bench.shown()
        assert [status.target for status in bench.engine.statuses()] == ["t"]


async def test_a_block_that_cannot_be_rendered_fails_the_run_of_its_collector_alone() -> None:
    async def writes_badly(out: Measurements) -> None:
        def breaks(_: Measurements) -> None:
            raise ZeroDivisionError("no width")

        out.keep(LeanBlock(breaks))

    bench = Bench(good=Script(works), bad=Script(writes_badly))
    async with bench.running():
        await bench.pass_time(10)
        results = {job.target: job.last and job.last.reason for job in bench.engine.statuses()}
        assert results == {"good": None, "bad": Reason.INTERNAL}
        assert 'collector_success{collector="scripted",target="bad"} 0.0' in bench.shown()
        assert "keyvault_tcp_up" in bench.shown()
        assert bench.engine.waiting() == []


async def test_after_500_reloads_that_rename_50_targets_only_the_configured_jobs_run() -> None:
    bench = Bench()
    made: list[Script] = []
    async with bench.engine.running():
        idle_tasks = len(asyncio.all_tasks())
        for reload in range(500):
            bench.scripts.clear()
            bench.scripts.update({f"{reload}-{n}": Script(works) for n in range(50)})
            made += bench.scripts.values()
            bench.engine.apply(Settings())
            if reload % 10 == 0:
                await bench.clock.advance(1)
        await bench.pass_time(10)
        await until(lambda: all(job.next_run is not None and job.last for job in bench.engine.statuses()))
        await settle()
        assert sorted(job.target for job in bench.engine.statuses()) == sorted(bench.scripts)
        assert len(asyncio.all_tasks()) == idle_tasks + 3 * 50, "a job, its timer and its wait for news"
        assert all(script.closed == int(bool(script.runs)) for script in made if script not in bench.scripts.values())
        assert all(script.runs for script in bench.scripts.values())
    assert all(script.closed == int(bool(script.runs)) for script in made)


async def test_a_job_that_ends_by_itself_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(t=Script(works))
    failures = iter([MemoryError()])
    record = Job._record

    def fails_once(job: Job, result: Run) -> None:
        for error in failures:
            raise error
        record(job, result)

    monkeypatch.setattr(Job, "_record", fails_once)
    async with bench.running():
        await bench.pass_time(10)  # the pause before it is started again, and the spread of first runs
        assert len(bench.scripts["t"].runs) == 2
        assert bench.scripts["t"].closed == 1
        assert bench.engine.waiting() == []


async def test_whatever_a_reload_raises_keeps_the_old_configuration_and_says_so(tmp_path: Path) -> None:
    spec, script = scripted.spec(), Script(works)

    def breaks_for_an_appliance(settings: Settings, _: Blackboard) -> Iterator[Target[Script]]:
        if settings.appliances:
            raise ZeroDivisionError
        yield Target("t", "", script)

    clock = FakeClock()
    engine = Engine(Context(clock=clock), Page(), {spec.name: replace(spec, targets=breaks_for_an_appliance)})
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: []")
    reloader = Reloader(file, engine, clock)
    async with engine.running():
        assert await reloader.reload() == ()
        in_force = reloader.settings
        file.write_text("appliances: [{name: paris}]")
        assert await reloader.reload() == (f"{file}: ZeroDivisionError: a bug of the exporter, see the log",)
        assert (reloader.settings, reloader.errors != ()) == (in_force, True)
        engine.page.publish()
        page = b"".join(engine.page.response(openmetrics=False)).decode()
        assert "config_last_reload_successful 0.0" in page
        assert [status.target for status in engine.statuses()] == ["t"]


@pytest.mark.parametrize("name", MINIMUM_INTERVALS)
async def test_a_probe_of_a_billed_collector_answers_its_last_result_within_its_minimum_interval(name: str) -> None:
    clock, script = FakeClock(), Script(works)
    spec = scripted.spec({"t": script}, name=name, when=scripted.schedule(interval=100_000, stale=200_000))
    engine = Engine(Context(clock=clock), Page(), {name: spec})
    async with engine.running():
        engine.apply(Settings())
        await clock.advance(5)
        await until(lambda: bool(script.runs))
        await settle()
        for _ in range(3):
            assert (await engine.probe(name, "t", 5)).outcome == engine.statuses()[0].last
        assert len(script.runs) == 1
        await clock.advance(MINIMUM_INTERVALS[name])
        first, second = [await engine.probe(name, "t", 5) for _ in range(2)]
        assert len(script.runs) == 2
        assert first is second


async def test_a_stepped_clock_drops_no_good_result() -> None:
    bench = Bench(t=Script(works))
    async with bench.running():
        await bench.pass_time(5)
        for step in (3 * 3600, -6 * 3600, -2 * 86400):
            bench.clock.step(step)
            await bench.pass_time(20)
            assert "keyvault_tcp_up" in bench.shown()
