"""One vault: what is asked of Azure in each run, what happens when a part of it fails, and what is shown."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from typing import Final, TypeVar

from azure_migrate_exporter.azure.json_fields import mapping
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.replication.detail_poller import Walk
from azure_migrate_exporter.collectors.replication.event_counters import Chronicle
from azure_migrate_exporter.collectors.replication.fabric_status import Estate
from azure_migrate_exporter.collectors.replication.item import Item, item
from azure_migrate_exporter.collectors.replication.machine_store import Fleet
from azure_migrate_exporter.collectors.replication.poll import Part
from azure_migrate_exporter.collectors.replication.vault_client import Reader
from azure_migrate_exporter.config.replication import ReplicationTarget
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.runtime.threads import DaemonThreads

_SLICE: Final = 100
"""Machines that are read or rendered before others have their turn."""
_FILES: Final = DaemonThreads("replication-state", 1)
"""Writes what must outlive a restart, for all vaults: the memory that a thread has used once it keeps."""
T = TypeVar("T")


class ReplicationCollector(Collector):
    """Asks for everything that is due side by side: what fails does not keep the rest from being shown."""

    def __init__(self, target: Target[ReplicationTarget], context: Context) -> None:
        settings = target.settings.settings
        self._vault = settings.target
        self._context = context
        self._clock = context.clock
        self._state = f"replication-{settings.subscription}-{settings.resource_group}-{settings.vault}".lower()
        self._saved = context.state.load(self._state)
        self._reader = Reader(settings, context, target.proxy)
        self._fleet = Fleet(self._vault, target.settings.blackouts, mapping(self._saved.get("machines")))
        self._estate = Estate(self._reader, self._clock, self._fleet.names, self._fleet.items)
        self._chronicle = Chronicle(self._reader, self._clock, self._saved)
        self._walk = Walk(self._fleet, self._reader, self._clock)
        self._machines = Part(self._read_machines)
        self._up = False
        self._shown: tuple[tuple[Block, ...], tuple[Block, ...]] = ((), ())

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`. What Azure said before is handed over also while it says nothing."""
        self._up = False
        try:
            await self._reader.open()
            problems = await self._read()
            await self._render()
            problems += await self._save()
            if self._up:
                await self._walk.begin()
                await self._render()
        finally:
            if not self._up:
                self._walk.rest()
            out.keep_all(self._blocks())
        if self._walk.problem is not None:
            problems.append(self._walk.problem)
        _complain(problems)

    async def close(self) -> None:
        """See `Collector.close`."""
        await self._walk.close()
        await self._reader.close()

    # --- what is asked ---

    async def _read(self) -> list[Exception]:
        """Ask for all that is due. Returns what went wrong, the most important first."""
        estate, chronicle = self._estate, self._chronicle
        together = (
            self._machines,
            estate.providers,
            estate.fabrics,
            chronicle.events,
            chronicle.jobs,
            estate.health,
        )
        problems = await self._ask(together)
        problems |= await self._ask((estate.sites,))
        self._fleet.renamed()
        in_order = (*together[:3], estate.sites, *together[3:])
        return [problems[part] for part in in_order if part in problems]

    async def _ask(self, parts: Iterable[Part]) -> dict[Part, Exception]:
        now = self._clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            asked = {part: tasks.create_task(self._attempt(part)) for part in parts if part.due(now)}
        return {part: problem for part, task in asked.items() if (problem := task.result()) is not None}

    async def _attempt(self, part: Part) -> Exception | None:
        try:
            await part.read()
        except Exception as error:  # noqa: BLE001 - told at the end of the run, so that all other parts come first
            return error
        part.told = self._clock.monotonic()
        return None

    async def _read_machines(self) -> None:
        found: list[Item] = []
        async with aclosing(self._reader.pages("items", f"{self._reader.vault}/replicationMigrationItems")) as pages:
            async for page in pages:
                found += [one async for value in _unhurried(page) if (one := item(value)) is not None]
        now = self._clock.time()
        async for one in _unhurried(found):
            self._fleet.update(one, now)
        self._fleet.end_of_list(found)
        self._fleet.expire(now)
        self._context.blackboard.publish("replicating_machines", self._vault, self._fleet.vm_ids)
        self._up = True

    # --- what is kept and shown ---

    async def _render(self) -> None:
        while self._fleet.render(_SLICE):  # noqa: ASYNC110 - it waits for nothing, it lets others have their turn
            await asyncio.sleep(0)

    async def _save(self) -> list[Exception]:
        """Before anything is shown: a restart must not count again what somebody has seen counted."""
        new = {"machines": self._fleet.dump(), **self._chronicle.dump()}
        if new == self._saved:
            return []
        try:
            await asyncio.wrap_future(_FILES.submit(self._context.state.save, self._state, new))
        except OSError as error:
            reason = Reason.FULL if classify(error) is Reason.FULL else Reason.FORBIDDEN
            return [CheckError(reason, f"what must outlive a restart cannot be saved: {error.strerror}")]
        self._saved = new
        return []

    def _blocks(self) -> tuple[Block, ...]:
        """Every block, our own last. The very same tuple as in the run before if nothing changed."""
        now = self._clock.monotonic()
        if not self._machines.fresh(now):
            self._fleet.visible = False
        machines, own = self._fleet.blocks(), self._own_block(now)
        before, shown = self._shown
        if shown and own.samples == shown[-1].samples:
            if machines is before:
                return shown
            own = shown[-1]
        self._shown = machines, (*machines, own)
        return self._shown[1]

    def _own_block(self, now: float) -> Block:
        out = Measurements()
        out.set(metrics.REPLICATION_UP, self._up, vault=self._vault)
        if self._fleet.visible:
            out.set(metrics.REPLICATION_MACHINES, len(self._fleet.machines), vault=self._vault)
        self._fleet.readings.write(out, self._vault, self._fleet.names.of_item, now)
        self._estate.write(out, self._vault, now)
        self._chronicle.write(out, self._vault)
        self._reader.write(out)
        return out.block()


async def _unhurried(values: Sequence[T]) -> AsyncIterator[T]:
    """The values, with a pause for others now and then."""
    for position, value in enumerate(values):
        if position % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)
        yield value


def _complain(problems: Sequence[Exception]) -> None:
    """Raise the most important problem; but first of all one that is a bug of ours."""
    for problem in problems:
        if not isinstance(problem, CheckError):
            raise problem
    if problems and isinstance(first := problems[0], CheckError):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CheckError(first.reason, first.message + more) from first
