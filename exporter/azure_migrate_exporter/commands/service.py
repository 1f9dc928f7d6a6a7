"""The commands `service`: the exporter as a Windows service. Imported on Windows only."""

import asyncio
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Final

import structlog

from azure_migrate_exporter import log as logging
from azure_migrate_exporter.commands.serve import Options, serve
from azure_migrate_exporter.commands.service_flags import FlagError, InstallFlags, installation
from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.version import version
from azure_migrate_exporter.windows import event_log, installer, plan
from azure_migrate_exporter.windows.log_file import RotatingFile
from azure_migrate_exporter.windows.memory_limit import limit_memory
from azure_migrate_exporter.windows.names import SERVICE, data_directory
from azure_migrate_exporter.windows.service_control import NotAServiceError, ServiceControl

REFUSED: Final = 1
"""Exit code of a service that could not start: configuration, listen address, log file."""
BUG: Final = 2

MEBIBYTE: Final = 1024 * 1024

log = structlog.get_logger()


class ServiceError(Exception):
    """The command failed; the message is one line."""


def install(flags: InstallFlags, program_data: str | None) -> Iterator[str]:
    """Install or update the service; says what was done. Raises `ServiceError`."""
    try:
        python = installer.exporter_command()
        steps = installation(flags, python, program_data, PureWindowsPath(Path.cwd())).steps
        yield from installer.install(steps)
    except (FlagError, installer.InstallError) as error:
        raise ServiceError(str(error)) from error


def uninstall(program_data: str | None, *, purge: bool) -> Iterator[str]:
    """Remove the service; says what was done. Raises `ServiceError`."""
    try:
        yield from installer.uninstall(plan.removal(data_directory(program_data), purge=purge))
    except installer.InstallError as error:
        raise ServiceError(str(error)) from error


def status() -> tuple[Sequence[str], bool]:
    """Lines about the service, and whether it runs. Raises `ServiceError`."""
    try:
        found = installer.status()
    except installer.InstallError as error:
        raise ServiceError(str(error)) from error
    if found is None:
        return (f"{SERVICE}: not installed",), False
    lines = [f"{SERVICE}: {found.state}", f"account: {found.account}", f"command: {found.command_line}"]
    if found.process_id:
        lines.append(f"process: {found.process_id}")
    if found.state == "stopped" and found.exit_code:
        lines.append(f"last exit code: {found.exit_code} ({_meaning(found.exit_code)})")
    return lines, found.state == "running"


def _meaning(exit_code: int) -> str:
    if exit_code == REFUSED:
        return f"the start was refused; the reason is in the Event Log, Application, source {SERVICE}"
    if exit_code == BUG:
        return "a bug; the traceback is in the file of --log.file"
    return "of Windows: net helpmsg " + str(exit_code)


def run(options: Options, log_file: Path, memory_limit: int, log_level: str, log_format: str) -> int:
    """Run as the service, until the service manager stops it. Returns the exit code. Raises `ServiceError`."""
    control = ServiceControl(SERVICE)
    try:
        control.connect()
    except NotAServiceError as error:
        raise ServiceError(str(error)) from None
    exit_code = _serve(control, options, log_file, memory_limit, (log_level, log_format))
    logging.flush()
    control.stopped(exit_code)
    return exit_code


def _serve(
    control: ServiceControl, options: Options, log_file: Path, memory_limit: int, log_settings: tuple[str, str]
) -> int:
    try:
        # A service has no standard error. Everything that is written there goes to the log.
        sys.stdout = sys.stderr = RotatingFile(log_file)
    except OSError as error:
        return _refused([f"--log.file: {error.strerror}: {log_file}"])
    logging.configure(*log_settings)
    try:
        if memory_limit:
            limit_memory(memory_limit * MEBIBYTE)
        errors = asyncio.run(serve(options, ready=lambda: _started(control)))
    except Exception:  # noqa: BLE001 - the end of the process: it is logged with its traceback
        text = redact(traceback.format_exc())
        log.error("the exporter ended by a bug", traceback=text)  # noqa: TRY400 - the traceback is redacted
        event_log.error(f"{SERVICE} ended by a bug.\n{text}")
        return BUG
    if errors:
        return _refused(errors)
    event_log.information(f"{SERVICE} stopped.")
    return 0


def _started(control: ServiceControl) -> None:
    control.running()
    event_log.information(f"{SERVICE} {version()} started.")


def _refused(errors: Sequence[str]) -> int:
    for line in errors:
        log.error("the start is refused", error=line)
    event_log.error("\n".join((f"{SERVICE} did not start:", *errors)))
    return REFUSED
