"""Replication that does not go on, where Azure names no documented failure."""

from typing import Final

from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Cause, Source, Step, Text

_DIAGNOSE: Final = Step(
    Text(
        en="Run the article's procedure for {vm} with the exporter: it ends with the most upstream cause.",
        fr="Laissez l'exportateur suivre la procédure de l'article pour {vm} : elle se termine par la cause la plus en "
        "amont.",
    ),
    ("azure-migrate-exporter diagnose --vm {vm}",),
)
_READ_ERROR: Final = Step(
    Text(
        en="Read the error in the portal: Azure Migrate > Servers > Replicating servers, right-click {vm}, Error "
        'details. Its link Recent events leads to the latest event "Replication cycle failed" or "Replication cycle '
        'failed for disk", which shows possible causes and recommended actions. Look up its code or message with the '
        "exporter.",
        fr="Lisez l'erreur dans le portail : Azure Migrate > Serveurs > Serveurs de réplication, clic droit sur {vm}, "
        "Détails de l'erreur. Le lien Événements récents mène au dernier événement « Échec du cycle de réplication "
        "» ou « Échec du cycle de réplication pour le disque », qui montre les causes possibles et les mesures "
        "recommandées. Cherchez son code ou son message avec l'exportateur.",
    ),
    ("azure-migrate-exporter explain '<code or message>'",),
    Source.MICROSOFT,
)
_SUPPORT: Final = Step(
    Text(
        en="If nothing explains it, open a support case with the error's activity id.",
        fr="Si rien ne l'explique, ouvrez un dossier de support avec l'identifiant d'activité de l'erreur.",
    )
)
_QUEUED_OR_PAUSED: Final = Step(
    Text(
        en="Check that it is not simply queued: parallel disks, NFC buffer and disk snapshots of its datastore are "
        "limited, and initial replications take precedence over delta cycles.",
        fr="Vérifiez qu'elle n'attend pas simplement : les disques en parallèle, la mémoire tampon NFC et les "
        "instantanés de son magasin de données ont des limites, et les réplications initiales passent avant les "
        "cycles delta.",
    ),
    (
        "$machine | Format-List MachineName, ReplicationStatus, MigrationState, Health",
        (
            "Get-AzMigrateServerMigrationStatus -ProjectName '<project>' -ResourceGroupName '<resource group>' "
            "-MachineName {vm} -Expedite"
        ),
    ),
)
_RESYNC: Final = ("Restart-AzMigrateServerReplication -InputObject $machine",)

UNHEALTHY: Final = Cause(
    "unhealthy",
    Text(
        en="Azure reports that the replication of {vm} is not healthy, and names no documented failure.",
        fr="Azure indique que la réplication de {vm} n'est pas saine et ne nomme aucune panne documentée.",
    ),
    (
        _DIAGNOSE,
        _READ_ERROR,
        Step(
            Text(
                en="Report an unknown code to the authors of this exporter, so that it is added to the catalogue.",
                fr="Signalez un code inexpliqué aux auteurs de cet exportateur, pour que le catalogue l'apprenne.",
            )
        ),
        _SUPPORT,
    ),
)
CYCLE_OVERDUE: Final = Cause(
    "cycle_overdue",
    Text(
        en="By the documented schedule, {vm} should have finished another cycle long ago.",
        fr="D'après le calendrier documenté, {vm} aurait dû terminer un nouveau cycle depuis longtemps.",
    ),
    (
        _DIAGNOSE,
        _QUEUED_OR_PAUSED,
        Step(
            Text(
                en="If the appliance has blackout windows, add them to the exporter's configuration "
                "(blackout_windows), so that they do not count.",
                fr="Si l'appliance a des fenêtres d'interdiction, inscrivez-les dans la configuration de l'exportateur "
                "(blackout_windows), pour qu'elles ne comptent pas.",
            ),
            (r'Get-Content "$Env:ProgramData\Microsoft Azure\Config\GatewayDataWorker.json"',),
        ),
        _SUPPORT,
    ),
)
INITIAL_STALLED: Final = Cause(
    "initial_stalled",
    Text(
        en="The initial replication of {vm} has started but no longer advances.",
        fr="La première copie complète de {vm} a commencé mais n'avance plus.",
    ),
    (_DIAGNOSE, _QUEUED_OR_PAUSED, _SUPPORT),
)
FAILING_AGAIN: Final = Cause(
    "failing_again",
    Text(
        en="{vm} has had the same failure for longer than the longest interval between two cycles.",
        fr="{vm} a la même panne depuis plus longtemps qu'il ne faut à un cycle pour recommencer.",
    ),
    (
        _DIAGNOSE,
        Step(
            Text(
                en="Retrying has not helped: follow the whole documented procedure of the failure, then check that a "
                "cycle completes.",
                fr="Réessayer n'a pas suffi : suivez toute la procédure documentée de la panne, puis vérifiez qu'un "
                "cycle se termine bien.",
            ),
            ("azure-migrate-exporter explain {failure}", "azure-migrate-exporter collect replication"),
        ),
        _SUPPORT,
    ),
)
TASKS_FAILING: Final = Cause(
    "tasks_failing",
    Text(
        en="Snapshot tasks in vCenter {vcenter} keep failing with {failure}.",
        fr="Des tâches d'instantané de vCenter {vcenter} se terminent sans cesse par l'erreur {failure}.",
    ),
    (
        Step(
            Text(
                en="Read the documented causes of this failure and the fix of each.",
                fr="Lisez les causes documentées de cette panne et ce qu'il faut faire pour chacune.",
            ),
            ("azure-migrate-exporter explain {failure}",),
        ),
        Step(
            Text(
                en="Find out in vCenter which machines are affected and who starts the tasks: a backup product, or "
                "the account of an appliance.",
                fr="Regardez dans vCenter quelles machines l'ont et qui lance les tâches : une sauvegarde, ou le "
                "compte d'une appliance.",
            ),
            (
                (
                    "Get-VIEvent -MaxSamples 1000 -Types Error | Where-Object FullFormattedMessage -match snapshot | "
                    "Format-Table CreatedTime, UserName, FullFormattedMessage -Wrap"
                ),
            ),
        ),
    ),
)
STATE_FAILED: Final = Cause(
    "state_failed",
    Text(
        en="An operation on {vm} (enabling, initial replication, migration or disabling) has failed.",
        fr="Une opération sur {vm} (activation, réplication initiale, migration ou désactivation) a échoué.",
    ),
    (
        _READ_ERROR,
        steps.SHOW_FAILED_JOBS,
        Step(
            Text(
                en="Fix what the error names and start the operation again. A migration that starts within a blackout "
                "window always fails.",
                fr="Corrigez ce que nomme l'erreur et relancez l'opération. Une migration lancée pendant une fenêtre "
                "d'interdiction échoue toujours.",
            )
        ),
    ),
)
JOB_FAILED: Final = Cause(
    "job_failed",
    Text(
        en="A job of the vault failed.",
        fr="Une tâche du coffre a échoué.",
    ),
    (
        steps.SHOW_FAILED_JOBS,
        Step(
            Text(
                en="Look up the code or the message with the exporter; it also takes the whole output from its "
                "standard input.",
                fr="Cherchez le code ou le message avec l'exportateur ; il accepte aussi toute la sortie sur son "
                "entrée standard.",
            ),
            ("azure-migrate-exporter explain '<code or message>'",),
        ),
    ),
)
RESYNC_REQUIRED: Final = Cause(
    "resync_required",
    Text(
        en="The replica of {vm} no longer matches its disks and must be copied again.",
        fr="La réplique de {vm} ne correspond plus à ses disques et doit être copiée de nouveau.",
    ),
    (
        Step(
            Text(
                en="If automatic repair was chosen, wait for the resynchronisation to start by itself; otherwise start "
                "it (portal: Repair replication).",
                fr="Si la réparation automatique a été choisie, attendez que la resynchronisation démarre ; sinon "
                "lancez-la (portail : Réparer la réplication).",
            ),
            _RESYNC,
        ),
        Step(
            Text(
                en="Find its cause: a reset of change tracking, a power failure, a resized disk.",
                fr="Cherchez ce qui l'a rendue nécessaire : une réinitialisation du suivi, une coupure de courant, un "
                "disque redimensionné.",
            ),
            ("azure-migrate-exporter diagnose --vm {vm}",),
        ),
    ),
)
VAULT_UNHEALTHY: Final = Cause(
    "vault_unhealthy",
    Text(
        en="The Recovery Services vault itself reports errors.",
        fr="Le coffre Recovery Services signale lui-même des erreurs.",
    ),
    (
        Step(
            Text(
                en="In the portal, open the vault, Site Recovery, and read its errors; look up their codes with the "
                "exporter.",
                fr="Dans le portail, ouvrez le coffre, Site Recovery, et lisez ses erreurs ; laissez l'exportateur "
                "expliquer les codes.",
            ),
            (
                "azure-migrate-exporter collect replication",
                "azure-migrate-exporter explain '<code or message>'",
            ),
        ),
        _SUPPORT,
    ),
)
FRESHNESS_BUDGET: Final = Cause(
    "freshness_budget",
    Text(
        en="More machines than the objective allows have a recovery point that is older than their schedule.",
        fr="Plus de machines que convenu ont un point de récupération plus ancien que leur calendrier.",
    ),
    (
        Step(
            Text(
                en="Find the overdue machines and what they share: an appliance, a host, a datastore.",
                fr="Cherchez les machines en retard et ce qu'elles partagent : une appliance, un hôte, un magasin de "
                "données.",
            ),
            ("azure-migrate-exporter collect replication", "azure-migrate-exporter diagnose"),
        ),
        Step(
            Text(
                en="If all are a little late, the appliance or the network link is too small: check its memory, CPU, "
                "network and parallel disks.",
                fr="Si toutes sont un peu en retard, l'appliance ou la ligne est trop petite : regardez sa mémoire, "
                "son processeur, son réseau et ses disques en parallèle.",
            )
        ),
    ),
)
CHURN_NEAR_CAPACITY: Final = Cause(
    "churn_near_capacity",
    Text(
        en="The machines of {appliance} write nearly as much as their cycles can upload.",
        fr="Les machines de {appliance} écrivent presque autant que leurs cycles peuvent envoyer.",
    ),
    (
        Step(
            Text(
                en="Find the machines that upload most, in Prometheus, and ask their owners what they write: backups, "
                "dumps, paging files and indexes need not be on a replicated disk.",
                fr="Cherchez dans Prometheus les machines qui envoient le plus, et demandez à leurs propriétaires ce "
                "qu'elles écrivent : sauvegardes, exports, fichiers d'échange et index n'ont pas à être sur un disque "
                "répliqué.",
            )
        ),
        Step(
            Text(
                en="Migrate these machines first, or pause machines of later waves until they are migrated.",
                fr="Migrez ces machines en premier, ou suspendez celles des vagues suivantes jusqu'à leur migration.",
            )
        ),
        Step(
            Text(
                en="Ask the network team for more bandwidth from {appliance}, or look for a throttling policy on it.",
                fr="Demandez à l'équipe réseau plus de débit depuis {appliance}, ou cherchez une stratégie de "
                "limitation sur l'appliance.",
            ),
            ("Get-NetQosPolicy | Format-List Name, AppPathName*, ThrottleRate*",),
        ),
    ),
)
