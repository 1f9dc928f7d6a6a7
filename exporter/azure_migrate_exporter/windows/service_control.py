"""The conversation of a running service with Windows' service manager.

pywin32 runs `SvcRun` in a thread of the service manager. The exporter runs in the main thread, as it does on a console,
and a stop of the service reaches it as SIGTERM.
"""

import _thread
import signal
import threading
from collections.abc import Sequence
from typing import Final

from azure_migrate_exporter.windows.pywin32 import WindowsError, servicemanager, win32service, winerror

START_TIMEOUT: Final = 120
"""Seconds until the service must run: the first load of the configuration may wait for a network file."""
STOP_TIMEOUT: Final = 20
"""Seconds, announced, for an orderly stop."""

_STOP_CONTROLS: Final = (
    win32service.SERVICE_CONTROL_STOP,
    win32service.SERVICE_CONTROL_SHUTDOWN,
    win32service.SERVICE_CONTROL_PRESHUTDOWN,
)


class NotAServiceError(Exception):
    """The process was not started by the service manager; the message is one line."""


class ServiceControl:
    """Reports the states of one service. Made in the main thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._state = (win32service.SERVICE_START_PENDING, START_TIMEOUT)
        self._connected = threading.Event()
        self._error: WindowsError | None = None
        self._handle: int = 0

    def connect(self) -> None:
        """Connect this process to the service manager. Raises `NotAServiceError`."""
        servicemanager.Initialize(self._name, servicemanager.__file__)
        servicemanager.PrepareToHostSingle(self._start)
        threading.Thread(target=self._dispatch, name="service dispatcher", daemon=True).start()
        self._connected.wait()
        if self._error is not None:
            if self._error.winerror == winerror.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT:
                raise NotAServiceError(
                    f"only the service manager runs this; start the service: sc.exe start {self._name}"
                )
            raise self._error

    def running(self) -> None:
        """Report that the service runs and can be stopped."""
        self._report(win32service.SERVICE_RUNNING)

    def stopped(self, exit_code: int) -> None:
        """Report the end; an `exit_code` other than 0 is a failure. The process must end after it."""
        self._report(win32service.SERVICE_STOPPED, exit_code=exit_code)

    def SvcRun(self) -> None:  # noqa: N802 - pywin32's name
        """Wait for the end of the process: pywin32 reports a success when this returns."""
        threading.Event().wait()

    def _dispatch(self) -> None:
        try:
            servicemanager.StartServiceCtrlDispatcher()  # type: ignore[no-untyped-call]
        except WindowsError as error:
            self._error = error
            self._connected.set()

    def _start(self, _: Sequence[str]) -> "ServiceControl":
        self._handle = servicemanager.RegisterServiceCtrlHandler(self._name, self._handle_control, True)
        self._report(win32service.SERVICE_START_PENDING, START_TIMEOUT)
        self._connected.set()
        return self

    def _handle_control(self, control: int, _event: int, _data: object) -> None:
        if control in _STOP_CONTROLS:
            self._report(win32service.SERVICE_STOP_PENDING, STOP_TIMEOUT)
            _thread.interrupt_main(signal.SIGTERM)
        else:
            self._report(*self._state)

    def _report(self, state: int, wait: int = 0, *, exit_code: int = 0) -> None:
        self._state = (state, wait)
        accepted = (
            win32service.SERVICE_ACCEPT_STOP | win32service.SERVICE_ACCEPT_PRESHUTDOWN
            if state == win32service.SERVICE_RUNNING
            else 0
        )
        failure = winerror.ERROR_SERVICE_SPECIFIC_ERROR if exit_code else 0
        own_process = win32service.SERVICE_WIN32_OWN_PROCESS
        checkpoint = int(bool(wait))
        status = (own_process, state, accepted, failure, exit_code, checkpoint, wait * 1000)
        win32service.SetServiceStatus(self._handle, status)
