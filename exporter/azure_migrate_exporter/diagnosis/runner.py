"""Runs collectors for the steps of a procedure: each target once, concurrently, within one deadline."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS, CollectorSpec
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.evidence.answer import Answer
from azure_migrate_exporter.diagnosis.model import Step
from azure_migrate_exporter.engine.plan import Plan, plans
from azure_migrate_exporter.engine.runner import Run, run_one
from azure_migrate_exporter.engine.status import Outcome
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.deadline import MARGIN

MAX_CONCURRENT_RUNS: Final = 32
"""A vCenter may list hundreds of hosts."""
EXCLUSIVE_COLLECTOR: Final = "storage_benchmark"
"""Saturates the network, so it starts after all other runs have ended."""

log = structlog.get_logger()

_WITHOUT_ACCESS: Final = {EXCLUSIVE_COLLECTOR, "appliance", "esxi", "vsphere"}
"""Collectors that show nothing of the exporter's identity and proxy, or nothing that others do not show earlier."""

_WAITING: Final = {Reason.TIMEOUT, Reason.DNS}
"""Reasons of a run that a deadline ends while it waits for an answer."""


class Runner:
    """Starts the runs that steps need. Leaving the context manager cancels those that have not ended.

    `timeout` is in seconds, for all runs together; a run that the deadline ends is marked as cut off.
    """

    def __init__(
        self,
        settings: Settings,
        context: Context,
        timeout: float,
        collectors: Mapping[str, CollectorSpec] = COLLECTORS,
    ) -> None:
        self._settings = settings
        self._context = context
        self._collectors = collectors
        self._deadline = context.clock.monotonic() + timeout
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_RUNS)
        self._runs: dict[tuple[str, str, str], asyncio.Task[Answer]] = {}
        self._steps: dict[Step, asyncio.Task[tuple[Answer, ...]]] = {}
        self._imported: set[str] = set()
        self._importing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tasks = [*self._steps.values(), *self._runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def discover(self) -> tuple[Answer, ...]:
        """Run discovery, whose results complete the configuration for everything that runs afterwards."""
        return tuple(await asyncio.gather(*(self._run(plan) for plan in self._plans_of("discovery"))))

    def start(self, steps: Sequence[Step]) -> None:
        """Start every step that is not skipped and has not been started."""
        for step in steps:
            if step.skipped is None and step not in self._steps:
                self._steps[step] = asyncio.create_task(self._run_step(step))

    async def answers(self, step: Step) -> tuple[Answer, ...]:
        """The answers to a step that was started; none for a skipped step."""
        return await self._steps[step] if step in self._steps else ()

    @property
    def needs_access(self) -> bool:
        """Whether a run that was started, or that a started step will start, needs a token or may use a proxy."""
        return bool(self._access_steps()) or any(collector == "discovery" for collector, _, _ in self._runs)

    async def access_answers(self) -> tuple[Answer, ...]:
        """The answers of discovery, and those to every started step that needs a token or may use a proxy."""
        found = [await run for (collector, _, _), run in self._runs.items() if collector == "discovery"]
        for step in self._access_steps():
            found += await self._steps[step]
        return tuple({_key(answer.plan): answer for answer in found}.values())

    def _access_steps(self) -> list[Step]:
        needing = {_key(plan) for plan in self._plans() if _needs_access(plan)}
        return [step for step in self._steps if (step.stage.collector, step.appliance, step.target) in needing]

    async def answers_of(self, *collectors: str) -> tuple[Answer, ...]:
        """The answers to every started step of these collectors, one for each target."""
        steps = [step for step in self._steps if step.stage.collector in collectors]
        found = [answer for step in steps for answer in await self._steps[step]]
        return tuple({_key(answer.plan): answer for answer in found}.values())

    async def _import_sdks(self) -> None:
        """Import every SDK before the first run: an import blocks the event loop and would count as that run's time."""
        async with self._importing:
            for collector in {step.stage.collector for step in self._steps} - self._imported:
                self._imported.add(collector)
                with contextlib.suppress(Exception):  # the run reports the error
                    await asyncio.to_thread(self._collectors[collector].load)

    async def _run_step(self, step: Step) -> tuple[Answer, ...]:
        await self._import_sdks()
        if step.stage.collector == EXCLUSIVE_COLLECTOR:
            await self.answers_of(*{other.stage.collector for other in self._steps} - {EXCLUSIVE_COLLECTOR})
        chosen = await self._plans_for(step)
        return tuple(await asyncio.gather(*(self._run(plan) for plan in chosen)))

    async def _plans_for(self, step: Step) -> Sequence[Plan]:
        """The plans of a step, after the runs that publish their targets."""
        if step.stage.collector in {"vsphere", "esxi"}:
            await self.answers_of("replication")  # the replicating machines decide whose disks vCenter reads
        if step.stage.collector == "esxi":
            await self._list_hosts(step.appliance)
        found = [plan for plan in self._plans_of(step.stage.collector) if plan.target.appliance == step.appliance]
        if step.stage.collector == "esxi":
            return [plan for plan in found if plan.target.settings.host == step.target] or found
        return [plan for plan in found if plan.target.name == step.target]

    async def _list_hosts(self, appliance: str) -> None:
        """Run the vCenters that list the appliance's hosts, whether or not the procedure has a step for them."""
        names = {
            vcenter for a in self._settings.appliances if a.name == appliance and a.esxi for vcenter in a.esxi.vcenters
        }
        await asyncio.gather(*(self._run(plan) for plan in self._plans_of("vsphere") if plan.target.name in names))

    def _plans_of(self, collector: str) -> Iterator[Plan]:
        return (plan for plan in self._plans() if plan.spec.name == collector)

    def _plans(self) -> Iterator[Plan]:
        return plans(self._settings, self._context.blackboard, self._collectors)

    async def _run(self, plan: Plan) -> Answer:
        """The one run of a plan, shared by all steps that need it."""
        key = _key(plan)
        if key not in self._runs:
            self._runs[key] = asyncio.create_task(self._run_in_slot(plan))
        return await self._runs[key]

    async def _run_in_slot(self, plan: Plan) -> Answer:
        async with self._slots:
            left = self._deadline - self._context.clock.monotonic()
            if left <= 0:
                outcome = Outcome(self._context.clock.time(), 0.0, Reason.TIMEOUT, "not started before the deadline")
                return Answer(plan, Run(outcome, ()), cut_off=True)
            run = await run_one(plan, self._context, min(left, plan.schedule.timeout))
        if run.bug is not None:
            log.error("internal error", collector=plan.spec.name, target=plan.target.name, exc_info=run.bug)
        # A step of the run gives up some time before the deadline, and says what it waited for.
        late = self._context.clock.monotonic() >= self._deadline - 2 * MARGIN
        return Answer(plan, run, cut_off=late and run.outcome.reason in _WAITING)


def _needs_access(plan: Plan) -> bool:
    """Whether the run asks Entra ID for a token, or may leave through a proxy. The benchmark repeats the upload."""
    if plan.spec.name in _WITHOUT_ACCESS:
        return False
    asks_entra = plan.spec.name == "replication" or getattr(plan.target.settings, "credential", None) is not None
    return asks_entra or Proxies(plan.target.proxy).configured


def _key(plan: Plan) -> tuple[str, str, str]:
    """Identifies a plan: two appliances may have the same host."""
    return plan.spec.name, plan.target.appliance, plan.target.name
