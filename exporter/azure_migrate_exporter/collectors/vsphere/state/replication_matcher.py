"""Which machines and snapshots belong to the replication.

The names of Azure Migrate's snapshots are not documented and therefore never guessed. A snapshot is recognised by the
user of the task that created it or by the operator's pattern. Only where no account is configured, every snapshot of a
machine that replicates, as Azure or the operator lists, counts as the replication's.
"""

from azure_migrate_exporter.collectors.vsphere.state.inventory import Machine, Snapshot
from azure_migrate_exporter.config.vsphere import ReplicationSettings


class ReplicationMatcher:
    """Applies the operator's settings."""

    def __init__(self, settings: ReplicationSettings) -> None:
        self._settings = settings
        self._accounts = tuple(_account(name) for name in settings.accounts)

    @property
    def recognises_snapshots(self) -> bool:
        """Whether the settings alone can recognise a snapshot."""
        return bool(self._settings.accounts or self._settings.snapshot_pattern or self._settings.machines)

    @property
    def lists_machines(self) -> bool:
        """Whether the settings say which machines replicate."""
        return bool(self._settings.machines)

    def is_appliance(self, user: str) -> bool | None:
        """Whether this user of a task is an appliance's account; None if no account is configured."""
        if not self._accounts or not user:
            return None
        domain, name = _account(user)
        return any(name == n and (not d or not domain or d == domain) for d, n in self._accounts)

    def replicates(self, machine: Machine, listed: frozenset[str]) -> bool:
        """Whether Azure (`listed` are instance UUIDs) or the operator lists the machine."""
        return machine.vm_id in listed or any(p.fullmatch(machine.name) for p in self._settings.machines)

    def is_replication_snapshot(self, snapshot: Snapshot, *, by_appliance: bool | None, replicates: bool) -> bool:
        """Whether the snapshot is the replication's.

        `by_appliance` is whether an appliance created it, None if that is unknown; `replicates` is about its machine.
        """
        pattern = self._settings.snapshot_pattern
        if by_appliance or (pattern and (pattern.search(snapshot.name) or pattern.search(snapshot.description))):
            return True
        return replicates and by_appliance is None and not self._accounts


def _account(user: str) -> tuple[str, str]:
    r"""Domain (or "") and name of ``CONTOSO\name``, ``name@contoso.com`` or ``name``, in lower case.

    Only the first part of the domain, which usually is its short name: vCenter writes one form, people the other.
    """
    if "\\" in user:
        domain, _, name = user.partition("\\")
    else:
        name, _, domain = user.partition("@")
    return domain.partition(".")[0].lower(), name.lower()
