"""Whether the upload benchmark tells the truth: its figure beside the rate of a line, alone and beside another flow.

The line is a token bucket between two network namespaces. `azcopy bench` and iperf3 measure the same line in the same
run: the error of each, the seconds for which it loads the line, and the bytes. Truth is what TCP can carry: of each
frame of 1,514 bytes, 1,448. Beside a competing flow it is what that flow leaves: the line, less what the flow's
receiver counts while a client measures (the last two thirds of its time, as none counts its own slow start).

azcopy is given the bytes of ten seconds; without that its 25 GB take a day at 2 Mbit/s.

`python -m tests.bench.line [ROUNDS [RATE …]] [quick]`: rates in Mbit/s. With `quick` only ours measures beside a flow,
and is compared with the others on a free line only.
"""

import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench import upload
from tests.bench.figures import QUICK, at_least, at_most, report
from tests.bench.network import SERVER, CompetingFlow, Line, competing_flow, line, longest_queue
from tests.bench.upload import Sink
from tests.lab import tools
from tests.lab.ca import LabCA

MBIT: Final = 1e6
RATES: Final = (2, 20, 100, 1000)
ROUNDS: Final = 3
SECONDS: Final = 10
"""What iperf3 takes, and what azcopy gets work for."""
FILES: Final = 8


@dataclass(frozen=True, slots=True)
class Run:
    """What a client says, and what it took."""

    figure: float
    """Bytes per second."""
    seconds: float
    sent: float
    """Bytes."""
    began: float
    """Unix time of the first byte."""
    latencies: tuple[float, float] | None = None
    """Seconds to open a connection on the idle line, and while it is loaded."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A run beside the truth."""

    run: Run
    truth: float

    @property
    def error(self) -> float:
        """In per cent, whichever way."""
        return abs(self.run.figure / self.truth - 1) * 100


class Clients:
    """The three of them on one line."""

    def __init__(self, over: Line, server: Sink, ca: LabCA, directory: Path) -> None:
        self._line = over
        self._server = server
        self._ca = ca
        self._directory = directory

    def ours(self) -> Run:
        printed = json.loads(upload.ours(self._server, self._ca, within=self._line.client).output)
        arrived = self._server.arrived()
        latencies = printed["idle"], printed["loaded"]
        return Run(printed["throughput"], arrived["seconds"], printed["sent"], arrived["began"], latencies)

    def azcopy(self) -> Run:
        size = f"{max(1, round(self._line.goodput * SECONDS / FILES / 1024))}K"
        cost = upload.azcopy(self._server, self._ca, self._directory, files=FILES, size=size, within=self._line.client)
        minutes = re.search(r"Elapsed Time \(Minutes\): ([\d.]+)", cost.output)
        arrived = self._server.arrived()
        assert minutes, cost.output
        return Run(arrived["bytes"] / float(minutes[1]) / 60, arrived["seconds"], arrived["bytes"], arrived["began"])

    def iperf3(self) -> Run:
        program = tools.iperf3()
        environment = dict(program.environment)
        with subprocess.Popen(
            [*program.command, "-s", "-1", "-B", SERVER, "--forceflush"], stdout=subprocess.PIPE, env=environment
        ) as server:
            assert server.stdout is not None
            server.stdout.readline()
            began = time.time()
            command = [*self._line.client, *program.command, "-c", SERVER, "-t", str(SECONDS), "-J"]
            ended = json.loads(upload.measured(command, environment).output)["end"]
        received = ended["sum_received"]
        return Run(received["bits_per_second"] / 8, received["seconds"], ended["sum_sent"]["bytes"], began)


CLIENTS: Final = {"ours": Clients.ours, "azcopy": Clients.azcopy, "iperf3": Clients.iperf3}


def judged(run: Run, over: Line, flow: CompetingFlow | None) -> Judged:
    ended = run.began + run.seconds
    taken = flow.bytes_per_second(run.began + run.seconds / 3, ended) if flow else 0.0
    return Judged(run, over.goodput - taken)


@contextlib.contextmanager
def no_flow(_: Line) -> Iterator[None]:
    """The line without anybody else."""
    yield None


SCENARIOS: Final[dict[str, Callable[[Line], contextlib.AbstractContextManager[CompetingFlow | None]]]] = {
    "alone": no_flow,
    "beside a flow": competing_flow,
}


Results = dict[str, list[Judged]]
"""The runs of each client."""


def measure(ca: LabCA, directory: Path, rounds: int, over: Line, scenario: str, names: Iterable[str]) -> Results:
    """Rounds of one rate, the clients in turns."""
    results: Results = {name: [] for name in names}
    with upload.sink(ca, "https", address=SERVER) as server:
        clients = Clients(over, server, ca, directory)
        for _ in range(rounds):
            for name, runs in results.items():
                with SCENARIOS[scenario](over) as flow:
                    runs.append(judged(CLIENTS[name](clients), over, flow))
    return results


def show(title: str, results: Results) -> None:
    """The lines of one rate; the errors of ours have a goal."""
    for name, runs in results.items():
        figures = [one.run.figure * 8 / MBIT for one in runs]
        truths = [one.truth * 8 / MBIT for one in runs]
        report(f"{title}: {name}", figures, unit=" Mbit/s", digits=2)
        report(f"{title}: truth for {name}", truths, unit=" Mbit/s", digits=2)
        report(f"{title}: {name}, seconds", [one.run.seconds for one in runs], unit=" s", digits=1)
        report(f"{title}: {name}, bytes", [one.run.sent / 1e6 for one in runs], unit=" MB", digits=1)
        goal = at_most(5) if name == "ours" else None
        report(f"{title}: {name}, error", [one.error for one in runs], unit=" %", digits=1, goal=goal)


def show_latency(title: str, over: float, runs: list[Judged]) -> None:
    """What ours says of the queue that it fills; the longest that the line has is known."""
    seen = [one.run.latencies for one in runs if one.run.latencies]
    report(f"{title}: ours, latency idle", [1000 * idle for idle, _ in seen], unit=" ms", digits=1)
    report(f"{title}: ours, latency loaded", [1000 * loaded for _, loaded in seen], unit=" ms", digits=1)
    queues = [(loaded - idle) / longest_queue(over) for idle, loaded in seen]
    report(f"{title}: ours, latency added / the longest queue", queues, goal=at_most(1.1))


def costs(title: str, results: Iterable[Results]) -> None:
    """How much less ours takes than the cheaper of the others, where they measured: the median of each rate."""
    compared = [one for one in results if one.keys() == CLIENTS.keys()]

    def ratios(value: Callable[[Run], float]) -> list[float]:
        middles = [{name: median(value(one.run) for one in runs) for name, runs in one.items()} for one in compared]
        return [min(one["azcopy"], one["iperf3"]) / one["ours"] for one in middles]

    report(
        f"{title}: the quicker of azcopy and iperf3 / ours, seconds", ratios(lambda run: run.seconds), goal=at_least(1)
    )
    report(f"{title}: the thriftier of azcopy and iperf3 / ours, bytes", ratios(lambda run: run.sent), goal=at_least(1))


def main(rounds: int, rates: tuple[int, ...], *, quick: bool) -> None:
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        ca = LabCA(directory / "ca")
        for scenario in SCENARIOS:
            names = ["ours"] if quick and scenario != "alone" else [*CLIENTS]
            for rate in rates:
                with line(rate * MBIT) as over:
                    results.append(measure(ca, directory, rounds, over, scenario, names))
                show(f"line: {rate} Mbit/s {scenario}", results[-1])
                show_latency(f"line: {rate} Mbit/s {scenario}", rate * MBIT, results[-1]["ours"])
    costs("line alone" if quick else "line", results)


if __name__ == "__main__":
    given = [one for one in sys.argv[1:] if one != upload.INSIDE]
    if upload.INSIDE not in sys.argv:
        for install in (tools.iperf3, tools.azcopy, tools.upload_sink):  # there is no network inside
            install()
        upload.with_names("tests.bench.line", SERVER, *given, namespaces=["--net"])
    rounds, *rates = [int(one) for one in given if one != QUICK] or (ROUNDS,)
    main(rounds, tuple(rates) or RATES, quick=QUICK in given)
