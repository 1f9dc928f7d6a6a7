"""Counting each thing of a list once, whatever order and whatever clocks."""

import json
import random

from azure_migrate_exporter.collectors.replication.event_keys import event_entry
from azure_migrate_exporter.collectors.replication.once_counter import MOST, MOST_SERIES, SLACK, Entry, Ledger
from tests.lab.arm.times import event_number, stamp

NOW = 1_800_000_000.0
LABELS = ("vm_health", "critical", "unknown")


def poll(ledger: Ledger, entries: list[Entry], now: float = NOW) -> int:
    news = ledger.news(entries, now)
    for entry in news:
        if ledger.began:
            ledger.count(entry, LABELS, now)
        else:
            ledger.remember(entry, now)
    ledger.end_poll(now)
    return len(news) if ledger.counts else 0


def test_the_first_poll_is_history_even_if_it_is_empty() -> None:
    ledger = Ledger({})
    poll(ledger, [])
    assert poll(ledger, [Entry("a", NOW)]) == 1
    other = Ledger({})
    poll(other, [Entry("a", NOW)])
    assert poll(other, [Entry("a", NOW)]) == 0


def test_a_restart_before_the_first_poll_makes_no_news_of_history() -> None:
    ledger = Ledger(Ledger({}).dump())
    poll(ledger, [Entry("a", NOW)])
    assert not ledger.counts


def test_what_is_older_than_the_slack_is_history() -> None:
    ledger = Ledger({})
    poll(ledger, [Entry("newest", NOW)])
    assert poll(ledger, [Entry("late", NOW - SLACK + 1), Entry("too late", NOW - SLACK - 1)]) == 1


def test_a_clock_that_is_ahead_makes_no_history_of_others() -> None:
    ledger = Ledger({})
    poll(ledger, [Entry("ahead", NOW + 2 * SLACK)])
    assert poll(ledger, [Entry("a", NOW + 60)], NOW + 60) == 1
    assert poll(ledger, [Entry("ahead", NOW + 2 * SLACK)], NOW + 60) == 0


def test_what_has_no_time_counts_once_for_as_long_as_it_is_listed() -> None:
    ledger = Ledger({})
    poll(ledger, [Entry("now", NOW)])
    assert poll(ledger, [Entry("timeless", None)]) == 1
    for hours in range(0, 60, 6):
        now = NOW + hours * 3600
        assert poll(ledger, [Entry("timeless", None), Entry(f"at {hours}", now)], now) == 1 - (hours == 60)


def test_names_differ_by_more_than_case() -> None:
    ledger = Ledger({})
    poll(ledger, [])
    assert poll(ledger, [Entry("VmEvent;1_a", NOW)]) == 1
    assert poll(ledger, [Entry("vmevent;1_A", NOW)]) == 0


def test_in_any_order_with_restarts_in_between_every_entry_counts_exactly_once() -> None:
    chance = random.Random(7)
    ledger, now, listed = Ledger({}), NOW, [Entry("old", NOW)]
    poll(ledger, listed)
    for number in range(500):
        now += chance.uniform(1, 600)
        listed.append(Entry(f"entry {number}", now + chance.uniform(-SLACK / 2, SLACK / 2)))
        if chance.random() < 0.3:
            shown = chance.sample(listed, len(listed))[-400:]
            poll(ledger, [*shown, *listed[-50:]], now)
        if chance.random() < 0.1:
            ledger = Ledger(json.loads(json.dumps(ledger.dump())))
    poll(ledger, listed[-50:], now)
    assert ledger.counts[LABELS] == 500


def test_names_and_series_are_bounded() -> None:
    ledger = Ledger({})
    ledger.began = True
    for number in range(MOST + 10):
        ledger.count(Entry(str(number), NOW), ("kind", str(number), "unknown"), NOW)
    ledger.end_poll(NOW)
    assert len(ledger.dump()["names"]) == MOST
    assert len(ledger.counts) == MOST_SERIES + 1
    assert ledger.counts["other", "other", "other"] == MOST + 10 - MOST_SERIES


def test_an_events_name_tells_its_time() -> None:
    for at in (1_493_740_833.070565, NOW, NOW + 0.123456):
        value = {"name": f"VmMonitoringEvent;{event_number(at)}_4ed6f1a6", "properties": {}}
        told = event_entry(value, NOW + 1).at
        assert told is not None
        assert abs(told - at) < 1e-5


def test_an_event_whose_name_tells_nothing_has_the_time_that_it_says() -> None:
    properties = {"timeOfOccurrence": stamp(NOW - 5)}
    for name in ("something else", "VmMonitoringEvent;12_a", f"VmMonitoringEvent;{2**63 - 1}_a"):
        assert event_entry({"name": name, "properties": properties}, NOW).at == NOW - 5
    assert event_entry({"name": "x", "properties": {"timeOfOccurrence": "9999-12-31T23:59:59"}}, NOW).at is None
