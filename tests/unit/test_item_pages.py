"""Pages of machines: what is known is not parsed again, and nobody can see a difference but in the time."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.azure.migration_item import MigrationItem, read_item
from azure_migrate_exporter.azure.paging import Paging
from azure_migrate_exporter.collectors.replication.polling.item_pages import ItemPages

NOT_MACHINES: list[Any] = [None, 1, "text", {}, {"id": "/a"}, {"name": "a"}]
values = st.one_of(
    st.sampled_from(NOT_MACHINES),
    st.builds(
        lambda number, health: {"id": f"/items/{number}", "name": f"vm-{number}", "properties": {"health": health}},
        st.integers(0, 5),
        st.sampled_from(["Normal", "Critical", None, 3]),
    ),
)
pages = st.builds(
    lambda items, link: json.dumps({"value": items, "nextLink": link}).encode(),
    st.lists(values, max_size=4),
    st.sampled_from([None, "", "https://arm/next"]),
)


def listed(known: ItemPages, contents: list[bytes]) -> tuple[list[list[MigrationItem]], list[Any]]:
    """The machines and the link of each page of a list."""
    found, links = [], []
    for content in contents:
        page = known.decode(content)
        read = (known.read(value) for value in Paging("https://arm/first", "items").values(page))
        items = [item for item in read if item is not None]
        known.keep(items)
        found.append(items)
        links.append(page.get("nextLink"))
    known.finish_list()
    return found, links


@given(st.lists(st.lists(pages, max_size=4), max_size=5))
def test_a_list_has_the_machines_and_links_of_its_bytes_whatever_was_listed_before(lists: list[list[bytes]]) -> None:
    known = ItemPages()
    for contents in lists:
        items, links = listed(known, contents)
        plain = [json.loads(content) for content in contents]
        read = [[item for value in page["value"] if (item := read_item(value)) is not None] for page in plain]
        assert items == read
        assert links == [page["nextLink"] for page in plain]


def test_the_same_bytes_give_the_very_same_machines_and_other_bytes_do_not() -> None:
    same, before, after = (
        json.dumps({"value": [{"id": "/items/1", "name": "vm", "properties": {"health": health}}]}).encode()
        for health in ("Normal", "Normal ", "Critical")
    )
    known = ItemPages()
    (first, changing), _ = listed(known, [same, before])
    (again, changed), _ = listed(known, [same, after])
    assert again[0] is first[0]
    assert changed[0] is not changing[0]
    assert changed[0].health == "critical"


def test_a_page_that_is_no_longer_listed_is_forgotten() -> None:
    content = json.dumps({"value": [{"id": "/items/1", "name": "vm"}]}).encode()
    known = ItemPages()
    ((first,),), _ = listed(known, [content])
    listed(known, [])
    ((again,),), _ = listed(known, [content])
    assert again == first
    assert again is not first


@pytest.mark.parametrize("content", [b"", b"{", b"<html>", b"\xff"])
def test_bytes_that_are_no_json_are_refused_and_leave_nothing_behind(content: bytes) -> None:
    known = ItemPages()
    with pytest.raises(ValueError, match=r"."):
        known.decode(content)
    assert listed(known, [b'{"value": []}']) == ([[]], [None])
