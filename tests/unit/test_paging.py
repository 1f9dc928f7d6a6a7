"""A list continues at its own origin, on each page once, and ends."""

from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given

from azure_migrate_exporter.azure.paging import MAX_PAGES, Paging
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.generated import generated
from tests.properties.json_values import VALUES

PATH: Final = "/subscriptions/s/providers/things"
ORIGIN: Final = "https://management.azure.com"


def next_url(link: Any, origin: str = ORIGIN) -> str | None:
    return Paging(origin + PATH, "things").next_url({"value": [], "nextLink": link})


@pytest.mark.parametrize("link", [None, ""])
def test_a_page_without_a_link_is_the_last(link: Any) -> None:
    assert next_url(link) is None
    assert Paging(ORIGIN + PATH, "things").next_url({"value": []}) is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (f"{ORIGIN}{PATH}?skipToken=1", f"{ORIGIN}{PATH}?skipToken=1"),
        (f"https://management.azure.com:443{PATH}?skipToken=1", f"https://management.azure.com:443{PATH}?skipToken=1"),
        (f"HTTPS://Management.Azure.com{PATH}?skipToken=1", f"https://Management.Azure.com{PATH}?skipToken=1"),
        (f"{PATH}?skipToken=1", f"{ORIGIN}{PATH}?skipToken=1"),
        ("?skipToken=1", f"{ORIGIN}{PATH}?skipToken=1"),
        ("others?skipToken=1", f"{ORIGIN}/subscriptions/s/providers/others?skipToken=1"),
    ],
)
def test_a_link_to_the_same_origin_is_followed_in_every_spelling(link: str, expected: str) -> None:
    assert next_url(link) == expected


def test_a_link_without_the_default_port_leads_to_an_origin_with_it() -> None:
    assert next_url(f"{ORIGIN}{PATH}?1", f"{ORIGIN}:443") == f"{ORIGIN}{PATH}?1"


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (f"http://management.azure.com{PATH}?1", "continues elsewhere, at http://management.azure.com:80"),
        (f"https://management.azure.com:8443{PATH}?1", "continues elsewhere, at https://management.azure.com:8443"),
        (f"https://evil.example{PATH}?1", "continues elsewhere, at https://evil.example:443"),
        (f"//evil.example{PATH}?1", "continues elsewhere, at https://evil.example:443"),
        (f"https://management.azure.com@evil.example{PATH}", "continues elsewhere, at https://evil.example:443"),
        ("javascript:alert(1)", "continues elsewhere"),
        ({"href": "x"}, "the link to the next page is no text"),
        (["x"], "the link to the next page is no text"),
        (7, "the link to the next page is no text"),
        (f"{PATH}\r\nHost: evil.example", "the link to the next page is no text"),
        ("https://management.azure.com:port/x", "the link to the next page is no URL"),
        ("https://[/x", "the link to the next page is no URL"),
    ],
)
def test_any_other_link_is_a_protocol_error(link: Any, message: str) -> None:
    with pytest.raises(CheckError, match=r"^things: ") as caught:
        next_url(link)
    assert caught.value.reason is Reason.PROTOCOL
    assert message in caught.value.message


def test_a_link_that_leads_back_is_a_protocol_error() -> None:
    paging = Paging(ORIGIN + PATH, "things")
    for link in ("?1", "?2"):
        assert paging.next_url({"nextLink": f"{PATH}{link}"}) is not None
    for link in ("?1", "?2"):
        with pytest.raises(CheckError, match="leads back to an earlier one"):
            paging.next_url({"nextLink": f"{PATH}{link}"})


def test_a_list_that_does_not_end_is_a_protocol_error() -> None:
    paging = Paging(ORIGIN + PATH, "things")
    for number in range(MAX_PAGES - 1):
        assert paging.next_url({"nextLink": f"?{number}"}) is not None
    with pytest.raises(CheckError, match=f"does not end after {MAX_PAGES} pages"):
        paging.next_url({"nextLink": "?more"})


@pytest.mark.parametrize("page", [{}, {"value": None}, {"value": {}}, {"value": "x"}])
def test_a_page_without_a_list_is_a_protocol_error(page: Any) -> None:
    with pytest.raises(CheckError, match="things: the answer has no list") as caught:
        Paging(ORIGIN + PATH, "things").values(page)
    assert caught.value.reason is Reason.PROTOCOL


@generated(100)
@given(VALUES, VALUES)
def test_no_link_raises_anything_else(link: Any, value: Any) -> None:
    paging = Paging(ORIGIN + PATH, "things")
    for read in (paging.next_url, paging.values):
        with suppress(CheckError):
            read({"value": value, "nextLink": link})
