from azure_migrate_exporter.collectors.storage.pacing import TICK, TokenBucket
from tests.clock import FakeClock


async def test_bytes_wait_for_the_time_that_they_take() -> None:
    bucket = TokenBucket(1000, FakeClock(0.0).monotonic)
    assert [bucket.reserve(500), bucket.reserve(500), bucket.reserve(1000)] == [0.5, 1.0, 2.0]


async def test_after_its_wait_a_sender_waits_for_its_next_bytes_only() -> None:
    clock = FakeClock(0.0)
    bucket = TokenBucket(1000, clock.monotonic)
    await clock.advance(bucket.reserve(500))
    assert bucket.reserve(250) == 0.25


async def test_a_pause_is_not_made_up_for() -> None:
    clock = FakeClock(0.0)
    bucket = TokenBucket(1000, clock.monotonic)
    bucket.reserve(500)
    await clock.advance(3600)
    assert bucket.reserve(500) == 0.5


def test_a_burst_is_some_milliseconds_of_the_rate_and_never_nothing() -> None:
    assert TokenBucket(1e6, FakeClock().monotonic).burst == 1e6 * TICK
    assert TokenBucket(1, FakeClock().monotonic).burst == 1
