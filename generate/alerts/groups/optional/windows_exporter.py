"""Optional: for people who run windows_exporter on the appliances, with a label `appliance` on its targets."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form

_JOB: Final = 'instance="10.0.0.9:9182",job="windows_exporter",appliance="paris"'
_OFF: Final = Text("No machine of this appliance replicates.", "Aucune machine de cette appliance ne réplique.")


def _service(state: str, samples: str) -> dict[str, str]:
    return {f'windows_service_state{{{_JOB},name="asrgwy",state="{state}"}}': samples}


GATEWAY: Final = Alert(
    name="WindowsGatewayServiceNotRunning",
    component=Component.GATEWAY,
    expr="""max by (appliance) (
  windows_service_state{$windows_exporter_selector,name=~"(?i:asrgwy)",state="running"}
) == 0
unless on (appliance) azure_migrate_gateway_service_state""",
    labels=("appliance",),
    summary=Text(
        "windows_exporter says that the gateway service of an appliance is not running.",
        "windows_exporter indique que le service de passerelle d'une appliance n'est pas en cours d'exécution.",
    ),
    description=Text(
        "The service asrgwy on {appliance} is not running.",
        "Le service asrgwy de {appliance} n'est pas en cours d'exécution.",
    ),
    meaning=Text(
        "windows_exporter's service collector shows the gateway in another state than running. Appliances whose "
        "services the exporter reads itself have its own alert instead.",
        "Le collecteur de services de windows_exporter montre la passerelle dans un autre état que running. Les "
        "appliances dont l'exportateur lit lui-même les services ont sa propre alerte.",
    ),
    impact=_OFF,
    fix=(path.GATEWAY_STOPPED,),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case("it is stopped", _service("running", "1x2 0x20"), "10m", (Fires({"appliance": "paris"}),)),
        Case("it restarts", _service("running", "1x2 0x1 1x20"), "8m"),
        Case(
            "the exporter reads it itself",
            {
                **_service("running", "0x20"),
                'azure_migrate_gateway_service_state{appliance="paris",service="asrgwy",state="stopped"}': "1x20",
            },
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
        "Prometheus cannot read windows_exporter on {appliance}.",
        "Prometheus ne peut pas lire windows_exporter sur {appliance}.",
    ),
    meaning=Text(
        "The machine is off or cut off, or only windows_exporter has stopped. Appliances that the exporter watches "
        "itself have its own alert instead.",
        "La machine est arrêtée ou coupée, ou seul windows_exporter s'est arrêté. Les appliances que l'exportateur "
        "surveille lui-même ont sa propre alerte.",
    ),
    impact=_OFF,
    fix=(path.APPLIANCE_DOWN,),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case("it does not answer", {f"up{{{_JOB}}}": "1x2 0x30"}, "15m", (Fires({"appliance": "paris"}),)),
        Case("a reboot", {f"up{{{_JOB}}}": "1x2 0x3 1x30"}, "15m"),
        Case(
            "the exporter watches it itself",
            {f"up{{{_JOB}}}": "0x30", 'azure_migrate_appliance_up{appliance="paris"}': "1x30"},
            "15m",
        ),
    ),
)
DISK: Final = Alert(
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
    value=Form.PERCENT,
    meaning=Text(
        "windows_exporter shows little space left. The logs of the gateway and Windows updates are what grows.",
        "windows_exporter montre peu d'espace. Ce sont les journaux de la passerelle et les mises à jour de Windows "
        "qui grossissent.",
    ),
    impact=Text(
        "When it is full, the gateway ends, and no update can be installed.",
        "Lorsqu'il est plein, la passerelle s'arrête et aucune mise à jour ne peut être installée.",
    ),
    fix=(conditions.DISK_FULL,),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case(
            "4 of 80 GB",
            {
                f'windows_logical_disk_free_bytes{{{_JOB},volume="C:"}}': "4e9x60",
                f'windows_logical_disk_size_bytes{{{_JOB},volume="C:"}}': "80e9x60",
            },
            "40m",
            (Fires({"appliance": "paris", "volume": "C:"}, value="5%"),),
        ),
        Case(
            "a healthy disk at its limit: 8 of 80 GB",
            {
                f'windows_logical_disk_free_bytes{{{_JOB},volume="C:"}}': "8e9x60",
                f'windows_logical_disk_size_bytes{{{_JOB},volume="C:"}}': "80e9x60",
            },
            "40m",
        ),
        Case(
            "a hidden recovery volume is always full",
            {
                f'windows_logical_disk_free_bytes{{{_JOB},volume="HarddiskVolume1"}}': "1e6x60",
                f'windows_logical_disk_size_bytes{{{_JOB},volume="HarddiskVolume1"}}': "5e8x60",
            },
            "40m",
        ),
    ),
)
CLOCK: Final = Alert(
    name="WindowsClockWrong",
    component=Component.APPLIANCE,
    expr="max by (appliance) (abs(windows_time_computed_time_offset_seconds{$windows_exporter_selector})) > $threshold",
    labels=("appliance",),
    summary=Text("The clock of an appliance is wrong.", "L'horloge d'une appliance est fausse."),
    description=Text("The clock of {appliance} is off by {value}.", "L'horloge de {appliance} est décalée de {value}."),
    value=Form.DURATION,
    meaning=Text(
        "Windows' own time service tells the difference (windows_exporter's time collector).",
        "Le service de temps de Windows indique l'écart (collecteur time de windows_exporter).",
    ),
    impact=Text(
        "From five minutes on Azure refuses tokens and signatures of the appliance: everything fails at once.",
        "À partir de cinq minutes, Azure refuse les jetons et signatures de l'appliance : tout échoue d'un coup.",
    ),
    fix=(conditions.CLOCK_WRONG,),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case(
            "it is two minutes behind",
            {f"windows_time_computed_time_offset_seconds{{{_JOB}}}": "-120x60"},
            "40m",
            (Fires({"appliance": "paris"}, value="2m 0s"),),
        ),
        Case(
            "half a second",
            {f"windows_time_computed_time_offset_seconds{{{_JOB}}}": "0.5x60"},
            "40m",
        ),
    ),
)

ALERTS: Final = (GATEWAY, EXPORTER_DOWN, DISK, CLOCK)
