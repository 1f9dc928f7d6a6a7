"""How long Resource Manager is left alone after an answer."""

import pytest

from azure_migrate_exporter.azure.retry_after import LONGEST_WAIT, WAIT, pause

NOW = 1_800_000_000.0
"""Friday, 15 January 2027, 08:00 UTC."""


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("17", 17),
        ("0", 0),
        ("Fri, 15 Jan 2027 08:02:00 GMT", 120),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("86400", LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("soon", WAIT),
        ("-5", WAIT),
        ("", WAIT),
    ],
)
def test_too_many_requests_are_followed_by_the_pause_that_is_told_or_a_minute(told: str, seconds: float) -> None:
    assert pause(429, {"Retry-After": told}, NOW) == seconds


def test_without_a_header_it_is_a_minute() -> None:
    assert pause(429, {}, NOW) == WAIT


def test_a_service_that_is_not_available_is_left_alone_only_if_it_asks_for_it() -> None:
    assert pause(503, {"Retry-After": "30"}, NOW) == 30
    assert pause(503, {}, NOW) is None


@pytest.mark.parametrize("status", [200, 403, 500])
def test_no_other_answer_asks_for_a_pause(status: int) -> None:
    assert pause(status, {"Retry-After": "30"}, NOW) is None
