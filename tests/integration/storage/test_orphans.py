"""What a crash left behind is deleted, and nothing else: not what is young, not what only looks like ours."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.collectors.storage import blobs
from tests.clock import FakeClock
from tests.integration.storage import ACCOUNT, StorageLab, storage_lab
from tests.lab.azurite import Azurite
from tests.measured import measure

FOREIGN = {
    "disk.vhd",
    "azure-migrate-exporter",
    "azure-migrate-exporter.benchmark.notes.txt",
    "azure-migrate-exporter.benchmark.20200101T000000Z.0123456.0001",
    "azure-migrate-exporter.benchmark.20200101T000000Z.01234567.0001.bak",
    "azure-migrate-exporter.benchmark.20201332T000000Z.01234567.0001",
    "old/azure-migrate-exporter.probe.20200101T000000Z.01234567",
}


@pytest.fixture
async def lab(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[StorageLab]:
    async with storage_lab(blob_service, tmp_path) as running:
        yield running


async def leave(lab: StorageLab, committed: set[str], uncommitted: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    async with lab.azurite.container(ACCOUNT, lab.container) as client:
        for name in committed:
            await client.upload_blob(name, b"left behind")
        for name in uncommitted:
            await client.get_blob_client(name).stage_block("MDAwMDAw", b"left behind")


def collectors(lab: StorageLab, now: float) -> list[Collector]:
    context = Context(clock=FakeClock(now))
    return [lab.probe(context), lab.benchmark(context)]


@pytest.mark.parametrize("which", [0, 1], ids=["probe", "benchmark"])
async def test_orphans_are_swept_and_all_else_is_left_alone(lab: StorageLab, which: int) -> None:
    now = time.time()
    orphans = {blobs.probe_name(now), *blobs.benchmark_names(now, 2)}
    never_committed = set(blobs.benchmark_names(now, 2))
    running_elsewhere = set(blobs.benchmark_names(now + 7100, 2))
    await leave(lab, orphans | running_elsewhere | FOREIGN, never_committed)

    collector = collectors(lab, now + 7200)[which]
    assert (await measure(collector)).reason is None
    await collector.close()
    assert await lab.blobs() == running_elsewhere | FOREIGN


@pytest.mark.parametrize("which", [0, 1], ids=["probe", "benchmark"])
async def test_a_blob_that_was_written_a_moment_ago_is_no_orphan_however_old_its_name(
    lab: StorageLab, which: int
) -> None:
    written_now = {blobs.probe_name(time.time() - 86400)}
    await leave(lab, written_now | FOREIGN)
    collector = collectors(lab, time.time())[which]
    assert (await measure(collector)).reason is None
    await collector.close()
    assert await lab.blobs() == written_now | FOREIGN


async def test_after_a_crash_the_first_run_deletes_what_the_probe_left(lab: StorageLab) -> None:
    context, now = Context(), time.time()
    name = blobs.lasting_probe_name(context.state, f"storage_probe-paris-{ACCOUNT}", now)
    await leave(lab, {name} | FOREIGN)
    collector = lab.probe(context)
    assert (await measure(collector)).reason is None
    await collector.close()
    assert await lab.blobs() == FOREIGN


@pytest.mark.parametrize("budget", ["1GiB", "3MiB"], ids=["it runs", "its budget is used up"])
async def test_after_a_crash_the_first_run_deletes_what_the_benchmark_left(lab: StorageLab, budget: str) -> None:
    context, now = Context(), time.time()
    state = f"storage_benchmark-paris-{ACCOUNT}"
    names = blobs.benchmark_names(now, 4)
    blobs.Leftovers(context.state, f"{state}-blobs").save(names)
    context.state.save(state, {"until": now + 3600, "bytes": 1})
    await leave(lab, set(names[:2]) | FOREIGN, {names[2]})
    collector = lab.benchmark(context, daily_budget=budget)
    assert (await measure(collector)).reason is None
    await collector.close()
    assert await lab.blobs() == FOREIGN
    assert not blobs.Leftovers(context.state, f"{state}-blobs").names
