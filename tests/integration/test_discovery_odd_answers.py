"""Discovery where Azure's JSON has another form: an unreadable object is left out with a note, the rest is found."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.collectors.discovery.findings import Findings
from azure_migrate_exporter.collectors.discovery.search import search
from azure_migrate_exporter.collectors.discovery.targets import discovered_targets
from azure_migrate_exporter.commands.discovered_config import document
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.loader import parse
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.generated import generated
from tests.integration.azure import access, entry
from tests.lab.arm import Generation, Kind, LabArm
from tests.lab.ca import LabCA
from tests.properties.json_values import VALUES, changed

Answers = dict[Kind, Any]
Search = Callable[[], Awaitable[Findings]]


@pytest.fixture
async def arm(lab_ca: LabCA) -> AsyncIterator[LabArm]:
    async with LabArm(lab_ca) as running:
        project = running.project("contoso")
        project.appliance("paris").machines(2)
        project.appliance("lyon", Generation.GREENFIELD).machine("web01")
        yield running


@pytest.fixture
def wanted(arm: LabArm, lab_ca: LabCA, tmp_path: Path) -> DiscoverySettings:
    return DiscoverySettings.model_validate(entry(arm.projects[0], access(arm, lab_ca, tmp_path)))


@pytest.fixture
def find(wanted: DiscoverySettings) -> Search:
    async def run() -> Findings:
        async with connected(wanted) as open_arm:
            return await search(open_arm, wanted)

    return run


UNREADABLE: Final[tuple[Any, ...]] = (
    None,
    "text",
    7,
    [],
    {},
    {"id": None, "type": None, "properties": None},
    {"id": 7, "type": {}, "properties": "none"},
    {"id": "not an id", "type": "x", "properties": {}},
    {"name": "x", "properties": {"customDetails": None, "providerSpecificDetails": []}},
)
LISTS: Final = {
    Kind.FABRICS: "fabrics",
    Kind.MAPPINGS: "container mappings",
    Kind.ITEMS: "machines",
    Kind.VCENTERS: "vCenters",
    Kind.RESOURCES: "resources",
}


@pytest.mark.parametrize("kind", LISTS)
async def test_an_unreadable_object_is_left_out_and_said_so_and_the_rest_is_found(
    find: Search, arm: LabArm, kind: Kind
) -> None:
    expected = await find()

    def rewrite(asked: Kind, body: Any) -> Any:
        return {**body, "value": [*UNREADABLE, *body["value"]]} if asked is kind else body

    arm.rewrite = rewrite
    found = await find()
    assert found.appliances == expected.appliances
    note = f"left out {len(UNREADABLE)} {LISTS[kind]} that Azure lists without readable fields"
    assert set(found.notes) == {*expected.notes, note}


async def test_an_object_without_properties_is_no_appliance_and_said_so(find: Search, arm: LabArm) -> None:
    def rewrite(kind: Kind, body: Any) -> Any:
        if kind is Kind.FABRICS:
            body["value"][0]["properties"] = None
        return body

    arm.rewrite = rewrite
    found = await find()
    assert [appliance.name for appliance in found.appliances] == ["lyon"]
    assert "left out 1 fabric that Azure lists without readable fields" in found.notes


async def test_a_project_that_is_listed_without_an_id_is_not_found_and_the_reason_says_so(
    find: Search, arm: LabArm
) -> None:
    arm.rewrite = lambda kind, body: {"value": [{"id": None}]} if kind is Kind.RESOURCES else body
    with pytest.raises(CheckError) as caught:
        await find()
    assert caught.value.reason is Reason.NOT_FOUND
    assert caught.value.message.endswith("; 1 in the list cannot be read")


@pytest.mark.parametrize(
    ("link", "complete"),
    [
        (lambda link: "/subscriptions" + link.partition("/subscriptions")[2], True),
        (lambda link: {"href": link}, False),
        (lambda link: link.replace("https", "http"), False),
        (lambda link: link.partition("skipToken")[0] + "skipToken=0-0", False),
    ],
    ids=["relative", "object", "http", "the same again"],
)
async def test_a_list_is_read_to_its_end_or_not_taken_for_whole(
    find: Search,
    arm: LabArm,
    link: Callable[[str], Any],
    complete: bool,  # noqa: FBT001
) -> None:
    expected = await find()

    def rewrite(_: Kind, body: Any) -> Any:
        return {**body, "nextLink": link(body["nextLink"])} if body.get("nextLink") else body

    arm.page_size, arm.rewrite = 1, rewrite
    if complete:
        assert await find() == expected
        return
    with pytest.raises(CheckError) as caught:
        await find()
    assert caught.value.reason is Reason.PROTOCOL


@pytest.fixture
async def answers(find: Search, arm: LabArm) -> Answers:
    """The answer to each kind of request, as the lab sends it."""
    found: Answers = {}

    def keep(kind: Kind, body: Any) -> Any:
        found[kind] = body
        return body

    arm.rewrite = keep
    await find()
    arm.rewrite = None
    return found


@generated(15)
@given(data=st.data())
async def test_whatever_is_found_can_be_checked_and_written_as_a_configuration(
    find: Search, arm: LabArm, answers: Answers, wanted: DiscoverySettings, tmp_path: Path, data: st.DataObject
) -> None:
    kinds = data.draw(st.sets(st.sampled_from(sorted(answers)), min_size=1))
    odd = {kind: data.draw(changed(answers[kind]) | VALUES) for kind in sorted(kinds)}
    arm.rewrite = odd.get
    try:
        found = await find()
    except CheckError as error:
        assert error.reason in {Reason.PROTOCOL, Reason.NOT_FOUND}, error.message  # noqa: PT017
        return
    finally:
        arm.rewrite = None
    discovered_targets(found, wanted)
    parse(document([(wanted, found)], datetime.now(UTC)), tmp_path / "printed.yml")
