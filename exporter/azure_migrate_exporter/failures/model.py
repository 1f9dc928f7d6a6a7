"""The shape of one documented failure: frozen, typed data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")

PLACEHOLDERS: Final = frozenset(
    {
        "appliance",
        "account",
        "bus_namespace",
        "keyvault",
        "host",
        "vm",
        "vm_id",
        "vcenter",
        "datastore",
        "windows_service",
        "failure",
        "collector",
        "target",
        "account_address",
        "namespace_address",
        "eventhubs_address",
        "keyvault_address",
        "resource_manager",
    }
)
"""Names that may stand in braces in any text or command (``{vm}``) and that the labels of a metric can fill.

What only a person can choose is written in angle brackets instead (``<resource group>``).
"""

CHOICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SAS": "SAS",
        "account of the exporter": "compte exportateur",
        "address": "adresse",
        "appliance name": "nom enregistré",
        "application": "application",
        "code or message": "code ou message",
        "container": "conteneur",
        "datastore": "magasin de données",
        "disk": "disque",
        "freer host": "hôte plus libre",
        "id": "identifiant",
        "project": "projet",
        "region": "région",
        "resource group": "groupe de ressources",
        "role": "rôle",
        "service": "service",
        "snapshot": "instantané",
        "target resource group": "groupe de ressources de destination",
        "user": "utilisateur",
        "virtual network id": "identifiant du réseau virtuel",
    }
)
"""Names in angle brackets, in English and in French. They stand in quoted commands, so that none has an apostrophe."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or more, in English and, for the failures of the French article, in French."""

    en: str
    fr: str | None = None

    def into(self, language: Language) -> str:
        """The text in that language, or in English where no other exists."""
        return self.fr if language == "fr" and self.fr is not None else self.en


class Article(StrEnum):
    """Versions of Microsoft's troubleshooting article, by the year in which each was published."""

    Y2020 = "2020"
    """17 August 2020; the only one that exists in French."""
    Y2022 = "2022"
    """28 November 2022: ten more errors."""
    Y2023 = "2023"
    """31 May 2023: protection readiness."""
    Y2026 = "2026"
    """14 July 2026: rewritten as a table of codes."""
    ELSEWHERE = "elsewhere"
    """In no version: seen in Azure's answers, in other articles or in issues."""


class Projects(StrEnum):
    """Generations of Azure Migrate projects, distinguished by the container mapping."""

    ALL = "all"
    LEGACY = "legacy"
    """Created before 2024: accounts migratelsa and migrategwsa, a Service Bus namespace and a replication key vault."""
    GREENFIELD = "greenfield"
    """Created since 2024: one account (migratersa, or the customer's own) and role assignments."""


class Strength(StrEnum):
    """What a check proves about a cause."""

    DIRECT = "direct"
    """It shows the cause itself."""
    EARLY = "early"
    """It shows what often precedes the cause."""
    INDIRECT = "indirect"
    """It stands in for something that cannot be measured."""


class Source(StrEnum):
    """Where a cause or a step comes from. Only what has a document is called documented."""

    MICROSOFT = "microsoft"
    """Microsoft's troubleshooting article, its other documentation, or the causes and recommendations of the portal."""
    VMWARE = "vmware"
    """VMware's documentation, where Microsoft's article points to it."""
    INFERENCE = "inference"
    """No document: concluded from how the components work, or reported by users."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that the exporter monitors and that is evidence for or against a cause."""

    id: str
    collector: str
    """Name of the collector, as `azure-migrate-exporter collect` takes it."""
    target: str
    """The collector's target, usually a placeholder."""
    question: Text
    """The question it answers; a "no", or the answer that the text calls bad, points to the cause."""
    projects: Projects = Projects.ALL
    role: str | None = None
    """Value of the label `role`, for storage."""

    @property
    def command(self) -> str:
        """The command that answers the question now."""
        return f"azure-migrate-exporter collect {self.collector} {self.target}".rstrip()


@dataclass(frozen=True, slots=True)
class Check:
    """A signal as evidence of one cause."""

    signal: Signal
    strength: Strength = Strength.DIRECT
    reasons: tuple[str, ...] = ()
    """Reasons of the collector that point to this cause, where one signal serves several causes; empty for any."""


@dataclass(frozen=True, slots=True)
class Link:
    """A document, and where it is: an address, or the name of a page of this project's `docs/`."""

    title: Text
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a fix: what to do, the commands to paste for it, and the documents that it needs."""

    text: Text
    commands: tuple[str, ...] = ()
    source: Source = Source.INFERENCE
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a failure, the checks that identify it, and its fix."""

    id: str
    text: Text
    fix: tuple[Step, ...]
    checks: tuple[Check, ...] = ()
    """Empty where no check outside the gateway shows the cause."""
    projects: Projects = Projects.ALL
    source: Source = Source.INFERENCE


@dataclass(frozen=True, slots=True)
class Code:
    """A number that Azure reports, and the versions of the article that give it to this failure."""

    number: str
    articles: tuple[Article, ...]
    shared_with: str | None = None
    """Id of the failure that the number alone stands for, where that is another one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One documented failure."""

    id: str
    """Value of the label `failure`; never changes."""
    title: Text
    summary: Text
    """What happened, in a few sentences."""
    since: Article
    """The first version of the article that has it."""
    causes: tuple[Cause, ...]
    """The most upstream first."""
    signs: tuple[Check, ...] = ()
    """Checks that show the failure itself, whatever its cause."""
    codes: tuple[Code, ...] = ()
    symbols: tuple[str, ...] = ()
    """Names that the newest article gives beside or instead of a number."""
    english: tuple[str, ...] = ()
    """Fragments of the English message; ``…`` stands for anything."""
    french: tuple[str, ...] = ()
    """The same of the French message."""
    general: tuple[str, ...] = ()
    """Messages and symbols that Azure shows for other failures too: a more specific text takes precedence."""
    ambiguous_symbols: bool = False
    """Whether other Azure services use its symbols too, so that they count only after its number."""
    then: tuple[Step, ...] = ()
    """Steps after the cause is fixed, whatever it was."""
    links: tuple[Link, ...] = ()
    """Documents about the failure as a whole; those of a step are with the step."""
    projects: Projects = Projects.ALL
    carrier: bool = False
    """Whether its code only wraps another failure's text, which takes precedence."""
    harmless: bool = False
    """Whether Azure reports it for machines that replicate normally."""

    @property
    def in_french(self) -> bool:
        """Whether its texts exist in French."""
        return self.title.fr is not None

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its signs and the checks of every cause, each once, in order."""
        return tuple(dict.fromkeys([*self.signs, *(check for cause in self.causes for check in cause.checks)]))

    @property
    def fix(self) -> tuple[Step, ...]:
        """Every step in order: those of each cause, then what follows them all."""
        return tuple(dict.fromkeys([*(step for cause in self.causes for step in cause.fix), *self.then]))

    @property
    def documents(self) -> tuple[Link, ...]:
        """Every document of its steps, and its own."""
        return tuple(dict.fromkeys([*(link for step in self.fix for link in step.links), *self.links]))
