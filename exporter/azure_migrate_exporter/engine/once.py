"""One run now with a collector of its own: `/probe` and the `collect` command."""

import asyncio

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.engine.closing import close
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.runner import Run, StillRunningError, explain, run


async def run_one(plan: Plan, context: Context, timeout: float) -> Run:
    """Build the collector, run it once within `timeout` seconds, and close it. Raises nothing but CancelledError."""
    started = context.clock.time()
    try:
        await asyncio.to_thread(plan.spec.load)
        collector = plan.spec.create(plan.target, context)
    except Exception as error:  # noqa: BLE001 - a collector that cannot be built is a failed run
        outcome, bug = explain(error, started, 0.0)
        return Run(outcome, (), bug)
    try:
        return await run(collector, timeout, context.clock)
    except StillRunningError as stuck:
        return stuck.run
    finally:
        await close(collector)
