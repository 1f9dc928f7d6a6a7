"""Entries of the exporter in the Application log: start, stop, a refused start."""

from contextlib import suppress

from azure_migrate_exporter.windows.names import SERVICE
from azure_migrate_exporter.windows.pywin32 import WindowsError, servicemanager, win32evtlog, win32evtlogutil

information = servicemanager.LogInfoMsg
error = servicemanager.LogErrorMsg


def report_failure(line: str) -> None:
    """Add an entry about a command that failed: the MSI shows nobody its output. Needs no registered source."""
    with suppress(WindowsError):  # the caller prints the line too
        win32evtlogutil.ReportEvent(SERVICE, 1, eventType=win32evtlog.EVENTLOG_ERROR_TYPE, strings=[line])


def add_source() -> None:
    """Register the source, with the texts of pywin32's module for services: `%1` is the whole message."""
    kinds = win32evtlog.EVENTLOG_ERROR_TYPE | win32evtlog.EVENTLOG_INFORMATION_TYPE
    win32evtlogutil.AddSourceToRegistry(SERVICE, servicemanager.__file__, "Application", kinds)


def remove_source() -> None:
    """Unregister the source, if it is there."""
    win32evtlogutil.RemoveSourceFromRegistry(SERVICE, "Application")
