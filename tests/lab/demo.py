"""`make demo`: the data centre, the exporter, Prometheus and Alertmanager, with a live view of every check."""

import asyncio
import logging
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import psutil

from azure_migrate_exporter.collectors.registry import COLLECTORS
from tests.lab import tools
from tests.lab.alerting import shortened_values, write_routes, write_rules
from tests.lab.alertmanager import Alertmanager, Receiver, alertmanager, receiver
from tests.lab.check_status import CheckStatus, CheckTracker, of_target
from tests.lab.control import control
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import Exporter, exporter
from tests.lab.findings import findings
from tests.lab.pager import active_pages
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus
from tests.lab.screen import Row, Screen, View, screen

EXPORTER_PORT: Final = 9878
PROMETHEUS_PORT: Final = 9090
ALERTMANAGER_PORT: Final = 9093
"""Used if they are free; otherwise any free port."""
REFRESH: Final = 1.0

T = TypeVar("T")
log: Final = logging.getLogger("lab")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command line."""

    seconds: float | None = None
    """End after this time; None runs until Ctrl-C."""
    once: bool = False
    """End after the first run of every check."""
    faults: Sequence[str] = ()
    """Faults to switch on at the start."""
    strict: bool = False
    """Whether a part that cannot be installed is an error."""


@dataclass(slots=True)
class _Demo:
    """The running parts."""

    center: DataCenter
    exporter: Exporter
    prometheus: Prometheus | None
    alertmanager: Alertmanager | None
    receiver: Receiver
    """The webhook of Alertmanager's receivers."""
    tracker: CheckTracker = field(default_factory=CheckTracker)

    async def view(self) -> View:
        """The current state of everything."""
        page = await self.exporter.page()
        checks = sorted(self.tracker.update(page, time.time()), key=_order)
        rows = [Row(check, findings(check.collector, [*of_target(page, check.target)])) for check in checks]
        return View(rows, self.urls(), sorted(self.center.switched_on), active_pages(self.receiver))

    def urls(self) -> dict[str, str]:
        """The addresses to open in a browser."""
        others = {"Prometheus": self.prometheus, "Alertmanager": self.alertmanager}
        return {"exporter": self.exporter.url} | {name: other.url for name, other in others.items() if other}


def main(options: Options) -> int:
    """Run the demo and return its exit code. Ctrl-C stops it in an orderly way at any time."""
    try:
        asyncio.run(_run(options))
    except asyncio.CancelledError:
        pass
    except tools.NotInstalledError as error:
        log.error("not installed: %s", error)  # noqa: TRY400 - one line for the user
        return 1
    return _check_leftovers()


async def _run(options: Options) -> None:
    """Run until a signal arrives or the time is over; then stop everything in reverse order of its start."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with tempfile.TemporaryDirectory(prefix="azure-migrate-lab-") as directory:
        async with _running(Path(directory), options) as demo:
            await _show(demo, options)
            log.info("stopping")


@asynccontextmanager
async def _running(directory: Path, options: Options) -> AsyncIterator[_Demo]:
    # The part that needs a missing program reports it again.
    await asyncio.to_thread(tools.install_all)
    log.info("starting the data centre")
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", strict=options.strict))
        await stack.enter_async_context(control(center))
        log.info("starting the exporter")
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config, port=EXPORTER_PORT))
        log.info("starting Prometheus and Alertmanager")
        webhook = await stack.enter_async_context(receiver())
        routes = write_routes(directory / "alertmanager", webhook.url)
        manager = await _optional(
            stack, options, lambda: alertmanager(directory / "alertmanager", routes, port=ALERTMANAGER_PORT)
        )
        target = ScrapeTarget("azure-migrate-exporter", subject.address)
        rule_files = await write_rules(directory, shortened_values())
        scraper = await _optional(
            stack,
            options,
            lambda: prometheus(
                directory / "prometheus",
                [target],
                rule_files=rule_files,
                alertmanager=manager.url if manager else None,
                port=PROMETHEUS_PORT,
            ),
        )
        for name in options.faults:
            await center.switch(name, on=True)
        yield _Demo(center, subject, scraper, manager, webhook)


async def _optional(
    stack: AsyncExitStack, options: Options, part: Callable[[], AbstractAsyncContextManager[T]]
) -> T | None:
    """Start a part; if its program cannot be installed, log one line with the reason and return None."""
    try:
        return await stack.enter_async_context(part())
    except tools.NotInstalledError as error:
        if options.strict:
            raise
        log.warning("skipped: %s", error)
        return None


async def _show(demo: _Demo, options: Options) -> None:
    for name, url in demo.urls().items():
        log.info("%s: %s", name, url)
    with screen() as shown:
        if options.once:
            shown.show(await _complete_view(demo))
            return
        try:
            async with asyncio.timeout(options.seconds):
                await _refresh(demo, shown)
        except TimeoutError:
            pass


async def _complete_view(demo: _Demo) -> View:
    """The first view with every check: the page shows a run a little later than it ends."""
    await demo.exporter.until_ready()
    seen, view = 0, await demo.view()
    while len(view.rows) > seen:
        seen = len(view.rows)
        await asyncio.sleep(REFRESH)
        view = await demo.view()
    return view


async def _refresh(demo: _Demo, shown: Screen) -> None:
    while True:
        shown.show(await demo.view())
        await asyncio.sleep(REFRESH)


def _order(check: CheckStatus) -> tuple[int, str]:
    """Sort key: the order of the registry."""
    return list(COLLECTORS).index(check.collector), check.target


def _check_leftovers() -> int:
    """Log whether any started program still runs; 1 if so, otherwise 0."""
    left = psutil.Process(os.getpid()).children(recursive=True)
    if left:
        log.error("still running: %s", " ".join(f"{process.name()} ({process.pid})" for process in left))
        return 1
    log.info("stopped; nothing is left running")
    return 0
