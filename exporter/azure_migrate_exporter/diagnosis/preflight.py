"""Before a migration: what would fail, found by treating machines that do not replicate yet as if they did."""

import re
from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.evidence.access import AccessFault
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.exposition.metrics import DISCOVERED_ROLE_ASSIGNED
from azure_migrate_exporter.failures.data import appliance, operation
from azure_migrate_exporter.failures.model import Text

MAX_CLOCK_OFFSET: Final = 300.0
"""Seconds; from there on Azure rejects what is signed or dated."""
_ALL: Final = re.compile(".*", re.DOTALL)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def as_if_replicating(settings: Settings, vm: str | None) -> Settings:
    """The settings in which the machine of this name, or every machine that vCenter shows, counts as replicating."""
    pattern = re.compile(re.escape(vm)) if vm and not _UUID.fullmatch(vm) else _ALL
    vcenters = tuple(
        vcenter.model_copy(update={"replication": vcenter.replication.model_copy(update={"machines": (pattern,)})})
        for vcenter in settings.vcenters
    )
    return settings.model_copy(update={"vcenters": vcenters})


def find_clock_faults(offsets: Mapping[str, float]) -> tuple[AccessFault, ...]:
    """A fault if a peer's clock, `offsets` by host name in seconds, differs from ours by more than Azure accepts."""
    far = {peer: offset for peer, offset in sorted(offsets.items()) if abs(offset) > MAX_CLOCK_OFFSET}
    if not far:
        return ()
    en = "; ".join(f"the clock of {peer} differs from this one by {offset:+.0f} s" for peer, offset in far.items())
    fr = " ; ".join(f"l'horloge de {peer} s'écarte de celle-ci de {offset:+.0f} s" for peer, offset in far.items())
    return (AccessFault(None, operation.CLOCK_OFF, Text(en, fr)),)


def find_missing_roles(samples: Samples) -> tuple[AccessFault, ...]:
    """A fault if an identity lacks a role that replication needs, as discovery found."""
    of = {"appliance": ("appliance {}", "appliance {}"), "vault": ("the vault of {}", "coffre de {}")}
    en, fr = [], []
    for labels, assigned in samples.all(DISCOVERED_ROLE_ASSIGNED):
        if not assigned:
            who_en, who_fr = (form.format(labels["appliance"]) for form in of[labels["identity"]])
            en.append(f"{who_en} has not the role {labels['azure_role']} on {labels['resource']}")
            fr.append(f"il manque le rôle {labels['azure_role']} sur {labels['resource']} ({who_fr})")
    if not en:
        return ()
    return (AccessFault(None, appliance.ROLE_MISSING, Text("; ".join(en), " ; ".join(fr)), ours=False),)
