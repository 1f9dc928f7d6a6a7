"""One vCenter, watched over one long-lived session: the inventory by updates, the tasks by one poll a run."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from pyVmomi import vim

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.vsphere.property_reads import Wanted, poll_tasks, read_hardware
from azure_migrate_exporter.collectors.vsphere.series import write_task
from azure_migrate_exporter.collectors.vsphere.session import Session
from azure_migrate_exporter.collectors.vsphere.tasks import CREATE, TaskBook
from azure_migrate_exporter.collectors.vsphere.vcenter_state import Site
from azure_migrate_exporter.collectors.vsphere.watch import Page, Watch
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.runtime.threads import DaemonThreads

P = ParamSpec("P")
T = TypeVar("T")

_BATCH: Final = 50
"""Machines whose disks are read with one call."""
_SLICE: Final = 250
"""Blocks rebuilt before the event loop gets its turn."""
_SETTLE: Final = 0.2
"""Seconds to wait after the first of some changes: they come in groups."""
_PAUSE: Final = 1.0
"""Seconds between a run and the next one that a change asks for."""
_GOODBYE: Final = 4.0
"""Seconds to log out at the end; a little less than the engine allows."""


class VSphereCollector(Collector):
    """Measures one vCenter. Calls block in two threads of its own: one that waits for updates, one for all else."""

    def __init__(self, target: Target[VCenterSettings], context: Context) -> None:
        self._settings = target.settings
        self._context = context
        self._state_name = f"vsphere-{target.settings.name}"
        self._session = Session(target.settings, context.clock)
        self._calls = DaemonThreads(f"vsphere-{target.name}", 1)
        self._waits = DaemonThreads(f"vsphere-watch-{target.name}", 1)
        self._tasks = TaskBook(target.settings.tasks)
        self._site: Site | None = None
        self._server = ""
        self._watch: Watch | None = None
        self._up = False
        self._news = asyncio.Event()
        self._last_run = float("-inf")
        self._shown: tuple[tuple[Block, ...], tuple[Block, ...]] = ((), ())

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`. What is known of the inventory is handed over also while vCenter does not answer."""
        self._up = False
        self._news.clear()
        try:
            await self._observe()
        finally:
            self._last_run = self._context.clock.monotonic()
            out.keep_all(self._blocks())

    async def news(self) -> None:
        """Return soon after an update that changes a series, and when the watch breaks."""
        clock = self._context.clock
        await self._news.wait()
        await clock.sleep(max(_SETTLE, self._last_run + _PAUSE - clock.monotonic()))

    async def close(self) -> None:
        """Log out. A server that does not answer in time keeps the session until it expires there."""
        self._stop_watch()
        goodbye = asyncio.wrap_future(self._calls.submit(self._session.close))
        goodbye.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Not cancelled when time is up: a login that is still on its way must be ended once it is there.
        await asyncio.wait({goodbye}, timeout=_GOODBYE)
        self._session.cut()
        self._calls.shutdown()
        self._waits.shutdown()

    # --- one run ---

    async def _observe(self) -> None:
        try:
            try:
                problem = await self._measure()
            except vim.fault.NotAuthenticated:
                # Expired, or ended by an administrator or a restart. A new login is no failure.
                self._up = False
                self._stop_watch()
                await self._call(self._session.forget)
                problem = await self._measure()
        except CheckError:
            raise
        except Exception as error:
            if (explained := self._explain(error)) is None:
                raise
            raise explained from error
        if problem is not None:
            raise problem

    async def _measure(self) -> CheckError | None:
        """One look at everything. Returns what hid a part of it, if something did."""
        site = await self._watched_site()
        self._news.clear()
        poll = await self._call(poll_tasks, self._session, self._tasks.known, self._tasks.ended)
        self._up = True
        for task in self._tasks.observe(poll):
            if task.operation == CREATE and task.snapshot:
                site.attribute(task.machine, task.snapshot, task.user)
        blackboard, name = self._context.blackboard, self._settings.name
        site.list_replicating(blackboard.union("replicating_machines"))
        problem = await self._read_due(site)
        await self._save(site)
        blackboard.publish("esxi_hosts", name, site.hosts)
        while site.render(_SLICE):  # noqa: ASYNC110 - it waits for nothing, it lets others have their turn
            await asyncio.sleep(0)
        return poll.problem or problem

    async def _save(self, site: Site) -> None:
        if site.unsaved:
            site.unsaved = False
            try:
                await self._call(self._context.state.save, self._state_name, {"server": self._server, **site.dump()})
            except BaseException:
                site.unsaved = True
                raise

    async def _read_due(self, site: Site) -> CheckError | None:
        due, problem = dict(site.due), None
        moids = list(due)
        for start in range(0, len(moids), _BATCH):
            wanted = [Wanted(moid, due[moid][1]) for moid in moids[start : start + _BATCH]]
            found, error = await self._call(read_hardware, self._session, wanted)
            problem = problem or error
            for moid, hardware in found.items():
                site.learn(moid, due[moid], hardware)
        return problem

    async def _watched_site(self) -> Site:
        """The site, once its whole inventory is known. Raises what broke the watch; the next run starts another."""
        if self._watch is None or self._site is None:
            await self._call(self._session.renew)
            self._site = self._site_of(self._session.server)
            self._site.begin()
            self._watch = Watch(self._session, self._waits, self._take, self._news.set)
        await self._watch.known()
        if (error := self._watch.error) is not None:
            self._stop_watch()
            raise error
        return self._site

    def _site_of(self, server: str) -> Site:
        """The site that we know already, unless there is another vCenter at the address now: ids mean nothing there."""
        if self._site is not None and server == self._server:
            return self._site
        saved = self._context.state.load(self._state_name)
        self._server = server
        return Site(self._settings, saved if saved.get("server") == server else {})

    def _take(self, page: Page) -> None:
        if self._site is not None and self._site.apply(page.changes, whole=page.whole):
            self._news.set()

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    async def _call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._calls.submit(function, *args, **kwargs))

    def _explain(self, error: Exception) -> CheckError | None:
        """The same error as one line of text with its reason, or None if it is a bug of ours."""
        if (reason := classify(error)) is Reason.INTERNAL:
            return None
        text = getattr(error, "msg", None) or str(error) or "no answer"
        return CheckError(reason, f"vCenter {self._settings.address}: {text} ({type(error).__name__})")

    # --- what is shown ---

    def _blocks(self) -> tuple[Block, ...]:
        """Every block, our own last. The very same tuple as in the run before if nothing changed."""
        inventory = self._site.blocks() if self._site is not None and self._site.whole else ()
        own = self._own_block()
        before, shown = self._shown
        if shown and own.samples == shown[-1].samples:
            if inventory is before:
                return shown
            own = shown[-1]
        self._shown = inventory, (*inventory, own)
        return self._shown[1]

    def _own_block(self) -> Block:
        out, vcenter = Measurements(), self._settings.name
        out.set(metrics.VCENTER_UP, self._up, vcenter=vcenter)
        out.set(metrics.VSPHERE_LOGINS, self._session.logins, vcenter=vcenter)
        for (operation, failure), count in self._tasks.failures.items():
            out.set(metrics.VSPHERE_TASK_FAILURES, count, vcenter=vcenter, operation=operation, failure=failure)
        if self._site is not None and self._site.whole:
            out.set(metrics.VSPHERE_MACHINES, self._site.seen, vcenter=vcenter, scope="seen")
            out.set(metrics.VSPHERE_MACHINES, self._site.replicating, vcenter=vcenter, scope="replicating")
            for running in self._tasks.running:
                labels = self._site.identify(running.task.machine, running.task.entity_name)
                write_task(out, running, vcenter=vcenter, **labels)
        return out.block()
