"""The figures, each bench in a process of its own, and at the end one table of all that have a goal.

`python -m tests.bench [--output FILE] [NAME …]`. Without a name: a shorter run of all but those that take long. With
`--output` the table is written into a page, with the machine and the date.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil

from tests.bench.figures import QUICK, RESULTS, Figure, kept, table


@dataclass(frozen=True, slots=True)
class Bench:
    """What it measures, and its arguments in a run of all; None if it takes too long for that."""

    what: str
    short: tuple[str, ...] | None = ()


BENCHES: Final = {
    "scrape": Bench("a scrape of 100,000 samples, against prometheus-client's own handler", ("2",)),
    "start": Bench("time to --help and to /-/healthy, and memory"),
    "endurance": Bench("10,000 runs of which half fail, 1,000 reloads, 100 kills", ("2000", "50", "5")),
    "classify": Bench("10,000 messages through the failure classifier"),
    "upload": Bench("the upload benchmark, against azcopy bench", ("3",)),
    "line": Bench("the upload benchmark's figure beside the rate of a line, azcopy bench and iperf3", ("1", QUICK)),
    "vsphere": Bench("5,000 machines with nothing changing, against vmware_exporter", ("1", "30", "5")),
    "replication": Bench(
        "500 machines on one appliance, 10,000 in 20 vaults, against the models of the SDK", ("1", QUICK)
    ),
    "rules": Bench(
        "all alert rules together in a real Prometheus, at 500 and at 10,000 machines", ("2", "10000", "good", "worst")
    ),
    "shards": Bench("three shards of 10,000 machines in 20 vaults, against one exporter; a fourth that joins", None),
    "boards": Bench("each query of the dashboards in a real Prometheus, at 2,000 and at 10,000 machines", None),
    "noise": Bench("thirty simulated days without a fault: only the watchdog fires", None),
}

_PAGE: Final = """# Performance

What `make bench ARGS="--output docs/performance.md"` measured on {date}, at commit `{commit}`: {cores} cores
({processor}), {memory:.0f} GiB, {system}, Python {python}. The median of each figure is compared with its goal. Ratios
are of rounds of one run, interleaved, so a slow machine slows both sides. Seconds are not: a machine that others share
is not always equally fast. Between the benches a loop that adds ten million numbers took {speed}, and
the whole run {minutes:.0f} minutes.

{table}

`make bench ARGS=NAME` runs one of them, with more rounds:

{benches}
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE", help="the page to write the table into")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}")
    short: dict[str, tuple[str, ...]] = {
        name: bench.short for name, bench in BENCHES.items() if bench.short is not None
    }
    runs = dict.fromkeys(given.names, tuple[str, ...]()) or short
    began, speeds, failed = time.monotonic(), [_seconds_of_a_loop()], list[str]()
    with tempfile.TemporaryDirectory() as directory:
        results = Path(directory) / "figures"
        results.touch()
        for name, args in runs.items():
            if not _run(name, args, results):
                failed.append(name)
            speeds.append(_seconds_of_a_loop())
        figures = kept(results)
    print("", *table(figures), "", sep="\n")
    if given.output:
        given.output.write_text(_page(figures, speeds, time.monotonic() - began), encoding="utf-8")
    if failed:
        print(f"no figures of {', '.join(failed)}: see above", file=sys.stderr)
    return 1 if failed or not all(figure.met for figure in figures) else 0


def _run(name: str, arguments: Sequence[str], results: Path) -> bool:
    """Whether the bench came to its end."""
    print(f"\n== {name}: {BENCHES[name].what}", flush=True)
    command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
    began = time.monotonic()
    status = subprocess.run(command, check=False, env={**os.environ, RESULTS: str(results)}).returncode
    print(f"{name} took {time.monotonic() - began:.0f} s", flush=True)
    return status == 0


def _seconds_of_a_loop() -> float:
    """How fast the machine is now: seconds of CPU, in pure Python."""
    before = time.process_time()
    total = 0
    for number in range(10_000_000):
        total += number
    return time.process_time() - before


def _page(figures: Sequence[Figure], speeds: Sequence[float], seconds: float) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True).stdout
    return _PAGE.format(
        date=datetime.now(UTC).date(),
        commit=commit.strip(),
        cores=os.cpu_count(),
        processor=platform.machine(),
        memory=psutil.virtual_memory().total / 2**30,
        system=platform.system(),
        python=platform.python_version(),
        speed=f"{min(speeds):.2f} to {max(speeds):.2f} s",
        minutes=seconds / 60,
        table="\n".join(table(figures)),
        benches="\n".join(f"* `{name}`: {one.what}" for name, one in BENCHES.items()),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
