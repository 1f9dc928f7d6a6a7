"""Every fault of the data centre, one after the other: the exporter sees it, Prometheus has it, and it goes again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import Exporter, exporter
from tests.lab.faults import FAULTS, Fault
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus
from tests.lab.promtool import promtool
from tests.lab.settings import CHECKS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

WINDOW = "10s"


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    center: DataCenter
    exporter: Exporter
    prometheus: Prometheus


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    directory = tmp_path_factory.mktemp("world")
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", pace=0.5, strict=True))
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config))
        await subject.until_ready()
        target = ScrapeTarget("exporter", subject.address)
        scraper = await stack.enter_async_context(
            prometheus(directory / "prometheus", [target], scrape_interval="500ms")
        )
        await scraper.wait_until_up("exporter")
        yield World(center, subject, scraper)


async def test_without_a_fault_every_check_works(world: World) -> None:
    await world.prometheus.wait_for("azure_migrate_collector_success == 0", lambda failing: not failing)
    succeeding = await world.prometheus.query("azure_migrate_collector_success == 1")
    assert {sample.labels["collector"] for sample in succeeding} == set(CHECKS)


async def test_promtool_finds_nothing_to_say_of_the_page(world: World) -> None:
    assert await promtool("check", "metrics", stdin=await world.exporter.text()) == (0, "")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.name))
async def test_a_fault_shows_and_goes(world: World, fault: Fault) -> None:
    failing = f'azure_migrate_collector_success{{collector="{fault.collector}"}} == 0'
    ask = partial(world.prometheus.wait_for, deadline=60)
    await ask(fault.shows, lambda samples: not samples)

    await world.center.switch(fault.name, on=True)
    await ask(fault.shows)
    if fault.reason:
        runs = f'azure_migrate_collector_runs_total{{collector="{fault.collector}",result="{fault.reason}"}}'
        await ask(f"increase({runs}[{WINDOW}]) > 0")
        await ask(failing)
    else:
        assert not await world.prometheus.query(failing)

    await world.center.switch(fault.name, on=False)
    if not fault.passes:
        await ask(fault.shows, lambda samples: not samples)
    await ask(failing, lambda samples: not samples)
