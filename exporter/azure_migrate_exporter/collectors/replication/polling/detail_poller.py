"""Reads of single machines: in the background, rate limited, those in trouble first, then the oldest details.

A machine on which no data moves has the details that it had, so it is read rarely. The load of its appliance, of its
host and of its datastores comes with it and changes, so of each of these one machine is read more often.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final

from azure_migrate_exporter.azure.migration_item import read_details
from azure_migrate_exporter.collectors.replication.machine_store import Machine, MachineStore
from azure_migrate_exporter.collectors.replication.polling.vault_client import VaultClient
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.deadline import own_deadline

WORKERS: Final = 4
"""Requests in flight: at half a second each, more than the default rate limit lets through."""
FIRST_READS: Final = 8
"""Machines that the very first run reads itself, so that `collect` on the command line shows some."""
MIN_INTERVAL: Final = 55.0
"""Seconds before a machine is read again, however small the vault is."""
RUNNING_INTERVAL: Final = 290.0
"""Seconds of moving data before a machine is read again, as the list itself shows it: only its disks are missing."""
QUIET_INTERVAL: Final = 3 * 3600.0
"""Seconds before a machine is read again on which no data moves: less than its details are shown."""
_LOAD_INTERVALS: Final = {"appliance": MIN_INTERVAL, "host": 600.0, "datastore": 600.0}
"""Seconds before the load of each is read again: less than it is shown."""
_Place = tuple[str, str, str]
"""Kind, then where it is, and its name."""
FAILURE_DELAY: Final = 5.0
"""Seconds that a worker waits after a failure."""
_TROUBLE_FACTOR: Final = 4.0
"""How much faster the details of a machine in trouble age."""


class DetailPoller:
    """Reads the machines of the store in rounds. Each list starts a new round with a new order."""

    def __init__(self, machines: MachineStore, client: VaultClient, clock: Clock) -> None:
        self._machines = machines
        self._client = client
        self._clock = clock
        self._queue: deque[str] = deque()
        self._queued = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []

    async def start_round(self) -> None:
        """Queue the machines of a new list. Raises what ended a worker, which is a bug."""
        now = self._clock.monotonic()
        machines = self._machines.machines
        due = {key for key, machine in machines.items() if _due(machine, now)} | self._for_the_load(now)
        self._queue = deque(sorted(due, key=lambda key: (_rank(machines[key], now), key)))
        if not self._workers or self.problem is not None:
            await self._read_first()
        ended = [worker for worker in self._workers if worker.done()]
        self._workers = [worker for worker in self._workers if not worker.done()]
        with own_deadline():
            while len(self._workers) < WORKERS:
                self._workers.append(asyncio.create_task(self._work(), name="replication details"))
        self._queued.set()
        for worker in ended:
            worker.result()

    def pause(self) -> None:
        """Read nothing until the next round: what made the list fail makes single reads fail too, and did before."""
        self._queue.clear()
        self._machines.clear_failures()

    @property
    def problem(self) -> CheckError | None:
        """Why machines cannot be read; None if they can."""
        problems = self._machines.problems
        if not problems:
            return None
        first, count = problems[0], len(problems)
        return CheckError(first.reason, f"details of {count} machine{'s' * (count > 1)}: {first.message}")

    async def close(self) -> None:
        """Stop the workers."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _for_the_load(self, now: float) -> set[str]:
        """The machine with the oldest details of each appliance, host and datastore whose load was not read lately."""
        read_at: defaultdict[_Place, list[tuple[float, str]]] = defaultdict(list)
        for key, machine in self._machines.machines.items():
            if machine.requested_at is not None:
                for place in _places(machine):
                    read_at[place].append((machine.requested_at, key))
        return {min(reads)[1] for place, reads in read_at.items() if now - max(reads)[0] >= _LOAD_INTERVALS[place[0]]}

    async def _read_first(self) -> None:
        """Read the first few machines while the run waits, until one read fails: a success ends a reported failure."""
        for _ in range(min(FIRST_READS, len(self._queue))):
            await self._client.acquire(wait=False)
            if not await self._read(self._queue.popleft()):
                break

    async def _work(self) -> None:
        while True:
            if not self._queue:
                self._queued.clear()
                await self._queued.wait()
                continue
            await self._client.acquire()
            if self._queue and not await self._read(self._queue.popleft()):
                await self._clock.sleep(FAILURE_DELAY)

    async def _read(self, key: str) -> bool:
        """Read one machine. Returns whether the next read may follow at once."""
        machine = self._machines.machines.get(key)
        if machine is None or not key.startswith(f"{self._client.vault.lower()}/"):
            return True
        problem = None
        try:
            value = await self._client.get("item", machine.item.id, acquired=True)
        except CheckError as error:
            if error.reason is Reason.THROTTLED:
                return False  # the next round queues it again
            problem = None if error.reason is Reason.NOT_FOUND else error
            self._machines.record_failure(key, problem, self._clock.monotonic())
        else:
            self._machines.apply_details(key, read_details(value), self._clock.time(), self._clock.monotonic())
        return problem is None


def _places(machine: Machine) -> Iterator[_Place]:
    """What a machine brings the load of."""
    vcenter, host = machine.location
    yield "appliance", machine.item.site, machine.item.fabric
    if host:
        yield "host", vcenter, host
    if machine.details:
        yield from {("datastore", vcenter, disk.datastore) for disk in machine.details.disks}


def _due(machine: Machine, now: float) -> bool:
    if machine.urgent or machine.finished or machine.requested_at is None:
        return True
    item, age = machine.item, now - machine.requested_at
    if machine.failures or item.in_trouble:
        return age >= MIN_INTERVAL
    if item.running and item.operation is not None:
        return min(age, now - machine.started) >= RUNNING_INTERVAL
    return age >= (MIN_INTERVAL if machine.changed or item.running else QUIET_INTERVAL)


def _rank(machine: Machine, now: float) -> tuple[bool, bool, bool, float, bool]:
    """Sort key: urgent machines, those never read, those with a finished cycle, then the oldest details."""
    healthy = not machine.item.in_trouble
    age = 0.0 if machine.requested_at is None else now - machine.requested_at
    weighted = age * (1.0 if healthy else _TROUBLE_FACTOR)
    return not machine.urgent, machine.requested_at is not None, not machine.finished, -weighted, healthy
