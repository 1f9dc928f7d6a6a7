"""The process of a command: `azure-migrate-exporter`, or `python -m azure_migrate_exporter`."""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from azure_migrate_exporter.cli import main


def run(prog_name: str | None = None) -> NoReturn:
    """Run the command line's command and end the process with its exit code.

    Python would end the daemon threads first, and a thread that is in a library's native code then aborts the process:
    the exit code would be that of a crash after an orderly end. So Python's own end is left out.
    """
    code: object = 1
    try:
        main(prog_name=prog_name)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - a bug, shown as Python shows it
        sys.excepthook(*sys.exc_info())
    atexit._run_exitfuncs()  # noqa: SLF001 - as libraries asked; the only way to it
    if sys.stdout is not None:  # as it is for a Windows process without a console
        with suppress(OSError, ValueError):
            sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    run()
