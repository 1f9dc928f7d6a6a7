"""The documented schedule, blackout windows in local time, and what follows from observations of cycles."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.azure.migration_item import MigrationItem, read_item
from azure_migrate_exporter.collectors.replication.cycle_schedule import (
    MAX_DELAY,
    MIN_DELAY,
    BlackoutCalendar,
    CycleTracker,
    estimated_duration,
    next_cycle_delay,
)
from azure_migrate_exporter.config.blackout import Blackout, parse_windows

HOUR = 3600.0
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, 1), (0.5, 1), (2, 1), (3, 1.5), (4, 2), (24, 12), (100, 12), (None, 12)]
)
def test_the_delay_is_half_a_cycle_within_its_limits(hours: float | None, expected: float) -> None:
    assert next_cycle_delay(None if hours is None else hours * HOUR) == expected * HOUR


@pytest.mark.parametrize("hours", [0.1, 1, 2, 3, 5, 23, 24, 30])
def test_the_time_between_two_recovery_points_gives_the_duration_of_a_cycle(hours: float) -> None:
    cycle = hours * HOUR
    assert estimated_duration(next_cycle_delay(cycle) + cycle) == pytest.approx(cycle)


def at(text: str, zone: str = PARIS) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def opens(written: str, moment: str, zone: str = PARIS) -> float | None:
    return BlackoutCalendar(Blackout(parse_windows(written), zone)).first_open(at(moment, zone))


# 2027-01-11 is a Monday.
@pytest.mark.parametrize(
    ("written", "moment", "expected"),
    [
        ("Monday;7:00;7h", "2027-01-11T06:59:59", "2027-01-11T06:59:59"),
        ("Monday;7:00;7h", "2027-01-11T07:00:00", "2027-01-11T14:00:00"),
        ("Monday;7:00;7h", "2027-01-11T13:59:59", "2027-01-11T14:00:00"),
        ("Monday;7:00;7h", "2027-01-11T14:00:00", "2027-01-11T14:00:00"),
        ("Tuesday;8:00;1d7h", "2027-01-13T12:00:00", "2027-01-13T15:00:00"),
        ("Sunday;20:00;12h", "2027-01-11T05:00:00", "2027-01-11T08:00:00"),
        ("Monday;7:00;7h | Monday;14:00;1h", "2027-01-11T08:00:00", "2027-01-11T15:00:00"),
        ("Monday;7:00;7h | Monday;13:00;30m", "2027-01-11T13:10:00", "2027-01-11T14:00:00"),
        ("Friday;13:00;8m", "2027-01-15T13:07:00", "2027-01-15T13:08:00"),
        ("Monday;0:00;7d", "2027-01-17T23:00:00", None),
    ],
)
def test_a_time_within_windows_moves_to_their_end(written: str, moment: str, expected: str | None) -> None:
    assert opens(written, moment) == (None if expected is None else at(expected))


def test_a_window_with_a_change_of_daylight_saving_time_ends_in_local_time() -> None:
    # Clocks go forward at 2:00 on 28 March 2027, and back at 3:00 on 31 October.
    assert opens("Sunday;1:00;4h", "2027-03-28T01:30:00") == at("2027-03-28T05:00:00")
    assert opens("Sunday;1:00;4h", "2027-10-31T01:30:00") == at("2027-10-31T05:00:00")


def test_the_repeated_hour_never_leads_back_in_time() -> None:
    calendar = BlackoutCalendar(Blackout(parse_windows("Sunday;1:00;90m"), PARIS))
    begin = at("2027-10-31T00:00:00")
    for minute in range(360):
        moment = begin + 60 * minute
        opened = calendar.first_open(moment)
        assert opened is not None
        assert opened >= moment


def listed(point: str = "", **changed: object) -> MigrationItem:
    details = {"lastRecoveryPointId": f"/x/migrationRecoveryPoints/{point}" if point else None, **changed}
    properties = {"machineName": "web", "migrationState": "Replicating", "providerSpecificDetails": details}
    made = read_item({"id": "/vault/items/web", "name": "web", "properties": properties})
    assert made is not None
    return made


def test_a_first_point_is_no_change() -> None:
    tracker = CycleTracker(since=0)
    tracker.observe_item(listed("a"), 100)
    assert tracker.changed is None
    tracker.observe_item(listed("a"), 200)
    assert tracker.changed is None
    tracker.observe_item(listed("b"), 300)
    assert tracker.changed == 300


def test_a_recovery_point_that_is_missing_for_a_while_is_no_change() -> None:
    tracker = CycleTracker(since=0)
    for now, point in ((100, "a"), (200, "b"), (300, ""), (400, "b")):
        tracker.observe_item(listed(point), now)
    assert tracker.changed == 200


def test_the_gateways_own_duration_of_a_cycle_wins_over_the_estimate() -> None:
    tracker = CycleTracker(since=0)
    reported = {"state": "DeltaReplication Completed", "timeElapsed": 4 * HOUR * 1000}
    for now, point in ((100, "a"), (200, "b"), (300, "c")):
        tracker.observe_item(listed(point, gatewayOperationDetails=reported), now)
    assert tracker.duration == 4 * HOUR


@pytest.mark.parametrize("state", ["InitialReplication Completed", "DeltaReplication InProgress", "Completed", ""])
def test_the_duration_of_any_other_operation_is_not_that_of_a_cycle(state: str) -> None:
    tracker = CycleTracker(since=0)
    tracker.observe_item(
        listed("a", gatewayOperationDetails={"state": state, "timeElapsed": 1000, "hostName": "v_h"}), 100
    )
    assert tracker.duration is None
    assert tracker.next_cycle_due(BlackoutCalendar(Blackout())) == MAX_DELAY


@given(
    durations=st.lists(st.floats(60, 30 * HOUR), min_size=2, max_size=8),
    late=st.lists(st.floats(0, 30 * HOUR) | st.just(0.0), min_size=8, max_size=8),
)
def test_whenever_the_duration_of_a_cycle_is_not_asked_for_the_next_one_is_known_without_it(
    durations: list[float], late: list[float]
) -> None:
    """Cycles of any length, some of which began later than they might: in a blackout, or behind a queue."""
    tracker, now, asked = CycleTracker(since=0), 0.0, 0
    tracker.observe_item(listed("0"), now)
    for number, (duration, waited) in enumerate(zip(durations, late, strict=False), 1):
        now += waited + duration
        if tracker.observe_item(listed(str(number)), now):
            tracker.observe_duration(duration)
            asked += 1
        due = now + next_cycle_delay(duration)
        assert tracker.next_cycle_due(BlackoutCalendar(Blackout())) == pytest.approx(due)
        now = due
    assert asked, "nothing is known of the first"


def test_the_duration_of_short_cycles_is_asked_for_once() -> None:
    tracker, now, asked = CycleTracker(since=0), 0.0, []
    for number in range(6):
        asked.append(tracker.observe_item(listed(str(number)), now))
        now += MIN_DELAY + 422
    assert asked == [False, True, False, False, False, False]


def test_a_saved_tracker_is_restored() -> None:
    tracker = CycleTracker(since=0)
    for now, point in ((100, "a"), (200, "b")):
        tracker.observe_item(listed(point), now)
    assert CycleTracker.restore(tracker.dump(), 999) == tracker


@pytest.mark.parametrize(
    "saved",
    [
        None,
        [],
        [1, 2],
        [float("nan"), "a", None, None, True],
        "text",
        {"a": 1},
        [None, "a", None, None, True],
        [1, "a", "x", 1, 1],
    ],
)
def test_a_state_of_another_form_makes_a_new_tracker(saved: object) -> None:
    assert CycleTracker.restore(saved, 77) == CycleTracker(since=77)
