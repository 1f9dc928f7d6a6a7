"""Steps that several fixes share."""

from typing import Final

from azure_migrate_exporter.failures.model import Source, Step, Text

LOG_ON: Final = Step(
    Text(
        en="Log on to the appliance {appliance} (Remote Desktop, TCP 3389).",
        fr="Connectez-vous à l'appliance {appliance} (Bureau à distance, TCP 3389).",
    ),
    source=Source.MICROSOFT,
)
START_GATEWAY: Final = Step(
    Text(
        en="Start the gateway service and check that it stays up: in services.msc, where it is called Microsoft Azure "
        "Gateway Service, or with these commands.",
        fr="Démarrez le service de passerelle et vérifiez qu'il reste démarré : dans services.msc, où il s'appelle "
        "Service de passerelle Microsoft Azure, ou avec ces commandes.",
    ),
    ("Start-Service -Name asrgwy", "Get-Service -Name asrgwy"),
    source=Source.MICROSOFT,
)
STOP_GATEWAY: Final = Step(
    Text(
        en="Stop the gateway service, in services.msc (Microsoft Azure Gateway Service) or with these commands, and "
        "wait until it has stopped.",
        fr="Arrêtez le service de passerelle, dans services.msc (Service de passerelle Microsoft Azure) ou avec ces "
        "commandes, et attendez qu'il soit arrêté.",
    ),
    ("Stop-Service -Name asrgwy", "(Get-Service -Name asrgwy).WaitForStatus('Stopped', '00:10:00')"),
    source=Source.MICROSOFT,
)
NEXT_CYCLE: Final = Step(
    Text(
        en="Wait for the next cycle of {vm} (at most 12 hours after the last) and check that its health becomes "
        "normal. A test migration can follow.",
        fr="Attendez le cycle suivant de {vm} (12 heures au plus après le dernier) et vérifiez que l'intégrité "
        "redevient normale. Un test de migration peut suivre.",
    ),
    ("azure-migrate-exporter collect replication",),
    Source.MICROSOFT,
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
    ),
    source=Source.MICROSOFT,
)
SHOW_FAILED_JOBS: Final = Step(
    Text(
        en="List the failed jobs, then the errors of each: a list of jobs never contains them, only the query of a "
        "single job does.",
        fr="Listez les tâches en échec, puis les erreurs de chacune : une liste de tâches ne les contient jamais, "
        "seule l'interrogation d'une tâche précise les donne.",
    ),
    (
        (
            "$jobs = Get-AzMigrateJob -ProjectName '<project>' -ResourceGroupName '<resource group>' | "
            "Where-Object State -eq 'Failed'"
        ),
        "$jobs | Format-Table FriendlyName, StartTime, TargetObjectName",
        "$jobs | ForEach-Object { (Get-AzMigrateJob -InputObject $_).Error } | Format-List",
    ),
)
"""In Azure PowerShell's own recordings the errors of a list are always empty."""
SHOW_SPACE: Final = Step(
    Text(
        en="Check that the datastores of {vm} have free space; free some if not.",
        fr="Vérifiez que les magasins de données de {vm} ont de l'espace libre ; sinon, libérez-en.",
    ),
    ("Get-Datastore -RelatedObject $vm | Format-Table Name, FreeSpaceGB, CapacityGB",),
)
