"""The measured upload to a real Azurite: its figure, its budget, its faults, and that nothing of it stays."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.storage.line_share import Skip
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    STORAGE_BENCHMARK_BUDGET,
    STORAGE_BENCHMARK_BUDGET_USED,
    STORAGE_BENCHMARK_IDLE_LATENCY,
    STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP,
    STORAGE_BENCHMARK_LIMIT,
    STORAGE_BENCHMARK_LOADED_LATENCY,
    STORAGE_BENCHMARK_SKIPPED,
    STORAGE_UPLOAD_REQUEST_DURATION,
    STORAGE_UPLOAD_THROUGHPUT,
    STORAGE_UPLOADED_BYTES,
)
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.state import DirectoryState
from tests.clock import FakeClock, settle, until
from tests.integration.storage import ACCOUNT, StorageLab, failures, once, storage_lab
from tests.lab.azurite import Azurite
from tests.lab.blob_proxy import Refusal
from tests.lab.tcp import Fault
from tests.measured import Measured, measure

MIB = 1024 * 1024
LABELS = {"appliance": "paris", "account": ACCOUNT, "role": "cache"}


@pytest.fixture
async def lab(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[StorageLab]:
    async with storage_lab(blob_service, tmp_path) as running:
        yield running


def uploading() -> list[str]:
    """Threads of an upload that have not ended."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("upload")]


async def test_a_benchmark_measures_and_leaves_nothing(lab: StorageLab) -> None:
    clock = FakeClock(time.time())
    collector = lab.benchmark(Context(clock=clock))
    seen = await measure(collector)
    assert (seen.reason, seen.message) == (None, "")
    throughput = seen.value(STORAGE_UPLOAD_THROUGHPUT, **LABELS)
    assert isinstance(throughput, float)
    assert throughput > 0
    assert seen.value(STORAGE_UPLOADED_BYTES, test="benchmark", **LABELS) == 3 * MIB
    assert seen.value(STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP, **LABELS) == clock.time()
    assert [seen.value(STORAGE_BENCHMARK_SKIPPED, **LABELS, cause=cause) for cause in Skip] == [0, 0, 0]
    assert seen.value(STORAGE_BENCHMARK_LIMIT) is None
    idle, loaded = seen.value(STORAGE_BENCHMARK_IDLE_LATENCY, **LABELS), seen.value(STORAGE_BENCHMARK_LOADED_LATENCY)
    assert isinstance(idle, float)
    assert 0 < idle < 1
    assert loaded is None or isinstance(loaded, float)  # three MiB may be gone before there is one
    durations = seen.value(STORAGE_UPLOAD_REQUEST_DURATION, test="benchmark")
    assert isinstance(durations, tuple)
    assert durations[0][-1] == ("+Inf", lab.proxy.requests["put block"])
    assert lab.proxy.requests["put blocklist"] == 3
    assert lab.proxy.received["put block"] == 3 * MIB
    assert await lab.blobs() == set()
    await until(lambda: not uploading())


async def test_what_was_there_before_is_there_afterwards(lab: StorageLab) -> None:
    async with lab.azurite.container(ACCOUNT, lab.container) as client:
        await client.upload_blob("disk.vhd", b"not ours")
    assert (await once(lab.benchmark())).reason is None
    assert await lab.blobs() == {"disk.vhd"}


async def test_a_slow_link_ends_with_a_true_figure(lab: StorageLab) -> None:
    lab.proxy.rate = 400_000
    seen = await once(lab.benchmark(blobs=10, blob_size="64MiB", connections=8, max_duration="5s"))
    assert (seen.reason, seen.message) == (None, "")
    throughput = seen.value(STORAGE_UPLOAD_THROUGHPUT)
    assert isinstance(throughput, float)
    assert 100_000 < throughput < 440_000
    assert await lab.blobs() == set()


async def test_a_steady_link_is_measured_with_a_small_part_of_the_data(lab: StorageLab) -> None:
    rate, longest = 8_000_000, 90
    lab.proxy.rate = rate
    benchmark = lab.benchmark(blobs=15, blob_size="64MiB", connections=4, max_duration=f"{longest}s")
    seen = await once(benchmark, timeout=longest + 20)
    assert (seen.reason, seen.message) == (None, "")
    throughput, sent = seen.value(STORAGE_UPLOAD_THROUGHPUT), seen.value(STORAGE_BENCHMARK_BUDGET_USED)
    assert isinstance(throughput, float)
    assert isinstance(sent, float)
    assert 0.8 * rate < throughput < 1.2 * rate
    assert 0 < sent < longest * rate / 2
    assert await lab.blobs() == set()


async def test_a_rate_that_is_set_is_not_exceeded(lab: StorageLab) -> None:
    seen = await once(lab.benchmark(blobs=10, blob_size="64MiB", connections=4, max_rate=8))
    assert (seen.reason, seen.message) == (None, "")
    throughput = seen.value(STORAGE_UPLOAD_THROUGHPUT)
    assert isinstance(throughput, float)
    assert 500_000 < throughput < 1_050_000
    assert await lab.blobs() == set()


async def test_latency_is_measured_while_the_upload_runs(lab: StorageLab) -> None:
    lab.proxy.rate = 400_000
    seen = await once(lab.benchmark(blobs=10, blob_size="64MiB", connections=2, max_duration="3s"))
    assert isinstance(seen.value(STORAGE_BENCHMARK_LOADED_LATENCY), float)
    await until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("latency")])


def replicating(context: Context, appliances: set[str], known: set[str]) -> None:
    """What the collector of a vault says of its appliances."""
    context.blackboard.publish("appliances", "vault", frozenset(known))
    context.blackboard.publish("replicating_appliances", "vault", frozenset(appliances))


def skipped_for(seen: Measured) -> list[Skip]:
    return [cause for cause in Skip if seen.value(STORAGE_BENCHMARK_SKIPPED, cause=cause)]


async def test_a_benchmark_makes_way_for_machines_that_replicate_and_runs_after_them(lab: StorageLab) -> None:
    clock = FakeClock(time.time())
    context = Context(clock=clock)
    replicating(context, {"paris"}, {"paris", "lyon"})
    collector = lab.benchmark(context, share_while_replicating=0)
    waiting = await measure(collector)
    assert (waiting.reason, skipped_for(waiting)) == (None, [Skip.REPLICATING])
    assert (waiting.value(STORAGE_UPLOAD_THROUGHPUT), lab.proxy.requests.total()) == (None, 0)
    assert waiting.value(STORAGE_BENCHMARK_BUDGET_USED) == 0

    news = asyncio.create_task(collector.news())
    await clock.advance(600)
    assert not news.done()
    replicating(context, {"lyon"}, {"paris", "lyon"})
    await clock.advance(60)
    await news
    seen = await once(collector)
    assert (seen.reason, skipped_for(seen)) == (None, [])
    assert seen.value(STORAGE_UPLOAD_THROUGHPUT)


async def test_machines_that_begin_to_replicate_while_a_benchmark_waits_come_first(
    lab: StorageLab,
) -> None:
    context = Context()
    replicating(context, set(), {"paris"})
    async with context.uplink:
        waiting = asyncio.create_task(once(lab.benchmark(context, share_while_replicating=0)))
        await settle()
        replicating(context, {"paris"}, {"paris"})
    assert skipped_for(await waiting) == [Skip.REPLICATING]
    assert lab.proxy.requests.total() == 0


async def test_without_word_of_the_machines_a_benchmark_that_makes_way_does_not_run(lab: StorageLab) -> None:
    context = Context()
    replicating(context, set(), {"lyon"})
    seen = await once(lab.benchmark(context, share_while_replicating=0.5))
    assert (seen.reason, skipped_for(seen), lab.proxy.requests.total()) == (None, [Skip.UNKNOWN], 0)


async def test_beside_machines_that_replicate_an_upload_takes_its_share_of_what_a_free_line_carried(
    lab: StorageLab, tmp_path: Path
) -> None:
    lab.proxy.rate = 8_000_000
    context = Context(state=DirectoryState(tmp_path / "state"))
    options = {"blobs": 10, "blob_size": "64MiB", "max_duration": "20s", "share_while_replicating": 0.25}
    replicating(context, {"paris"}, {"paris"})
    assert skipped_for(await once(lab.benchmark(context, **options))) == [Skip.REPLICATING]  # a quarter of what?

    replicating(context, set(), {"paris"})
    free = await once(lab.benchmark(context, **options))
    assert free.value(STORAGE_BENCHMARK_LIMIT) is None
    full = free.value(STORAGE_UPLOAD_THROUGHPUT)
    assert isinstance(full, float)

    replicating(context, {"paris"}, {"paris"})
    beside = await once(lab.benchmark(context, **options))
    throughput, limit = beside.value(STORAGE_UPLOAD_THROUGHPUT), beside.value(STORAGE_BENCHMARK_LIMIT)
    assert isinstance(limit, float)
    assert limit == pytest.approx(full / 4)
    assert isinstance(throughput, float)
    assert 0 < throughput < 1.05 * limit


async def test_benchmarks_take_turns_so_that_each_has_the_link_for_itself(lab: StorageLab) -> None:
    context = Context()
    async with context.uplink:
        waiting = asyncio.create_task(once(lab.benchmark(context)))
        await settle()
        assert lab.proxy.requests.total() == 0
    assert (await waiting).reason is None


async def test_a_link_on_which_nothing_arrives_is_a_timeout(lab: StorageLab) -> None:
    lab.proxy.refuse(Refusal.NO_ANSWER, "put block")
    seen = await once(lab.benchmark(max_duration="1s"))
    assert (seen.reason, seen.value(STORAGE_UPLOAD_THROUGHPUT)) == (Reason.TIMEOUT, None)
    assert "acknowledged not one block in 1 s" in seen.message
    assert failures(seen, "benchmark") == {Reason.TIMEOUT: 1}
    assert await lab.blobs() == set()
    await until(lambda: not uploading())


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal.THROTTLED, Reason.THROTTLED),
        (Refusal.SAS_EXPIRED, Reason.UNAUTHENTICATED),
        (Refusal.FORBIDDEN, Reason.FORBIDDEN),
        (Refusal.FULL, Reason.FULL),
        (Refusal.BROKEN, Reason.UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("kind", ["put block", "put blocklist"])
async def test_a_refused_block_ends_the_run_with_its_reason(
    lab: StorageLab, refusal: Refusal, reason: Reason, kind: str
) -> None:
    lab.proxy.refuse(refusal, kind)
    seen = await once(lab.benchmark(connections=1))
    assert (seen.reason, seen.value(STORAGE_UPLOAD_THROUGHPUT)) == (reason, None)
    assert failures(seen, "benchmark") == {reason: 1}
    assert refusal.value[1] in seen.message
    assert await lab.blobs() == set()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault.CLOSED, Reason.REFUSED), (Fault.STRANGER, Reason.TLS), (Fault.RESET, Reason.RESET)],
)
async def test_a_broken_network_fails_before_anything_is_sent(lab: StorageLab, fault: Fault, reason: Reason) -> None:
    await lab.proxy.switch(fault)
    seen = await once(lab.benchmark())
    assert seen.reason is reason
    assert failures(seen, "benchmark") == {reason: 1}
    assert seen.value(STORAGE_BENCHMARK_BUDGET_USED) == 0


async def test_a_connection_cut_in_the_middle_is_a_reset_and_nothing_stays(lab: StorageLab) -> None:
    running = asyncio.create_task(once(lab.benchmark(connections=1)))
    await _second_block_under_way(lab)
    await lab.proxy.switch(Fault.NONE)
    seen = await running
    assert (seen.reason, seen.value(STORAGE_UPLOAD_THROUGHPUT)) == (Reason.RESET, None)
    assert failures(seen, "benchmark") == {Reason.RESET: 1}
    assert await lab.blobs() == set()


async def test_a_network_that_goes_away_leaves_what_the_next_run_sweeps(lab: StorageLab) -> None:
    running = asyncio.create_task(once(lab.benchmark(connections=1)))
    await _second_block_under_way(lab)
    await lab.proxy.switch(Fault.CLOSED)
    assert (await running).reason is Reason.RESET
    assert await lab.blobs() != set()

    await lab.proxy.switch(Fault.NONE)
    lab.proxy.rate = None
    later = Context(clock=FakeClock(time.time() + 7200))
    assert (await once(lab.benchmark(later))).reason is None
    assert await lab.blobs() == set()


async def test_a_run_that_is_cancelled_deletes_what_it_wrote_and_ends_its_threads(lab: StorageLab) -> None:
    running = asyncio.create_task(lab.benchmark(connections=1).collect(Measurements()))
    await _second_block_under_way(lab)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await lab.blobs() == set()
    await until(lambda: not uploading())


async def test_where_it_may_not_delete_it_does_not_upload(lab: StorageLab) -> None:
    collector = lab.benchmark()
    lab.proxy.refuse(Refusal.FORBIDDEN, "delete")
    seen = await measure(collector)
    assert seen.reason is Reason.FORBIDDEN
    assert seen.message.startswith("the upload worked, but deleting failed in https://localhost")
    assert lab.proxy.requests["put block"] == 0


async def test_a_day_has_a_budget_that_outlives_a_restart(lab: StorageLab) -> None:
    clock = FakeClock()
    context = Context(clock=clock, state=DirectoryState(lab.directory / "state"))

    async def run() -> tuple[object, object, object]:
        seen = await once(lab.benchmark(context, daily_budget="5MiB"))
        assert (seen.reason, seen.value(STORAGE_BENCHMARK_BUDGET)) == (None, 5 * MIB)
        used = seen.value(STORAGE_BENCHMARK_BUDGET_USED)
        assert isinstance(used, float)
        throughput = seen.value(STORAGE_UPLOAD_THROUGHPUT)
        return seen.value(STORAGE_BENCHMARK_SKIPPED, cause="budget"), throughput is not None, used >= 3 * MIB

    assert await run() == (0, True, True)
    assert await run() == (1, False, True)
    await clock.advance(86400)
    assert await run() == (0, True, True)


async def test_a_skipped_run_sends_nothing(lab: StorageLab) -> None:
    collector = lab.benchmark(daily_budget="3MiB")
    await measure(collector)
    before = lab.proxy.requests.total()
    skipped = await measure(collector)
    assert (skipped.reason, skipped.value(STORAGE_BENCHMARK_SKIPPED, cause="budget")) == (None, 1)
    assert skipped.value(STORAGE_UPLOAD_THROUGHPUT) is None
    assert isinstance(skipped.value(STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP), float)
    assert lab.proxy.requests.total() == before


async def test_a_run_that_never_started_uploading_costs_no_budget(lab: StorageLab) -> None:
    lab.proxy.refuse(Refusal.THROTTLED, "put blob")
    seen = await once(lab.benchmark())
    assert (seen.reason, seen.value(STORAGE_BENCHMARK_BUDGET_USED)) == (Reason.THROTTLED, 0)


async def _second_block_under_way(lab: StorageLab) -> None:
    """On a run with one connection: one block has arrived, and the next takes seconds."""
    lab.proxy.rate = 20_000
    await until(lambda: lab.proxy.requests["put block"] > 1)
