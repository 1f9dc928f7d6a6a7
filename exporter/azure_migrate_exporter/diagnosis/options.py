"""The flags of `diagnose`, turned into settings, a question and a timeout."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from azure_migrate_exporter.config.base import parse_duration
from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.ad_hoc_config import AdHocConfig, build_settings
from azure_migrate_exporter.diagnosis.model import Question
from azure_migrate_exporter.diagnosis.preflight import as_if_replicating
from azure_migrate_exporter.diagnosis.stages import CHECK_NAMES
from azure_migrate_exporter.failures.explain import find
from azure_migrate_exporter.failures.model import Language
from azure_migrate_exporter.failures.pasted.report import NOT_RECOGNIZED

CONFIG_FILE: Final = Path("exporter.yml")
TIMEOUT: Final = 120.0
"""Seconds."""
TIMEOUT_WITH_BENCHMARK: Final = 720.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Options:
    """The flags as given. Every method raises `ConfigError` with a line for each invalid flag."""

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
    preflight: bool = False
    ad_hoc: AdHocConfig = field(default_factory=AdHocConfig)

    def settings(self) -> Settings:
        """The configuration: from the file, or from the ad-hoc flags. Reads files."""
        if not self.ad_hoc.given:
            settings = load(self.config_file or CONFIG_FILE)
            return as_if_replicating(settings, self.vm) if self.preflight else settings
        if self.config_file is not None:
            raise ConfigError(["give --config.file, or --storage-account and --vault in its place, but not both"])
        return build_settings(self.ad_hoc)

    def question(self, settings: Settings) -> Question:
        """The question, before the machine and the appliance are known."""
        failure = find(self.error) if self.error is not None else None
        errors = []
        if self.error is not None and failure is None:
            errors.append(f"--error: {NOT_RECOGNIZED.into(self.language)}")
        only = [name.strip() for name in self.only.split(",")] if self.only else None
        unknown = [name for name in only or () if name not in CHECK_NAMES]
        if unknown:
            errors.append(f"--only: there is no {unknown[0]!r}; there are: {_list(CHECK_NAMES)}")
        if self.vm and not (settings.vcenters or settings.replication or settings.discovery):
            errors.append("--vm: the configuration has no source of machines; configure vcenters or replication")
        if self.preflight and failure is not None:
            errors.append("give --preflight or --error, but not both: before a migration there is no error")
        if errors:
            raise ConfigError(errors)
        collectors = frozenset(only) if only else self.ad_hoc.collectors or None
        return Question(failure, None, "", collectors, preflight=self.preflight, benchmark=self.benchmark)

    def for_appliance(self, question: Question, settings: Settings) -> Question:
        """The question narrowed to the appliance, if one is given. `settings` include what discovery found."""
        if self.appliance is None:
            return question
        known = [appliance.name for appliance in settings.appliances]
        name = next((name for name in known if name.casefold() == self.appliance.casefold()), None)
        if name is None:
            raise ConfigError([f"--appliance: there is no {self.appliance!r}; there are: {_list(known)}"])
        return replace(question, appliance=name)

    def timeout_seconds(self) -> float:
        """The time for the whole diagnosis."""
        if self.timeout is None:
            return TIMEOUT_WITH_BENCHMARK if self.benchmark else TIMEOUT
        try:
            seconds = parse_duration(self.timeout)
        except ValueError as error:
            raise ConfigError([f"--timeout: {error}"]) from error
        if seconds <= 0:
            raise ConfigError(["--timeout: must be more than zero"])
        return seconds


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
