import re

import pytest

from azure_migrate_exporter.collectors.vsphere.state.inventory import Machine, Snapshot
from azure_migrate_exporter.collectors.vsphere.state.replication_matcher import ReplicationMatcher
from azure_migrate_exporter.config.vsphere import ReplicationSettings

SNAPSHOT = Snapshot("snapshot-1", "before the upgrade", "requested by Anna", 0.0)


def machine(name: str = "web-01", vm_id: str = "id-1") -> Machine:
    return Machine("vm-1", name, vm_id, "host-1", (), "poweredOn", "connected", "1", None, None, ())


def matcher(*accounts: str, pattern: str | None = None, machines: tuple[str, ...] = ()) -> ReplicationMatcher:
    return ReplicationMatcher(
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
def test_an_account_is_recognised_in_every_form_that_vcenter_writes(configured: str, user: str, same: bool) -> None:  # noqa: FBT001
    assert matcher("another@example", configured).is_appliance(user) is same


def test_without_accounts_or_without_a_user_the_author_is_unknown() -> None:
    assert matcher().is_appliance("VSPHERE.LOCAL\\svc-migrate") is None
    assert matcher("svc").is_appliance("") is None


def test_a_snapshot_by_the_appliance_is_the_replications() -> None:
    assert matcher("svc").is_replication_snapshot(SNAPSHOT, by_appliance=True, replicates=False)


def test_a_snapshot_by_another_user_is_not_even_on_a_replicating_machine() -> None:
    assert not matcher("svc").is_replication_snapshot(SNAPSHOT, by_appliance=False, replicates=True)


def test_without_accounts_every_snapshot_of_a_replicating_machine_is_the_replications() -> None:
    assert matcher().is_replication_snapshot(SNAPSHOT, by_appliance=None, replicates=True)
    assert not matcher().is_replication_snapshot(SNAPSHOT, by_appliance=None, replicates=False)


def test_with_accounts_a_snapshot_of_unknown_author_is_not_the_replications() -> None:
    assert not matcher("svc").is_replication_snapshot(SNAPSHOT, by_appliance=None, replicates=True)
    assert matcher("svc", pattern="upgrade").is_replication_snapshot(SNAPSHOT, by_appliance=None, replicates=True)


@pytest.mark.parametrize("pattern", ["upgrade$", "^requested"])
def test_the_operators_pattern_matches_name_or_description(pattern: str) -> None:
    assert matcher(pattern=pattern).is_replication_snapshot(SNAPSHOT, by_appliance=False, replicates=False)


def test_no_name_is_guessed() -> None:
    likely = Snapshot("snapshot-2", "AzureMigrate-Snapshot", "Created by Azure Migrate", 0.0)
    assert not matcher().is_replication_snapshot(likely, by_appliance=None, replicates=False)


def test_a_machine_replicates_if_azure_lists_it_or_the_operator_does() -> None:
    assert matcher().replicates(machine(), frozenset({"id-1"}))
    assert matcher(machines=("web-.*",)).replicates(machine(), frozenset())
    assert not matcher(machines=("web",)).replicates(machine(), frozenset())  # the whole name, not a part
    assert not matcher().replicates(machine(vm_id=""), frozenset({"id-1"}))


def test_empty_settings_recognise_nothing() -> None:
    assert not matcher().recognises_snapshots
    assert matcher("svc").recognises_snapshots
    assert matcher(pattern="x").recognises_snapshots
    assert matcher(machines=("x",)).recognises_snapshots
