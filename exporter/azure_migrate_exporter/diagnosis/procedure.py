"""The steps of the article, in its order, for a question: which to ask, and which are settled without asking."""

from collections.abc import Iterable, Iterator
from typing import Final

from azure_migrate_exporter.config.settings import ApplianceSettings, Generation, Settings
from azure_migrate_exporter.diagnosis.model import Question, Stage, Step, Verdict
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Projects, Signal, Text

_STORAGE: Final = (evidence.STORAGE_GATEWAY, evidence.STORAGE_CACHE, evidence.STORAGE_REPLICATION)

STAGES: Final = (
    Stage("appliance", Text("Appliance", "Appliance"), (evidence.APPLIANCE,), "appliances[].address"),
    Stage(
        "gateway", Text("Gateway service", "Service de passerelle"), (evidence.GATEWAY_SERVICE,), "appliances[].gateway"
    ),
    Stage("storage", Text("Storage account", "Compte de stockage"), _STORAGE, "appliances[].storage"),
    Stage("servicebus", Text("Service Bus", "Service Bus"), (evidence.SERVICEBUS,), "appliances[].servicebus"),
    Stage("eventhubs", Text("Event Hubs", "Event Hubs"), (evidence.EVENTHUBS,), "appliances[].eventhubs"),
    Stage("keyvault", Text("Key vault", "Coffre de clés"), (evidence.KEYVAULT,), "appliances[].keyvaults"),
    Stage("esxi", Text("ESXi hosts", "Hôtes ESXi"), (evidence.ESXI,), "appliances[].esxi"),
    Stage(
        "vsphere",
        Text("vCenter", "vCenter"),
        (
            evidence.VCENTER,
            evidence.HOST_CONNECTION,
            evidence.DATASTORE_SPACE,
            evidence.NFC_DISKS,
            evidence.TASK_STALLED,
            evidence.RUNNING_TASKS,
            evidence.TASK_FAULT,
            evidence.CONSOLIDATION_NEEDED,
            evidence.INVALID_SNAPSHOT_DISKS,
            evidence.SNAPSHOTS,
            evidence.CBT_ENABLED,
            evidence.CBT_IDENTITY,
        ),
        "vcenters",
        of_appliance=False,
    ),
    Stage(
        "replication",
        Text("Azure's own view", "Vue d'Azure"),
        (evidence.NFC_REPORTED, evidence.SPEEDS),
        "replication",
        of_appliance=False,
    ),
    Stage(
        "storage_benchmark",
        Text("Speed of the upload", "Débit de l'envoi"),
        (evidence.STORAGE_SPEED,),
        "appliances[].storage[].benchmark",
    ),
)
"""Every stage, the most upstream first. The measured upload comes last: it fills the line that the others use."""

NAMES: Final = tuple(stage.collector for stage in STAGES if stage.collector != "storage_benchmark")
"""What `--only` takes."""
LOOK_UPS: Final = frozenset({"vsphere", "replication"})
"""Stages that know the machines."""

_ROLES: Final[dict[Generation, frozenset[str]]] = {
    "legacy": frozenset({"gateway", "cache"}),
    "greenfield": frozenset({"replication"}),
    "unknown": frozenset(),
}
"""The roles of the storage accounts that a project has."""

_OLD_ONLY: Final = Text("only projects made before 2024 have it", "seuls les projets créés avant 2024 en ont")
_RARE: Final = Text(
    "most projects have no namespace of their own; if yours has one, add the section appliances[].eventhubs",
    "la plupart des projets n'ont pas d'espace de noms à eux ; si le vôtre en a un, ajoutez la section "
    "appliances[].eventhubs",
)
_COSTS: Final = Text("it uploads megabytes: ask for it with --benchmark", "envoie des mégaoctets : ajoutez --benchmark")


def steps(settings: Settings, question: Question) -> tuple[Step, ...]:
    """Every step that helps to answer, the most upstream first."""
    found: list[Step] = []
    for stage in STAGES:
        wanted = _signals(stage, question)
        if wanted is None:
            continue
        if stage.of_appliance:
            for appliance in chosen(settings, question):
                found += _of_appliance(stage, wanted, appliance, question)
        else:
            found += _of_site(stage, wanted, settings, question)
    return tuple(found)


def chosen(settings: Settings, question: Question) -> tuple[ApplianceSettings, ...]:
    """The appliances whose path is asked about."""
    return tuple(a for a in settings.appliances if question.appliance in {"", a.name})


def generation(appliance: ApplianceSettings) -> Generation:
    """The generation of the appliance's project: as configured, or as its sections tell, which differ between them."""
    if appliance.generation != "unknown":
        return appliance.generation
    roles = {account.role for account in appliance.storage}
    if roles & _ROLES["legacy"] or appliance.servicebus or appliance.keyvaults:
        return "legacy"
    return "greenfield" if roles else "unknown"


def _signals(stage: Stage, question: Question) -> tuple[Signal, ...] | None:
    """What a stage can answer, in the order in which the failure names it; None if the stage is not part of it."""
    section = "storage" if stage.collector == "storage_benchmark" else stage.collector
    if question.collectors is not None and section not in question.collectors:
        return None
    if question.failure is None:
        return stage.signals
    named = dict.fromkeys(check.signal for check in question.failure.checks)
    found = tuple(signal for signal in named if signal in stage.signals)
    looked_up = stage.collector in LOOK_UPS and question.machine is not None
    return found if found or looked_up else None


def _of_site(stage: Stage, wanted: tuple[Signal, ...], settings: Settings, question: Question) -> Iterator[Step]:
    if stage.collector == "vsphere":
        machine = question.machine
        names = [v.name for v in settings.vcenters if not machine or machine.vcenter in {"", v.name}]
    else:
        names = [entry.target for entry in getattr(settings, stage.section, ())]
    for name in names:
        yield Step(stage, wanted, target=name)
    if not names:
        yield _not_configured(stage, wanted)


def _of_appliance(
    stage: Stage, wanted: tuple[Signal, ...], appliance: ApplianceSettings, question: Question
) -> Iterator[Step]:
    if stage.collector == "storage":
        yield from _accounts(stage, wanted, appliance)
        return
    if stage.collector == "storage_benchmark":
        yield from _benchmarks(stage, wanted, appliance, question)
        return
    if generation(appliance) == "greenfield" and all(signal.projects is Projects.LEGACY for signal in wanted):
        yield Step(stage, wanted, appliance.name, settled=Verdict.NOT_APPLICABLE, note=_OLD_ONLY)
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


def _accounts(stage: Stage, wanted: tuple[Signal, ...], appliance: ApplianceSettings) -> Iterator[Step]:
    """The accounts by role, in the order of `wanted`. A role that the project should have and lacks is said."""
    expected = _ROLES[generation(appliance)]
    for signal in wanted:
        accounts = [account for account in appliance.storage if account.role == signal.role]
        for account in accounts:
            yield Step(stage, (signal,), appliance.name, account.target)
        if not accounts and signal.role in expected:
            yield _not_configured(stage, (signal,), appliance.name)
    if not expected and not appliance.storage:
        yield _not_configured(stage, wanted, appliance.name)


def _benchmarks(
    stage: Stage, wanted: tuple[Signal, ...], appliance: ApplianceSettings, question: Question
) -> Iterator[Step]:
    """The accounts that the failure names, or all of them."""
    accounts = [
        account
        for account in appliance.storage
        if account.benchmark.enabled and any(question.asks(s) for s in _STORAGE if s.role == account.role)
    ]
    if not accounts:
        yield _not_configured(stage, wanted, appliance.name)
    elif not question.benchmark:
        yield Step(stage, wanted, appliance.name, settled=Verdict.NOT_ASKED, note=_COSTS)
    else:
        yield from (Step(stage, wanted, appliance.name, account.target) for account in accounts)


def _not_configured(stage: Stage, wanted: tuple[Signal, ...], appliance: str = "") -> Step:
    role = wanted[0].role if len(wanted) == 1 else None
    what = f"{stage.section} (role: {role})" if role else stage.section
    note = Text(f"add the section {what}", f"ajoutez la section {what}")
    if stage.collector == "eventhubs":
        note = _RARE
    return Step(stage, wanted, appliance, settled=Verdict.NOT_CONFIGURED, note=note)
