"""Every dashboard in Chromium, from the data of every state of the lab: what a person would see to be wrong.

Not a part of `make test`: `make boards` runs it, and writes the pictures of the documentation.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import pytest
import pytest_asyncio

from tests.integration.panel_queries import boards
from tests.lab import tools
from tests.preview.browser import Drawn, View, draw
from tests.preview.server import preview_server
from tests.preview.states import STATES, state_server

pytestmark = [pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]

WIDTHS: Final = (1280, 1920)
THEMES: Final = ("dark", "light")
BOARDS: Final = dict(boards())
MACHINE_OF: Final[Mapping[str, str]] = {"faulty": "server-11", "500-machines": "server-11", "greenfield": "server-04"}
"""The machine whose board is drawn: the failing one; of the new project, one of its own."""
PICTURES: Final = tools.ROOT / "dashboards" / "pictures"

NEVER_EMPTY: Final = frozenset({"Data"})
EMPTY_WHEN_HEALTHY: Final = frozenset(
    {
        "What to do first",
        "Failing machines",
        "Active alerts",
        "Failing parts",
        "Errors of this machine",
        "Hosts not connected",
        "Hosts with a closed NFC port",
        "Reasons of failures",
        "Failing collectors and reasons",
        "Not ready to cut over",
        "Test and other jobs that failed",
        "Slowest machines",
        "End of the copies",
    }
)
"""Lists of what fails or runs: where nothing does, they are empty."""
EMPTY_WITHOUT_A_PAST: Final = frozenset(
    {"Done per day", "Snapshot tasks", "HTTP requests", "Time left", "Recovery point age"}
)
"""What six hours on a simulated clock do not have: a day, tasks of minutes, scrapes over HTTP, a cycle each hour."""
NOT_IN_GREENFIELD: Final = frozenset(
    {
        "Phases of the Service Bus probe",
        "Phases of the Event Hubs probe",
        "Key vault, time to connect",
        "Certificate expires",
        "Throughput against its history",
        "Documented causes",
        "Progress of the cycle",
        "Gateway operation",
    }
)
EMPTY: Final[Mapping[str, frozenset[str]]] = {
    "healthy": EMPTY_WHEN_HEALTHY | EMPTY_WITHOUT_A_PAST,
    "faulty": EMPTY_WITHOUT_A_PAST | {"Hosts not connected", "Test and other jobs that failed"},
    "greenfield": EMPTY_WHEN_HEALTHY | EMPTY_WITHOUT_A_PAST | NOT_IN_GREENFIELD,
    "500-machines": EMPTY_WITHOUT_A_PAST | {"Hosts not connected", "Test and other jobs that failed"},
}
"""Titles of the panels that may be empty; when the exporter is down, all but those that tell it."""


def views(state: str) -> list[View]:
    """Every board at every width in every theme, with its folded rows open."""
    chosen = {"vm": MACHINE_OF[state]} if state in MACHINE_OF else {}
    return [
        View(board, state, width, theme, open=True, chosen=chosen)
        for board in BOARDS
        for width in WIDTHS
        for theme in THEMES
    ]


PUBLISHED: Final = (
    View("overview", "faulty", picture=PICTURES / "overview.png"),
    View("overview", "faulty", open=True, only="The path of paris", picture=PICTURES / "path.png"),
    View("machine", "faulty", chosen={"vm": "server-11"}, picture=PICTURES / "machine.png", clip=905),
    View("wave", "500-machines", picture=PICTURES / "wave.png"),
    View("appliance", "faulty", picture=PICTURES / "appliance.png", clip=1165),
    View("connectivity", "faulty", theme="light", only="Probes", picture=PICTURES / "connectivity.png"),
)
"""The pictures of the documentation."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(STATES), name="drawn")
async def _drawn(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Drawn]]:
    name = str(request.param)
    page = await asyncio.to_thread(tools.boards_page)
    PICTURES.mkdir(exist_ok=True)
    async with (
        state_server(tmp_path_factory.mktemp("state"), name) as (server, now),
        preview_server(page, {name: server.url}) as url,
    ):
        wanted = [*views(name), *(view for view in PUBLISHED if view.state == name)]
        yield await draw(url, wanted, now)


def wrong(drawn: list[Drawn], finding: str) -> list[str]:
    """What a kind of finding has in all views, each once, with the first view that has it."""
    found: dict[str, str] = {}
    for one in drawn:
        for panel in one.panels:
            for text in getattr(panel, finding):
                found.setdefault(
                    f"{one.view.board}: {panel.title}: {text}", f"{one.view.width} {one.view.theme} {one.view.state}"
                )
    return [f"{text} ({where})" for text, where in found.items()]


async def test_no_console_has_an_error(drawn: list[Drawn]) -> None:
    assert [(one.view, one.console) for one in drawn if one.console] == []


async def test_each_board_shows_its_panels(drawn: list[Drawn]) -> None:
    for one in drawn:
        if not one.view.only:
            titles = {panel.title for panel in one.panels}
            assert {panel["title"] for panel in BOARDS[one.view.board]["panels"]} <= titles


async def test_no_panel_has_an_error(drawn: list[Drawn]) -> None:
    assert [(one.view, panel.title, panel.error) for one in drawn for panel in one.panels if panel.error] == []


async def test_only_panels_without_anything_to_show_are_empty(drawn: list[Drawn]) -> None:
    empty = {
        (one.view.board, panel.title)
        for one in drawn
        for panel in one.panels
        if panel.empty and panel.title not in EMPTY.get(one.view.state, {panel.title} - NEVER_EMPTY)
    }
    assert empty == set()


async def test_no_text_is_cut(drawn: list[Drawn]) -> None:
    assert wrong(drawn, "cut") == []


async def test_no_text_is_too_small(drawn: list[Drawn]) -> None:
    assert wrong(drawn, "small") == []


async def test_no_texts_overlap(drawn: list[Drawn]) -> None:
    assert wrong(drawn, "overlapping") == []


async def test_the_pictures_of_the_documentation_are_small(drawn: list[Drawn]) -> None:
    sizes = {path.name: path.stat().st_size for one in drawn if (path := one.view.picture)}
    assert {name: size for name, size in sizes.items() if size > 300_000} == {}


async def test_each_picture_belongs_to_a_view() -> None:
    assert {*PICTURES.iterdir()} == {view.picture for view in PUBLISHED}
