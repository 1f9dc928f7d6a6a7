"""The commands `service install`, `uninstall` and `status`. Imported on Windows only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import Final

from azure_migrate_exporter.commands.service_flags import FlagError, InstallFlags, installation
from azure_migrate_exporter.windows import installer, plan
from azure_migrate_exporter.windows.exit_codes import BUG, REFUSED
from azure_migrate_exporter.windows.names import SERVICE, data_directory
from azure_migrate_exporter.windows.pywin32 import win32api

NEVER_STARTED: Final = 1077
"""Of Windows: the service has not run since the boot."""


class ServiceError(Exception):
    """The command failed; the message is one line."""


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except (FlagError, installer.InstallError) as error:
        raise ServiceError(str(error)) from error


def install(flags: InstallFlags, program_data: str | None) -> Iterator[str]:
    """Install or update the service; says what was done. Raises `ServiceError`."""
    with _one_line():
        python = installer.exporter_command()
        steps = installation(flags, python, program_data, PureWindowsPath(Path.cwd())).steps
        yield from installer.install(steps, keep_account=flags.keep_account)


def installed_flags() -> Sequence[str] | None:
    """The arguments of `service run` that the installed service has; None without one. Raises `ServiceError`."""
    with _one_line():
        found = installer.status()
    if found is None:
        return None
    arguments = win32api.CommandLineToArgv(found.command_line)
    return arguments[arguments.index("run") + 1 :] if "run" in arguments else ()


def prepare_update() -> Iterator[str]:
    """Stop the service for new files; the next installation starts it again. Raises `ServiceError`."""
    with _one_line():
        yield from installer.prepare_update()


def uninstall(program_data: str | None, *, purge: bool) -> Iterator[str]:
    """Remove the service; says what was done. Raises `ServiceError`."""
    with _one_line():
        yield from installer.uninstall(plan.removal(data_directory(program_data), purge=purge))


def status() -> tuple[Sequence[str], bool]:
    """Lines about the service, and whether it runs. Raises `ServiceError`."""
    with _one_line():
        found = installer.status()
    if found is None:
        return (f"{SERVICE}: not installed",), False
    lines = [f"{SERVICE}: {found.state}", f"account: {found.account}", f"command: {found.command_line}"]
    if found.process_id:
        lines.append(f"process: {found.process_id}")
    if found.state == "stopped" and found.exit_code not in {0, NEVER_STARTED}:
        lines.append(f"last exit code: {found.exit_code} ({_meaning(found.exit_code)})")
    return lines, found.state == "running"


def _meaning(exit_code: int) -> str:
    if exit_code == REFUSED:
        return f"the start was refused; the reason is in the Event Log, Application, source {SERVICE}"
    if exit_code == BUG:
        return "a bug; the traceback is in the file of --log.file"
    return "of Windows: net helpmsg " + str(exit_code)
