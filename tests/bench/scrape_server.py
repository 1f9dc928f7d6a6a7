"""The two servers of the scrape bench: `ours` (engine, page, web) and `library` (prometheus-client's own handler)."""

import asyncio
import itertools
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector as LibraryCollector

from azure_migrate_exporter import log
from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.commands.serve import SWITCH_INTERVAL
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.engine_thread import run_in_thread
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metric import TABLE, MetricType
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from azure_migrate_exporter.web.context import AppContext
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.listen_address import ListenAddress
from azure_migrate_exporter.web.server import serve
from tests import scripted
from tests.scripted import Script

PER_MACHINE = [
    metric for metric in TABLE.values() if metric.labels[:3] == ("vcenter", "vm", "vm_id") and len(metric.labels) == 3
]
"""Metrics of a machine; what is missing to `samples` is repeated with an operation."""
PER_OPERATION = [metric for metric in TABLE.values() if metric.labels == ("vcenter", "vm", "vm_id", "operation")]
OPERATIONS = ("create_snapshot", "remove_snapshot", "consolidate_disks")


def machine(number: int, generation: int) -> Block:
    """About 20 samples of one machine."""
    out = Measurements()
    identity = f"5015f6d8-fc84-afdf-de47-{number:012}"
    name = {"vcenter": "vcenter.example.com", "vm": f"machine-{number:05}", "vm_id": identity}
    for position, metric in enumerate(PER_MACHINE):
        out.set(metric, generation + position / 3, **name)
    for metric, operation in itertools.product(PER_OPERATION, OPERATIONS):
        out.set(metric, generation + 0.5, operation=operation, **name)
    return out.block()


SAMPLES_A_MACHINE = len(machine(0, 0).samples)


class Inventory:
    """So many machines; each run replaces a part of them, as a vCenter with running cycles would."""

    def __init__(self, samples: int, changing: float) -> None:
        count = -(-samples // SAMPLES_A_MACHINE)
        self.blocks = [machine(number, 0) for number in range(count)]
        self._changing = int(count * changing)
        self._next = itertools.cycle(range(count))
        self._generation = 0

    async def run(self, out: Measurements) -> None:
        self._generation += 1
        for number in itertools.islice(self._next, self._changing):
            self.blocks[number] = machine(number, self._generation)
        for block in self.blocks:
            out.keep(block)


async def ours(samples: int, changing: float, interval: float) -> None:
    sys.setswitchinterval(SWITCH_INTERVAL)
    inventory = Inventory(samples, changing)
    when = scripted.schedule(interval=interval, timeout=30)
    spec = scripted.spec({"inventory": Script(inventory.run)}, when=when)
    context, http = Context(), HttpMetrics()
    engine = Engine(context, Page(http.families, process_families), {spec.name: spec})
    with TemporaryDirectory() as directory:
        config = Path(directory) / "exporter.yml"
        config.write_text("", encoding="utf-8")
        reloader = Reloader(config, engine, context.clock)
        async with run_in_thread(engine, reloader) as (remote, _):
            await remote.reload()
            async with serve(AppContext(remote, remote, http), [ListenAddress("127.0.0.1", 0)], None) as urls:
                print(urls[0], flush=True)
                await asyncio.to_thread(sys.stdin.readline)


class LibraryInventory(LibraryCollector):
    """The same samples, as prometheus-client wants them."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = list(blocks)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for block in self._blocks:
            for (metric, labels), value in block.samples.items():
                if metric.name not in families:
                    kind = CounterMetricFamily if metric.type is MetricType.COUNTER else GaugeMetricFamily
                    families[metric.name] = kind(metric.family, metric.help, labels=metric.labels)
                families[metric.name].add_metric(labels, value)  # type: ignore[attr-defined]
        yield from families.values()


def library(samples: int) -> None:
    registry = CollectorRegistry()
    registry.register(LibraryInventory(Inventory(samples, 0).blocks))
    server, _ = start_http_server(0, addr="127.0.0.1", registry=registry)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=sys.stdin.readline).run()


if __name__ == "__main__":
    log.configure("error", "logfmt")
    kind, samples = sys.argv[1], int(sys.argv[2])
    if kind == "ours":
        asyncio.run(ours(samples, float(sys.argv[3]), float(sys.argv[4])))
    else:
        library(samples)
