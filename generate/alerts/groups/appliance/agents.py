"""What Azure reports of an appliance: heartbeats and versions of its agents, and the health of its registration."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import RESOURCE_MANAGER, codes
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import resource_info, series, state_set

_COLLECT: Final = ("collect replication",)
_DRA: Final = {"agent": "dra"}


def _heartbeat(agent: str, samples: str, vault_up: str = "1x2000") -> dict[str, str]:
    return {series("agent_heartbeat_timestamp_seconds", agent=agent): samples, series("replication_up"): vault_up}


HEARTBEAT_MISSING: Final = Alert(
    name="HeartbeatMissing",
    component=Component.APPLIANCE,
    expr="""max by (appliance, agent) (
  (
    time() - max by (vault, appliance, agent) (azure_migrate_agent_heartbeat_timestamp_seconds{agent="dra"})
    > $dra_seconds
    or
    time() - max by (vault, appliance, agent) (azure_migrate_agent_heartbeat_timestamp_seconds{agent!="dra"})
    > $discovery_seconds
  )
  unless on (vault) max by (vault) (azure_migrate_replication_up) == 0
)""",
    labels=("appliance", "agent"),
    summary=Text(
        "Azure receives no heartbeat of an appliance's agent.",
        "Azure ne reçoit plus le signal d'un agent d'une appliance.",
    ),
    description=Text(
        "Azure received the last heartbeat of the agent {agent} of {appliance} {value} ago.",
        "Azure a reçu le dernier signal de l'agent {agent} de {appliance} il y a {value}.",
    ),
    annotation_queries={"resource_manager": RESOURCE_MANAGER},
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "The agent dra, which orchestrates the cycles, sends a heartbeat about each minute, the discovery agent each "
        "quarter of an hour. The gateway has no heartbeat, and neither of these proves that it works.",
        "L'agent dra, qui orchestre les cycles, se signale environ chaque minute ; l'agent de découverte chaque quart "
        "d'heure. La passerelle n'a pas de signal, et aucun de ceux-ci ne prouve qu'elle fonctionne.",
    ),
    impact=Text(
        "Without the dra, no cycle and no migration starts. Without the discovery agent, Azure does not receive new or "
        "changed machines.",
        "Sans le dra, aucun cycle ni migration ne démarre. Sans l'agent de découverte, Azure n'apprend pas les "
        "machines nouvelles ou modifiées.",
    ),
    fix=(conditions.HEARTBEAT_MISSING,),
    diagnosis=_COLLECT,
    runbook_queries=("azure_migrate_agent_connected", "azure_migrate_appliance_up"),
    cases=(
        Case(
            "no heartbeat of the dra for twenty-five minutes",
            {
                **_heartbeat("dra", "0x60"),
                resource_info("replication", "paris-vault", "management.stack.example.com", appliance=""): "1x60",
                resource_info("replication", "another-vault", "another.example.com", appliance=""): "1x60",
            },
            "25m",
            (
                ExpectedAlert(
                    _DRA,
                    value="25m 0s",
                    results={"resource_manager": "management.stack.example.com"},
                    levels=("warning",),
                ),
            ),
        ),
        Case(
            "no heartbeat of the dra for two hours",
            _heartbeat("dra", "0x150"),
            "2h",
            (ExpectedAlert(_DRA, value="2h 0m 0s"),),
        ),
        Case(
            "no heartbeat of the discovery agent for three hours",
            _heartbeat("discovery", "0x200"),
            "3h",
            (ExpectedAlert({"agent": "discovery"}, value="3h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "a heartbeat of the discovery agent each quarter of an hour",
            _heartbeat("discovery", "0x15 900x15 1800x40"),
            "59m",
        ),
        Case("a reboot of ten minutes", _heartbeat("dra", "0x10 600+60x30"), "11m"),
        Case(
            "Azure does not answer the exporter, so the known heartbeats get older",
            _heartbeat("dra", "0x60", vault_up="1x2 0x60"),
            "25m",
        ),
        Case("the appliance is removed from the project", _heartbeat("dra", "0x5 stale"), "25m"),
    ),
)


def _expiry(samples: str) -> dict[str, str]:
    return {series("agent_version_expiry_timestamp_seconds", agent="dra"): samples}


AGENT_OUTDATED: Final = Alert(
    name="AgentOutdated",
    component=Component.APPLIANCE,
    expr="""max by (appliance, agent) (
  azure_migrate_agent_version_state{state=~"not_supported|deprecated|security_update_required"} == 1
  or azure_migrate_agent_version_expiry_timestamp_seconds - time() < $within_seconds
)""",
    labels=("appliance", "agent"),
    summary=Text(
        "Azure's support for the version of an appliance's agent has ended or ends soon.",
        "Azure ne prend plus en charge la version d'un agent d'une appliance, ou bientôt plus.",
    ),
    description=Text(
        "The agent {agent} of {appliance} has the version {version} and must be updated.",
        "L'agent {agent} de {appliance} est en version {version} et doit être mis à jour.",
    ),
    annotation_queries={
        "version": AnnotationQuery(
            'azure_migrate_agent_info{appliance="$appliance",agent="$agent"}',
            Text("unknown", "inconnue"),
            label="version",
        )
    },
    meaning=Text(
        "An appliance updates itself every 24 hours. This one does not reach Microsoft's downloads, or its automatic "
        "updates are off.",
        "Une appliance se met à jour toutes les 24 heures. Celle-ci n'atteint pas les téléchargements de Microsoft, ou "
        "ses mises à jour automatiques sont désactivées.",
    ),
    impact=Text(
        "Azure may refuse the agent when its support ends. Replication then stops.",
        "Azure peut refuser l'agent dès la fin de sa prise en charge : la réplication s'arrête alors.",
    ),
    fix=(conditions.AGENT_OUTDATED,),
    diagnosis=_COLLECT,
    runbook_queries=("azure_migrate_agent_version_expiry_timestamp_seconds - time()",),
    cases=(
        Case(
            "its support ends in ten days",
            {**_expiry("864000x90"), series("agent_info", agent="dra", version="5.1"): "1x90"},
            "70m",
            (ExpectedAlert(_DRA, results={"version": "5.1"}),),
        ),
        Case(
            "it needs a security update",
            {series("agent_version_state", agent="dra", state="security_update_required"): "1x90"},
            "70m",
            (ExpectedAlert(_DRA),),
        ),
        Case(
            "it is supported for a year",
            {
                **_expiry("31536000x90"),
                **state_set("agent_version_state", "state", {"supported": "1x90", "deprecated": "0x90"}, agent="dra"),
            },
            "70m",
        ),
    ),
)


def _health(critical: str, normal: str) -> dict[str, str]:
    return state_set("replication_fabric_health", "health", {"critical": critical, "normal": normal})


FABRIC_UNHEALTHY: Final = Alert(
    name="FabricUnhealthy",
    component=Component.APPLIANCE,
    expr="""max by (appliance, fabric) (azure_migrate_replication_fabric_health{health=~"warning|critical"}) == 1
or max by (appliance, fabric) (azure_migrate_replication_fabric_errors{failure="unknown"}) == 1""",
    labels=("appliance", "fabric"),
    summary=Text(
        "Azure reports that the registration of an appliance is not healthy.",
        "Azure indique que l'enregistrement d'une appliance n'est pas sain.",
    ),
    description=Text(
        "The health of {appliance} in the vault is {health}. Error codes: {codes}.",
        "L'intégrité de {appliance} dans le coffre est {health}. Codes d'erreur : {codes}.",
    ),
    annotation_queries={
        "health": AnnotationQuery(
            'azure_migrate_replication_fabric_health{fabric="$fabric"} == 1',
            Text("unknown", "inconnue"),
            label="health",
        ),
        "codes": codes('azure_migrate_replication_fabric_errors{fabric="$fabric"}'),
    },
    meaning=Text(
        "Azure has a fabric for each appliance. It rates its agents, versions and certificates separately from the "
        "machines.",
        "Azure tient une infrastructure (fabric) par appliance. Il en juge les agents, les versions et les certificats "
        "à part des machines.",
    ),
    impact=Text(
        "Machines may still replicate. New machines may fail, and all machines may fail when a certificate or a "
        "version expires.",
        "Les machines répliquent peut-être encore. Les nouvelles peuvent échouer, et toutes lorsqu'un certificat ou "
        "une version expire.",
    ),
    fix=(conditions.FABRIC_UNHEALTHY,),
    cases=(
        Case(
            "Azure reports critical, with a code",
            {**_health("1x60", "0x60"), series("replication_fabric_errors", code="31004", failure="unknown"): "1x60"},
            "40m",
            (ExpectedAlert(results={"health": "critical", "codes": "31004"}),),
        ),
        Case("Azure reports normal", _health("0x60", "1x60"), "40m"),
    ),
)

ALERTS: Final = (HEARTBEAT_MISSING, AGENT_OUTDATED, FABRIC_UNHEALTHY)
