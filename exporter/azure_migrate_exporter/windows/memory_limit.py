"""A limit for the memory of this process, by a job object: what is beyond it fails here, not in other programs."""

from typing import Any

from azure_migrate_exporter.windows.pywin32 import win32api, win32job


def limit_memory(limit: int) -> None:
    """Let this process commit at most `limit` bytes. Raises `WindowsError`."""
    job: Any = win32job.CreateJobObject(None, "")  # type: ignore[func-returns-value] # the stubs are wrong
    extended = win32job.JobObjectExtendedLimitInformation
    limits: dict[str, Any] = win32job.QueryInformationJobObject(job, extended)
    limits["ProcessMemoryLimit"] = limit
    limits["BasicLimitInformation"]["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_PROCESS_MEMORY
    win32job.SetInformationJobObject(job, extended, limits)
    # The process belongs to the job until it ends, also after this handle is closed.
    win32job.AssignProcessToJobObject(job, win32api.GetCurrentProcess())
