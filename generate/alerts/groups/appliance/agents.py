"""What Azure says of an appliance: heartbeats and versions of its agents, and the health of its registration."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.model import Text
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

_AGENT: Final = '{{vault="paris-vault",appliance="paris",agent="{}"}}'.format
_VAULT_UP: Final = {'azure_migrate_replication_up{vault="paris-vault"}': "1x2000"}
_FABRIC: Final = 'vault="paris-vault",appliance="paris",fabric="paris0001replicationfabric"'


def _heartbeat(agent: str, samples: str) -> dict[str, str]:
    return {f"azure_migrate_agent_heartbeat_timestamp_seconds{_AGENT(agent)}": samples, **_VAULT_UP}


HEARTBEAT_MISSING: Final = Alert(
    name="HeartbeatMissing",
    component=Component.APPLIANCE,
    expr="""max by (appliance, agent) (
  (
    time() - azure_migrate_agent_heartbeat_timestamp_seconds{agent="dra"} > $dra_seconds
    or time() - azure_migrate_agent_heartbeat_timestamp_seconds{agent!="dra"} > $discovery_seconds
  )
  unless on (vault) azure_migrate_replication_up == 0
)""",
    labels=("appliance", "agent"),
    summary=Text("Azure no longer hears an agent of an appliance.", "Azure n'entend plus un agent d'une appliance."),
    description=Text(
        "Azure last heard the agent {agent} of {appliance} {value} ago.",
        "Azure a entendu l'agent {agent} de {appliance} pour la dernière fois il y a {value}.",
    ),
    value=Form.DURATION,
    meaning=Text(
        "The agent dra, which orchestrates the cycles, reports about each minute; the discovery agent each quarter of "
        "an hour. The gateway has no heartbeat, and neither of these proves that it works.",
        "L'agent dra, qui orchestre les cycles, se signale environ chaque minute ; l'agent de découverte chaque quart "
        "d'heure. La passerelle n'a pas de signal, et aucun de ceux-ci ne prouve qu'elle fonctionne.",
    ),
    impact=Text(
        "Without the dra no cycle and no migration is started. Without the discovery agent Azure does not learn of "
        "new or changed machines.",
        "Sans le dra, aucun cycle ni migration ne démarre. Sans l'agent de découverte, Azure n'apprend pas les "
        "machines nouvelles ou modifiées.",
    ),
    fix=(conditions.HEARTBEAT_MISSING,),
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect replication",),
    queries=("azure_migrate_agent_connected", "azure_migrate_appliance_up"),
    cases=(
        Case(
            "the dra has been silent for twenty minutes",
            _heartbeat("dra", "0x60"),
            "25m",
            (Fires({"appliance": "paris", "agent": "dra"}, value="25m 0s", levels=("warning",)),),
        ),
        Case(
            "the dra has been silent for two hours",
            _heartbeat("dra", "0x150"),
            "2h",
            (Fires({"appliance": "paris", "agent": "dra"}, value="2h 0m 0s"),),
        ),
        Case(
            "the discovery agent has been silent for three hours",
            _heartbeat("discovery", "0x200"),
            "3h",
            (Fires({"appliance": "paris", "agent": "discovery"}, value="3h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "the discovery agent reports each quarter of an hour", _heartbeat("discovery", "0x15 900x15 1800x40"), "59m"
        ),
        Case("a reboot of ten minutes", _heartbeat("dra", "0x10 600+60x30"), "11m"),
        Case(
            "Azure does not answer us, so the heartbeats that we know grow old",
            {**_heartbeat("dra", "0x60"), 'azure_migrate_replication_up{vault="paris-vault"}': "1x2 0x60"},
            "25m",
        ),
        Case("the appliance was removed from the project", _heartbeat("dra", "0x5 stale"), "25m"),
    ),
)
AGENT_OUTDATED: Final = Alert(
    name="AgentOutdated",
    component=Component.APPLIANCE,
    expr="""max by (appliance, agent) (
  azure_migrate_agent_version_state{state=~"not_supported|deprecated|security_update_required"} == 1
  or azure_migrate_agent_version_expiry_timestamp_seconds - time() < $within_seconds
)""",
    labels=("appliance", "agent"),
    summary=Text(
        "Azure does not support the version of an appliance's agent much longer.",
        "Azure ne prend plus en charge la version d'un agent d'une appliance, ou bientôt plus.",
    ),
    description=Text(
        "The agent {agent} of {appliance} has the version {version}, which must be updated.",
        "L'agent {agent} de {appliance} est en version {version}, qui doit être mise à jour.",
    ),
    live={
        "version": Live(
            'azure_migrate_agent_info{appliance="$appliance",agent="$agent"}',
            Text("unknown", "inconnue"),
            label="version",
        )
    },
    meaning=Text(
        "The appliance updates itself every 24 hours. One that does not has lost its way to Microsoft's downloads, or "
        "its automatic updates are off.",
        "L'appliance se met à jour toutes les 24 heures. Celle qui ne le fait pas n'atteint plus les "
        "téléchargements de Microsoft, ou ses mises à jour automatiques sont désactivées.",
    ),
    impact=Text(
        "Azure may refuse the agent from the day on which its support ends: replication stops then.",
        "Azure peut refuser l'agent dès la fin de sa prise en charge : la réplication s'arrête alors.",
    ),
    fix=(conditions.AGENT_OUTDATED,),
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect replication",),
    queries=("azure_migrate_agent_version_expiry_timestamp_seconds - time()",),
    cases=(
        Case(
            "its support ends in ten days",
            {
                f"azure_migrate_agent_version_expiry_timestamp_seconds{_AGENT('dra')}": "864000x90",
                'azure_migrate_agent_info{vault="paris-vault",appliance="paris",agent="dra",version="5.1"}': "1x90",
            },
            "70m",
            (Fires({"appliance": "paris", "agent": "dra"}, live={"version": "5.1"}),),
        ),
        Case(
            "it needs a security update",
            {
                'azure_migrate_agent_version_state{vault="paris-vault",appliance="paris",agent="dra",'
                'state="security_update_required"}': "1x90"
            },
            "70m",
            (Fires({"appliance": "paris", "agent": "dra"}),),
        ),
        Case(
            "it is supported for a year",
            {
                f"azure_migrate_agent_version_expiry_timestamp_seconds{_AGENT('dra')}": "31536000x90",
                'azure_migrate_agent_version_state{vault="paris-vault",appliance="paris",agent="dra",'
                'state="supported"}': "1x90",
                'azure_migrate_agent_version_state{vault="paris-vault",appliance="paris",agent="dra",'
                'state="deprecated"}': "0x90",
            },
            "70m",
        ),
    ),
)
FABRIC_UNHEALTHY: Final = Alert(
    name="FabricUnhealthy",
    component=Component.APPLIANCE,
    expr="""max by (appliance, fabric) (azure_migrate_replication_fabric_health{health=~"warning|critical"}) == 1
or max by (appliance, fabric) (azure_migrate_replication_fabric_errors{failure="unknown"}) == 1""",
    labels=("appliance", "fabric"),
    summary=Text(
        "Azure says that the registration of an appliance is not healthy.",
        "Azure indique que l'enregistrement d'une appliance n'est pas sain.",
    ),
    description=Text(
        "The health of {appliance} in the vault is {health}; errors: {codes}.",
        "L'intégrité de {appliance} dans le coffre est {health} ; erreurs : {codes}.",
    ),
    live={
        "health": Live(
            'azure_migrate_replication_fabric_health{fabric="$fabric"} == 1',
            Text("not told", "inconnue"),
            label="health",
        ),
        "codes": Live(
            'azure_migrate_replication_fabric_errors{fabric="$fabric"}', Text("none", "aucune"), label="code", most=5
        ),
    },
    meaning=Text(
        "Azure keeps a fabric for each appliance and judges it apart from the machines: agents, versions, "
        "certificates.",
        "Azure tient une infrastructure par appliance et la juge à part des machines : agents, versions, certificats.",
    ),
    impact=Text(
        "Machines may still replicate. New ones may fail, and so may all when a certificate or a version ends.",
        "Les machines répliquent peut-être encore. Les nouvelles peuvent échouer, et toutes lorsqu'un certificat ou "
        "une version prend fin.",
    ),
    fix=(conditions.FABRIC_UNHEALTHY,),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case(
            "Azure says critical, with a code",
            {
                f'azure_migrate_replication_fabric_health{{{_FABRIC},health="critical"}}': "1x60",
                f'azure_migrate_replication_fabric_health{{{_FABRIC},health="normal"}}': "0x60",
                f'azure_migrate_replication_fabric_errors{{{_FABRIC},code="31004",failure="unknown"}}': "1x60",
            },
            "40m",
            (
                Fires(
                    {"appliance": "paris", "fabric": "paris0001replicationfabric"},
                    live={"health": "critical", "codes": "31004"},
                ),
            ),
        ),
        Case(
            "Azure says normal",
            {
                f'azure_migrate_replication_fabric_health{{{_FABRIC},health="normal"}}': "1x60",
                f'azure_migrate_replication_fabric_health{{{_FABRIC},health="critical"}}': "0x60",
            },
            "40m",
        ),
    ),
)

ALERTS: Final = (HEARTBEAT_MISSING, AGENT_OUTDATED, FABRIC_UNHEALTHY)
