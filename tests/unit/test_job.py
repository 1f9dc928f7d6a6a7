"""A job: interval, jitter, deadline, one run in flight, faster again after a failure, staleness, quiet logs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import pytest
import structlog.testing

from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.base import Schedule
from azure_migrate_exporter.engine.job import FIRST_RUN_SPREAD, JITTER, Job
from azure_migrate_exporter.engine.runner import CANCEL_GRACE
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import KEYVAULT_TCP_UP
from azure_migrate_exporter.exposition.text import render
from azure_migrate_exporter.network.address import CONNECT_TIMEOUT
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import within_silence
from tests import scripted
from tests.clock import FakeClock, settle, until
from tests.scripted import Script


async def works(out: Measurements) -> None:
    out.set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault="v")


async def fails(out: Measurements) -> None:
    out.set(KEYVAULT_TCP_UP, 0, appliance="a", keyvault="v")
    raise CheckError(Reason.REFUSED, "connection to 10.0.0.5:443 refused")


async def hangs(out: Measurements) -> None:
    out.set(KEYVAULT_TCP_UP, 0, appliance="a", keyvault="v")
    await asyncio.Event().wait()


async def has_a_bug(_: Measurements) -> None:
    raise KeyError("surprise")


def job(script: Script, clock: FakeClock, when: Schedule | None = None, *, silence: float | None = None) -> Job:
    context, spec = Context(clock=clock), replace(scripted.spec(), silence=silence)
    return Job(spec, Target("t", "", script), when or scripted.schedule(), context, lambda _: None)


@asynccontextmanager
async def running(job: Job, script: Script, clock: FakeClock) -> AsyncIterator[None]:
    """The job on its schedule, its first run begun."""
    task = asyncio.create_task(job.run_forever())
    await clock.advance(FIRST_RUN_SPREAD)
    await until(lambda: bool(script.runs))
    await settle()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def outcome(job: Job) -> str | None:
    last = job.status.last
    return last.result if last else None


def shown(job: Job) -> str:
    return render([*job.measurements, *job.run_metrics]).decode()


async def test_runs_come_an_interval_apart_or_by_the_jitter_sooner() -> None:
    script, clock = Script(works), FakeClock()
    async with running(job(script, clock), script, clock):
        await clock.advance(600)
    gaps = [later - earlier for earlier, later in pairwise(script.runs)]
    assert len(gaps) >= 8
    assert all(60 * (1 - JITTER) <= gap <= 60 for gap in gaps)
    assert len(set(gaps)) > 1


async def test_after_a_failure_the_next_run_comes_sooner() -> None:
    script, clock = Script(fails), FakeClock()
    async with running(job(script, clock), script, clock):
        await clock.advance(60)
        gaps = [later - earlier for earlier, later in pairwise(script.runs)]
        assert len(gaps) >= 3
        assert all(15 * (1 - JITTER) <= gap <= 15 for gap in gaps)
        script.step = works
        await clock.advance(script.runs[-1] + 15 - clock.time())
        recovered = len(script.runs)
        await clock.advance(script.runs[-1] + 60 * (1 - JITTER) - 1 - clock.time())
        assert len(script.runs) == recovered, "back to the full interval"


PATH = [spec for spec in COLLECTORS.values() if spec.silence is not None]
SCHEDULES = {spec.name: spec.schedule for spec in PATH}
SCHEDULES |= {"of the lab": scripted.schedule(interval=2, timeout=8), "of an hour": scripted.schedule(interval=3600)}


def test_the_checks_of_the_path_have_a_limit_for_silence() -> None:
    assert {spec.name for spec in PATH} >= {"appliance", "gateway", "esxi", "keyvault", "storage", "servicebus"}


@pytest.mark.parametrize("when", SCHEDULES.values(), ids=SCHEDULES)
async def test_a_peer_that_falls_silent_shows_within_the_interval(when: Schedule) -> None:
    """Also one that does so just after a run has seen it."""
    script, clock = Script(works), FakeClock()

    async def silent(out: Measurements) -> None:
        out.set(KEYVAULT_TCP_UP, 0, appliance="a", keyvault="v")
        await clock.sleep(within_silence(CONNECT_TIMEOUT))
        raise CheckError(Reason.TIMEOUT, "no answer")

    it = job(script, clock, when, silence=PATH[0].silence)
    async with running(it, script, clock):
        for _ in range(20):
            script.step = works
            seen = len(script.runs)
            while len(script.runs) == seen or outcome(it) != "success":
                await clock.advance(when.interval / 500)
            script.step = silent
            await clock.advance(script.runs[-1] + when.interval - clock.time())
            assert 'keyvault_tcp_up{appliance="a",keyvault="v"} 0.0' in shown(it)


async def test_a_check_without_such_a_limit_waits_as_long_as_a_connection_may() -> None:
    seen: list[float] = []

    async def connects(_: Measurements) -> None:
        seen.append(within_silence(CONNECT_TIMEOUT))

    script, clock = Script(connects), FakeClock()
    async with running(job(script, clock), script, clock):
        assert seen == [CONNECT_TIMEOUT]


async def test_news_bring_the_next_run_at_once() -> None:
    script, clock = Script(works), FakeClock()
    async with running(job(script, clock), script, clock):
        script.news.set()
        await settle()
        assert len(script.runs) == 2


async def test_a_run_that_hangs_ends_at_its_deadline_and_keeps_what_it_wrote() -> None:
    script, clock = Script(hangs), FakeClock()
    it = job(script, clock)
    async with running(it, script, clock):
        await clock.advance(script.runs[0] + 9.9 - clock.time())
        assert outcome(it) is None
        await clock.advance(0.2)
        assert outcome(it) == "timeout"
    assert 'keyvault_tcp_up{appliance="a",keyvault="v"} 0.0' in shown(it)
    assert 'collector_success{collector="scripted",target="t"} 0.0' in shown(it)


async def test_a_run_that_ignores_its_cancellation_holds_up_only_itself() -> None:
    release = asyncio.Event()

    async def stubborn(_: Measurements) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    script, clock = Script(stubborn), FakeClock()
    it = job(script, clock)
    async with running(it, script, clock):
        await clock.advance(10 + CANCEL_GRACE)
        assert it.status.last is not None
        assert it.status.last.reason is Reason.TIMEOUT
        await clock.advance(100)
        assert len(script.runs) == 1, "one run in flight"
        assert it.status.last.message == "the previous run has not stopped yet"
        script.step = works
        release.set()
        await settle()
        await clock.advance(20)
        assert it.status.last.reason is None


async def test_a_bug_is_internal_and_its_traceback_goes_to_the_log() -> None:
    script, clock = Script(has_a_bug), FakeClock()
    it = job(script, clock)
    with structlog.testing.capture_logs() as logs:
        await it.run_once()
    assert it.status.last is not None
    assert (it.status.last.reason, it.status.last.message) == (Reason.INTERNAL, "KeyError: 'surprise'")
    assert isinstance(logs[0]["exc_info"], KeyError)


async def test_a_collector_that_cannot_be_built_is_a_failed_run() -> None:
    broken = scripted.spec()
    broken = type(broken)(broken.name, broken.help, "tests.no_such_module", broken.schedule, broken.targets)
    it = Job(broken, Target("t", "", None), scripted.schedule(), Context(clock=FakeClock()), lambda _: None)
    outcome = await it.run_once()
    assert outcome.reason is Reason.INTERNAL
    assert "tests.no_such_module" in outcome.message


async def test_the_log_has_the_first_failure_each_new_reason_and_the_recovery() -> None:
    async def forbidden(_: Measurements) -> None:
        raise CheckError(Reason.FORBIDDEN, "the principal lacks Listen")

    script, clock = Script(fails), FakeClock()
    it = job(script, clock)
    with structlog.testing.capture_logs() as logs:
        for step in (fails, fails, fails, forbidden, forbidden, works, works):
            script.step = step
            await it.run_once()
            await clock.advance(10)
    assert [entry["event"] for entry in logs] == ["collector failed", "collector failed", "collector recovered"]
    assert logs[0]["reason"] == "refused"
    assert logs[0]["error"] == "connection to 10.0.0.5:443 refused"
    assert "start the service" in logs[0]["remedy"]
    assert logs[1]["reason"] == "forbidden"
    assert logs[2]["failed_for_seconds"] == 50


async def test_a_secret_in_an_exception_does_not_come_out() -> None:
    async def leaks(_: Measurements) -> None:
        raise CheckError(Reason.FORBIDDEN, "PUT https://x.blob.core.windows.net/c/b?sv=1&sig=TOPSECRET%3D failed")

    script, clock = Script(leaks), FakeClock()
    it = job(script, clock)
    await it.run_once()
    assert it.status.last is not None
    assert "TOPSECRET" not in it.status.last.message
    assert "sig=<secret>" in it.status.last.message


async def test_results_are_counted_and_failures_kept_newest_first() -> None:
    script, clock = Script(works), FakeClock()
    it = job(script, clock)
    for step in (works, fails, works, hangs):
        script.step = step
        run = asyncio.create_task(it.run_once())
        await until(lambda: bool(script.runs))
        await settle()
        await clock.advance(11)
        await run
    assert 'runs_total{collector="scripted",target="t",result="success"} 2.0' in shown(it)
    assert 'runs_total{collector="scripted",target="t",result="refused"} 1.0' in shown(it)
    assert [failure.reason for failure in it.status.failures] == [Reason.TIMEOUT, Reason.REFUSED]


async def test_the_reason_of_a_failure_is_shown_until_a_run_works() -> None:
    script = Script(fails)
    it = job(script, FakeClock())
    line = 'collector_failure_info{collector="scripted",target="t",appliance="",resource="t",reason="refused"} 1.0'
    await it.run_once()
    assert line in shown(it)
    script.step = works
    await it.run_once()
    assert "collector_failure_info" not in shown(it)


async def test_measurements_past_their_staleness_are_dropped_and_the_job_still_speaks_for_itself() -> None:
    script, clock = Script(works), FakeClock()
    it = job(script, clock)
    await it.run_once()
    await clock.advance(300)
    it.drop_if_stale()
    assert "keyvault_tcp_up" in shown(it)
    await clock.advance(1)
    it.drop_if_stale()
    assert "keyvault_tcp_up" not in shown(it)
    assert "collector_last_success_timestamp_seconds" in shown(it)


async def test_a_stopped_job_closes_its_collector_once() -> None:
    script, clock = Script(works), FakeClock()
    async with running(job(script, clock), script, clock):
        pass
    assert script.closed == 1


@pytest.mark.parametrize("step", [works, fails, has_a_bug])
async def test_no_run_leaves_a_task_behind(step: scripted.Step) -> None:
    script, clock = Script(step), FakeClock()
    it = job(script, clock)
    before = asyncio.all_tasks()
    await it.run_once()
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("turns", range(0, 120, 3))
async def test_a_job_cancelled_at_any_loop_turn_ends_soon_and_closes_its_collector_once(turns: int) -> None:
    created: list[Script] = []

    async def takes_some_turns(_: Measurements) -> None:
        for _turn in range(5):
            await asyncio.sleep(0)
        if len(script.runs) % 2:
            await asyncio.Event().wait()  # until its deadline

    script = Script(takes_some_turns)
    when = scripted.schedule(interval=0.001, timeout=0.001, retry=0.001)
    it = Job(scripted.spec(), Target("t", "", script), when, Context(), lambda _: created.append(script))
    task = asyncio.create_task(it.run_forever())
    if turns > 2:
        await until(lambda: bool(script.runs))
    for _turn in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=1)
    assert task.cancelled()
    assert script.closed == (1 if script.runs else 0)


async def test_news_that_fail_do_not_make_the_job_run_without_a_pause() -> None:
    class Broken(asyncio.Event):
        async def wait(self) -> Literal[True]:
            raise ConnectionError

    script, clock = Script(works, news=Broken()), FakeClock()
    async with running(job(script, clock), script, clock):
        await clock.advance(30)
        assert len(script.runs) == 1
        await clock.advance(60)
        assert len(script.runs) == 2
