"""What `service install` puts on a machine, and what `service uninstall` removes, as data: steps in their order.

A step says what is there afterwards, so a second installation is an update.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Final

from azure_migrate_exporter.windows.names import (
    ADMINISTRATORS_SID,
    SERVICE,
    SYSTEM_SID,
    VIRTUAL_ACCOUNT,
    service_sid,
)

DESCRIPTION: Final = "Prometheus exporter for agentless Azure Migrate replication."
RESTART_DELAYS: Final = (5, 60, 300)
"""Seconds before the restarts after the first, the second, and each further failure."""
RESTARTS_RESET: Final = 86_400
"""Seconds without a failure after which the next one is a first one again."""
STOP_TIMEOUT: Final = 20
"""Seconds that Windows waits at its shutdown: as the systemd unit, twice as long as the exporter takes at most."""

READ: Final = "RX"
MODIFY: Final = "M"

Command = tuple[str, ...]
_FIREWALL: Final = ("netsh.exe", "advfirewall", "firewall")


@dataclass(frozen=True, slots=True)
class EventSource:
    """The exporter as a source in the Application log of the Event Log."""

    name: str


@dataclass(frozen=True, slots=True)
class Service:
    """The service: starts automatically, after the services that start at boot; restarts after a failure."""

    name: str
    command: Command
    account: str | None = None
    """None keeps the account of a service that exists, if that is the default one."""

    @property
    def command_line(self) -> str:
        """As the service manager splits it again."""
        return subprocess.list2cmdline(self.command)


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory for which SYSTEM, the Administrators and the service have rights, and nobody else.

    The names of accounts depend on the language of Windows; their identifiers do not.
    """

    path: PureWindowsPath
    rights: str
    """Of the service, whatever its account: `READ` or `MODIFY`."""

    @property
    def commands(self) -> tuple[Command, ...]:
        """Set the rights, and let what is inside inherit them."""
        full = [f"*{sid}:(OI)(CI)F" for sid in (SYSTEM_SID, ADMINISTRATORS_SID)]
        grants = [*full, f"*{service_sid(SERVICE)}:(OI)(CI){self.rights}"]
        return (("icacls.exe", str(self.path), "/inheritance:r", "/grant:r", *grants, "/q"),)


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """An inbound rule for `ports`, from the addresses `remote`; without addresses there is none."""

    name: str
    ports: tuple[int, ...] = ()
    remote: tuple[str, ...] | None = ()
    """None keeps the addresses of the rule that is there, if there is one."""

    @property
    def removal(self) -> Command:
        """Fails if there is no such rule."""
        return (*_FIREWALL, "delete", "rule", f"name={self.name}")

    @property
    def change(self) -> Command:
        """Gives the rule that is there these ports; fails if there is none."""
        return (*_FIREWALL, "set", "rule", f"name={self.name}", "new", *self._scope)

    @property
    def commands(self) -> tuple[Command, ...]:
        """Add the rule."""
        if not self.remote:
            return ()
        scope = ("dir=in", "action=allow", *self._scope, f"remoteip={','.join(self.remote)}")
        return ((*_FIREWALL, "add", "rule", f"name={self.name}", *scope),)

    @property
    def _scope(self) -> tuple[str, str]:
        return ("protocol=TCP", f"localport={','.join(map(str, self.ports))}")


Step = EventSource | Service | Directory | FirewallRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The flags of `service install`, with every path absolute."""

    python: Command
    """Starts the exporter, without its arguments."""
    data: PureWindowsPath
    serve_flags: Sequence[str]
    """Flags of `service run`."""
    ports: tuple[int, ...] = (9878,)
    remote: tuple[str, ...] | None = ()
    """None keeps the addresses of the firewall rule that is there."""
    account: str | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """In their order: rights are given to a service that exists, and the port is opened last."""
        return (
            EventSource(SERVICE),
            Service(SERVICE, (*self.python, "service", "run", *self.serve_flags), self.account),
            *directories(self.data),
            FirewallRule(SERVICE, self.ports, self.remote),
        )


def directories(data: PureWindowsPath) -> tuple[Directory, ...]:
    """The data directory with configuration and secrets, which the service reads, and what it writes in there."""
    return (Directory(data, READ), Directory(data / "state", MODIFY), Directory(data / "logs", MODIFY))


def removal(data: PureWindowsPath, *, purge: bool) -> tuple[Step, ...]:
    """What `service uninstall` removes; the data directory only with `purge`.

    That comes first: a file in it that is open elsewhere stops the removal, and the service is still there, whole.
    """
    data_first = (Directory(data, READ),) if purge else ()
    return (*data_first, Service(SERVICE, ()), FirewallRule(SERVICE), EventSource(SERVICE))


def check_account(account: str) -> None:
    """Raise `ValueError` with one line if the account needs a password, for which there is no place here."""
    known = {VIRTUAL_ACCOUNT.lower(), r"nt authority\localservice", r"nt authority\networkservice"}
    managed = account.count("\\") == 1 and account.endswith("$") and not account.startswith("\\")
    if account.lower() not in known and not managed:
        raise ValueError(
            rf"--account: {account!r} is not usable: take '{VIRTUAL_ACCOUNT}', 'NT AUTHORITY\LocalService', "
            r"'NT AUTHORITY\NetworkService', or a group managed service account, DOMAIN\NAME$"
        )
