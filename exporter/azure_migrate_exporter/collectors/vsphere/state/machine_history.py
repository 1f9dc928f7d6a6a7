"""The history of machines, kept across restarts and while they are not visible.

A role that is withdrawn for a moment hides machines that come back. Their history is kept for a week, or a reset of
their change tracking in the meantime would be missed.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from azure_migrate_exporter.collectors.vsphere.state.cbt_history import CbtHistory
from azure_migrate_exporter.collectors.vsphere.state.hardware import Hardware

RETENTION: Final = 7 * 86400.0
"""Seconds for which the history of a machine that is not visible is kept."""


class MachineHistory:
    """Change tracking of machines and authors of snapshots, by the machine's id.

    `saved` is what `dump` returned before a restart; `unsaved` is True while `dump` has changes to save.
    """

    def __init__(self, saved: Mapping[str, Any]) -> None:
        self._cbt = CbtHistory(saved.get("tracking", {}))
        self._authors: dict[str, dict[str, str]] = {m: dict(users) for m, users in saved.get("authors", {}).items()}
        self._hidden: dict[str, float] = dict(saved.get("hidden", {}))
        self.unsaved = False

    def resets(self, machine: str) -> int | None:
        """See `CbtHistory.resets`."""
        return self._cbt.resets(machine)

    def record(self, machine: str, hardware: Hardware, snapshots: tuple[str, ...]) -> bool:
        """See `CbtHistory.record`."""
        return self._note(changed=self._cbt.record(machine, hardware, snapshots))

    def tracking_off(self, machine: str) -> None:
        """See `CbtHistory.tracking_off`."""
        self._note(changed=self._cbt.tracking_off(machine))

    def author(self, machine: str, snapshot: str) -> str:
        """The user who created a snapshot, or "" if that is not known."""
        return self._authors.get(machine, {}).get(snapshot, "")

    def set_author(self, machine: str, snapshot: str, user: str) -> bool:
        """Set who created a snapshot. Returns whether that is new."""
        changed = bool(user) and self.author(machine, snapshot) != user
        if changed:
            self._authors.setdefault(machine, {})[snapshot] = user
        return self._note(changed=changed)

    def snapshots(self, machine: str) -> set[str]:
        """The snapshots of a machine whose author is known."""
        return set(self._authors.get(machine, {}))

    def remove_snapshots(self, machine: str, gone: set[str]) -> None:
        """Remove the authors of snapshots that no longer exist."""
        authors = self._authors.get(machine, {})
        for snapshot in authors.keys() & gone:
            del authors[snapshot]
            self.unsaved = True
        if not authors:
            self._authors.pop(machine, None)

    def expire(self, visible: Collection[str], now: float) -> None:
        """Remove machines that have not been visible for `RETENTION`. `now` is in Unix seconds."""
        known = self._cbt.machines | self._authors.keys()
        hidden = {moid: self._hidden.get(moid, now) for moid in known if moid not in visible}
        for moid in [moid for moid, since in hidden.items() if now - since > RETENTION]:
            self._cbt.remove(moid)
            self._authors.pop(moid, None)
            del hidden[moid]
        self._note(changed=hidden != self._hidden)
        self._hidden = hidden

    def dump(self) -> dict[str, Any]:
        """The argument of `__init__`, in types of JSON."""
        authors = {machine: dict(users) for machine, users in self._authors.items()}
        return {"tracking": self._cbt.dump(), "authors": authors, "hidden": dict(self._hidden)}

    def _note(self, *, changed: bool) -> bool:
        self.unsaved |= changed
        return changed
