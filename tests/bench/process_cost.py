"""What a process took. It imports nearly nothing: a process measures itself with it."""

import time
from pathlib import Path

_WHOLE_PROCESS = 2
"""The kind of the kernel's clock for all threads of a process, whose number is in the other bits."""


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that a process has used, to the nanosecond: `/proc` counts in hundredths."""
    return time.clock_gettime(~pid << 3 | _WHOLE_PROCESS)


def peak_memory(pid: int) -> int:
    """The largest size of a process so far, in bytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
