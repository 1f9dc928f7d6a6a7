"""Carries out the steps of `plan`, and reads what is installed."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from azure_migrate_exporter.windows import event_log, plan
from azure_migrate_exporter.windows.names import DISPLAY_NAME, SERVICE, VIRTUAL_ACCOUNT
from azure_migrate_exporter.windows.pywin32 import WindowsError, win32api, win32con, win32service, winerror

STATES: Final = {
    win32service.SERVICE_STOPPED: "stopped",
    win32service.SERVICE_START_PENDING: "start_pending",
    win32service.SERVICE_STOP_PENDING: "stop_pending",
    win32service.SERVICE_RUNNING: "running",
    win32service.SERVICE_CONTINUE_PENDING: "continue_pending",
    win32service.SERVICE_PAUSE_PENDING: "pause_pending",
    win32service.SERVICE_PAUSED: "paused",
}
POLL_INTERVAL: Final = 0.2
_STOPPED_FOR_UPDATE: Final[tuple[Any, str]] = (win32con.HKEY_LOCAL_MACHINE, rf"Software\{SERVICE}\StoppedForUpdate")
"""This key of the registry exists from the stop of a running service to the installation of its new files."""

_REMEDIES: Final = {
    winerror.ERROR_ACCESS_DENIED: "Windows denies access: run this as an administrator (an elevated PowerShell)",
    winerror.ERROR_SERVICE_MARKED_FOR_DELETE: "the service is being deleted: close the Services console, and try again",
    winerror.ERROR_INVALID_SERVICE_ACCOUNT: "Windows does not know the account: check --account",
    winerror.ERROR_SERVICE_DISABLED: "the service is disabled: set its start type to automatic first",
}


class InstallError(Exception):
    """A step failed; the message is one line."""


@dataclass(frozen=True, slots=True)
class Status:
    """The installed service."""

    state: str
    account: str
    command_line: str
    process_id: int
    exit_code: int
    """Of its last end: 0, the exporter's own, or a code of Windows."""


def install(steps: Sequence[plan.Step], *, keep_account: bool) -> Iterator[str]:
    """Carry out `steps`; says what was done. A service that ran is started again. Raises `InstallError`."""
    with _windows_errors(), _manager() as manager:
        if not keep_account:
            _check_account(steps, status())
        ran = _stop(manager)
        for step in steps:
            yield from _install(manager, step)
        if _forget_stop_for_update() or ran:
            with _service(manager) as service:
                win32service.StartService(service, None)
            yield f"service {SERVICE}: started again"


def prepare_update() -> Iterator[str]:
    """Stop the service, so that its files can be replaced, and remember that it ran. Raises `InstallError`."""
    with _windows_errors(), _manager() as manager:
        if _stop(manager):
            win32api.RegCreateKey(*_STOPPED_FOR_UPDATE)
            yield f"service {SERVICE}: stopped for an update"


def _forget_stop_for_update() -> bool:
    """Remove the mark of `prepare_update`. Returns whether it was there."""
    try:
        win32api.RegDeleteKey(*_STOPPED_FOR_UPDATE)
    except WindowsError as error:
        if error.winerror != winerror.ERROR_FILE_NOT_FOUND:
            raise
        return False
    return True


def uninstall(steps: Sequence[plan.Step]) -> Iterator[str]:
    """Remove what `steps` name, in their order; what is not there is left out. Raises `InstallError`."""
    with _windows_errors(), _manager() as manager:
        _stop(manager)
        for step in steps:
            yield from _uninstall(manager, step)
        _forget_stop_for_update()


def status() -> Status | None:
    """The state of the service; None if it is not installed. Raises `InstallError`."""
    access = win32service.SERVICE_QUERY_CONFIG | win32service.SERVICE_QUERY_STATUS
    with _windows_errors(), _manager(win32service.SC_MANAGER_CONNECT) as manager:
        try:
            with _service(manager, access) as service:
                found: Any = win32service.QueryServiceStatusEx(service)
                config = win32service.QueryServiceConfig(service)
        except WindowsError as error:
            if error.winerror == winerror.ERROR_SERVICE_DOES_NOT_EXIST:
                return None
            raise
    own = found["Win32ExitCode"] == winerror.ERROR_SERVICE_SPECIFIC_ERROR
    return Status(
        state=STATES.get(found["CurrentState"], str(found["CurrentState"])),
        account=config[7],
        command_line=config[3],
        process_id=found["ProcessId"],
        exit_code=found["ServiceSpecificExitCode"] if own else found["Win32ExitCode"],
    )


def _install(manager: Any, step: plan.Step) -> Iterator[str]:
    if isinstance(step, plan.Service):
        yield from _install_service(manager, step)
    elif isinstance(step, plan.EventSource):
        event_log.add_source()
        yield f"Event Log source {step.name}"
    elif isinstance(step, plan.Directory):
        Path(step.path).mkdir(parents=True, exist_ok=True)
        _run_all(step.commands)
        yield f"directory {step.path}"
    elif step.remote is None:
        if _run(step.change).returncode == 0:
            yield f"firewall rule {step.name}: port {', '.join(map(str, step.ports))}"
    else:
        _run(step.removal)
        _run_all(step.commands)
        if step.commands:
            yield f"firewall rule {step.name}: from {', '.join(step.remote)}"


def _uninstall(manager: Any, step: plan.Step) -> Iterator[str]:
    if isinstance(step, plan.Service):
        if status() is not None:
            with _service(manager) as service:
                win32service.DeleteService(service)
            yield f"service {step.name} removed"
    elif isinstance(step, plan.EventSource):
        event_log.remove_source()
    elif isinstance(step, plan.Directory):
        if Path(step.path).exists():
            yield _remove_directory(Path(step.path))
    else:
        _run(step.removal)


def _remove_directory(path: Path) -> str:
    """All of it or nothing: Windows renames no directory while a file in it is open. What was done."""
    doomed = path.with_name(f"{path.name}.removed")
    shutil.rmtree(doomed, ignore_errors=True)
    try:
        path.rename(doomed)
    except OSError as error:
        raise InstallError(
            f"directory {path} cannot be removed: {error.strerror}: close what is open in it, and try again"
        ) from error
    try:
        shutil.rmtree(doomed)
    except OSError as error:
        return f"warning: delete {doomed}, of which a part is in use: {error.strerror}"
    return f"directory {path} removed"


def _install_service(manager: Any, step: plan.Service) -> Iterator[str]:
    current = status()
    if current is None:
        _create(manager, step)
    else:
        _update(manager, step, current)
    with _service(manager) as service:
        for setting, level, value in _settings():
            try:
                win32service.ChangeServiceConfig2(service, level, value)
            except WindowsError as error:
                if error.winerror != winerror.ERROR_INVALID_LEVEL:
                    raise
                yield f"warning: this Windows has no {setting} for services"
    yield f"service {step.name} {'installed' if current is None else 'updated'}"


def _check_account(steps: Sequence[plan.Step], current: Status | None) -> None:
    """Refuse to update a service that somebody gave another account, before anything is changed."""
    given = any(isinstance(step, plan.Service) and step.account is not None for step in steps)
    if current is not None and not given and current.account.lower() != VIRTUAL_ACCOUNT.lower():
        raise InstallError(
            f"the service exists and runs as {current.account}: keep that with --account='{current.account}', or "
            f"change it with --account='{VIRTUAL_ACCOUNT}'"
        )


def _create(manager: Any, step: plan.Service) -> None:
    handle = win32service.CreateService(
        manager,
        step.name,
        DISPLAY_NAME,
        win32service.SERVICE_ALL_ACCESS,
        win32service.SERVICE_WIN32_OWN_PROCESS,
        win32service.SERVICE_AUTO_START,
        win32service.SERVICE_ERROR_NORMAL,
        step.command_line,
        None,
        False,
        None,
        step.account or VIRTUAL_ACCOUNT,
        None,
    )
    win32service.CloseServiceHandle(handle)


def _update(manager: Any, step: plan.Service, current: Status) -> None:
    unchanged = win32service.SERVICE_NO_CHANGE
    account = None if step.account is None or step.account.lower() == current.account.lower() else step.account
    with _service(manager) as service:
        win32service.ChangeServiceConfig(
            service,
            unchanged,
            win32service.SERVICE_AUTO_START,
            unchanged,
            step.command_line,
            None,
            False,
            None,
            account,
            None,
            DISPLAY_NAME,
        )


def _settings() -> tuple[tuple[str, int, Any], ...]:
    """What the service manager has beyond the creation of a service."""
    restarts = [(win32service.SC_ACTION_RESTART, delay * 1000) for delay in plan.RESTART_DELAYS]
    failure = {"ResetPeriod": plan.RESTARTS_RESET, "RebootMsg": None, "Command": None, "Actions": restarts}
    return (
        ("description", win32service.SERVICE_CONFIG_DESCRIPTION, plan.DESCRIPTION),
        ("restarts after a failure", win32service.SERVICE_CONFIG_FAILURE_ACTIONS, failure),
        ("restarts after a refused start", win32service.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, True),
        ("delayed start", win32service.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, True),
        ("pre-shutdown time", win32service.SERVICE_CONFIG_PRESHUTDOWN_INFO, plan.STOP_TIMEOUT * 1000),
        (
            "identifier of their own",
            win32service.SERVICE_CONFIG_SERVICE_SID_INFO,
            win32service.SERVICE_SID_TYPE_UNRESTRICTED,
        ),
    )


def _stop(manager: Any) -> bool:
    """Stop the service and wait until its process has ended, which keeps files open. Returns whether it ran."""
    if _wait_while("start_pending") == "running" and (running := status()) is not None:
        with _service(manager) as service:
            win32service.ControlService(service, win32service.SERVICE_CONTROL_STOP)
        stopped = _wait_while("running", "stop_pending") is not None
        _wait_for_the_end(running.process_id)
        return stopped
    _wait_while("stop_pending")
    return False


def _wait_while(*states: str) -> str | None:
    """The first other state of the service; None if there is none. Raises `InstallError` if it does not come."""
    end = time.monotonic() + plan.STOP_TIMEOUT
    while (current := status()) is not None and current.state in states:
        if time.monotonic() > end:
            raise InstallError(
                f"the service stays {current.state}: end its process {current.process_id} in the Task Manager"
            )
        time.sleep(POLL_INTERVAL)
    return current.state if current is not None else None


def _wait_for_the_end(process_id: int) -> None:
    try:
        psutil.Process(process_id).wait(plan.STOP_TIMEOUT)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        raise InstallError(f"the service has stopped, but its process {process_id} has not: end it") from None


def _run_all(commands: Sequence[plan.Command]) -> None:
    for command in commands:
        done = _run(command)
        if done.returncode:
            output = " ".join((done.stdout + done.stderr).split())
            raise InstallError(f"{subprocess.list2cmdline(command)}: exit code {done.returncode}: {output}")


def _run(command: plan.Command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL
    )


def _manager(access: int = win32service.SC_MANAGER_ALL_ACCESS) -> AbstractContextManager[Any]:
    return _closing(win32service.OpenSCManager(None, None, access))


def _service(manager: Any, access: int = win32service.SERVICE_ALL_ACCESS) -> AbstractContextManager[Any]:
    return _closing(win32service.OpenService(manager, SERVICE, access))


@contextmanager
def _closing(handle: Any) -> Iterator[Any]:
    try:
        yield handle
    finally:
        win32service.CloseServiceHandle(handle)


@contextmanager
def _windows_errors() -> Iterator[None]:
    """Turn errors of Windows into `InstallError`."""
    try:
        yield
    except WindowsError as error:
        detail = f"{error.strerror} (error {error.winerror} of {error.funcname})"
        raise InstallError(_REMEDIES.get(error.winerror, detail)) from error
    except OSError as error:
        raise InstallError(_REMEDIES.get(getattr(error, "winerror", None) or 0, str(error))) from error


def exporter_command() -> plan.Command:
    """Starts this exporter. Raises `InstallError` in a virtual environment, whose Python is only a starter."""
    if getattr(sys, "frozen", False):
        return (sys.executable,)
    if sys.prefix != sys.base_prefix:
        raise InstallError(
            "the service manager cannot run the Python of a virtual environment: install the exporter's MSI, or its "
            "wheel into a Python for all users"
        )
    return (sys.executable, "-m", "azure_migrate_exporter")
