"""The privileges of the appliances' accounts, which any account with System.View may ask for (vSphere API 6.5)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pyVmomi import vim

from azure_migrate_exporter.collectors.vsphere.api.session import Session
from azure_migrate_exporter.failures.privileges import APPLIANCE_PRIVILEGES

MAX_ENTITIES: Final = 200
"""Machines, and datastores, on which the privileges are asked for: each adds a row of answers."""
_OF_DATASTORES: Final = "Datastore."

Privileges = Mapping[str, bool]
"""By privilege: whether the account has it on everything that was asked about."""


def names_its_domain(account: str) -> bool:
    """Whether an account is written as vCenter takes it, with its domain before a backslash or after an at sign."""
    return "@" in account or "\\" in account


def read_privileges(session: Session, account: str, machines: Sequence[str], datastores: Sequence[str]) -> Privileges:
    """The documented privileges of `account` on these objects, by id; without an object of its kind, it is left out.

    Blocking. Raises the faults of vCenter.
    """
    of_datastores = [name for name in APPLIANCE_PRIVILEGES if name.startswith(_OF_DATASTORES)]
    of_machines = [name for name in APPLIANCE_PRIVILEGES if not name.startswith(_OF_DATASTORES)]
    return {
        **_granted(session, account, (session.object(vim.VirtualMachine, moid) for moid in machines), of_machines),
        **_granted(session, account, (session.object(vim.Datastore, moid) for moid in datastores), of_datastores),
    }


def _granted(session: Session, account: str, entities: Iterable[Any], privileges: Sequence[str]) -> Privileges:
    asked = list(entities)[:MAX_ENTITIES]
    if not asked:
        return {}
    found = session.content.authorizationManager.HasUserPrivilegeOnEntities(asked, account, list(privileges))
    answers = [one for row in found or () for one in row.privAvailability]
    refused = {one.privId for one in answers if not one.isGranted}
    return {name: name not in refused for name in privileges if any(one.privId == name for one in answers)}
