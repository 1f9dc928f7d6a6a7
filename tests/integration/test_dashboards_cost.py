"""No query of a dashboard reads a million samples: the cheap part of `tests/bench/boards.py`, at 2,000 machines."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.bench.board_cost import MOST_SAMPLES, RANGES, cost, large
from tests.integration.panel_queries import PanelQuery, panel_queries
from tests.lab.prometheus import Prometheus

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="server")
async def _server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prometheus]:
    async with large(tmp_path_factory.mktemp("large"), 2_000) as server:
        yield server


@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("query", panel_queries(), ids=lambda one: ": ".join(one.name))
async def test_a_query_is_bounded(server: Prometheus, query: PanelQuery, span: str) -> None:
    assert (await cost(server, query, RANGES[span])).samples < MOST_SAMPLES
