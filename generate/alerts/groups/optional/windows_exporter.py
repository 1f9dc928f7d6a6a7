"""`rules/optional/windows_exporter.yml`: windows_exporter on the appliances, with a label `appliance`."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, Group, NumberFormat
from generate.alerts.samples import series

_TARGET: Final = 'instance="10.0.0.9:9182",job="windows_exporter",appliance="paris"'
_RUNNING: Final = f'windows_service_state{{{_TARGET},name="asrgwy",state="running"}}'
_UP: Final = f"up{{{_TARGET}}}"
_CLOCK_OFFSET: Final = f"windows_time_computed_time_offset_seconds{{{_TARGET}}}"
_NO_REPLICATION: Final = Text(
    "No machine of this appliance replicates.", "Aucune machine de cette appliance ne réplique."
)

GATEWAY: Final = Alert(
    name="WindowsGatewayServiceNotRunning",
    component=Component.GATEWAY,
    expr="""max by (appliance) (
  windows_service_state{$windows_exporter_selector,name=~"(?i:asrgwy)",state="running"}
) == 0
unless on (appliance) azure_migrate_gateway_service_state""",
    labels=("appliance",),
    summary=Text(
        "windows_exporter reports that the gateway service of an appliance is not running.",
        "windows_exporter indique que le service de passerelle d'une appliance n'est pas en cours d'exécution.",
    ),
    description=Text(
        "The service asrgwy on {appliance} is not running.",
        "Le service asrgwy de {appliance} n'est pas en cours d'exécution.",
    ),
    meaning=Text(
        "The service collector of windows_exporter reports another state than running. If the exporter itself reads "
        "the services of the appliance, its own alert fires instead.",
        "Le collecteur de services de windows_exporter indique un autre état que running. Si l'exportateur lit "
        "lui-même les services de l'appliance, sa propre alerte se déclenche à la place.",
    ),
    impact=_NO_REPLICATION,
    fix=(path.GATEWAY_STOPPED,),
    cases=(
        Case("it is stopped", {_RUNNING: "1x2 0x20"}, "10m", (ExpectedAlert(),)),
        Case("it restarts", {_RUNNING: "1x2 0x1 1x20"}, "8m"),
        Case(
            "the exporter reads the service",
            {_RUNNING: "0x20", series("gateway_service_state", state="stopped"): "1x20"},
            "10m",
        ),
    ),
)
EXPORTER_DOWN: Final = Alert(
    name="WindowsExporterDown",
    component=Component.APPLIANCE,
    expr="""max by (appliance) (up{$windows_exporter_selector}) == 0
unless on (appliance) azure_migrate_appliance_up""",
    labels=("appliance",),
    summary=Text(
        "windows_exporter on an appliance does not answer.", "windows_exporter ne répond pas sur une appliance."
    ),
    description=Text(
        "Prometheus cannot scrape windows_exporter on {appliance}.",
        "Prometheus ne peut pas lire windows_exporter sur {appliance}.",
    ),
    meaning=Text(
        "The machine is off or cut off from the network, or windows_exporter has stopped. If the exporter itself "
        "checks the appliance, its own alert fires instead.",
        "La machine est arrêtée ou coupée du réseau, ou windows_exporter s'est arrêté. Si l'exportateur contrôle "
        "lui-même l'appliance, sa propre alerte se déclenche à la place.",
    ),
    impact=_NO_REPLICATION,
    fix=(path.APPLIANCE_DOWN,),
    cases=(
        Case("it does not answer", {_UP: "1x2 0x30"}, "15m", (ExpectedAlert(),)),
        Case("a reboot", {_UP: "1x2 0x3 1x30"}, "15m"),
        Case("the exporter checks the appliance", {_UP: "0x30", series("appliance_up"): "1x30"}, "15m"),
    ),
)


def _disk(volume: str, free: str, size: str) -> dict[str, str]:
    labels = f'{_TARGET},volume="{volume}"'
    return {
        f"windows_logical_disk_free_bytes{{{labels}}}": free,
        f"windows_logical_disk_size_bytes{{{labels}}}": size,
    }


DISK_FULL: Final = Alert(
    name="WindowsDiskFull",
    component=Component.APPLIANCE,
    expr="""min by (appliance, volume) (
  windows_logical_disk_free_bytes{$windows_exporter_selector,volume=~"[A-Z]:"}
  / windows_logical_disk_size_bytes{$windows_exporter_selector,volume=~"[A-Z]:"}
) < $threshold""",
    labels=("appliance", "volume"),
    summary=Text("A disk of an appliance is nearly full.", "Un disque d'une appliance est presque plein."),
    description=Text(
        "{value} of the volume {volume} of {appliance} is free.", "{value} du volume {volume} de {appliance} est libre."
    ),
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "windows_exporter reports little free space. Logs of the gateway and Windows updates usually take it.",
        "windows_exporter indique peu d'espace libre. Ce sont en général les journaux de la passerelle et les mises à "
        "jour de Windows qui l'occupent.",
    ),
    impact=Text(
        "When the disk is full, the gateway stops and no update can be installed.",
        "Lorsqu'il est plein, la passerelle s'arrête et aucune mise à jour ne peut être installée.",
    ),
    fix=(conditions.DISK_FULL,),
    cases=(
        Case("4 of 80 GB", _disk("C:", "4e9x60", "80e9x60"), "40m", (ExpectedAlert({"volume": "C:"}, value="5%"),)),
        Case("a healthy disk at its limit: 8 of 80 GB", _disk("C:", "8e9x60", "80e9x60"), "40m"),
        Case("a hidden recovery volume is always full", _disk("HarddiskVolume1", "1e6x60", "5e8x60"), "40m"),
    ),
)
CLOCK_WRONG: Final = Alert(
    name="WindowsClockWrong",
    component=Component.APPLIANCE,
    expr="max by (appliance) (abs(windows_time_computed_time_offset_seconds{$windows_exporter_selector})) > $threshold",
    labels=("appliance",),
    summary=Text("The clock of an appliance is wrong.", "L'horloge d'une appliance est fausse."),
    description=Text("The clock of {appliance} is off by {value}.", "L'horloge de {appliance} est décalée de {value}."),
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "The time service of Windows reports the offset (time collector of windows_exporter).",
        "Le service de temps de Windows indique l'écart (collecteur time de windows_exporter).",
    ),
    impact=Text(
        "From an offset of five minutes on, Azure refuses the appliance's tokens and signatures, so everything fails.",
        "À partir de cinq minutes, Azure refuse les jetons et signatures de l'appliance : tout échoue d'un coup.",
    ),
    fix=(conditions.CLOCK_WRONG,),
    cases=(
        Case("two minutes behind", {_CLOCK_OFFSET: "-120x60"}, "40m", (ExpectedAlert(value="2m 0s"),)),
        Case("half a second", {_CLOCK_OFFSET: "0.5x60"}, "40m"),
    ),
)

GROUP: Final = Group(
    "windows_exporter",
    Text("Optional: with windows_exporter", "En option : avec windows_exporter"),
    (GATEWAY, EXPORTER_DOWN, DISK_FULL, CLOCK_WRONG),
    optional=True,
)
