"""The `collect` command: runs each target once and prints the result as text or JSON."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import click

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.commands.state import open_state
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.plan import Plan, plans
from azure_migrate_exporter.engine.runner import Run, run_one
from azure_migrate_exporter.exposition.text import render
from azure_migrate_exporter.reasons import REMEDIES

DISCOVERY: Final = "discovery"
"""The collector that finds targets for the others."""


async def collect(path: Path, collector: str, target: str | None, state: Path | None, *, as_json: bool) -> int:
    """Run and print; returns the exit code."""
    if collector not in COLLECTORS:
        return _refuse(f"there is no collector {collector!r}; there are: {', '.join(COLLECTORS)}")
    try:
        settings = await asyncio.to_thread(load, path)
        context = Context(state=open_state(state))
    except ConfigError as error:
        return _refuse(*error.errors)
    chosen = _plans(settings, context, collector, target)
    if collector != DISCOVERY and (target is None or not chosen):
        await _search(settings, context)
        chosen = _plans(settings, context, collector, target)
    if not chosen:
        names = ", ".join(plan.target.name for plan in _plans(settings, context, collector, None)) or "none"
        return _refuse(f"{path} configures no such target of {collector!r}; configured: {names}")
    failed = False
    for plan in chosen:
        run = await run_one(plan, context, plan.schedule.timeout)
        click.echo(_json(plan, run) if as_json else _text(plan, run))
        failed = failed or run.outcome.reason is not None
    return int(failed)


async def _search(settings: Settings, context: Context) -> None:
    """Let each discovery add what it finds."""
    for plan in _plans(settings, context, DISCOVERY, None):
        outcome = (await run_one(plan, context, plan.schedule.timeout)).outcome
        if outcome.reason is not None:
            click.echo(f"{DISCOVERY} {plan.target.name}: {outcome.reason}: {outcome.message}", err=True)


def _plans(settings: Settings, context: Context, collector: str, target: str | None) -> list[Plan]:
    """The jobs of a collector for all targets, or for one by its own name or its resource's: an alert knows the latter.

    Those that were found in Azure are among them.
    """
    of_it = [plan for plan in plans(settings, context.blackboard) if plan.spec.name == collector]
    return [plan for plan in of_it if target in {None, plan.target.name, plan.target.resource}]


def _refuse(*lines: str) -> int:
    for line in lines:
        click.echo(line, err=True)
    return 1


def _text(plan: Plan, run: Run) -> str:
    outcome = run.outcome
    samples = "".join(f"  {line}\n" for line in render(run.blocks).decode().splitlines() if not line.startswith("#"))
    verdict = click.style("ok", fg="green") if outcome.reason is None else click.style(outcome.reason, fg="red")
    lines = [f"{plan.spec.name} {plan.target.name}: {verdict} in {outcome.duration:.3f} s"]
    if outcome.reason is not None:
        lines += [f"  seen: {outcome.message}", f"  do:   {REMEDIES[outcome.reason]}"]
    return "\n".join([*lines, samples.rstrip()]).rstrip()


def _json(plan: Plan, run: Run) -> str:
    outcome = run.outcome
    samples: list[dict[str, Any]] = [
        {"metric": metric.name, "labels": dict(zip(metric.labels, labels, strict=True)), "value": value}
        for block in run.blocks
        for (metric, labels), value in block.samples.items()
    ]
    report: dict[str, Any] = {
        "collector": plan.spec.name,
        "target": plan.target.name,
        "success": outcome.reason is None,
        "reason": outcome.reason,
        "message": outcome.message,
        "duration_seconds": round(outcome.duration, 6),
        "samples": samples,
    }
    return json.dumps(report)
