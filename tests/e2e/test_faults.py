"""Every fault of the data centre: the exporter detects it, Prometheus stores it, and it clears again."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
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
SHARED = {"ESXi hosts": "vCenter"}
"""Parts whose faults the same collector detects."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The data centre, the exporter that checks it, and the Prometheus that scrapes the exporter."""

    center: DataCenter
    exporter: Exporter
    prometheus: Prometheus


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pipeline(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pipeline]:
    directory = tmp_path_factory.mktemp("pipeline")
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", check_interval=0.5, strict=True))
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config))
        await subject.until_ready()
        target = ScrapeTarget("exporter", subject.address)
        scraper = await stack.enter_async_context(
            prometheus(directory / "prometheus", [target], scrape_interval="500ms")
        )
        await scraper.wait_until_up("exporter")
        yield Pipeline(center, subject, scraper)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def detections(
    pipeline: Pipeline, request: pytest.FixtureRequest
) -> AsyncIterator[Mapping[str, asyncio.Task[None]]]:
    """The selected faults by name. Those of one part of the lab happen one after the other, the parts side by side."""
    busy: Mapping[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def detect(fault: Fault) -> None:
        async with busy[SHARED.get(fault.part, fault.part)]:
            try:
                await _detect(pipeline, fault)
            finally:
                await pipeline.center.switch(fault.name, on=False)

    selected = [
        item.callspec.params["fault"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    tasks = {fault.name: asyncio.create_task(detect(fault)) for fault in selected}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def test_without_a_fault_every_check_succeeds(pipeline: Pipeline) -> None:
    await pipeline.prometheus.wait_for("azure_migrate_collector_success == 0", lambda failing: not failing)
    succeeding = await pipeline.prometheus.query("azure_migrate_collector_success == 1")
    assert {sample.labels["collector"] for sample in succeeding} == set(CHECKS)


async def test_promtool_accepts_the_page(pipeline: Pipeline) -> None:
    assert await promtool("check", "metrics", stdin=await pipeline.exporter.text()) == (0, "")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.name))
async def test_a_fault_is_detected_and_clears(detections: Mapping[str, asyncio.Task[None]], fault: Fault) -> None:
    await detections[fault.name]


async def _detect(pipeline: Pipeline, fault: Fault) -> None:
    failing = f'azure_migrate_collector_success{{collector="{fault.collector}"}} == 0'
    wait_for = partial(pipeline.prometheus.wait_for, deadline=60)
    await wait_for(fault.shows, lambda samples: not samples)

    await pipeline.center.switch(fault.name, on=True)
    await wait_for(fault.shows)
    if fault.reason:
        runs = f'azure_migrate_collector_runs_total{{collector="{fault.collector}",result="{fault.reason}"}}'
        await wait_for(f"increase({runs}[{WINDOW}]) > 0")
        await wait_for(failing)
    else:
        assert not await pipeline.prometheus.query(failing)

    await pipeline.center.switch(fault.name, on=False)
    if not fault.passes:
        await wait_for(fault.shows, lambda samples: not samples)
    await wait_for(failing, lambda samples: not samples)
