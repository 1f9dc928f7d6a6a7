"""The documented schedule, blackout windows by the clock on the wall, and what is concluded about cycles."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from azure_migrate_exporter.collectors.replication.cycle_schedule import LONGEST, Track, Windows, duration, rest
from azure_migrate_exporter.collectors.replication.item import Item, item
from azure_migrate_exporter.config.blackout import Blackout, parse_windows

HOUR = 3600.0
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, 1), (0.5, 1), (2, 1), (3, 1.5), (4, 2), (24, 12), (100, 12), (None, 12)]
)
def test_the_rest_is_half_a_cycle_within_its_limits(hours: float | None, expected: float) -> None:
    assert rest(None if hours is None else hours * HOUR) == expected * HOUR


@pytest.mark.parametrize("hours", [0.1, 1, 2, 3, 5, 23, 24, 30])
def test_the_time_between_two_points_tells_how_long_a_cycle_takes(hours: float) -> None:
    cycle = hours * HOUR
    assert duration(rest(cycle) + cycle) == pytest.approx(cycle)


def at(text: str, zone: str = PARIS) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def opens(written: str, moment: str, zone: str = PARIS) -> float | None:
    return Windows(Blackout(parse_windows(written), zone)).open_from(at(moment, zone))


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
def test_what_falls_into_windows_waits_for_their_end(written: str, moment: str, expected: str | None) -> None:
    assert opens(written, moment) == (None if expected is None else at(expected))


def test_a_window_that_the_clocks_change_in_ends_by_the_clock_on_the_wall() -> None:
    # Clocks go forward at 2:00 on 28 March 2027, and back at 3:00 on 31 October.
    assert opens("Sunday;1:00;4h", "2027-03-28T01:30:00") == at("2027-03-28T05:00:00")
    assert opens("Sunday;1:00;4h", "2027-10-31T01:30:00") == at("2027-10-31T05:00:00")


def test_the_hour_that_comes_twice_never_leads_back_in_time() -> None:
    windows = Windows(Blackout(parse_windows("Sunday;1:00;90m"), PARIS))
    begin = at("2027-10-31T00:00:00")
    for minute in range(360):
        moment = begin + 60 * minute
        opened = windows.open_from(moment)
        assert opened is not None
        assert opened >= moment


def listed(point: str = "", **changed: object) -> Item:
    details = {"lastRecoveryPointId": f"/x/migrationRecoveryPoints/{point}" if point else None, **changed}
    properties = {"machineName": "web", "migrationState": "Replicating", "providerSpecificDetails": details}
    made = item({"id": "/vault/items/web", "name": "web", "properties": properties})
    assert made is not None
    return made


def test_a_first_point_is_no_change() -> None:
    track = Track(since=0)
    track.observe(listed("a"), 100)
    assert track.changed is None
    track.observe(listed("a"), 200)
    assert track.changed is None
    track.observe(listed("b"), 300)
    assert track.changed == 300


def test_a_point_that_is_not_told_for_a_while_is_no_change() -> None:
    track = Track(since=0)
    for now, point in ((100, "a"), (200, "b"), (300, ""), (400, "b")):
        track.observe(listed(point), now)
    assert track.changed == 200


def test_the_gateways_own_time_of_a_delta_cycle_wins_over_what_is_concluded() -> None:
    track = Track(since=0)
    told = {"state": "DeltaReplication Completed", "timeElapsed": 4 * HOUR * 1000}
    for now, point in ((100, "a"), (200, "b"), (300, "c")):
        track.observe(listed(point, gatewayOperationDetails=told), now)
    assert track.cycle == 4 * HOUR


@pytest.mark.parametrize("state", ["InitialReplication Completed", "DeltaReplication InProgress", "Completed", ""])
def test_the_time_of_anything_else_is_not_that_of_a_cycle(state: str) -> None:
    track = Track(since=0)
    track.observe(listed("a", gatewayOperationDetails={"state": state, "timeElapsed": 1000, "hostName": "v_h"}), 100)
    assert track.cycle is None
    assert track.due(Windows(Blackout())) == LONGEST


def test_what_is_saved_is_restored() -> None:
    track = Track(since=0)
    for now, point in ((100, "a"), (200, "b")):
        track.observe(listed(point), now)
    assert Track.restore(track.dump(), 999) == track


@pytest.mark.parametrize(
    "saved", [None, [], [1, 2], "text", {"a": 1}, [None, "a", None, None, True], [1, "a", "x", 1, 1]]
)
def test_what_was_not_saved_by_us_begins_anew(saved: object) -> None:
    assert Track.restore(saved, 77) == Track(since=77)
