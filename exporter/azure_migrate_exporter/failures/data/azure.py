"""What goes wrong on Azure's side of a cycle: accounts, containers, limits."""

from typing import Final

from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Article, Cause, Check, Code, Failure, Source, Step, Text

_2026 = (Article.Y2026,)

_STOP_AND_ENABLE: Final = (
    Step(
        Text("Stop the replication of {vm} (portal: Stop replication); its replica disks are deleted."),
        ("Remove-AzMigrateServerReplication -InputObject $machine",),
        source=Source.MICROSOFT,
    ),
    Step(Text("Enable the replication of {vm} again; it starts with a full copy."), source=Source.MICROSOFT),
)

STORAGE_ACCOUNT_NOT_FOUND: Final = Failure(
    id="storage_account_not_found",
    title=Text("The cache storage account does not exist (StorageAccountNotFound)"),
    summary=Text(
        "The account that the machine's data passes through is not where it was when replication was enabled."
    ),
    since=Article.Y2026,
    codes=(Code("542", _2026),),
    symbols=("StorageAccountNotFound",),
    ambiguous_symbols=True,  # Resource Manager uses the same word for any storage account
    causes=(
        Cause(
            "account_moved",
            Text(
                "The account (migratelsa…, or migratersa…) was moved to another resource group, deleted, or "
                "converted from a classic one."
            ),
            (
                Step(
                    Text("Look for the account."),
                    (
                        (
                            "Get-AzResource -ResourceType Microsoft.Storage/storageAccounts -Name {account} | "
                            "Format-Table Name, ResourceGroupName, Location"
                        ),
                    ),
                ),
                *_STOP_AND_ENABLE,
            ),
            (Check(evidence.STORAGE_CACHE), Check(evidence.STORAGE_REPLICATION)),
            source=Source.MICROSOFT,
        ),
    ),
)

STATE_CONTAINER_NOT_FOUND: Final = Failure(
    id="state_container_not_found",
    title=Text("The machine's replication state does not exist (StateContainerNotFound)"),
    summary=Text(
        "The blob container in which the appliance keeps the state of this machine's replication does not exist."
    ),
    since=Article.Y2026,
    codes=(Code("587", _2026),),
    symbols=("StateContainerNotFound",),
    causes=(
        Cause(
            "replication_disabled",
            Text("Replication was disabled for the machine, but is still requested."),
            _STOP_AND_ENABLE,
            source=Source.MICROSOFT,
        ),
    ),
)

SNAPSHOT_OPERATIONS_THROTTLED: Final = Failure(
    id="snapshot_operations_throttled",
    title=Text("Azure throttles snapshots in the subscription (SubscriptionSnapshotOperationThrottled)"),
    summary=Text(
        "At the end of a cycle Azure takes snapshots of the replica disks; the subscription created too many of "
        "them at once. The network is not the cause."
    ),
    since=Article.Y2026,
    codes=(Code("633", _2026),),
    symbols=("SubscriptionSnapshotOperationThrottled",),
    causes=(
        Cause(
            "too_many_disks",
            Text("More disks replicate into the subscription than its rate limit for snapshots allows."),
            (
                Step(Text("Wait 30 minutes for the cycle to retry."), source=Source.MICROSOFT),
                Step(
                    Text(
                        "If it recurs, distribute the machines over several target subscriptions, or finish migrations "
                        "(Complete migration) so that fewer replicate."
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)
