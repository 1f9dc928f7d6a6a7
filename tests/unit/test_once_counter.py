"""Each entry of a list counts once, in any order and with any clock."""

import json
import random

from azure_migrate_exporter.collectors.replication.event_counters import event_entry
from azure_migrate_exporter.collectors.replication.once_counter import (
    MAX_LATENESS,
    MAX_NAMES,
    MAX_SERIES,
    Entry,
    OnceCounter,
)
from tests.lab.arm.times import event_number, stamp

NOW = 1_800_000_000.0
LABELS = ("vm_health", "critical", "unknown")


def poll(counter: OnceCounter, entries: list[Entry], now: float = NOW) -> int:
    new = counter.new_entries(entries, now)
    for entry in new:
        if counter.primed:
            counter.count(entry, LABELS, now)
        else:
            counter.skip(entry, now)
    counter.finish_poll(now)
    return len(new) if counter.counts else 0


def test_the_first_poll_is_history_even_if_it_is_empty() -> None:
    counter = OnceCounter({})
    poll(counter, [])
    assert poll(counter, [Entry("a", NOW)]) == 1
    other = OnceCounter({})
    poll(other, [Entry("a", NOW)])
    assert poll(other, [Entry("a", NOW)]) == 0


def test_a_restart_before_the_first_poll_counts_no_history() -> None:
    counter = OnceCounter(OnceCounter({}).dump())
    poll(counter, [Entry("a", NOW)])
    assert not counter.counts


def test_an_entry_older_than_the_allowed_lateness_is_history() -> None:
    counter = OnceCounter({})
    poll(counter, [Entry("newest", NOW)])
    assert poll(counter, [Entry("late", NOW - MAX_LATENESS + 1), Entry("too late", NOW - MAX_LATENESS - 1)]) == 1


def test_a_clock_that_is_ahead_turns_no_other_entry_into_history() -> None:
    counter = OnceCounter({})
    poll(counter, [Entry("ahead", NOW + 2 * MAX_LATENESS)])
    assert poll(counter, [Entry("a", NOW + 60)], NOW + 60) == 1
    assert poll(counter, [Entry("ahead", NOW + 2 * MAX_LATENESS)], NOW + 60) == 0


def test_an_entry_without_a_time_counts_once_for_as_long_as_it_is_listed() -> None:
    counter = OnceCounter({})
    poll(counter, [Entry("now", NOW)])
    assert poll(counter, [Entry("timeless", None)]) == 1
    for hours in range(0, 60, 6):
        now = NOW + hours * 3600
        assert poll(counter, [Entry("timeless", None), Entry(f"at {hours}", now)], now) == 1 - (hours == 60)


def test_names_differ_by_more_than_case() -> None:
    counter = OnceCounter({})
    poll(counter, [])
    assert poll(counter, [Entry("VmEvent;1_a", NOW)]) == 1
    assert poll(counter, [Entry("vmevent;1_A", NOW)]) == 0


def test_in_any_order_with_restarts_in_between_every_entry_counts_exactly_once() -> None:
    chance = random.Random(7)
    counter, now, listed = OnceCounter({}), NOW, [Entry("old", NOW)]
    poll(counter, listed)
    for number in range(500):
        now += chance.uniform(1, 600)
        listed.append(Entry(f"entry {number}", now + chance.uniform(-MAX_LATENESS / 2, MAX_LATENESS / 2)))
        if chance.random() < 0.3:
            shown = chance.sample(listed, len(listed))[-400:]
            poll(counter, [*shown, *listed[-50:]], now)
        if chance.random() < 0.1:
            counter = OnceCounter(json.loads(json.dumps(counter.dump())))
    poll(counter, listed[-50:], now)
    assert counter.counts[LABELS] == 500


def test_names_and_series_are_bounded() -> None:
    counter = OnceCounter({})
    counter.primed = True
    for number in range(MAX_NAMES + 10):
        counter.count(Entry(str(number), NOW), ("kind", str(number), "unknown"), NOW)
    counter.finish_poll(NOW)
    assert len(counter.dump()["names"]) == MAX_NAMES
    assert len(counter.counts) == MAX_SERIES + 1
    assert counter.counts["other", "other", "other"] == MAX_NAMES + 10 - MAX_SERIES


def test_an_events_name_holds_its_time() -> None:
    for at in (1_493_740_833.070565, NOW, NOW + 0.123456):
        value = {"name": f"VmMonitoringEvent;{event_number(at)}_4ed6f1a6", "properties": {}}
        found = event_entry(value, NOW + 1).at
        assert found is not None
        assert abs(found - at) < 1e-5


def test_an_event_whose_name_holds_no_time_has_its_time_of_occurrence() -> None:
    properties = {"timeOfOccurrence": stamp(NOW - 5)}
    for name in ("something else", "VmMonitoringEvent;12_a", f"VmMonitoringEvent;{2**63 - 1}_a"):
        assert event_entry({"name": name, "properties": properties}, NOW).at == NOW - 5
    assert event_entry({"name": "x", "properties": {"timeOfOccurrence": "9999-12-31T23:59:59"}}, NOW).at is None


def test_a_clock_two_days_back_counts_nothing_again() -> None:
    counter = OnceCounter({})
    poll(counter, [])
    listed = [Entry("timeless", None), Entry("timed", NOW)]
    assert poll(counter, listed) == 2
    restarted = OnceCounter(json.loads(json.dumps(counter.dump())))
    for _ in range(3):
        poll(restarted, [Entry("timeless", None), Entry("timed", None)], NOW - 2 * 86400)
    assert restarted.counts[LABELS] == 2
