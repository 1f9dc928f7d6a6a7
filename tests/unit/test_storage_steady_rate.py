import math
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.storage.steady_rate import PRECISE, SHORTEST, SUSTAINED, Rate, SteadyRate

EVERY = 0.05


def measured(rate: Callable[[float], float], seconds: float, every: float = EVERY) -> Rate | None:
    """What is said of a transfer with a rate that depends on the time."""
    steady, total = SteadyRate(), 0.0
    for step in range(round(seconds / every) + 1):
        steady.add(1000 + step * every, int(total))
        total += rate(step * every) * every
    return steady.estimate()


def settled(rate: Callable[[float], float], at_most: float) -> tuple[float, float]:
    """When a transfer is settled, in seconds, and its rate then; or what is said of it after so long."""
    steady, total, now = SteadyRate(), 0.0, 0.0
    while now < at_most and not steady.is_settled:
        steady.add(1000 + now, int(total))
        total += rate(now) * EVERY
        now += EVERY
    found = steady.estimate()
    assert found is not None
    return now, found.bytes_per_second


def test_a_constant_rate_is_precise_as_soon_as_it_may_be_said() -> None:
    rate = measured(lambda _: 1e6, SHORTEST)
    assert rate is not None
    assert rate.bytes_per_second == pytest.approx(1e6, rel=0.001)
    assert rate.is_precise


@pytest.mark.parametrize("seconds", [0, EVERY, SHORTEST / 2])
def test_too_short_a_time_says_nothing(seconds: float) -> None:
    assert measured(lambda _: 1e6, seconds) is None


def test_nothing_measured_says_nothing() -> None:
    assert SteadyRate().estimate() is None


def test_where_nothing_arrives_nothing_is_said() -> None:
    assert measured(lambda _: 0, 10) is None


def test_slow_start_does_not_count() -> None:
    rate = measured(lambda now: min(1e6, 1e4 * 2 ** (now / 0.1)), 3)
    assert rate is not None
    assert rate.bytes_per_second == pytest.approx(1e6, rel=0.001)


def test_a_rate_that_still_rises_is_not_precise() -> None:
    rate = measured(lambda now: 1e6 * now, 3)
    assert rate is not None
    assert rate.uncertainty > 5 * PRECISE


def test_a_rate_that_swings_needs_longer_for_the_same_precision() -> None:
    def swinging(now: float) -> float:
        return 1e6 if now % 0.4 < 0.2 else 1.2e6

    short, long = measured(swinging, 2), measured(swinging, 20)
    assert short is not None
    assert long is not None
    assert not short.is_precise
    assert long.is_precise
    assert long.bytes_per_second == pytest.approx(1.1e6, rel=PRECISE)


def test_too_few_samples_for_its_parts_say_nothing() -> None:
    assert measured(lambda _: 1e6, 4, every=1) is None


def test_a_constant_rate_is_settled_a_quarter_of_the_time_later() -> None:
    seconds, rate = settled(lambda _: 1e6, 60)
    assert seconds == pytest.approx(SHORTEST / (1 - SUSTAINED), abs=2 * EVERY)
    assert rate == pytest.approx(1e6, rel=0.001)


@pytest.mark.parametrize("phase", range(8))
def test_the_crest_of_a_swing_is_not_taken_for_the_rate(phase: int) -> None:
    """Beside another flow, TCP's share swings for seconds: one look at the crest is precise, and far from the truth."""
    _, rate = settled(lambda now: 1e6 * (1 + 0.3 * math.sin(2 * math.pi * (now / 4 + phase / 8))), 60)
    assert rate == pytest.approx(1e6, rel=PRECISE)


def test_nothing_measured_is_not_settled() -> None:
    assert not SteadyRate().is_settled


@example(0.1, [(0.13, 1)] * 25)  # the last part would begin after the last sample
@given(st.floats(0, 1e9), st.lists(st.tuples(st.floats(0, 10), st.integers(0, 10**9)), max_size=60))
def test_any_transfer_has_a_rate_or_none(began: float, steps: list[tuple[float, int]]) -> None:
    """Also on a machine that has just started, whose clock is near zero."""
    steady, now, total = SteadyRate(), began, 0
    for seconds, size in steps:
        now, total = now + seconds, total + size
        steady.add(now, total)
        rate = steady.estimate()
        assert rate is None or rate.bytes_per_second > 0
