"""`make demo`: the data centre, the exporter, Prometheus and Alertmanager, and live what every check currently says."""

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
from tests.lab.alerting import hurried_values, write_routes, write_rules
from tests.lab.alertmanager import Alertmanager, Receiver, alertmanager, receiver
from tests.lab.control import control
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import Exporter, exporter
from tests.lab.findings import findings
from tests.lab.pager import pages
from tests.lab.prometheus import Prometheus, ScrapeTarget, prometheus
from tests.lab.screen import Row, Screen, View, screen
from tests.lab.watch import Check, Watch, of_target

EXPORTER_PORT: Final = 9878
PROMETHEUS_PORT: Final = 9090
ALERTMANAGER_PORT: Final = 9093
"""Taken if they are free; any other port otherwise."""
REFRESH: Final = 1.0

T = TypeVar("T")
log: Final = logging.getLogger("lab")


@dataclass(frozen=True, slots=True)
class Options:
    """How the demo runs."""

    seconds: float | None = None
    """End after this time; None runs until Ctrl-C."""
    once: bool = False
    """End as soon as every check has said something."""
    faults: Sequence[str] = ()
    """Faults to switch on at the start."""
    strict: bool = False
    """Whether a part that cannot be installed is an error."""


@dataclass(slots=True)
class _Demo:
    """What runs."""

    center: DataCenter
    exporter: Exporter
    prometheus: Prometheus | None
    alertmanager: Alertmanager | None
    receiver: Receiver
    """Whom Alertmanager tells."""
    watch: Watch = field(default_factory=Watch)

    async def view(self) -> View:
        """Everything as it stands now."""
        page = await self.exporter.page()
        checks = sorted(self.watch.read(page, time.time()), key=_order)
        rows = [Row(check, findings(check.collector, [*of_target(page, check.target)])) for check in checks]
        return View(rows, self.urls(), sorted(self.center.switched_on), pages(self.receiver))

    def urls(self) -> dict[str, str]:
        """What can be opened in a browser."""
        others = {"Prometheus": self.prometheus, "Alertmanager": self.alertmanager}
        return {"exporter": self.exporter.url} | {name: other.url for name, other in others.items() if other}


def main(options: Options) -> int:
    """Run the demo; gives the exit code. Ctrl-C is an orderly end, at any time."""
    try:
        asyncio.run(_until_told(options))
    except asyncio.CancelledError:
        pass
    except tools.NotInstalledError as error:
        log.error("not installed: %s", error)  # noqa: TRY400 - one line for a person
        return 1
    return _farewell()


async def _until_told(options: Options) -> None:
    """Run until a signal or the time ends it; then everything that was started is stopped, newest first."""
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
    # What cannot be had is told again by the part that needs it.
    await asyncio.to_thread(tools.install_all)
    log.info("starting the data centre")
    async with AsyncExitStack() as stack:
        center = await stack.enter_async_context(data_center(directory / "lab", strict=options.strict))
        await stack.enter_async_context(control(center))
        log.info("starting the exporter")
        subject = await stack.enter_async_context(exporter(directory / "exporter", center.config, port=EXPORTER_PORT))
        log.info("starting Prometheus and Alertmanager")
        phone = await stack.enter_async_context(receiver())
        routes = write_routes(directory / "alertmanager", phone.url)
        on_call = await _optional(
            stack, options, lambda: alertmanager(directory / "alertmanager", routes, port=ALERTMANAGER_PORT)
        )
        target = ScrapeTarget("azure-migrate-exporter", subject.address)
        scraper = await _optional(
            stack,
            options,
            lambda: prometheus(
                directory / "prometheus",
                [target],
                rule_files=write_rules(directory, hurried_values()),
                alertmanager=on_call.url if on_call else None,
                port=PROMETHEUS_PORT,
            ),
        )
        for name in options.faults:
            await center.switch(name, on=True)
        yield _Demo(center, subject, scraper, on_call, phone)


async def _optional(
    stack: AsyncExitStack, options: Options, part: Callable[[], AbstractAsyncContextManager[T]]
) -> T | None:
    """Start a part; None, and one line that says why, if its program cannot be installed."""
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
    """The first view with every check: the page follows the checks at a small distance."""
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


def _order(check: Check) -> tuple[int, str]:
    """As the registry lists the collectors."""
    return list(COLLECTORS).index(check.collector), check.target


def _farewell() -> int:
    """Say that nothing is left, after looking."""
    left = psutil.Process(os.getpid()).children(recursive=True)
    if left:
        log.error("still running: %s", " ".join(f"{process.name()} ({process.pid})" for process in left))
        return 1
    log.info("stopped; nothing is left running")
    return 0
