"""The appliance, its gateway service and its agents."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import RUNS
from generate.alerts.groups.shared.annotation_queries import reason
from generate.alerts.groups.shared.samples import fails
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Live

_STATES: Final = ("running", "stopped", "start_pending", "stop_pending", "paused", "not_found", "unknown")
_NO_CYCLES: Final = Text(
    "No machine of this appliance replicates. The cycles that should run now fail with 181008 or 1011, and recovery "
    "points grow old.",
    "Aucune machine de cette appliance ne réplique. Les cycles prévus maintenant échouent avec 181008 ou 1011, et les "
    "points de récupération vieillissent.",
)


def _up(samples: str, appliance: str = "paris") -> dict[str, str]:
    return {f'azure_migrate_appliance_up{{appliance="{appliance}"}}': samples}


def _service(samples: dict[str, str], service: str = "asrgwy") -> dict[str, str]:
    """The state set of a service: 1 while it is in a state, 0 in the states that are not named."""
    length = next(iter(samples.values())).rpartition("x")[2]
    return {
        f'azure_migrate_gateway_service_state{{appliance="paris",service="{service}",state="{state}"}}': samples.get(
            state, f"0x{length}"
        )
        for state in _STATES
    }


APPLIANCE_DOWN: Final = Alert(
    name="ApplianceDown",
    component=Component.APPLIANCE,
    expr=f"""max by (appliance) (azure_migrate_appliance_up) == 0
unless on (appliance) {RUNS}""",
    labels=("appliance",),
    summary=Text("An appliance does not answer.", "Une appliance ne répond pas."),
    description=Text(
        "TCP 44368 of the appliance {appliance} does not open ({reason}), and nothing says that its gateway service "
        "runs.",
        "Le port TCP 44368 de l'appliance {appliance} ne s'ouvre pas ({reason}), et rien n'indique que son service de "
        "passerelle fonctionne.",
    ),
    live={"reason": reason("appliance", resource="$appliance")},
    meaning=Text(
        "The configuration manager of the appliance accepts no connection, and the state of its services cannot be "
        "read or is not good: the machine is off, hangs, or is cut off from the network.",
        "Le gestionnaire de configuration de l'appliance n'accepte aucune connexion, et l'état de ses services n'est "
        "pas lisible ou pas bon : la machine est arrêtée, bloquée ou coupée du réseau.",
    ),
    impact=_NO_CYCLES,
    fix=(path.APPLIANCE_DOWN,),
    dashboard=Dashboard.APPLIANCE,
    queries=('azure_migrate_gateway_service_state{service="asrgwy"} == 1',),
    cases=(
        Case(
            "it does not answer, and its services cannot be read",
            {
                **_up("1x2 0x20"),
                **_service({"unknown": "1x30"}),
                fails("appliance", "paris", "timeout"): "_x2 1x20",
            },
            "15m",
            (Fires({"appliance": "paris"}, live={"reason": "timeout"}),),
        ),
        Case("it is not monitored from here, but its services can be read", _service({"running": "1x30"}), "15m"),
        Case("a restart of its machine of three minutes", _up("1x5 0x2 1x20"), "9m"),
        Case("only the configuration manager is down", {**_up("0x30"), **_service({"running": "1x30"})}, "15m"),
        Case("it was taken out of the configuration", _up("0x3 stale"), "15m"),
    ),
)
CONFIGURATION_MANAGER_DOWN: Final = Alert(
    name="ConfigurationManagerDown",
    component=Component.APPLIANCE,
    expr=f"max by (appliance) (azure_migrate_appliance_up) == 0 and on (appliance) {RUNS}",
    labels=("appliance",),
    summary=Text(
        "The configuration manager of an appliance does not answer.",
        "Le gestionnaire de configuration d'une appliance ne répond pas.",
    ),
    description=Text(
        "TCP 44368 of {appliance} does not open ({reason}), but its gateway service runs.",
        "Le port TCP 44368 de {appliance} ne s'ouvre pas ({reason}), mais son service de passerelle fonctionne.",
    ),
    live={"reason": reason("appliance", resource="$appliance")},
    meaning=Text(
        "The appliance lives: its gateway service is seen to run. Only the web application that configures it does not "
        "answer, or the port is closed to the exporter.",
        "L'appliance vit : son service de passerelle fonctionne. Seule l'application web qui la configure ne répond "
        "pas, ou le port est fermé pour l'exportateur.",
    ),
    impact=Text(
        "Replication goes on. The appliance cannot be configured, and its automatic updates may have stopped.",
        "La réplication continue. L'appliance ne peut pas être configurée, et ses mises à jour automatiques sont "
        "peut-être arrêtées.",
    ),
    fix=(conditions.CONFIGURATION_MANAGER_DOWN,),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case(
            "the port is closed while the service runs",
            {**_up("0x40"), **_service({"running": "1x40"})},
            "30m",
            (Fires({"appliance": "paris"}),),
        ),
        Case("the whole appliance is down", {**_up("0x40"), **_service({"unknown": "1x40"})}, "30m"),
        Case("both are well", {**_up("1x40"), **_service({"running": "1x40"})}, "30m"),
    ),
)
GATEWAY_NOT_RUNNING: Final = Alert(
    name="GatewayServiceNotRunning",
    component=Component.GATEWAY,
    expr="""max by (appliance, service) (
  azure_migrate_gateway_service_state{service="asrgwy",state=~"stopped|paused|start_pending|stop_pending"}
) == 1""",
    labels=("appliance", "service"),
    summary=Text(
        "The gateway service of an appliance is not running.",
        "Le service de passerelle d'une appliance n'est pas en cours d'exécution.",
    ),
    description=Text(
        "The service {service} on {appliance} is {state}.",
        "Le service {service} de {appliance} est dans l'état {state}.",
    ),
    live={
        "state": Live(
            'azure_migrate_gateway_service_state{appliance="$appliance",service="$service"} == 1',
            Text("not running", "arrêté"),
            label="state",
        )
    },
    meaning=Text(
        "Windows says that the Microsoft Azure Gateway Service (asrgwy), which reads the disks and uploads them, is "
        "stopped, paused, or stuck while it starts or stops.",
        "Windows indique que le service de passerelle Microsoft Azure (asrgwy), qui lit les disques et les envoie, est "
        "arrêté, suspendu, ou bloqué au démarrage ou à l'arrêt.",
    ),
    impact=_NO_CYCLES,
    fix=(path.GATEWAY_STOPPED,),
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect gateway {appliance}",),
    queries=('time() - azure_migrate_gateway_service_start_time_seconds{service="asrgwy"}',),
    cases=(
        Case(
            "it is stopped",
            _service({"running": "1x2 0x20", "stopped": "0x2 1x20"}),
            "10m",
            (Fires({"appliance": "paris", "service": "asrgwy"}, live={"state": "stopped"}),),
        ),
        Case(
            "it hangs while it stops, and is stopped then: one alert without a break",
            _service({"running": "1x2 0x20", "stop_pending": "0x2 1x2 0x20", "stopped": "0x5 1x20"}),
            "7m",
            (Fires({"appliance": "paris", "service": "asrgwy"}, live={"state": "stopped"}),),
        ),
        Case(
            "an update restarts it within two minutes",
            _service({"running": "1x2 0x1 1x20", "stopped": "0x2 1x0 0x20", "start_pending": "0x3 1x0 0x20"}),
            "8m",
        ),
        Case("nobody can tell", _service({"unknown": "1x20"}), "10m"),
        Case("a restart of the exporter", _service({"running": "1x5 _x2 1x20"}), "9m"),
    ),
)
GATEWAY_NOT_FOUND: Final = Alert(
    name="GatewayServiceNotFound",
    component=Component.GATEWAY,
    expr="""max by (appliance, service) (
  azure_migrate_gateway_service_state{service="asrgwy",state="not_found"}
) == 1""",
    labels=("appliance", "service"),
    summary=Text(
        "The machine that is taken for an appliance has no gateway service.",
        "La machine prise pour une appliance n'a pas de service de passerelle.",
    ),
    description=Text(
        "There is no service {service} on {appliance}.", "Il n'y a pas de service {service} sur {appliance}."
    ),
    meaning=Text(
        "Windows knows no service of this name: the gateway was removed or never installed, or the exporter looks at "
        "another machine.",
        "Windows ne connaît aucun service de ce nom : la passerelle a été retirée ou n'a jamais été installée, ou "
        "l'exportateur regarde une autre machine.",
    ),
    impact=_NO_CYCLES,
    fix=(conditions.GATEWAY_NOT_FOUND,),
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect gateway {appliance}",),
    cases=(
        Case(
            "it is not installed",
            _service({"not_found": "1x20"}),
            "10m",
            (Fires({"appliance": "paris", "service": "asrgwy"}),),
        ),
        Case(
            "an update removes and installs it again",
            _service({"running": "1x2 0x2 1x20", "not_found": "0x2 1x2 0x20"}),
            "10m",
        ),
    ),
)
GATEWAY_RESTARTING: Final = Alert(
    name="GatewayServiceRestarting",
    component=Component.GATEWAY,
    expr="""max by (appliance, service) (
  changes(azure_migrate_gateway_service_start_time_seconds{service="asrgwy"}[$window])
) >= $threshold""",
    labels=("appliance", "service"),
    summary=Text(
        "The gateway service of an appliance restarts again and again.",
        "Le service de passerelle d'une appliance redémarre sans cesse.",
    ),
    description=Text(
        "The service {service} on {appliance} has started {value} times lately.",
        "Le service {service} de {appliance} a démarré {value} fois récemment.",
    ),
    meaning=Text(
        "Each time the exporter looks, the service runs, but it is another process. A crash that Windows repairs by "
        "itself looks like that.",
        "À chaque regard de l'exportateur, le service fonctionne, mais c'est un autre processus. Un plantage que "
        "Windows répare de lui-même a cet aspect.",
    ),
    impact=Text(
        "Each restart ends the cycles that run; long ones never come to their end.",
        "Chaque redémarrage interrompt les cycles en cours ; les longs ne se terminent jamais.",
    ),
    fix=(conditions.GATEWAY_RESTARTING,),
    dashboard=Dashboard.APPLIANCE,
    queries=("azure_migrate_gateway_service_start_time_seconds * 1000",),
    cases=(
        Case(
            "four starts within an hour",
            {
                'azure_migrate_gateway_service_start_time_seconds{appliance="paris",service="asrgwy"}': (
                    "100x9 700x9 1300x9 1900x9 2500x20"
                )
            },
            "50m",
            (Fires({"appliance": "paris", "service": "asrgwy"}, value="4"),),
        ),
        Case(
            "an update and a reboot within an hour, and the exporter restarted twice",
            {
                'azure_migrate_gateway_service_start_time_seconds{appliance="paris",service="asrgwy"}': (
                    "100x9 _x2 100x6 1300x9 _x2 1900x30"
                )
            },
            "50m",
        ),
    ),
)
SERVICE_NOT_RUNNING: Final = Alert(
    name="ApplianceServiceNotRunning",
    component=Component.APPLIANCE,
    expr="""max by (appliance, service) (
  azure_migrate_gateway_service_state{service!="asrgwy",state!~"running|unknown"}
) == 1""",
    labels=("appliance", "service"),
    summary=Text(
        "A service of an appliance is not running.", "Un service d'une appliance n'est pas en cours d'exécution."
    ),
    description=Text(
        "The service {service} on {appliance} is {state}.",
        "Le service {service} de {appliance} est dans l'état {state}.",
    ),
    live={
        "state": Live(
            'azure_migrate_gateway_service_state{appliance="$appliance",service="$service"} == 1',
            Text("not running", "arrêté"),
            label="state",
        )
    },
    meaning=Text(
        "A service that the exporter's configuration lists beside the gateway (discovery, orchestration, updates) does "
        "not run or does not exist.",
        "Un service que la configuration de l'exportateur liste à côté de la passerelle (découverte, orchestration, "
        "mises à jour) ne fonctionne pas ou n'existe pas.",
    ),
    impact=Text(
        "Data still moves, but discovery, the orchestration of cycles or updates may stand still.",
        "Les données circulent encore, mais la découverte, l'orchestration des cycles ou les mises à jour sont "
        "peut-être à l'arrêt.",
    ),
    fix=(conditions.SERVICE_STOPPED,),
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect gateway {appliance}",),
    cases=(
        Case(
            "a discovery service is stopped",
            _service({"stopped": "1x40"}, "amdiscovery"),
            "30m",
            (Fires({"appliance": "paris", "service": "amdiscovery"}, live={"state": "stopped"}),),
        ),
        Case("it runs", _service({"running": "1x40"}, "amdiscovery"), "30m"),
        Case("the gateway has an alert of its own", _service({"stopped": "1x40"}), "30m"),
    ),
)

SERVICES: Final = (
    APPLIANCE_DOWN,
    CONFIGURATION_MANAGER_DOWN,
    GATEWAY_NOT_RUNNING,
    GATEWAY_NOT_FOUND,
    GATEWAY_RESTARTING,
    SERVICE_NOT_RUNNING,
)
