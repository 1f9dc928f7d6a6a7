from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.storage.benchmark import Budget
from azure_migrate_exporter.runtime.state import DirectoryState, MemoryState
from tests.clock import FakeClock

NOON = 1_795_435_200.0
DAY = 86_400.0


async def test_reservations_add_up_to_the_limit_and_no_further() -> None:
    budget = Budget(MemoryState(), "b", 100, FakeClock(NOON))
    assert budget.reserve(60)
    assert not budget.reserve(41)
    assert budget.reserve(40)
    assert budget.used == 100


async def test_what_was_reserved_and_not_sent_comes_back() -> None:
    budget = Budget(MemoryState(), "b", 100, FakeClock(NOON))
    budget.reserve(100)
    budget.settle(100, sent=30)
    assert budget.used == 30
    assert budget.reserve(70)


async def test_a_crash_in_the_middle_of_a_run_costs_its_full_size(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    assert Budget(DirectoryState(tmp_path), "b", 100, clock).reserve(100)
    assert not Budget(DirectoryState(tmp_path), "b", 100, clock).reserve(1)


async def test_a_new_day_begins_at_midnight_utc() -> None:
    clock = FakeClock(NOON)
    budget = Budget(MemoryState(), "b", 100, clock)
    budget.reserve(100)
    await clock.advance(DAY / 2 - 1)
    assert budget.used == 100
    await clock.advance(1)
    assert budget.used == 0
    assert budget.reserve(100)


async def test_a_run_over_midnight_counts_for_the_new_day() -> None:
    clock = FakeClock(NOON)
    budget = Budget(MemoryState(), "b", 100, clock)
    budget.reserve(50)
    await clock.advance(DAY / 2)
    budget.settle(50, sent=20)
    assert budget.used == 20


async def test_a_budget_whose_file_holds_nonsense_counts_as_unused() -> None:
    state = MemoryState()
    state.save("b", {"until": NOON + 3600, "bytes": "many"})
    assert Budget(state, "b", 100, FakeClock(NOON)).used == 0


async def test_targets_do_not_share_a_budget() -> None:
    state, clock = MemoryState(), FakeClock(NOON)
    Budget(state, "one", 100, clock).reserve(100)
    assert Budget(state, "other", 100, clock).reserve(100)


@pytest.mark.parametrize("step", [3 * 3600, -3 * 3600, -2 * DAY, 2 * DAY])
async def test_a_stepped_clock_does_not_begin_a_new_day(step: float) -> None:
    clock, state = FakeClock(NOON + DAY / 2 - 3600), MemoryState()
    budget = Budget(state, "b", 100, clock)
    budget.reserve(100)
    clock.step(step)
    assert not budget.reserve(1)
    await clock.advance(10)
    clock.step(-step)
    assert not budget.reserve(1)
    await clock.advance(3600)
    assert budget.reserve(100)


@pytest.mark.parametrize("step", [-3 * 3600, -2 * DAY])
async def test_a_restart_while_the_clock_is_behind_does_not_begin_a_new_day(step: float) -> None:
    clock, state = FakeClock(NOON), MemoryState()
    Budget(state, "b", 100, clock).reserve(100)
    clock.step(step)
    restarted = Budget(state, "b", 100, clock)
    assert not restarted.reserve(1)
    await clock.advance(DAY)
    assert restarted.reserve(100)


async def test_two_processes_begin_the_new_day_together() -> None:
    clock, state = FakeClock(NOON), MemoryState()
    one, other = Budget(state, "b", 100, clock), Budget(state, "b", 100, clock)
    assert one.reserve(50)
    assert other.reserve(50)
    await clock.advance(DAY / 2)
    assert one.reserve(100)
    assert not other.reserve(1)
