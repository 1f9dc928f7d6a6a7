"""The `diagnose` command: plan the steps, run the collectors, conclude, print."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

import click

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.commands.state import open_state
from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis import machine_lookup
from azure_migrate_exporter.diagnosis.conclusion import Status, conclude
from azure_migrate_exporter.diagnosis.evidence import azure
from azure_migrate_exporter.diagnosis.evidence.access import build_access_result, find_access_faults
from azure_migrate_exporter.diagnosis.evidence.answer import Answer, EvidenceContext
from azure_migrate_exporter.diagnosis.model import Machine, Question, ReportedError, Result, Step, Verdict
from azure_migrate_exporter.diagnosis.options import Options
from azure_migrate_exporter.diagnosis.preflight import find_clock_faults, find_missing_roles
from azure_migrate_exporter.diagnosis.procedure import plan_steps
from azure_migrate_exporter.diagnosis.reports.json_report import JsonReport
from azure_migrate_exporter.diagnosis.reports.progress import NoProgress, ProgressLines, print_line
from azure_migrate_exporter.diagnosis.reports.text_report import TextReport
from azure_migrate_exporter.diagnosis.results import build_result
from azure_migrate_exporter.diagnosis.runner import Runner
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.diagnosis.stages import ACCESS, MACHINE_COLLECTORS
from azure_migrate_exporter.engine.effective_settings import merge_discovered
from azure_migrate_exporter.runtime.peer_clocks import PEER_CLOCKS


async def diagnose(options: Options) -> int:
    """Run the diagnosis, print its report and return the exit code: 0 healthy, 1 cause found, 2 inconclusive."""
    try:
        settings = await asyncio.to_thread(options.settings)
        question, timeout = options.question(settings), options.timeout_seconds()
        context = Context(state=open_state(options.state_path))
        async with Runner(settings, context, timeout) as runner:
            for answer in await runner.discover():
                outcome = answer.run.outcome
                if outcome.reason is not None:
                    click.echo(f"discovery {answer.plan.target.name}: {outcome.reason}: {outcome.message}", err=True)
            settings = merge_discovered(settings, context.blackboard)
            return await _Diagnosis(options, settings, options.for_appliance(question, settings), runner).run()
    except ConfigError as error:
        return _reject(error.errors)
    except machine_lookup.NoSuchMachineError as error:
        return _reject(error.lines)


def _reject(lines: Iterable[str]) -> int:
    for line in lines:
        click.echo(line, err=True)
    return Status.INCONCLUSIVE.exit_code


class _Diagnosis:
    """Looks up the machine, runs the steps, concludes and prints."""

    def __init__(self, options: Options, settings: Settings, question: Question, runner: Runner) -> None:
        self._options = options
        self._settings = settings
        self._question = question
        self._runner = runner
        self._progress = NoProgress() if options.as_json else ProgressLines(sys.stdout, options.language)

    async def run(self) -> int:
        """Run everything and return the exit code."""
        try:
            results = await self._results()
        finally:
            self._progress.close()
        return await self._print_report(results)

    async def _results(self) -> list[Result]:
        if self._options.vm:
            self._progress.lookup_started(self._options.vm)
            self._question = self._about(await self._find_machine(self._options.vm))
        steps = self._plan_steps()
        self._runner.start(steps)
        if self._runner.needs_access:
            steps = (Step(ACCESS, ()), *steps)
        results: list[Result] = []
        for step in steps:
            self._progress.step_started(step)
            results.append(await self._result(step))
            self._progress.step_finished(results[-1])
        return results

    async def _result(self, step: Step) -> Result:
        if step.stage is ACCESS:
            return build_access_result(step, await self._runner.access_answers())
        answers = await self._runner.answers(step)
        context = EvidenceContext(self._question) if step.stage.per_appliance else await self._context()
        return build_result(step, answers, context)

    def _plan_steps(self) -> Sequence[Step]:
        """The steps, without those that are not configured if flags name what to check."""
        planned = plan_steps(self._settings, self._question)
        unwanted = Verdict.NOT_CONFIGURED if self._options.ad_hoc.given else None
        return [step for step in planned if unwanted is None or step.skipped is not unwanted]

    async def _find_machine(self, wanted: str) -> Machine:
        """The machine as vCenter and Azure list it; only its name if a list is incomplete and does not have it."""
        self._runner.start(plan_steps(self._settings, Question(collectors=MACHINE_COLLECTORS)))
        vcenters, vaults = await self._runner.answers_of("vsphere"), await self._runner.answers_of("replication")
        listed = machine_lookup.merge(_samples(vcenters), _samples(vaults))
        complete = all(answer.run.outcome.reason is None for answer in (*vcenters, *vaults))
        return machine_lookup.find(wanted, listed, complete=complete) or Machine(wanted)

    def _about(self, machine: Machine) -> Question:
        """The question narrowed to the machine, and to its appliance if that is configured under its name in Azure."""
        known = [a.name for a in self._settings.appliances if a.name.lower() == machine.appliance.lower()]
        appliance = self._question.appliance or next(iter(known), "")
        return replace(self._question, machine=machine, appliance=appliance)

    async def _context(self) -> EvidenceContext:
        vaults = _samples(await self._runner.answers_of("replication"))
        has_state = self._options.state_path is not None
        return EvidenceContext(self._question, azure.replicating_ids(vaults), has_state=has_state)

    async def _print_report(self, results: Sequence[Result]) -> int:
        reported = await self._reported_errors()
        answers = (*await self._runner.access_answers(), *await self._runner.answers_of("vsphere"))
        roles = find_missing_roles(_samples([one for one in answers if one.plan.spec.name == "discovery"]))
        faults = (*find_access_faults(answers), *find_clock_faults(PEER_CLOCKS.offsets()), *roles)
        conclusion = conclude(self._question, results, reported, faults)
        if self._options.as_json:
            click.echo(JsonReport(self._question, results, reported, self._options.language).render(conclusion))
        else:
            for line in TextReport(self._question, results, reported, self._options.language).lines(conclusion):
                print_line(line, sys.stdout)
        return conclusion.status.exit_code

    async def _reported_errors(self) -> tuple[ReportedError, ...]:
        vaults = _samples(await self._runner.answers_of("replication"))
        return tuple(azure.reported_errors(vaults, self._question.machine))


def _samples(answers: Iterable[Answer]) -> Samples:
    return Samples(block for answer in answers for block in answer.run.blocks)
