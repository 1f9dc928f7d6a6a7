"""The heartbeat: how late a loop is, seen while it is late and for a minute after."""

import pytest

from azure_migrate_exporter.engine.heartbeat import INTERVAL, WINDOW, Heartbeat


def test_a_lag_is_seen_while_it_lasts_and_for_a_minute_after() -> None:
    now = 100.0
    beat = Heartbeat(lambda: now)
    for _ in range(3):
        now += INTERVAL
        beat.beat()
        assert beat.lag == 0
    now += 10
    assert beat.age == 10
    assert beat.lag == pytest.approx(10 - INTERVAL)
    beat.beat()
    assert beat.age == 0
    assert beat.lag == pytest.approx(10 - INTERVAL)
    for _ in range(int(WINDOW / INTERVAL)):
        now += INTERVAL
        beat.beat()
    assert beat.lag == 0
