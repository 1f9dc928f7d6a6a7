"""One vault: what each run reads, what is shown when a part of it fails, and what is saved."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Final

from azure_migrate_exporter.azure.json_fields import mapping
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.replication.event_counters import EventCounters
from azure_migrate_exporter.collectors.replication.fabric_status import FabricStatus
from azure_migrate_exporter.collectors.replication.machine_store import MachineStore
from azure_migrate_exporter.collectors.replication.machine_totals import MachineTotals, totals_by_appliance
from azure_migrate_exporter.collectors.replication.polling.detail_poller import DetailPoller
from azure_migrate_exporter.collectors.replication.polling.item_pages import ItemPages
from azure_migrate_exporter.collectors.replication.polling.poll import SLICE, Poll, raise_most_important, yielding
from azure_migrate_exporter.collectors.replication.polling.vault_client import VaultClient
from azure_migrate_exporter.config.replication import ReplicationTarget
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.runtime.threads import DaemonThreads

MACHINES_UNSAVED: Final = 300.0
"""Seconds for which a change of no more than machines' cycles may stay unsaved: each save writes all machines."""
_STATE_WRITER: Final = DaemonThreads("replication-state", 1)
"""Saves the state of all vaults: a thread keeps the memory that it has once used."""


class ReplicationCollector(Collector):
    """Reads everything that is due concurrently: a part that fails does not keep the others from being shown."""

    def __init__(self, target: Target[ReplicationTarget], context: Context) -> None:
        settings = target.settings.settings
        self._vault = settings.target
        self._context = context
        self._clock = context.clock
        self._state = f"replication-{settings.subscription}-{settings.resource_group}-{settings.vault}".lower()
        self._saved = context.state.load(self._state)
        self._saved_at: float | None = None
        self._client = VaultClient(settings, context, target.proxy)
        self._machines = MachineStore(self._vault, target.settings.blackouts, mapping(self._saved.get("machines")))
        self._status = FabricStatus(self._client, self._clock, self._machines.names, self._machines.items)
        self._counters = EventCounters(self._client, self._clock, self._saved)
        self._details = DetailPoller(self._machines, self._client, self._clock)
        self._pages = ItemPages()
        self._items = Poll(self._fetch_items)
        self._up = False
        self._shown: tuple[tuple[Block, ...], tuple[Block, ...]] = ((), ())

    async def collect(self, out: Measurements) -> None:
        """See `Collector.collect`. Earlier answers are shown also while Azure gives none."""
        self._up = False
        try:
            await self._client.open()
            problems = await self._run_polls()
            await self._render()
            problems += await self._save()
            if self._up:
                await self._details.start_round()
                await self._render()
        finally:
            if not self._up:
                self._details.pause()
            totals = self._totals()
            self._publish_activity(totals)
            out.keep_all(self._blocks(totals))
        if self._details.problem is not None:
            problems.append(self._details.problem)
        raise_most_important(problems)

    async def close(self) -> None:
        """See `Collector.close`."""
        await self._details.close()
        try:
            if self._saved_at is not None:
                await self._save(at_once=True)
        finally:
            await self._client.close()

    # --- what is read ---

    async def _run_polls(self) -> list[Exception]:
        """Run all polls that are due. Returns the failures, the most important first."""
        status, counters = self._status, self._counters
        concurrent = (self._items, status.providers, status.fabrics, counters.events, counters.jobs, status.health)
        failures = await self._run_due(concurrent)
        failures |= await self._run_due((status.sites,))
        self._machines.apply_names()
        by_importance = (*concurrent[:3], status.sites, *concurrent[3:])
        return [failures[poll] for poll in by_importance if poll in failures]

    async def _run_due(self, polls: Iterable[Poll]) -> dict[Poll, Exception]:
        now = self._clock.monotonic()
        async with asyncio.TaskGroup() as tasks:
            runs = {poll: tasks.create_task(poll.run(self._clock)) for poll in polls if poll.due(now)}
        return {poll: failure for poll, run in runs.items() if (failure := run.result()) is not None}

    async def _fetch_items(self) -> None:
        found = []
        self._pages.start_list()
        path = f"{self._client.vault}/replicationMigrationItems"
        async with aclosing(self._client.pages("items", path, decode=self._pages.decode)) as pages:
            async for page in pages:
                found += [item async for value in yielding(page) if (item := self._pages.read(value)) is not None]
        self._pages.finish_list()
        now, monotonic = self._clock.time(), self._clock.monotonic()
        async for item in yielding(found):
            self._machines.apply_item(item, now, monotonic)
        self._machines.finish_list(found)
        self._machines.expire(monotonic)
        self._context.blackboard.publish("replicating_machines", self._vault, self._machines.vm_ids)
        self._up = True

    # --- what is saved and shown ---

    async def _render(self) -> None:
        while self._machines.render(SLICE):  # noqa: ASYNC110 - it waits for nothing, it lets other tasks run
            await asyncio.sleep(0)

    async def _save(self, *, at_once: bool = False) -> list[Exception]:
        """Save before anything is shown: after a restart nothing that was shown may be counted again.

        What only dates cycles waits for a while, unless `at_once`: a process that is killed dates the last ones later
        by that much.
        """
        counters, now = self._counters.dump(), self._clock.monotonic()
        recent = self._saved_at is not None and now < self._saved_at + MACHINES_UNSAVED
        if recent and not at_once and counters.items() <= self._saved.items():
            return []
        state = {"machines": self._machines.dump(), **counters}
        if state != self._saved:
            unsaved = await asyncio.wrap_future(_STATE_WRITER.submit(self._context.state.save, self._state, state))
            if unsaved is not None:
                return [unsaved]
        self._saved, self._saved_at = state, now
        return []

    def _totals(self) -> Mapping[str, MachineTotals]:
        """What the machines of each appliance add up to; nothing once the last list is too old to be shown."""
        if not self._items.fresh(self._clock.monotonic()):
            self._machines.visible = False
        if not self._machines.visible:
            return {}
        return totals_by_appliance(self._machines.samples(), self._clock.time())

    def _blocks(self, totals: Mapping[str, MachineTotals]) -> tuple[Block, ...]:
        """Every block, the vault's own last. The very same tuple as in the run before if nothing changed."""
        machines, own, counters = self._machines.blocks(), self._vault_block(totals), self._counters.block(self._vault)
        previous, shown = self._shown
        if shown and own.samples == shown[-1].samples:
            if machines is previous and counters is shown[-2]:
                return shown
            own = shown[-1]
        self._shown = machines, (*machines, counters, own)
        return self._shown[1]

    def _publish_activity(self, totals: Mapping[str, MachineTotals]) -> None:
        """Tell benchmarks on whose lines data moves; nothing of an appliance of which that is not known."""
        known = {name.casefold(): total.running > 0 for name, total in totals.items() if not total.unknown}
        uploading = frozenset(name for name, moves in known.items() if moves)
        self._context.blackboard.publish("appliances", self._vault, frozenset(known))
        self._context.blackboard.publish("replicating_appliances", self._vault, uploading)

    def _vault_block(self, totals: Mapping[str, MachineTotals]) -> Block:
        out, now = Measurements(), self._clock.monotonic()
        out.set(metrics.REPLICATION_UP, self._up, vault=self._vault)
        if self._machines.visible:
            out.set(metrics.REPLICATION_MACHINES, len(self._machines.machines), vault=self._vault)
        for appliance, total in sorted(totals.items()):
            total.write(out, vault=self._vault, appliance=appliance)
        self._machines.load.write(out, self._vault, self._machines.names.of_item, now)
        self._status.write(out, self._vault, now)
        self._client.write(out)
        return out.block()
