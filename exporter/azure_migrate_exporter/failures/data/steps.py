"""Steps that several fixes share."""

from typing import Final

from azure_migrate_exporter.failures.model import Step, Text

FIND_MACHINE: Final = (
    "$machine = Get-AzMigrateServerReplication -ProjectName '<project>' -ResourceGroupName '<resource group>' "
    "-MachineName '{vm}'"
)
"""Az.Migrate's cmdlets take the machine as an object; this command finds it."""

LOG_ON: Final = Step(
    Text(
        en="Log on to the appliance {appliance} (Remote Desktop, TCP 3389).",
        fr="Connectez-vous à l'appliance {appliance} (Bureau à distance, TCP 3389).",
    )
)
START_GATEWAY: Final = Step(
    Text(
        en="Start the gateway service (Microsoft Azure Gateway Service) and check that it stays up.",
        fr="Démarrez le service de passerelle (Service de passerelle Microsoft Azure) et vérifiez qu'il reste démarré.",
    ),
    ("Start-Service -Name asrgwy", "Get-Service -Name asrgwy"),
)
STOP_GATEWAY: Final = Step(
    Text(
        en="Stop the gateway service and wait until it has stopped.",
        fr="Arrêtez le service de passerelle et attendez qu'il soit arrêté.",
    ),
    ("Stop-Service -Name asrgwy", "(Get-Service -Name asrgwy).WaitForStatus('Stopped', '00:10:00')"),
)
NEXT_CYCLE: Final = Step(
    Text(
        en="Wait for the next cycle of {vm} (at most 12 hours after the last) and check that its health becomes "
        "normal.",
        fr="Attendez le cycle suivant de {vm} (12 heures au plus après le dernier) et vérifiez que l'intégrité "
        "redevient normale.",
    ),
    ("azure-migrate-exporter collect replication",),
)
SHOW_TASKS: Final = Step(
    Text(
        en="List the running tasks: which one concerns {vm}, its progress and who started it.",
        fr="Regardez les tâches en cours : laquelle concerne {vm}, où elle en est et qui l'a lancée.",
    ),
    ("Get-Task -Status Running | Format-Table Name, PercentComplete, StartTime, ObjectId",),
)
PAUSE_BACKUPS: Final = Step(
    Text(
        en="Stop or reschedule backup jobs that create snapshots of {vm}, so that they do not run during its cycles.",
        fr="Arrêtez ou décalez les sauvegardes qui créent des instantanés de {vm}, pour qu'elles ne tournent pas "
        "pendant ses cycles.",
    )
)
SHOW_SPACE: Final = Step(
    Text(
        en="Check that the datastores of {vm} have free space; free some if not.",
        fr="Vérifiez que les magasins de données de {vm} ont de l'espace libre ; sinon, libérez-en.",
    ),
    ("Get-Datastore -RelatedObject (Get-VM -Name '{vm}') | Format-Table Name, FreeSpaceGB, CapacityGB",),
)
