from collections.abc import Callable

import pytest

from azure_migrate_exporter.collectors.storage.steady_rate import PRECISE, SHORTEST, Rate, SteadyRate

EVERY = 0.05


def measured(rate: Callable[[float], float], seconds: float, every: float = EVERY) -> Rate | None:
    """What is said of a transfer with a rate that depends on the time."""
    steady, total = SteadyRate(), 0.0
    for step in range(round(seconds / every) + 1):
        steady.add(1000 + step * every, int(total))
        total += rate(step * every) * every
    return steady.estimate()


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
