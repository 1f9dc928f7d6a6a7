"""`python -m tests.strangers CHECK [STRANGER …]`: run cells and print all that they showed."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.lab import resolver
from tests.strangers.cells import TABLE
from tests.strangers.groups import cells, report, run
from tests.strangers.matrix import Seen


def main(check: str, *strangers: str) -> None:
    """Print a line for each run of each cell, and the faults at the end."""
    resolver.isolate()
    checks = list(TABLE) if check == "all" else check.split(",")
    wanted = [name for name in cells(checks) if not strangers or name[1] in strangers]
    with tempfile.TemporaryDirectory() as directory:
        found = asyncio.run(run(wanted, Path(directory)))
    for name, seen in found.items():
        print(*name)
        if isinstance(seen, Seen):
            for measured, seconds, requests in zip(seen.runs, seen.seconds, seen.requests, strict=True):
                print(f"    {measured.reason}, {seconds:.1f} s, {requests} requests: {measured.message}")
    print(*report(found), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
