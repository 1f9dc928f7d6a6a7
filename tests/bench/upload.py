"""The upload benchmark against `azcopy bench`: 40 blobs of 64 MiB to a server on this machine that discards them.

Ours ends before that, when its figure is precise.

Over https a third client is plain TLS sockets with nothing around them: what this machine can carry at all.

All clients run as processes of their own, in turns; a ratio is of runs that followed each other. The span is
measured at the server, from the first block to the last: azcopy's own figure moves in steps of two seconds. Memory is
the peak of the whole process, ours with the SDK that the collector imports; CPU includes that import. Then one run on a
link of 400 kB/s.

`python -m tests.bench.upload [ROUNDS]`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.bench.figures import at_least, at_most, report
from tests.bench.process_cost import peak_memory
from tests.lab import tools
from tests.lab.ca import LabCA

ROUNDS: Final = 7
BLOBS: Final = 40
MIB: Final = 1024 * 1024
HOST: Final = "sink.blob.lab.example"
"""azcopy only measures hosts with `.blob` in their name."""
LOOPBACK: Final = "127.0.0.1"
_SIGNATURE: Final = "MzIgYnl0ZXMgdGhhdCBzaWduIG5vdGhpbmcgaGVyZS4%3D"
SAS: Final = f"sv=2021-08-06&sr=c&sp=rcwdl&se=2099-01-01T00%3A00%3A00Z&sig={_SIGNATURE}"
GOALS: Final = {"http": 2.5, "https": 1.25}
CONNECTIONS: Final = 8
"""Of ours by default, and of the plain sockets."""
SLOW: Final = 400_000
INSIDE: Final = "--inside"
"""The argument that says that the namespaces are there."""


class Sink:
    """The server. `arrived` is what came since the last call."""

    def __init__(self, process: "subprocess.Popen[str]", scheme: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._questions, self._answers = process.stdin, process.stdout
        self.url = f"{scheme}://{HOST}:{self._answers.readline().strip()}"

    def arrived(self) -> dict[str, float]:
        self._questions.write("?\n")
        self._questions.flush()
        answer: dict[str, float] = json.loads(self._answers.readline())
        return answer


@contextlib.contextmanager
def sink(ca: LabCA, scheme: str, *, rate: float = 0, address: str = LOOPBACK) -> Iterator[Sink]:
    arguments = [f"--rate={rate}", f"--address={address}"]
    if scheme == "https":
        certificate = ca.issue("sink", HOST)
        arguments += [f"--cert={certificate.chain}", f"--key={certificate.key}"]
    with subprocess.Popen(
        [*tools.upload_sink().command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Sink(process, scheme)
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    output: str = field(repr=False)
    wall: float
    cpu: float
    peak_bytes: int


def measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a program to its end. Raises RuntimeError with what it printed if it fails."""
    began, before = time.perf_counter(), os.times()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(environment or {})}
    ) as process:
        peak = 0
        while process.poll() is None:
            # Not the kernel's maximum at the end: that one starts with the memory of whoever started it.
            peak = max(peak, peak_memory(process.pid))
            time.sleep(0.01)
        assert process.stdout is not None
        output = process.stdout.read()
    wall, after = time.perf_counter() - began, os.times()
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {output[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(output, wall, cpu, peak)


def ours(server: Sink, ca: LabCA, *, within: Sequence[str] = (), **benchmark: Any) -> Cost:
    """One run of the product. `within` is the command that a client is run with, as `nsenter`."""
    settings = {
        "account": "sink",
        "role": "cache",
        "endpoint": server.url,
        "ca_file": str(ca.bundle),
        "sas": {"env": "BENCH_SAS"},
        "benchmark": benchmark,
    }
    command = [sys.executable, "-m", "tests.bench.upload_client", json.dumps(settings)]
    return measured([*within, *command], {"BENCH_SAS": SAS})


def azcopy(
    server: Sink, ca: LabCA, directory: Path, *, files: int = BLOBS, size: str = "64M", within: Sequence[str] = ()
) -> Cost:
    """One run of `azcopy bench`."""
    program = tools.azcopy()
    options = [f"--file-count={files}", f"--size-per-file={size}", "--log-level=NONE"]
    options += ["--delete-test-data=false", "--check-length=false"]  # the sink remembers nothing
    contained = {"AZCOPY_LOG_LOCATION": str(directory), "AZCOPY_JOB_PLAN_LOCATION": str(directory)}
    environment = {**program.environment, **contained, "AZCOPY_DISABLE_SYSLOG": "true", "SSL_CERT_FILE": str(ca.bundle)}
    return measured([*within, *program.command, "bench", f"{server.url}/container?{SAS}", *options], environment)


def plain_tls(server: Sink, ca: LabCA) -> Cost:
    """TLS sockets that send as much as azcopy."""
    host, _, port = server.url.removeprefix("https://").partition(":")
    arguments = [host, port, str(ca.bundle), str(CONNECTIONS), str(BLOBS * 64 * MIB)]
    return measured([sys.executable, "-m", "tests.bench.plain_tls", *arguments])


def compare(ca: LabCA, directory: Path, scheme: str, rounds: int) -> None:
    """Rounds over one scheme, the clients in turns."""
    clients: dict[str, Callable[[Sink], Cost]] = {
        "ours": lambda server: ours(server, ca, blobs=BLOBS, blob_size="64MiB"),
        "azcopy": lambda server: azcopy(server, ca, directory),
    }
    if scheme == "https":
        clients["plain sockets"] = lambda server: plain_tls(server, ca)
    speeds: dict[str, list[float]] = {name: [] for name in clients}
    costs: dict[str, list[Cost]] = {name: [] for name in clients}
    sent: dict[str, list[float]] = {name: [] for name in clients}
    with sink(ca, scheme) as server:
        for _ in range(rounds):
            for name, client in clients.items():
                costs[name].append(client(server))
                seen = server.arrived()
                assert seen["bytes"], f"{name} sent nothing"
                sent[name].append(seen["bytes"] / 1024 / MIB)
                speeds[name].append(seen["bytes"] / seen["seconds"] / MIB)
    for name, cost in costs.items():
        report(f"{scheme}: {name}", speeds[name], unit=" MiB/s", digits=0)
        report(
            f"{scheme}: {name}, CPU",
            [c.cpu / gib for c, gib in zip(cost, sent[name], strict=True)],
            unit=" s/GiB",
            digits=2,
        )
        report(f"{scheme}: {name}, memory", [c.peak_bytes / MIB for c in cost], unit=" MiB", digits=0)
    faster = [mine / theirs for mine, theirs in zip(speeds["ours"], speeds["azcopy"], strict=True)]
    smaller = [b.peak_bytes / a.peak_bytes for a, b in zip(costs["ours"], costs["azcopy"], strict=True)]
    report(f"{scheme}: ours / azcopy, throughput", faster, digits=2, goal=at_least(GOALS[scheme]))
    report(f"{scheme}: azcopy / ours, memory", smaller, digits=1, goal=at_least(10))
    if plain := speeds.get("plain sockets"):
        share = [mine / theirs for mine, theirs in zip(speeds["ours"], plain, strict=True)]
        report(f"{scheme}: ours / plain sockets, throughput", share, digits=2, goal=at_least(0.9))
    own = [json.loads(cost.output)["memory"] / MIB for cost in costs["ours"]]
    report(f"{scheme}: ours, memory beyond what is imported", own, unit=" MiB", digits=0, goal=at_most(60))


def slow_link(ca: LabCA) -> None:
    """One run that the link, not the size, ends."""
    with sink(ca, "https", rate=SLOW) as server:
        cost = ours(server, ca, max_duration="30s")
        arrived = server.arrived()
    printed = json.loads(cost.output)
    throughput = float(printed["throughput"])
    figure = f"{throughput / 1000:.0f} kB/s after {cost.wall:.0f} s"
    detail = f"{printed['acknowledged'] / 1e6:.1f} MB acknowledged, {arrived['bytes'] / 1e6:.1f} MB arrived"
    print(f"https: on a link of {SLOW / 1000:.0f} kB/s, ours: {figure} ({detail})")
    error = 100 * abs(throughput / SLOW - 1)
    report(f"https: on a link of {SLOW / 1000:.0f} kB/s: error", [error], unit=" %", digits=1, goal=at_most(10))


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        ca = LabCA(directory / "ca")
        for scheme in GOALS:
            compare(ca, directory, scheme, rounds)
        slow_link(ca)


def with_names(module: str, address: str, *arguments: str, namespaces: Sequence[str] = ()) -> None:
    """Start again in namespaces of our own, where `HOST` is `address`. Needs root, or user namespaces."""
    hosts = Path(tempfile.mkdtemp()) / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{address} {HOST}\n")
    unshare = shutil.which("unshare")
    if unshare is None:
        sys.exit("the bench needs the program unshare (Debian package util-linux)")
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [unshare, "--mount", *namespaces, *as_root, "sh", "-c", script, str(hosts)]
    os.execv(unshare, [*command, sys.executable, "-m", module, INSIDE, *arguments])


if __name__ == "__main__":
    given = [one for one in sys.argv[1:] if one != INSIDE]
    if INSIDE not in sys.argv:
        with_names("tests.bench.upload", LOOPBACK, *given)
    main(int(given[0]) if given else ROUNDS)
