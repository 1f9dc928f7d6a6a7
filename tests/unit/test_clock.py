import pytest

from azure_migrate_exporter.runtime.clock import STEP_SETTLES, SystemClock

START = 1_800_000_000.0


class Times:
    """The clocks of an operating system."""

    def __init__(self) -> None:
        self.wall = START
        self.monotonic = 50.0

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.monotonic)


@pytest.mark.parametrize("step", [3 * 3600, -3 * 3600, -2 * 86400])
def test_a_step_of_ten_seconds_is_not_seen(step: float) -> None:
    times = Times()
    clock = times.clock()
    times.wall += step
    for _ in range(10):
        assert clock.time() == pytest.approx(times.wall - step)
        times.go_on(1)
    times.wall -= step
    times.go_on(STEP_SETTLES)
    assert clock.time() == times.wall


@pytest.mark.parametrize("step", [3 * 3600, -2 * 86400])
def test_a_step_that_lasts_is_a_correction(step: float) -> None:
    times = Times()
    clock = times.clock()
    times.wall += step
    clock.time()
    times.go_on(STEP_SETTLES)
    assert clock.time() == times.wall


def test_a_clock_that_is_slewed_is_followed() -> None:
    times = Times()
    clock = times.clock()
    for _ in range(100):
        times.go_on(10)
        times.wall += 0.5
        assert clock.time() == times.wall


def test_another_step_begins_the_wait_again() -> None:
    times = Times()
    clock = times.clock()
    for step in (3600, 3600, -7200):
        times.wall += step
        expected = START + times.monotonic - 50
        assert clock.time() == pytest.approx(expected)
        times.go_on(STEP_SETTLES - 1)
    assert clock.time() == times.wall
