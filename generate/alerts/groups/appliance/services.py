"""The appliance's configuration manager and its Windows services, the gateway service above all."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import GATEWAY_RUNNING
from generate.alerts.groups.shared.annotation_queries import failure_reason
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert
from generate.alerts.samples import failure_info, series

_STATES: Final = ("running", "stopped", "start_pending", "stop_pending", "paused", "not_found", "unknown")
_NO_CYCLES: Final = Text(
    "No machine of this appliance replicates. Cycles that are due fail with 181008 or 1011, and recovery points get "
    "older.",
    "Aucune machine de cette appliance ne réplique. Les cycles prévus échouent avec 181008 ou 1011, et les points de "
    "récupération vieillissent.",
)
_STATE: Final = AnnotationQuery(
    'azure_migrate_gateway_service_state{appliance="$appliance",windows_service="$windows_service"} == 1',
    Text("not running", "arrêté"),
    label="state",
)
_SERVICE_STATE: Final = Text(
    "The service {windows_service} on {appliance} is {state}.",
    "Le service {windows_service} de {appliance} est dans l'état {state}.",
)
_COLLECT: Final = ("collect gateway {appliance}",)
_STOPPED: Final = {"state": "stopped"}


def _up(samples: str) -> dict[str, str]:
    return {series("appliance_up"): samples}


def _service(samples: dict[str, str], service: str = "asrgwy") -> dict[str, str]:
    """The state set of a service: `samples` by state, and 0 in all other states."""
    length = next(iter(samples.values())).rpartition("x")[2]
    return {
        series("gateway_service_state", windows_service=service, state=state): samples.get(state, f"0x{length}")
        for state in _STATES
    }


APPLIANCE_DOWN: Final = Alert(
    name="ApplianceDown",
    component=Component.APPLIANCE,
    expr=f"""max by (appliance) (azure_migrate_appliance_up) == 0
unless on (appliance) {GATEWAY_RUNNING}""",
    labels=("appliance",),
    summary=Text("An appliance does not answer.", "Une appliance ne répond pas."),
    description=Text(
        "TCP 44368 of the appliance {appliance} does not open ({reason}), and its gateway service is not known to run.",
        "Le port TCP 44368 de l'appliance {appliance} ne s'ouvre pas ({reason}), et rien n'indique que son service de "
        "passerelle fonctionne.",
    ),
    annotation_queries={"reason": failure_reason("appliance", resource="$appliance")},
    meaning=Text(
        "The configuration manager of the appliance accepts no connection, and the state of its services is unknown or "
        "bad. The machine is off, hangs, or is cut off from the network.",
        "Le gestionnaire de configuration de l'appliance n'accepte aucune connexion, et l'état de ses services est "
        "inconnu ou mauvais. La machine est arrêtée, bloquée ou coupée du réseau.",
    ),
    impact=_NO_CYCLES,
    fix=(path.APPLIANCE_DOWN,),
    runbook_queries=('azure_migrate_gateway_service_state{windows_service="asrgwy"} == 1',),
    cases=(
        Case(
            "it does not answer, and its services cannot be read",
            {
                **_up("1x2 0x20"),
                **_service({"unknown": "1x30"}),
                failure_info("appliance", "paris", "timeout"): "_x2 1x20",
            },
            "15m",
            (ExpectedAlert(results={"reason": "timeout"}),),
        ),
        Case("it is not monitored, but its services can be read", _service({"running": "1x30"}), "15m"),
        Case("its machine restarts within three minutes", _up("1x5 0x2 1x20"), "9m"),
        Case("only the configuration manager is down", {**_up("0x30"), **_service({"running": "1x30"})}, "15m"),
        Case("it is removed from the configuration", _up("0x3 stale"), "15m"),
    ),
)
CONFIGURATION_MANAGER_DOWN: Final = Alert(
    name="ConfigurationManagerDown",
    component=Component.APPLIANCE,
    expr=f"max by (appliance) (azure_migrate_appliance_up) == 0 and on (appliance) {GATEWAY_RUNNING}",
    labels=("appliance",),
    summary=Text(
        "The configuration manager of an appliance does not answer.",
        "Le gestionnaire de configuration d'une appliance ne répond pas.",
    ),
    description=Text(
        "TCP 44368 of {appliance} does not open ({reason}), but its gateway service runs.",
        "Le port TCP 44368 de {appliance} ne s'ouvre pas ({reason}), mais son service de passerelle fonctionne.",
    ),
    annotation_queries={"reason": failure_reason("appliance", resource="$appliance")},
    meaning=Text(
        "The appliance works, since its gateway service runs. Only the web application that configures it does not "
        "answer, or the port is closed for the exporter.",
        "L'appliance fonctionne, puisque son service de passerelle est en cours d'exécution. Seule l'application web "
        "qui la configure ne répond pas, ou le port est fermé pour l'exportateur.",
    ),
    impact=Text(
        "Replication continues. The appliance cannot be configured, and its automatic updates may have stopped.",
        "La réplication continue. L'appliance ne peut pas être configurée, et ses mises à jour automatiques sont "
        "peut-être arrêtées.",
    ),
    fix=(conditions.CONFIGURATION_MANAGER_DOWN,),
    cases=(
        Case(
            "the port is closed while the service runs",
            {**_up("0x40"), **_service({"running": "1x40"})},
            "30m",
            (ExpectedAlert(),),
        ),
        Case("the whole appliance is down", {**_up("0x40"), **_service({"unknown": "1x40"})}, "30m"),
        Case("both are up", {**_up("1x40"), **_service({"running": "1x40"})}, "30m"),
    ),
)
GATEWAY_NOT_RUNNING: Final = Alert(
    name="GatewayServiceNotRunning",
    component=Component.GATEWAY,
    expr="""max by (appliance, windows_service) (
  azure_migrate_gateway_service_state{windows_service="asrgwy",state=~"stopped|paused|start_pending|stop_pending"}
) == 1""",
    labels=("appliance", "windows_service"),
    summary=Text(
        "The gateway service of an appliance is not running.",
        "Le service de passerelle d'une appliance n'est pas en cours d'exécution.",
    ),
    description=_SERVICE_STATE,
    annotation_queries={"state": _STATE},
    meaning=Text(
        "The Microsoft Azure Gateway Service (asrgwy) reads the disks and uploads them. Windows reports that it is "
        "stopped or paused, or that it hangs while it starts or stops.",
        "Le service de passerelle Microsoft Azure (asrgwy) lit les disques et les envoie. Windows indique qu'il est "
        "arrêté ou suspendu, ou qu'il est bloqué au démarrage ou à l'arrêt.",
    ),
    impact=_NO_CYCLES,
    fix=(path.GATEWAY_STOPPED,),
    diagnosis=_COLLECT,
    runbook_queries=('time() - azure_migrate_gateway_service_start_time_seconds{windows_service="asrgwy"}',),
    cases=(
        Case(
            "it is stopped",
            _service({"running": "1x2 0x20", "stopped": "0x2 1x20"}),
            "10m",
            (ExpectedAlert(results=_STOPPED),),
        ),
        Case(
            "it hangs while it stops, and then stops: one alert without interruption",
            _service({"running": "1x2 0x20", "stop_pending": "0x2 1x2 0x20", "stopped": "0x5 1x20"}),
            "7m",
            (ExpectedAlert(results=_STOPPED),),
        ),
        Case(
            "an update restarts it within two minutes",
            _service({"running": "1x2 0x1 1x20", "stopped": "0x2 1x0 0x20", "start_pending": "0x3 1x0 0x20"}),
            "8m",
        ),
        Case("its state is unknown", _service({"unknown": "1x20"}), "10m"),
        Case("a restart of the exporter", _service({"running": "1x5 _x2 1x20"}), "9m"),
    ),
)
GATEWAY_NOT_FOUND: Final = Alert(
    name="GatewayServiceNotFound",
    component=Component.GATEWAY,
    expr="""max by (appliance, windows_service) (
  azure_migrate_gateway_service_state{windows_service="asrgwy",state="not_found"}
) == 1""",
    labels=("appliance", "windows_service"),
    summary=Text(
        "The machine configured as an appliance has no gateway service.",
        "La machine configurée comme appliance n'a pas de service de passerelle.",
    ),
    description=Text(
        "There is no service {windows_service} on {appliance}.",
        "Il n'y a pas de service {windows_service} sur {appliance}.",
    ),
    meaning=Text(
        "Windows has no service of this name: the gateway is not installed, or the exporter reads the services of "
        "another machine.",
        "Windows ne connaît aucun service de ce nom : la passerelle n'est pas installée, ou l'exportateur lit les "
        "services d'une autre machine.",
    ),
    impact=_NO_CYCLES,
    fix=(conditions.GATEWAY_NOT_FOUND,),
    diagnosis=_COLLECT,
    cases=(
        Case("it is not installed", _service({"not_found": "1x20"}), "10m", (ExpectedAlert(),)),
        Case(
            "an update removes it and installs it again",
            _service({"running": "1x2 0x2 1x20", "not_found": "0x2 1x2 0x20"}),
            "10m",
        ),
    ),
)
_START_TIME: Final = series("gateway_service_start_time_seconds")
GATEWAY_RESTARTING: Final = Alert(
    name="GatewayServiceRestarting",
    component=Component.GATEWAY,
    expr="""max by (appliance, windows_service) (
  changes(azure_migrate_gateway_service_start_time_seconds{windows_service="asrgwy"}[$window])
) >= $threshold""",
    labels=("appliance", "windows_service"),
    summary=Text(
        "The gateway service of an appliance restarts repeatedly.",
        "Le service de passerelle d'une appliance redémarre à répétition.",
    ),
    description=Text(
        "The service {windows_service} on {appliance} has started {value} times recently.",
        "Le service {windows_service} de {appliance} a démarré {value} fois récemment.",
    ),
    meaning=Text(
        "The service runs at each run of the collector, but in another process. A crash that Windows repairs looks "
        "like that.",
        "Le service fonctionne à chaque exécution du collecteur, mais dans un autre processus. Un plantage que Windows "
        "répare de lui-même a cet aspect.",
    ),
    impact=Text(
        "Each restart ends the running cycles, and long cycles never complete.",
        "Chaque redémarrage interrompt les cycles en cours ; les longs ne se terminent jamais.",
    ),
    fix=(conditions.GATEWAY_RESTARTING,),
    runbook_queries=("azure_migrate_gateway_service_start_time_seconds * 1000",),
    cases=(
        Case(
            "four starts within an hour",
            {_START_TIME: "100x9 700x9 1300x9 1900x9 2500x20"},
            "50m",
            (ExpectedAlert(value="4"),),
        ),
        Case(
            "an update and a reboot within an hour, and two restarts of the exporter",
            {_START_TIME: "100x9 _x2 100x6 1300x9 _x2 1900x30"},
            "50m",
        ),
    ),
)
SERVICE_NOT_RUNNING: Final = Alert(
    name="ApplianceServiceNotRunning",
    component=Component.APPLIANCE,
    expr="""max by (appliance, windows_service) (
  azure_migrate_gateway_service_state{windows_service!="asrgwy",state!~"running|unknown"}
) == 1""",
    labels=("appliance", "windows_service"),
    summary=Text(
        "A service of an appliance is not running.", "Un service d'une appliance n'est pas en cours d'exécution."
    ),
    description=_SERVICE_STATE,
    annotation_queries={"state": _STATE},
    meaning=Text(
        "The configuration of the exporter lists further services beside the gateway service, for discovery, "
        "orchestration or updates. One of them does not run or does not exist.",
        "La configuration de l'exportateur liste d'autres services à côté de la passerelle, pour la découverte, "
        "l'orchestration ou les mises à jour. L'un d'eux ne fonctionne pas ou n'existe pas.",
    ),
    impact=Text(
        "Data is still replicated. Discovery, the orchestration of cycles or updates may have stopped.",
        "Les données sont toujours répliquées. La découverte, l'orchestration des cycles ou les mises à jour sont "
        "peut-être à l'arrêt.",
    ),
    fix=(conditions.SERVICE_STOPPED,),
    diagnosis=_COLLECT,
    cases=(
        Case(
            "a discovery service is stopped",
            _service({"stopped": "1x40"}, "amdiscovery"),
            "30m",
            (ExpectedAlert({"windows_service": "amdiscovery"}, results=_STOPPED),),
        ),
        Case("it runs", _service({"running": "1x40"}, "amdiscovery"), "30m"),
        Case("the gateway service has its own alert", _service({"stopped": "1x40"}), "30m"),
    ),
)

ALERTS: Final = (
    APPLIANCE_DOWN,
    CONFIGURATION_MANAGER_DOWN,
    GATEWAY_NOT_RUNNING,
    GATEWAY_NOT_FOUND,
    GATEWAY_RESTARTING,
    SERVICE_NOT_RUNNING,
)
