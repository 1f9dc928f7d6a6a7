import re

import pytest

from azure_migrate_exporter.collectors.vsphere.inventory import Machine, Snapshot
from azure_migrate_exporter.collectors.vsphere.replication_matcher import Recognition
from azure_migrate_exporter.config.vsphere import ReplicationSettings

SNAPSHOT = Snapshot("snapshot-1", "before the upgrade", "asked for by Anna", 0.0)


def machine(name: str = "web-01", vm_id: str = "id-1") -> Machine:
    return Machine("vm-1", name, vm_id, "host-1", "ds", "poweredOn", "1", None, None, ())


def recognition(*accounts: str, pattern: str | None = None, machines: tuple[str, ...] = ()) -> Recognition:
    return Recognition(
        ReplicationSettings(
            accounts=accounts,
            snapshot_pattern=re.compile(pattern) if pattern else None,
            machines=tuple(re.compile(one) for one in machines),
        )
    )


@pytest.mark.parametrize(
    ("configured", "user", "same"),
    [
        ("svc-migrate@vsphere.local", "VSPHERE.LOCAL\\svc-migrate", True),
        ("VSPHERE.LOCAL\\SVC-Migrate", "vsphere.local\\svc-migrate", True),
        ("CONTOSO\\svc-migrate", "svc-migrate@contoso.com", True),
        ("svc-migrate", "VSPHERE.LOCAL\\svc-migrate", True),
        ("svc-migrate@vsphere.local", "CONTOSO\\svc-migrate", False),
        ("svc-migrate@vsphere.local", "VSPHERE.LOCAL\\svc-backup", False),
    ],
)
def test_an_account_is_known_in_every_form_in_which_vcenter_writes_it(configured: str, user: str, same: bool) -> None:  # noqa: FBT001
    assert recognition("another@example", configured).made_by_appliance(user) is same


def test_without_accounts_or_without_a_user_nobody_can_tell_who_made_it() -> None:
    assert recognition().made_by_appliance("VSPHERE.LOCAL\\svc-migrate") is None
    assert recognition("svc").made_by_appliance("") is None


def test_what_the_appliance_made_is_the_replications() -> None:
    assert recognition("svc").is_replication(SNAPSHOT, by_appliance=True, replicates=False)


def test_what_somebody_else_made_is_not_even_on_a_replicating_machine() -> None:
    assert not recognition("svc").is_replication(SNAPSHOT, by_appliance=False, replicates=True)


def test_what_nobody_saw_being_made_is_the_replications_on_a_replicating_machine() -> None:
    assert recognition("svc").is_replication(SNAPSHOT, by_appliance=None, replicates=True)
    assert not recognition("svc").is_replication(SNAPSHOT, by_appliance=None, replicates=False)


@pytest.mark.parametrize("pattern", ["upgrade$", "^asked for"])
def test_the_operators_pattern_finds_name_or_description(pattern: str) -> None:
    assert recognition(pattern=pattern).is_replication(SNAPSHOT, by_appliance=False, replicates=False)


def test_no_name_is_guessed() -> None:
    likely = Snapshot("snapshot-2", "AzureMigrate-Snapshot", "Created by Azure Migrate", 0.0)
    assert not recognition().is_replication(likely, by_appliance=None, replicates=False)


def test_a_machine_replicates_if_azure_lists_it_or_the_operator_does() -> None:
    assert recognition().replicates(machine(), frozenset({"id-1"}))
    assert recognition(machines=("web-.*",)).replicates(machine(), frozenset())
    assert not recognition(machines=("web",)).replicates(machine(), frozenset())  # the whole name, not a part
    assert not recognition().replicates(machine(vm_id=""), frozenset({"id-1"}))


def test_settings_without_any_mark_recognise_nothing() -> None:
    assert not recognition().configured
    assert recognition("svc").configured
    assert recognition(pattern="x").configured
    assert recognition(machines=("x",)).configured
