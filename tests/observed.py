"""Builders of diagnosis results and of collectors' answers, for tests."""

from collections.abc import Callable
from typing import Any

from azure_migrate_exporter.collectors.protocol import Target
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.diagnosis.evidence.answer import Answer
from azure_migrate_exporter.diagnosis.model import Observation, Result, Step, Verdict
from azure_migrate_exporter.diagnosis.stages import STAGES
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.engine.status import Outcome
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.failures.model import Signal, Text
from azure_migrate_exporter.reasons import Reason

STAGE = {stage.collector: stage for stage in STAGES}


def seen(
    signal: Signal,
    verdict: Verdict = Verdict.FAILED,
    text: str = "what was seen",
    *,
    reason: Reason | None = None,
    duration: float | None = 0.25,
    other_verdict: Verdict | None = None,
    **names: str,
) -> Result:
    """The result of a step with one signal."""
    step = Step(STAGE[signal.collector], (signal,), names.get("appliance", ""), "target")
    said = Text(text)
    return Result(step, (Observation(signal, verdict, said, names, reason),), (said,), duration, other_verdict)


def answer(
    collector: str,
    write: Callable[[Measurements], None] = lambda _: None,
    *,
    settings: Any = None,
    target: str = "target",
    appliance: str = "paris",
    reason: Reason | None = None,
    message: str = "",
    cut_off: bool = False,
) -> Answer:
    """A collector's run that measured what `write` writes and failed for `reason`, if any."""
    out = Measurements()
    write(out)
    spec = COLLECTORS[collector]
    plan = Plan(spec, Target(target, appliance, settings), spec.schedule)
    return Answer(plan, Run(Outcome(1_800_000_000.0, 0.25, reason, message), out.blocks()), cut_off)
