"""The states in which the boards are drawn: hours that the lab went through, in the storage of a real Prometheus.

The real exporter ran against the lab on a simulated clock, and a scrape of each minute is kept. Prometheus gets them
as if the last one were of this moment. promtool evaluates the shipped rules, with their own durations, over them.
"""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from azure_migrate_exporter.exposition.process import process_families
from tests.e2e.simulation import SimulatedClock, SimulatedExporter, run_until
from tests.e2e.workload import Workload
from tests.lab.arm import Pace
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.history import with_history
from tests.lab.process import write_yaml
from tests.lab.prometheus import Prometheus
from tests.preview.past_rules import evaluate, past

MINUTE: Final = 60.0
MINUTES: Final = 360
LARGE: Final = 488
"""Machines that a large project has beside those of the lab's vCenter."""
_SCRAPE: Final = 'job="azure-migrate-exporter",instance="exporter:9878"'
_TIMESTAMP_SUFFIX: Final = "_timestamp_seconds"

Page = str | None
"""What a scrape brings; None if it fails."""


@dataclass(frozen=True, slots=True)
class State:
    """Hours of the lab."""

    faults: Mapping[int, tuple[str, bool]] = field(default_factory=dict)
    """The fault to switch on or off, by minute."""
    greenfield: bool = False
    """Whether there is only the project of today, without Service Bus and key vault."""
    down: int = MINUTES
    """The minute from which on the exporter does not answer."""
    more: int = 0
    """Machines that replicate beside those of the lab's vCenter."""


_BAD_NIGHT: Final = {
    40: ("cbt-reset", True),
    60: ("storage-refused", True),
    95: ("storage-refused", False),
    180: ("datastore-nearly-full", True),
    200: ("nfc-full", True),
    240: ("esxi-port-closed", True),
    280: ("storage-refused", True),
    290: ("replication-disk-upload-timed-out", True),
    300: ("consolidation-needed", True),
}
STATES: Final[Mapping[str, State]] = {
    "healthy": State(),
    "faulty": State(_BAD_NIGHT),
    "greenfield": State(greenfield=True),
    "exporter-down": State(down=MINUTES - 20),
    "500-machines": State(_BAD_NIGHT, more=LARGE),
}


async def pages(directory: Path, state: State) -> list[tuple[float, Page]]:
    """The scrape of each minute, by the time of the simulated clock."""
    clock, found = SimulatedClock(), list[tuple[float, Page]]()
    began = clock.time()
    async with data_center(directory / "lab", strict=True, clock=clock, cycles=Pace()) as center:
        if state.greenfield:
            _only_greenfield(center)
        if state.more:
            center.project.appliances[0].machines(state.more)
        async with SimulatedExporter(center, clock, directory) as subject:
            workload = Workload(center)
            for minute in range(MINUTES):
                if minute in state.faults:
                    name, on = state.faults[minute]
                    await center.switch(name, on=on)
                if not state.greenfield:
                    await workload.minute(minute)
                await run_until(began + minute * MINUTE, clock, subject)
                found.append((clock.time(), scrape(subject) if minute < state.down else None))
    return found


def scrape(subject: SimulatedExporter) -> Page:
    """What Prometheus would have after a scrape: the page, with the process' own families, and its own series."""
    began = time.perf_counter()
    page = f"{subject.page()}{b''.join(samples for _, _, samples in process_families()).decode()}"
    seconds, count = time.perf_counter() - began, len(page.splitlines())
    return f"{page}scrape_duration_seconds {seconds}\nscrape_samples_scraped {count}\n"


def _only_greenfield(center: DataCenter) -> None:
    """Leave the appliance of the new project alone, with its machines."""
    config: dict[str, Any] = yaml.safe_load(center.config.read_text())
    config["appliances"] = [one for one in config["appliances"] if one["generation"] == "greenfield"]
    write_yaml(center.config, config)
    paris, *_ = center.project.appliances
    center.project.appliances.remove(paris)


def series_of(scrapes: Sequence[tuple[float, Page]], now: float) -> dict[str, list[tuple[float, float]]]:
    """The samples of each series, as if the last scrape were of `now`; so are the timestamps among the values."""
    shift = now - scrapes[-1][0]
    found: dict[str, list[tuple[float, float]]] = {}
    for at, page in scrapes:
        found.setdefault(f"up{{{_SCRAPE}}}", []).append((at + shift, float(page is not None)))
        for line in (page or "").splitlines():
            if line and not line.startswith("#"):
                name, _, text = line.rpartition(" ")
                value = float(text)
                if name.partition("{")[0].endswith(_TIMESTAMP_SUFFIX) and value > 0:
                    value += shift
                found.setdefault(_labelled(name), []).append((at + shift, value))
    return found


def _labelled(name: str) -> str:
    metric, brace, labels = name.partition("{")
    return f"{metric}{{{_SCRAPE},{labels}" if brace else f"{metric}{{{_SCRAPE}}}"


@asynccontextmanager
async def state_server(directory: Path, name: str) -> AsyncIterator[tuple[Prometheus, float]]:
    """A Prometheus that holds a state with what the rules made of it, and the time at which that ends."""
    history = series_of(await pages(directory, STATES[name]), now := float(round(time.time())))
    async with with_history(directory, history):
        pass  # the samples are in its storage now
    await evaluate(directory, now - MINUTES * MINUTE, now)
    async with past(directory) as server:
        yield server, now
