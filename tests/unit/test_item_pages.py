"""Pages of machines: what is known is not parsed again, and nobody can see a difference but in the time."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.azure.migration_item import MigrationItem, read_item
from azure_migrate_exporter.azure.paging import Paging
from azure_migrate_exporter.collectors.replication.polling.item_pages import ItemPages
from azure_migrate_exporter.reasons import CheckError

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
    known.start_list()
    for content in contents:
        page = known.decode(content)
        read = (known.read(value) for value in Paging("https://arm/first", "items").values(page))
        found.append([item for item in read if item is not None])
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


def machine(name: str, health: str) -> dict[str, Any]:
    return {"id": f"/items/{name}", "name": name, "properties": {"health": health}}


def test_on_a_page_that_changed_the_other_machines_are_the_very_same() -> None:
    before, after = (
        json.dumps({"value": [machine("a", "Normal"), machine("b", health)]}).encode()
        for health in ("Normal", "Critical")
    )
    known = ItemPages()
    ((first, changing),), _ = listed(known, [before])
    ((again, changed),), _ = listed(known, [after])
    assert again is first
    assert changed is not changing
    assert changed.health == "critical"


def test_a_machine_of_a_list_that_did_not_end_is_forgotten() -> None:
    known = ItemPages()
    for content in (b'{"value": [{"id": "/items/1", "name": "vm"}]}', b'{"value": [{"id": "/items/2", "name": "vm"}]}'):
        known.start_list()
        known.read(known.decode(content)["value"][0])
    known.finish_list()
    assert len(known._known) == 1


def test_a_machine_that_is_no_longer_listed_is_forgotten() -> None:
    content = json.dumps({"value": [{"id": "/items/1", "name": "vm"}]}).encode()
    known = ItemPages()
    ((first,),), _ = listed(known, [content])
    listed(known, [])
    ((again,),), _ = listed(known, [content])
    assert again == first
    assert again is not first


STRANGE = [
    b'{"value": [{"id": "/a", "name": "vm", "properties": {"health": NaN}}]}',
    b'\xef\xbb\xbf{"value": [{"id": "/a", "name": "vm"}]}',
    b'{"value": [{"id": "/a", "name": "\\ud800"}]}',
    b'{"value": [{"id": "/a", "name": "\xe6\x9d\xb1"}], "value": [{"id": "/b", "name": "vm"}]}',
    b'{"value": [{"id": "/a", "name": "vm"}, 1e999, "text"], "nextLink": 7, "count": 1}',
    b'{"value": [{"id": "/a", "name": "tab\there"}]}',
    b'{"value": null}',
    b'{"error": {"code": "Throttled"}}',
    '{"value": [{"id": "/a", "name": "vm"}]}'.encode("utf-16"),
    b"[]",
]
"""Pages that one parser accepts and another does not, or that are none."""
edits = st.tuples(st.integers(0, 200), st.binary(max_size=3))


def outcome(content: bytes, known: ItemPages | None) -> Any:
    """What is read of bytes, or that they are refused: with the pages, or with the standard library alone."""
    try:
        page = json.loads(content) if known is None else known.decode(content)
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            return page
        read = read_item if known is None else known.read
        return [read(value) for value in page["value"]], repr(page.get("nextLink"))
    except (ValueError, CheckError):
        return "refused"


@pytest.mark.parametrize("content", STRANGE)
def test_a_strange_page_is_read_as_the_standard_library_reads_it(content: bytes) -> None:
    assert outcome(content, ItemPages()) == outcome(content, None)


@given(pages, st.lists(edits, max_size=3))
def test_a_damaged_page_is_read_as_the_standard_library_reads_it_or_refused(
    content: bytes, damages: list[tuple[int, bytes]]
) -> None:
    for at, inserted in damages:
        content = content[:at] + inserted + content[at + 1 :]
    assert outcome(content, ItemPages()) == outcome(content, None)


@pytest.mark.parametrize("content", [b"", b"{", b"<html>", b"\xff"])
def test_bytes_that_are_no_json_are_refused_and_leave_nothing_behind(content: bytes) -> None:
    known = ItemPages()
    with pytest.raises(ValueError, match=r"."):
        known.decode(content)
    assert listed(known, [b'{"value": []}']) == ([[]], [None])
