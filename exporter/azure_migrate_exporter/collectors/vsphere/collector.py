"""One vCenter over one long-lived session: the inventory by updates, the tasks by polls.

An update triggers a run at once. While a task runs, a poll follows every few seconds, otherwise one each interval.
"""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import structlog
from pyVmomi import vim, vmodl

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.vsphere.api.privileges import Privileges, names_its_domain, read_privileges
from azure_migrate_exporter.collectors.vsphere.api.property_reads import HardwareRequest, poll_tasks, read_hardware
from azure_migrate_exporter.collectors.vsphere.api.session import Session
from azure_migrate_exporter.collectors.vsphere.api.watch import InventoryWatch, UpdatePage
from azure_migrate_exporter.collectors.vsphere.run_timer import RunTimer
from azure_migrate_exporter.collectors.vsphere.series import write_task
from azure_migrate_exporter.collectors.vsphere.state.vcenter_state import VCenterState
from azure_migrate_exporter.collectors.vsphere.tasks import CREATE, TaskTracker
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.runtime.threads import DaemonThreads

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

_BATCH: Final = 50
"""Machines whose disks are read with one call."""
_SLICE: Final = 250
"""Blocks rebuilt before the event loop gets its turn."""
_PRIVILEGES_INTERVAL: Final = 3600.0
"""Seconds between two looks at the privileges of the appliances' accounts."""
_LOGOUT_TIMEOUT: Final = 4.0
"""Seconds to log out at the end; a little less than the engine's limit."""


class VSphereCollector(Collector):
    """Measures one vCenter. Calls block two threads of its own: one waits for updates, one makes all others."""

    def __init__(self, target: Target[VCenterSettings], context: Context) -> None:
        self._settings = target.settings
        self._context = context
        self._state_key = f"vsphere-{target.settings.name}"
        self._session = Session(target.settings, context.clock)
        self._calls = DaemonThreads(f"vsphere-{target.name}", 1)
        self._waits = DaemonThreads(f"vsphere-watch-{target.name}", 1)
        self._tasks = TaskTracker(target.settings.tasks)
        self._state: VCenterState | None = None
        self._server = ""
        self._watch: InventoryWatch | None = None
        self._privileges: dict[str, Privileges] = {}
        self._privileges_due = float("-inf")
        self._up = False
        self._timer = RunTimer(context.clock)
        self._task_problem: CheckError | None = None
        self._exported: tuple[tuple[Block, ...], tuple[Block, ...]] = ((), ())

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`. The known inventory is exported also while vCenter does not answer."""
        self._up = False
        self._timer.clear()
        clock = self._context.clock
        began = clock.monotonic()
        try:
            await self._run()
        finally:
            self._timer.run_ended(clock.monotonic() - began)
            out.keep_all(self._blocks())

    async def news(self) -> None:
        """Return soon after an update that changes a series, while a task runs, and when the watch ends."""
        await self._timer.wait()

    async def close(self) -> None:
        """Log out. A server that does not answer in time keeps the session until it expires there."""
        self._stop_watch()
        logout = asyncio.wrap_future(self._calls.submit(self._session.close))
        logout.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Not cancelled at the timeout: a login that is still under way must be followed by a logout.
        await asyncio.wait({logout}, timeout=_LOGOUT_TIMEOUT)
        self._session.shut_down()
        self._calls.shutdown()
        self._waits.shutdown()

    # --- one run ---

    async def _run(self) -> None:
        try:
            try:
                problem = await self._measure()
            except vim.fault.NotAuthenticated:
                # It expired, or an administrator or a restart ended it. A new login is no failure.
                self._up = False
                self._stop_watch()
                await self._call(self._session.discard)
                problem = await self._measure()
        except CheckError:
            raise
        except Exception as error:
            if (check_error := self._check_error(error)) is None:
                raise
            raise check_error from error
        if problem is not None:
            raise problem

    async def _measure(self) -> CheckError | None:
        """Read what is due. Returns the error of a part that could not be read, if any."""
        state = await self._watched_state()
        self._timer.clear()
        if self._timer.must_poll():
            self._task_problem = await self._poll_tasks(state)
        self._up = True
        blackboard = self._context.blackboard
        state.set_listed(blackboard.union("replicating_machines"))
        hardware_problem = await self._read_hardware(state)
        await self._read_privileges(state)
        state.expire_history(self._context.clock.time())
        state.expire_left_states(self._context.clock.monotonic())
        unsaved = await self._save(state)
        if not state.emptied:
            blackboard.publish("esxi_hosts", self._settings.name, state.host_names)
        while state.render(_SLICE):  # noqa: ASYNC110 - not a wait: other tasks run between the slices
            await asyncio.sleep(0)
        return state.problem or self._task_problem or hardware_problem or unsaved

    async def _poll_tasks(self, state: VCenterState) -> CheckError | None:
        """Poll the tasks. Returns why some or, for want of a privilege, all of them could not be read."""
        self._timer.poll_again()
        try:
            poll = await self._call(poll_tasks, self._session, self._tasks.known)
        except CheckError as error:
            if error.reason is Reason.FORBIDDEN:
                return error
            raise
        for task in self._tasks.observe(poll):
            if task.operation == CREATE and task.snapshot:
                state.set_author(task.machine, task.snapshot, task.user)
        for task in self._tasks.undocumented:
            log.warning(
                "task failed with an undocumented fault",
                vcenter=self._settings.name,
                **state.machine_labels(task.machine, task.entity_name),
                operation=task.operation,
                fault=task.fault,
                user=task.user,
                error=one_line(task.message),
            )
        self._timer.polled(running=bool(self._tasks.running))
        return poll.problem

    async def _save(self, state: VCenterState) -> CheckError | None:
        """Save what must outlive a restart. Returns what keeps it from doing so."""
        if not state.unsaved:
            return None
        value = {"server": self._server, **state.dump()}
        try:
            problem = await self._call(self._context.state.save, self._state_key, value)
        except BaseException:
            state.saving_failed()
            raise
        if problem is not None:
            state.saving_failed()
        return problem

    async def _read_hardware(self, state: VCenterState) -> CheckError | None:
        versions, problem = dict(state.hardware_to_read), None
        moids = list(versions)
        for start in range(0, len(moids), _BATCH):
            wanted = [HardwareRequest(moid, versions[moid][1]) for moid in moids[start : start + _BATCH]]
            found, error = await self._call(read_hardware, self._session, wanted)
            problem = problem or error
            for moid, hardware in found.items():
                state.set_hardware(moid, versions[moid], hardware)
        return problem

    async def _read_privileges(self, state: VCenterState) -> None:
        """Ask once an hour what the appliances' accounts may do. What vCenter does not say stays unknown."""
        if (now := self._context.clock.monotonic()) < self._privileges_due:
            return
        self._privileges_due = now + _PRIVILEGES_INTERVAL
        for account in filter(names_its_domain, self._settings.replication.accounts):
            try:
                self._privileges[account] = await self._call(
                    read_privileges, self._session, account, state.machines_in_question, state.datastores
                )
            except vim.fault.NotAuthenticated:
                self._privileges_due = float("-inf")
                raise
            except vmodl.MethodFault as fault:
                self._privileges.pop(account, None)
                text = one_line(getattr(fault, "msg", "") or type(fault).__name__)
                log.warning("privileges cannot be read", vcenter=self._settings.name, account=account, error=text)

    async def _watched_state(self) -> VCenterState:
        """The state, once the inventory is complete. Raises the error of a watch that ended."""
        if self._watch is None or self._state is None:
            await self._call(self._session.renew)
            server, clock = self._session.server, self._context.clock
            self._state = self._state_of(server)
            self._tasks.start_session(server)
            self._state.start_refresh()
            self._timer.poll_again()
            self._watch = InventoryWatch(self._session, self._waits, clock, self._apply_page, self._timer.notify)
        await self._watch.wait_until_complete()
        if (error := self._watch.error) is not None:
            self._stop_watch()
            self._timer.clear()  # the next run comes after the interval for failures, not at once
            raise error
        return self._state

    def _state_of(self, server: str) -> VCenterState:
        """The present state, or a new one if another vCenter answers at the address: object ids differ there."""
        if self._state is not None and server == self._server:
            return self._state
        saved = self._context.state.load(self._state_key)
        self._server = server
        return VCenterState(self._settings, saved if saved.get("server") == server else {})

    def _apply_page(self, page: UpdatePage) -> None:
        changed = self._state is not None and self._state.apply(page.updates, complete=page.complete)
        if changed or page.tasks_changed:
            self._timer.notify()

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    async def _call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await asyncio.wrap_future(self._calls.submit(function, *args, **kwargs))
        except asyncio.CancelledError:
            self._session.abort()  # or the call keeps the thread from the next run
            raise

    def _check_error(self, error: Exception) -> CheckError | None:
        """The error as one line of text with its reason, or None if it is a bug of ours."""
        if (reason := classify(error)) is Reason.INTERNAL:
            return None
        text = getattr(error, "msg", None) or str(error) or "no answer"
        return CheckError(reason, f"vCenter {self._settings.address}: {text} ({type(error).__name__})")

    # --- export ---

    def _blocks(self) -> tuple[Block, ...]:
        """Every block, the collector's own last. The same tuple object as in the run before if nothing changed."""
        inventory = self._state.blocks() if self._state is not None and self._state.complete else ()
        own = self._own_block()
        before, exported = self._exported
        if exported and own.samples == exported[-1].samples:
            if inventory is before:
                return exported
            own = exported[-1]
        self._exported = inventory, (*inventory, own)
        return self._exported[1]

    def _own_block(self) -> Block:
        out, vcenter = Measurements(), self._settings.name
        out.set(metrics.VCENTER_UP, self._up, vcenter=vcenter)
        out.set(metrics.VSPHERE_LOGINS, self._session.logins, vcenter=vcenter)
        out.set(metrics.VSPHERE_TASK_GAPS, self._tasks.gaps, vcenter=vcenter)
        for (operation, failure), count in self._tasks.failures.items():
            out.set(metrics.VSPHERE_TASK_FAILURES, count, vcenter=vcenter, operation=operation, failure=failure)
        for account, privileges in self._privileges.items():
            for privilege, granted in privileges.items():
                who = {"vcenter": vcenter, "vcenter_account": account}
                out.set(metrics.VSPHERE_ACCOUNT_PRIVILEGE, granted, **who, privilege=privilege)
        if self._state is not None and self._state.complete:
            out.set(metrics.VSPHERE_MACHINES, self._state.machine_count, vcenter=vcenter, scope="seen")
            out.set(metrics.VSPHERE_MACHINES, self._state.replicating_count, vcenter=vcenter, scope="replicating")
            for running in self._tasks.running:
                labels = self._state.machine_labels(running.task.machine, running.task.entity_name)
                write_task(out, running, vcenter=vcenter, **labels)
        return out.block()
