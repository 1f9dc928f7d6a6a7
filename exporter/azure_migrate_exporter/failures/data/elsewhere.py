"""Codes that no version of the article lists, but that Azure reports beside its failures or users have met."""

from typing import Final

from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Article, Cause, Check, Code, Failure, Source, Step, Text
from azure_migrate_exporter.failures.privileges import APPLIANCE_PRIVILEGES

_ELSEWHERE = (Article.ELSEWHERE,)

TEST_MIGRATION_MISSING: Final = Failure(
    id="test_migration_missing",
    title=Text("No test migration has succeeded yet"),
    summary=Text(
        "A reminder that Azure lists among a machine's errors while its health stays normal. Replication works."
    ),
    since=Article.ELSEWHERE,
    codes=(Code("110084", _ELSEWHERE),),
    english=("no successful test migration has been done on the virtual machine",),
    causes=(
        Cause(
            "not_tested",
            Text("No test migration of {vm} has been run, or none succeeded."),
            (
                Step(
                    Text("Run a test migration into an isolated network before the real one."),
                    ("Start-AzMigrateTestMigration -InputObject $machine -TestNetworkID '<virtual network id>'",),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text("Clean it up afterwards."),
                    ("Start-AzMigrateTestMigrationCleanup -InputObject $machine",),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
    ),
    harmless=True,
)

TARGET_NAME_TAKEN: Final = Failure(
    id="target_name_taken",
    title=Text("The name of a machine, disk or network interface is taken in the target resource group"),
    summary=Text("A setting of the migrated machine was refused because its name exists already. Replication goes on."),
    since=Article.ELSEWHERE,
    codes=(Code("110070", _ELSEWHERE), Code("110133", _ELSEWHERE), Code("110135", _ELSEWHERE)),
    causes=(
        Cause(
            "name_taken",
            Text("Another resource of the target resource group has the chosen name."),
            (
                Step(
                    Text("List the names in the target resource group."),
                    ("Get-AzResource -ResourceGroupName '<target resource group>' | Format-Table Name, ResourceType",),
                ),
                Step(
                    Text(
                        "Choose another name for {vm}, its disk or its interface in the portal (Compute and Network, "
                        "Disks), or remove what an earlier test left."
                    )
                ),
            ),
        ),
    ),
    harmless=True,
)

BOOT_DIAGNOSTICS_ACCOUNT_UNAVAILABLE: Final = Failure(
    id="boot_diagnostics_account_unavailable",
    title=Text("The storage account for boot diagnostics is not available"),
    summary=Text(
        "Replication could not be enabled: the account named in the error is not available for the boot diagnostics of "
        "the migrated machine."
    ),
    since=Article.ELSEWHERE,
    codes=(Code("110088", _ELSEWHERE),),
    causes=(
        Cause(
            "account_unavailable",
            Text("The account was moved to another resource group, or deleted."),
            (
                Step(
                    Text("Look for the account that the error names."),
                    (
                        (
                            "Get-AzResource -ResourceType Microsoft.Storage/storageAccounts -Name {account} | "
                            "Format-Table Name, ResourceGroupName, Location"
                        ),
                    ),
                ),
                Step(
                    Text(
                        "Choose another storage account for boot diagnostics and enable the replication of {vm} again."
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
    ),
)

_PRIVILEGES: Final = ",".join(f"'{privilege}'" for privilege in APPLIANCE_PRIVILEGES)

VCENTER_PRIVILEGES_MISSING: Final = Failure(
    id="vcenter_privileges_missing",
    title=Text("The appliance's vCenter account lacks privileges"),
    summary=Text("vCenter refused an operation because the role of the appliance's account does not allow it."),
    since=Article.ELSEWHERE,
    codes=(Code("110034", _ELSEWHERE), Code("31475", _ELSEWHERE)),
    causes=(
        Cause(
            "role_incomplete",
            Text("The role lacks a privilege of the support matrix, or does not propagate to the machine."),
            (
                Step(
                    Text("Compare the role with the documented list, with PowerCLI."),
                    (
                        "Get-VIPermission -Entity $vm | Format-Table Principal, Role, Propagate",
                        "Get-VIPrivilege -Role '<role>' | Sort-Object Id | Format-Table Id",
                    ),
                ),
                Step(
                    Text("Add what is missing; check that the permission propagates to the folders and hosts of {vm}."),
                    (
                        f"$wanted = Get-VIPrivilege -PrivilegeItem -Id {_PRIVILEGES}",
                        "Set-VIRole -Role (Get-VIRole | Where-Object Name -eq '<role>') -AddPrivilege $wanted",
                    ),
                    source=Source.MICROSOFT,
                ),
                Step(Text("Start the failed operation again.")),
            ),
            checks=(Check(evidence.ACCOUNT_PRIVILEGES),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)
