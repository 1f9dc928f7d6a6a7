"""The delay that an answer of Resource Manager demands."""

import pytest

from azure_migrate_exporter.azure.retry_after import DEFAULT_DELAY, MAX_DELAY, retry_delay

NOW = 1_800_000_000.0
"""Friday, 15 January 2027, 08:00 UTC."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17),
        ("0", 0),
        ("Fri, 15 Jan 2027 08:02:00 GMT", 120),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("86400", MAX_DELAY),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_DELAY),
        ("soon", DEFAULT_DELAY),
        ("-5", DEFAULT_DELAY),
        ("", DEFAULT_DELAY),
    ],
)
def test_a_429_is_followed_by_the_delay_of_its_header_or_a_minute(header: str, seconds: float) -> None:
    assert retry_delay(429, {"Retry-After": header}, NOW) == seconds


def test_without_a_header_it_is_a_minute() -> None:
    assert retry_delay(429, {}, NOW) == DEFAULT_DELAY


def test_a_503_is_followed_by_a_delay_only_with_a_header() -> None:
    assert retry_delay(503, {"Retry-After": "30"}, NOW) == 30
    assert retry_delay(503, {}, NOW) is None


@pytest.mark.parametrize("status", [200, 403, 500])
def test_no_other_answer_demands_a_delay(status: int) -> None:
    assert retry_delay(status, {"Retry-After": "30"}, NOW) is None
