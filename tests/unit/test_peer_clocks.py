from email.utils import formatdate

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import CLOCK_OFFSET
from azure_migrate_exporter.network.http import fetch
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK
from azure_migrate_exporter.runtime.peer_clocks import MAX_AGE, MAX_PEERS, PEER_CLOCKS, PeerClocks
from tests.clock import FakeClock


def shown(clocks: PeerClocks) -> dict[str, float]:
    out = Measurements()
    clocks.write(out)
    return {labels[0]: value for (_, labels), value in out.block().samples.items() if isinstance(value, float)}


def test_the_offset_is_how_far_the_peer_is_ahead() -> None:
    clock = FakeClock()
    clocks = PeerClocks(clock)
    clocks.observe_headers("Vault.example", {"Date": formatdate(clock.time() + 300, usegmt=True)})
    clocks.observe("vcenter", clock.time() - 7200)
    assert shown(clocks) == {"vault.example": 300.5, "vcenter": -7200.0}
    assert CLOCK_OFFSET.labels == ("peer",)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Date": ""},
        {"Date": "yesterday"},
        {"Date": "Thu, 01 Jan 99999 00:00:00 GMT"},
        {"Date": "Thu, 99 Jan 2026 00:00:00 GMT"},
        {"Date": formatdate(0, usegmt=True), "Age": "86400"},
    ],
)
def test_no_usable_date_is_no_offset(headers: dict[str, str]) -> None:
    clocks = PeerClocks(FakeClock())
    clocks.observe_headers("peer", headers)
    assert shown(clocks) == {}


async def test_a_peer_that_no_longer_answers_is_not_shown() -> None:
    clock = FakeClock()
    clocks = PeerClocks(clock)
    clocks.observe("old", clock.time())
    await clock.advance(MAX_AGE)
    clocks.observe("new", clock.time())
    await clock.advance(1)
    assert list(shown(clocks)) == ["new"]


def test_the_number_of_peers_is_bounded() -> None:
    clock = FakeClock()
    clocks = PeerClocks(clock)
    for number in range(MAX_PEERS + 1):
        clocks.observe(str(number), clock.time())
    assert len(shown(clocks)) == MAX_PEERS
    assert "0" not in shown(clocks)


async def test_every_http_answer_is_observed() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(headers={"Date": formatdate(SYSTEM_CLOCK.time() + 3600, usegmt=True)})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        await fetch(str(server.make_url("/")), limit=1000)
    assert shown(PEER_CLOCKS)["127.0.0.1"] == pytest.approx(3600, abs=5)
