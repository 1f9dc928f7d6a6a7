"""Asking: each collector's run once, side by side, each only after what it needs, and all within one deadline."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS, CollectorSpec
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.evidence.reading import Asked
from azure_migrate_exporter.diagnosis.model import Step
from azure_migrate_exporter.engine.plan import Plan, plans
from azure_migrate_exporter.engine.runner import Run, run_one
from azure_migrate_exporter.engine.status import Outcome
from azure_migrate_exporter.reasons import Reason

AT_ONCE: Final = 32
"""Runs side by side; a vCenter may list hundreds of hosts."""
LAST: Final = "storage_benchmark"
"""Fills the line, so it waits until everything else has been asked."""

log = structlog.get_logger()


class Walk:
    """Runs started here end with the block, at the latest.

    `timeout` seconds are given to all runs together; one that is not done by then counts as cut.
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
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._runs: dict[tuple[str, str, str], asyncio.Task[Asked]] = {}
        self._steps: dict[Step, asyncio.Task[tuple[Asked, ...]]] = {}
        self._loaded: set[str] = set()
        self._loading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tasks = [*self._steps.values(), *self._runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def discover(self) -> tuple[Asked, ...]:
        """Let what is configured be completed by what Azure knows: what is asked afterwards builds on it."""
        return tuple(await asyncio.gather(*(self._run(plan) for plan in self._configured("discovery"))))

    def start(self, steps: Sequence[Step]) -> None:
        """Begin to ask, unless it has begun or nothing is to be asked."""
        for step in steps:
            if step.settled is None and step not in self._steps:
                self._steps[step] = asyncio.create_task(self._ask(step))

    async def asked(self, step: Step) -> tuple[Asked, ...]:
        """What came of a step that was started; nothing for one that is settled."""
        return await self._steps[step] if step in self._steps else ()

    async def every(self, *collectors: str) -> tuple[Asked, ...]:
        """What came of every step of these collectors that was started: each run once."""
        steps = [step for step in self._steps if step.stage.collector in collectors]
        found = [asked for step in steps for asked in await self._steps[step]]
        return tuple({_key(asked.plan): asked for asked in found}.values())

    async def _load(self) -> None:
        """Import every SDK before anything is asked: that keeps all else waiting, and would count as its time."""
        async with self._loading:
            for collector in {step.stage.collector for step in self._steps} - self._loaded:
                self._loaded.add(collector)
                with contextlib.suppress(Exception):  # the run says what is wrong with it
                    await asyncio.to_thread(self._collectors[collector].load)

    async def _ask(self, step: Step) -> tuple[Asked, ...]:
        await self._load()
        if step.stage.collector == LAST:
            await self.every(*{other.stage.collector for other in self._steps} - {LAST})
        chosen = await self._plans(step)
        return tuple(await asyncio.gather(*(self._run(plan) for plan in chosen)))

    async def _plans(self, step: Step) -> Sequence[Plan]:
        """The runs that a step takes, once what tells about them is known."""
        if step.stage.collector in {"vsphere", "esxi"}:
            await self.every("replication")  # which machines replicate decides whose disks vCenter is asked about
        if step.stage.collector == "esxi":
            await self._hosts_known(step.appliance)
        found = [plan for plan in self._configured(step.stage.collector) if plan.target.appliance == step.appliance]
        if step.stage.collector == "esxi":
            return [plan for plan in found if plan.target.settings.host == step.target] or found
        return [plan for plan in found if plan.target.name == step.target]

    async def _hosts_known(self, appliance: str) -> None:
        """Hosts that a vCenter lists are known after a look at it, asked for or not."""
        names = {
            vcenter for a in self._settings.appliances if a.name == appliance and a.esxi for vcenter in a.esxi.vcenters
        }
        await asyncio.gather(*(self._run(plan) for plan in self._configured("vsphere") if plan.target.name in names))

    def _configured(self, collector: str) -> Iterator[Plan]:
        return (
            p for p in plans(self._settings, self._context.blackboard, self._collectors) if p.spec.name == collector
        )

    async def _run(self, plan: Plan) -> Asked:
        """One run of each plan, whoever asks for it."""
        key = _key(plan)
        if key not in self._runs:
            self._runs[key] = asyncio.create_task(self._run_in_turn(plan))
        return await self._runs[key]

    async def _run_in_turn(self, plan: Plan) -> Asked:
        async with self._turns:
            left = self._deadline - self._context.clock.monotonic()
            if left <= 0:
                outcome = Outcome(self._context.clock.time(), 0.0, Reason.TIMEOUT, "not begun in time")
                return Asked(plan, Run(outcome, ()), cut=True)
            run = await run_one(plan, self._context, min(left, plan.schedule.timeout))
        if run.bug is not None:
            log.error("internal error", collector=plan.spec.name, target=plan.target.name, exc_info=run.bug)
        late = self._context.clock.monotonic() >= self._deadline
        return Asked(plan, run, cut=late and run.outcome.reason is Reason.TIMEOUT)


def _key(plan: Plan) -> tuple[str, str, str]:
    """What tells a run from every other: two appliances may have the same host."""
    return plan.spec.name, plan.target.appliance, plan.target.name
