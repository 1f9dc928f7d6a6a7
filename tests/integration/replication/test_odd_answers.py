"""Answers of another form: whatever JSON arrives, the run ends with a reason, and what it shows can be exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.generated import generated
from tests.integration.replication import running, settings
from tests.lab.arm import Kind, LabAppliance, LabArm, LabProject, Where
from tests.measured import measure
from tests.properties.json_values import VALUES, changed

Answers = dict[Kind, Any]


@pytest.fixture
async def answers(arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock) -> Answers:
    """The answer to each kind of request, as the lab sends it."""
    found: Answers = {}

    def keep(kind: Kind, body: Any) -> Any:
        return found.setdefault(kind, body)

    paris.machine("web", disks=2).fail("snapshot_hung", where=Where.INNER)
    arm.rewrite = keep
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        paris.machine("db").fail("key_vault_generate_sas", where=Where.JOB)
        found.clear()
        await clock.advance(600)
        assert (await measure(collector)).reason is None
    arm.rewrite = None
    assert set(found) >= {Kind.ITEMS, Kind.ITEM, Kind.EVENTS, Kind.JOBS, Kind.JOB, Kind.FABRICS, Kind.SITE}
    return found


@generated(15)
@given(data=st.data())
async def test_no_json_is_an_internal_error(
    arm: LabArm, project: LabProject, answers: Answers, tmp_path: Path, clock: FakeClock, data: st.DataObject
) -> None:
    kinds = data.draw(st.sets(st.sampled_from(sorted(answers)), min_size=1))
    odd = {kind: data.draw(changed(answers[kind]) | VALUES) for kind in sorted(kinds)}
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        arm.rewrite = odd.get
        await clock.advance(600)
        measured = await measure(collector)
        arm.rewrite = None
    assert measured.reason is not Reason.INTERNAL, measured.message
    assert all(chunk.decode() for chunk in Block(dict(measured.samples)).chunks.values())


LINKS: dict[str, Callable[[str], Any]] = {
    "relative": lambda link: "/subscriptions" + link.partition("/subscriptions")[2],
    "upper case": lambda link: link.replace("https://localhost", "HTTPS://LOCALHOST"),
}
ODD_LINKS: dict[str, Callable[[str], Any]] = {
    "http": lambda link: link.replace("https", "http"),
    "another port": lambda link: link.replace("/subscriptions", "1/subscriptions", 1),
    "object": lambda link: {"href": link},
    "the same again": lambda link: link.partition("skipToken")[0] + "skipToken=0-0",
}


def linked(change: Callable[[str], Any]) -> Callable[[Kind, Any], Any]:
    """Changes the links of the list of machines."""

    def rewrite(kind: Kind, body: Any) -> Any:
        if kind is not Kind.ITEMS or not body["nextLink"]:
            return body
        return {**body, "nextLink": change(body["nextLink"])}

    return rewrite


@pytest.mark.parametrize("change", LINKS.values(), ids=LINKS)
async def test_a_list_continues_at_a_link_in_any_spelling(
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    change: Callable[[str], Any],
) -> None:
    paris.machines(9)
    arm.page_size, arm.rewrite = 4, linked(change)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is None, measured.message
    assert measured.value(metrics.REPLICATION_MACHINES) == 9


@pytest.mark.parametrize("change", ODD_LINKS.values(), ids=ODD_LINKS)
async def test_a_list_whose_link_leads_nowhere_is_a_protocol_error_and_ends(
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    change: Callable[[str], Any],
) -> None:
    paris.machines(9)
    arm.page_size, arm.rewrite = 4, linked(change)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is Reason.PROTOCOL
    assert measured.message.startswith("items: ")
    assert arm.requests.count(Kind.ITEMS) <= 2
