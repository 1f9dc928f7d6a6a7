"""Before a migration: what would fail, found by treating machines that do not replicate yet as if they did."""

import re
from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.evidence.access import AccessFault
from azure_migrate_exporter.failures.data import operation
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
