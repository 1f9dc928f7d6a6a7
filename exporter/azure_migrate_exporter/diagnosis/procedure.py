"""From a question to the steps of the article's procedure: which to run, and which to skip and why."""

from collections.abc import Iterable, Iterator
from typing import Final

from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.diagnosis.model import Question, Stage, Step, Verdict
from azure_migrate_exporter.diagnosis.stages import (
    MACHINE_COLLECTORS,
    STAGES,
    STORAGE_ROLES,
    STORAGE_SIGNALS,
    project_generation,
)
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Projects, Signal, Text

_LEGACY_ONLY: Final = Text("only projects made before 2024 have it", "seuls les projets créés avant 2024 en ont")
_NO_NAMESPACE: Final = Text(
    "most projects have no namespace of their own; if yours has one, add the section appliances[].eventhubs",
    "la plupart des projets n'ont pas d'espace de noms à eux ; si le vôtre en a un, ajoutez la section "
    "appliances[].eventhubs",
)
_DURING_REPLICATION: Final = frozenset({evidence.NFC_DISKS, evidence.NFC_REPORTED, evidence.SPEEDS})
"""Signals that say nothing before a machine replicates."""
_BENCHMARK_NOT_REQUESTED: Final = Text(
    "it uploads megabytes: request it with --benchmark", "envoie des mégaoctets : ajoutez --benchmark"
)


def plan_steps(settings: Settings, question: Question) -> tuple[Step, ...]:
    """Every step that can contribute to the answer, the most upstream first."""
    found: list[Step] = []
    for stage in STAGES:
        wanted = _signals(stage, question)
        if wanted is None:
            continue
        if stage.per_appliance:
            for appliance in selected_appliances(settings, question):
                found += _appliance_steps(stage, wanted, appliance, question)
        else:
            found += _site_steps(stage, wanted, settings, question)
    return tuple(found)


def selected_appliances(settings: Settings, question: Question) -> tuple[ApplianceSettings, ...]:
    """The appliances whose path is in question."""
    return tuple(a for a in settings.appliances if question.appliance in {"", a.name})


def _signals(stage: Stage, question: Question) -> tuple[Signal, ...] | None:
    """The signals of a stage, in the order in which the failure lists them; None if the stage is not relevant."""
    section = "storage" if stage.collector == "storage_benchmark" else stage.collector
    if question.collectors is not None and section not in question.collectors:
        return None
    if question.preflight:
        return tuple(signal for signal in stage.signals if signal not in _DURING_REPLICATION)
    if question.failure is None:
        return stage.signals
    named = dict.fromkeys(check.signal for check in question.failure.checks)
    found = tuple(signal for signal in named if signal in stage.signals)
    lists_machine = stage.collector in MACHINE_COLLECTORS and question.machine is not None
    return found if found or lists_machine else None


def _site_steps(stage: Stage, wanted: tuple[Signal, ...], settings: Settings, question: Question) -> Iterator[Step]:
    if stage.collector == "vsphere":
        machine = question.machine
        names = [v.name for v in settings.vcenters if not machine or machine.vcenter in {"", v.name}]
    else:
        names = [entry.target for entry in getattr(settings, stage.section, ())]
    for name in names:
        yield Step(stage, wanted, target=name)
    if not names:
        yield _not_configured(stage, wanted)


def _appliance_steps(
    stage: Stage, wanted: tuple[Signal, ...], appliance: ApplianceSettings, question: Question
) -> Iterator[Step]:
    if stage.collector == "storage":
        yield from _account_steps(stage, wanted, appliance)
        return
    if stage.collector == "storage_benchmark":
        yield from _benchmark_steps(stage, wanted, appliance, question)
        return
    if project_generation(appliance) == "greenfield" and all(signal.projects is Projects.LEGACY for signal in wanted):
        yield Step(stage, wanted, appliance.name, skipped=Verdict.NOT_APPLICABLE, skip_reason=_LEGACY_ONLY)
        return
    targets = list(_targets(stage, appliance, question))
    for target in targets:
        yield Step(stage, wanted, appliance.name, target)
    if not targets:
        yield _not_configured(stage, wanted, appliance.name)


def _targets(stage: Stage, appliance: ApplianceSettings, question: Question) -> Iterable[str]:
    if stage.collector == "appliance":
        return [appliance.name] if appliance.address else []
    if stage.collector == "gateway":
        return [appliance.name] if appliance.gateway else []
    if stage.collector == "esxi":
        return [question.machine.host if question.machine else ""] if appliance.esxi else []
    section = stage.section.removeprefix("appliances[].")
    return [entry.target for entry in getattr(appliance, section)]


def _account_steps(stage: Stage, wanted: tuple[Signal, ...], appliance: ApplianceSettings) -> Iterator[Step]:
    """The accounts by role, in the order of `wanted`, and a skipped step for each role that is not configured."""
    expected = STORAGE_ROLES[project_generation(appliance)]
    for signal in wanted:
        accounts = [account for account in appliance.storage if account.role == signal.role]
        for account in accounts:
            yield Step(stage, (signal,), appliance.name, account.target)
        if not accounts and signal.role in expected:
            yield _not_configured(stage, (signal,), appliance.name)
    if not expected and not appliance.storage:
        yield _not_configured(stage, wanted, appliance.name)


def _benchmark_steps(
    stage: Stage, wanted: tuple[Signal, ...], appliance: ApplianceSettings, question: Question
) -> Iterator[Step]:
    """The accounts that are evidence of the failure, or all accounts."""
    accounts = [
        account
        for account in appliance.storage
        if account.benchmark.enabled and any(question.uses(s) for s in STORAGE_SIGNALS if s.role == account.role)
    ]
    if not accounts:
        yield _not_configured(stage, wanted, appliance.name)
    elif not question.benchmark:
        yield Step(stage, wanted, appliance.name, skipped=Verdict.NOT_RUN, skip_reason=_BENCHMARK_NOT_REQUESTED)
    else:
        yield from (Step(stage, wanted, appliance.name, account.target) for account in accounts)


def _not_configured(stage: Stage, wanted: tuple[Signal, ...], appliance: str = "") -> Step:
    role = wanted[0].role if len(wanted) == 1 else None
    what = f"{stage.section} (role: {role})" if role else stage.section
    skip_reason = Text(f"add the section {what}", f"ajoutez la section {what}")
    if stage.collector == "eventhubs":
        skip_reason = _NO_NAMESPACE
    return Step(stage, wanted, appliance, skipped=Verdict.NOT_CONFIGURED, skip_reason=skip_reason)
