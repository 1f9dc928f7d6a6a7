"""The memory of a process. It imports nearly nothing: a process measures itself with it."""

from pathlib import Path


def peak_memory(pid: int) -> int:
    """The largest size of a process so far, in bytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
