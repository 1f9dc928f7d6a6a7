"""The `diagnose` command: from flags to an exit code."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import click

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.config.base import parse_duration
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis import ad_hoc_config, machine_lookup
from azure_migrate_exporter.diagnosis.ad_hoc_config import Flags
from azure_migrate_exporter.diagnosis.conclusion import Ending, conclude
from azure_migrate_exporter.diagnosis.evidence import azure
from azure_migrate_exporter.diagnosis.evidence.reading import Asked, Case
from azure_migrate_exporter.diagnosis.json_report import Document
from azure_migrate_exporter.diagnosis.model import Machine, Question, Reported, Result, Step, Verdict
from azure_migrate_exporter.diagnosis.procedure import LOOK_UPS, NAMES, steps
from azure_migrate_exporter.diagnosis.progress import Lines, Silence, say
from azure_migrate_exporter.diagnosis.results import result
from azure_migrate_exporter.diagnosis.runner import Walk
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.diagnosis.text_report import Report
from azure_migrate_exporter.engine.effective_settings import merge_discovered
from azure_migrate_exporter.failures.explain import find
from azure_migrate_exporter.failures.model import Language
from azure_migrate_exporter.runtime.state import DirectoryState, MemoryState

CONFIG_FILE: Final = Path("exporter.yml")
TIMEOUT: Final = 120.0
TIMEOUT_WITH_BENCHMARK: Final = 720.0


@dataclass(frozen=True, slots=True)
class Options:
    """The command's flags, as they were given."""

    config_file: Path | None = None
    state_path: Path | None = None
    vm: str | None = None
    error: str | None = None
    appliance: str | None = None
    only: str | None = None
    language: Language = "en"
    as_json: bool = False
    timeout: str | None = None
    benchmark: bool = False
    flags: Flags = field(default_factory=Flags)


async def diagnose(options: Options) -> int:
    """Ask, print, and give the exit code: 0 healthy, 1 a cause found, 2 could not tell."""
    try:
        settings = await asyncio.to_thread(_settings, options)
        question, timeout = _question(options, settings), _timeout(options)
        context = Context(state=_state(options))
        async with Walk(settings, context, timeout) as walk:
            for asked in await walk.discover():
                outcome = asked.run.outcome
                if outcome.reason is not None:
                    click.echo(f"discovery {asked.plan.target.name}: {outcome.reason}: {outcome.message}", err=True)
            settings = merge_discovered(settings, context.blackboard)
            return await _Diagnosis(options, settings, _narrowed(question, options, settings), walk).run()
    except ConfigError as error:
        return _refuse(error.errors)
    except machine_lookup.NoSuchMachineError as error:
        return _refuse(error.lines)


def _refuse(lines: Iterable[str]) -> int:
    for line in lines:
        click.echo(line, err=True)
    return Ending.COULD_NOT_TELL.exit_code


# --- from flags to a question ----------------------------------------------------------------------------------------


def _settings(options: Options) -> Settings:
    if not options.flags.given:
        return load(options.config_file or CONFIG_FILE)
    if options.config_file is not None:
        raise ConfigError(["give --config.file, or --storage-account and --vault in its place, but not both"])
    return ad_hoc_config.settings(options.flags)


def _question(options: Options, settings: Settings) -> Question:
    """Raises `ConfigError` with a line for each flag that cannot be met."""
    failure = find(options.error) if options.error is not None else None
    errors = []
    if options.error is not None and failure is None:
        errors.append(
            "--error: no documented failure has this code or message; paste the whole message, with its brackets"
        )
    only = [name.strip() for name in options.only.split(",")] if options.only else None
    unknown = [name for name in only or () if name not in NAMES]
    if unknown:
        errors.append(f"--only: there is no {unknown[0]!r}; there are: {_list(NAMES)}")
    if options.vm and not (settings.vcenters or settings.replication or settings.discovery):
        errors.append("--vm: nothing tells of machines; configure vcenters or replication")
    if errors:
        raise ConfigError(errors)
    collectors = frozenset(only) if only else options.flags.collectors or None
    return Question(failure, None, "", collectors, options.benchmark)


def _narrowed(question: Question, options: Options, settings: Settings) -> Question:
    """The question for one appliance, if one is named. Raises `ConfigError` if there is no such."""
    if options.appliance is None:
        return question
    known = [appliance.name for appliance in settings.appliances]
    name = next((name for name in known if name.casefold() == options.appliance.casefold()), None)
    if name is None:
        raise ConfigError([f"--appliance: there is no {options.appliance!r}; there are: {_list(known)}"])
    return replace(question, appliance=name)


def _timeout(options: Options) -> float:
    if options.timeout is None:
        return TIMEOUT_WITH_BENCHMARK if options.benchmark else TIMEOUT
    try:
        seconds = parse_duration(options.timeout)
    except ValueError as error:
        raise ConfigError([f"--timeout: {error}"]) from error
    if seconds <= 0:
        raise ConfigError(["--timeout: give more than no time"])
    return seconds


def _state(options: Options) -> DirectoryState | MemoryState:
    if options.state_path is None:
        return MemoryState()
    try:
        return DirectoryState(options.state_path)
    except OSError as error:
        raise ConfigError([f"--state.path: {error.strerror}: {options.state_path}"]) from error


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


# --- the course of it ------------------------------------------------------------------------------------------------


class _Diagnosis:
    """Looks up the machine, walks the steps, concludes and prints."""

    def __init__(self, options: Options, settings: Settings, question: Question, walk: Walk) -> None:
        self._options = options
        self._settings = settings
        self._question = question
        self._walk = walk
        self._progress = Silence() if options.as_json else Lines(sys.stdout, options.language)

    async def run(self) -> int:
        """The exit code."""
        try:
            results = await self._results()
        finally:
            self._progress.close()
        return await self._end(results)

    async def _results(self) -> list[Result]:
        if self._options.vm:
            self._progress.looks_for(self._options.vm)
            self._question = self._about(await self._machine(self._options.vm))
        procedure = self._procedure()
        self._walk.start(procedure)
        results: list[Result] = []
        for step in procedure:
            self._progress.begins(step)
            asked = await self._walk.asked(step)
            case = Case(self._question) if step.stage.of_appliance else await self._case()
            results.append(result(step, asked, case))
            self._progress.ended(results[-1])
        return results

    def _procedure(self) -> Sequence[Step]:
        """The steps. Flags name what to ask, so what they do not name is not missing."""
        found = steps(self._settings, self._question)
        missing = Verdict.NOT_CONFIGURED if self._options.flags.given else None
        return [step for step in found if missing is None or step.settled is not missing]

    async def _machine(self, wanted: str) -> Machine:
        """The machine as vCenter and Azure know it. Its name alone, if it may be in a list that was not answered."""
        everything = Question(collectors=LOOK_UPS)
        self._walk.start(steps(self._settings, everything))
        vcenters, vaults = await self._walk.every("vsphere"), await self._walk.every("replication")
        known = machine_lookup.merged(_samples(vcenters), _samples(vaults))
        complete = all(asked.run.outcome.reason is None for asked in (*vcenters, *vaults))
        return machine_lookup.find(wanted, known, complete=complete) or Machine(wanted)

    def _about(self, found: Machine) -> Question:
        """The question narrowed to the machine, and to its appliance where that is configured under Azure's name."""
        known = [a.name for a in self._settings.appliances if a.name.lower() == found.appliance.lower()]
        appliance = self._question.appliance or next(iter(known), "")
        return replace(self._question, machine=found, appliance=appliance)

    async def _case(self) -> Case:
        vaults = _samples(await self._walk.every("replication"))
        return Case(self._question, azure.replicating(vaults), remembers=self._options.state_path is not None)

    async def _end(self, results: Sequence[Result]) -> int:
        reported = await self._reported()
        conclusion = conclude(self._question, results, reported)
        if self._options.as_json:
            click.echo(Document(self._question, results, reported, self._options.language).text(conclusion))
        else:
            for line in Report(self._question, results, reported, self._options.language).lines(conclusion):
                say(line, sys.stdout)
        return conclusion.ending.exit_code

    async def _reported(self) -> tuple[Reported, ...]:
        vaults = _samples(await self._walk.every("replication"))
        return tuple(azure.reported(vaults, self._question.machine))


def _samples(asked: Iterable[Asked]) -> Samples:
    return Samples(block for one in asked for block in one.run.blocks)
