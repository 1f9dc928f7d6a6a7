"""The command `service run`: serve under Windows' service manager. Imported on Windows only."""

import asyncio
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from azure_migrate_exporter import log as logging
from azure_migrate_exporter.commands.serve import Options, serve
from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.version import version
from azure_migrate_exporter.windows import event_log
from azure_migrate_exporter.windows.exit_codes import BUG, REFUSED
from azure_migrate_exporter.windows.log_file import RotatingFile
from azure_migrate_exporter.windows.memory_limit import limit_memory
from azure_migrate_exporter.windows.names import SERVICE
from azure_migrate_exporter.windows.service_control import ServiceControl

MEBIBYTE: Final = 1024 * 1024

log = structlog.get_logger()


def run(
    control: ServiceControl, options: Options, log_file: Path, memory_limit: int, log_settings: tuple[str, str]
) -> int:
    """Run as the service, until the service manager stops it. Returns the exit code.

    `log_settings` are the level and the format of the log.
    """
    exit_code = _serve(control, options, log_file, memory_limit, log_settings)
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
