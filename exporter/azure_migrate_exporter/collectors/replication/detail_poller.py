"""Reading machines one by one: in the background, within the budget, those in trouble first, then the oldest."""

import asyncio
from collections import deque
from typing import Final

from azure_migrate_exporter.collectors.replication.item import details
from azure_migrate_exporter.collectors.replication.machine_store import Fleet, Machine
from azure_migrate_exporter.collectors.replication.vault_client import Reader
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.deadline import own_deadline

WORKERS: Final = 4
"""Requests side by side: at half a second each, more than the default budget takes."""
FIRST: Final = 8
"""Machines that the very first run reads itself, so that `collect` on the command line shows some."""
AGAIN: Final = 55.0
"""Seconds before a machine is read again, however small the vault is."""
PAUSE: Final = 5.0
"""Seconds after a failure."""
_TROUBLE: Final = 4.0
"""How much faster the details of a machine in trouble grow old."""


class Walk:
    """Goes around the fleet. The order is made anew after each list."""

    def __init__(self, fleet: Fleet, reader: Reader, clock: Clock) -> None:
        self._fleet = fleet
        self._reader = reader
        self._clock = clock
        self._queue: deque[str] = deque()
        self._filled = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """A new list is there. Raises what ended a worker, which is a bug."""
        now = self._clock.monotonic()
        due = [(_rank(machine, now), key) for key, machine in self._fleet.machines.items() if _due(machine, now)]
        self._queue = deque(key for _, key in sorted(due))
        if not self._workers:
            await self._read_some()
        ended = [worker for worker in self._workers if worker.done()]
        self._workers = [worker for worker in self._workers if not worker.done()]
        with own_deadline():
            while len(self._workers) < WORKERS:
                self._workers.append(asyncio.create_task(self._work(), name="replication details"))
        self._filled.set()
        for worker in ended:
            worker.result()

    def rest(self) -> None:
        """Read no more until there is a new list: what keeps that away keeps machines away too, and did before."""
        self._queue.clear()
        self._fleet.forgive()

    @property
    def problem(self) -> CheckError | None:
        """What keeps machines from being read, if anything does."""
        problems = self._fleet.problems
        if not problems:
            return None
        first, count = problems[0], len(problems)
        return CheckError(first.reason, f"details of {count} machine{'s' * (count > 1)}: {first.message}")

    async def close(self) -> None:
        """Stop."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _read_some(self) -> None:
        """The first few, as long as that goes well: the run waits for it."""
        for _ in range(min(FIRST, len(self._queue))):
            await self._reader.turn(at_once=True)
            if not await self._read(self._queue.popleft()):
                break

    async def _work(self) -> None:
        while True:
            if not self._queue:
                self._filled.clear()
                await self._filled.wait()
                continue
            await self._reader.turn()
            if self._queue and not await self._read(self._queue.popleft()):
                await self._clock.sleep(PAUSE)

    async def _read(self, key: str) -> bool:
        """Read one machine, in its turn. False if something went wrong that may go wrong again at once."""
        machine = self._fleet.machines.get(key)
        if machine is None or not key.startswith(f"{self._reader.vault.lower()}/"):
            return True
        problem = None
        try:
            value = await self._reader.get("item", machine.item.id, turn=True)
        except CheckError as error:
            if error.reason is Reason.THROTTLED:
                return False  # its turn comes again
            problem = None if error.reason is Reason.NOT_FOUND else error
            self._fleet.refuse(key, problem, self._clock.monotonic())
        else:
            self._fleet.learn(key, details(value), self._clock.time(), self._clock.monotonic())
        return problem is None


def _due(machine: Machine, now: float) -> bool:
    return machine.urgent or machine.asked is None or now - machine.asked >= AGAIN


def _rank(machine: Machine, now: float) -> tuple[bool, float, bool]:
    """Smallest first: what has just fallen ill, then what was read longest ago, and of equals those in trouble."""
    age = float("inf") if machine.asked is None else now - machine.asked
    return not machine.urgent, -age * (_TROUBLE if machine.item.in_trouble else 1.0), not machine.item.in_trouble
