"""A line of a known rate: two network namespaces with a pair of virtual interfaces and a token bucket between them.

Needs a network namespace of its own (`unshare --net`), which becomes the server's side of the line.
"""

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

SERVER: Final = "10.99.0.1"
CLIENT: Final = "10.99.0.2"
FRAME: Final = 1514
PAYLOAD: Final = 1448
"""Bytes of a full frame with a packet of 1,500 bytes, and what TCP with timestamps carries in it."""
QUEUE: Final = 0.05
"""Seconds of traffic that wait in front of the line before packets are dropped."""
SMALLEST_QUEUE: Final = 64
"""Frames that wait in front of the slowest line."""
BURST: Final = 0.005
"""Seconds of traffic that may pass at once. With 0.001, timers that fire late left a line of 20 Mbit/s idle for 3 %."""
_SEND: Final = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as peer:
    while True:
        peer.sendall(bytes(65536))
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What passes from the client's side to the server's is limited; the way back is not."""

    rate: float
    """Bits per second, frames counted whole, as a provider counts."""
    client: Sequence[str]
    """The command with which a program is run on the client's side."""

    @property
    def goodput(self) -> float:
        """Bytes per second of TCP payload that the line carries."""
        return self.rate / 8 * PAYLOAD / FRAME


@contextlib.contextmanager
def line(rate: float) -> Iterator[Line]:
    """Set up the line, and remove it."""
    for program in ("ip", "tc", "nsenter"):
        if not shutil.which(program):
            sys.exit(f"the bench needs the program {program} (Debian packages iproute2 and util-linux)")
    with subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as other:
        try:
            client = ["nsenter", f"--net=/proc/{other.pid}/ns/net"]
            _wait_for_namespace(client)
            for command in _commands(rate, other.pid, client):
                subprocess.run(command, check=True)
            yield Line(rate, client)
        finally:
            other.terminate()
            subprocess.run(["ip", "link", "delete", "server"], check=False, stderr=subprocess.DEVNULL)


def longest_queue(rate: float) -> float:
    """Seconds that a packet waits in front of a line of so many bits per second, at most."""
    return _queue(rate) * 8 / rate


def _queue(rate: float) -> int:
    """Bytes that wait in front of it at most."""
    return int(max(SMALLEST_QUEUE * FRAME, rate / 8 * QUEUE))


def _wait_for_namespace(client: Sequence[str]) -> None:
    ours = subprocess.check_output(["readlink", "/proc/self/ns/net"])
    while subprocess.check_output([*client, "readlink", "/proc/self/ns/net"]) == ours:
        time.sleep(0.01)


def _commands(rate: float, other: int, client: Sequence[str]) -> Iterator[list[str]]:
    burst = int(max(2 * FRAME, rate / 8 * BURST))
    limit = burst + _queue(rate)
    yield ["ip", "link", "set", "lo", "up"]
    yield ["ip", "link", "add", "server", "type", "veth", "peer", "name", "client", "netns", str(other)]
    yield ["ip", "address", "add", f"{SERVER}/30", "dev", "server"]
    yield ["ip", "link", "set", "server", "up"]
    yield [*client, "ip", "address", "add", f"{CLIENT}/30", "dev", "client"]
    yield [*client, "ip", "link", "set", "client", "up"]
    yield [*client, "ip", "link", "set", "lo", "up"]
    # The congestion control of Windows, macOS and Linux, whatever this machine prefers.
    yield [*client, "ip", "route", "replace", f"{SERVER}/32", "dev", "client", "congctl", "cubic"]
    bucket = ["tbf", "rate", f"{rate:.0f}bit", "burst", str(burst), "limit", str(limit)]
    yield [*client, "tc", "qdisc", "add", "dev", "client", "root", *bucket]


class CompetingFlow:
    """One TCP connection that takes what it gets, and what arrived of it until when."""

    def __init__(self) -> None:
        self._arrived = [(time.time(), 0)]
        """Unix time and bytes so far."""

    def bytes_per_second(self, began: float, ended: float) -> float:
        """What it got between two Unix times."""
        return (self._until(ended) - self._until(began)) / (ended - began)

    def receive(self, connection: socket.socket) -> None:
        """Count until the sender goes."""
        total = 0
        while received := len(connection.recv(1 << 20)):
            total += received
            self._arrived.append((time.time(), total))

    def _until(self, moment: float) -> int:
        return max(total for when, total in self._arrived if when <= moment or not total)


@contextlib.contextmanager
def competing_flow(over: Line) -> Iterator[CompetingFlow]:
    """A flow over the line that has found its speed when the block begins."""
    flow = CompetingFlow()
    with socket.create_server((SERVER, 0)) as listener:
        port = listener.getsockname()[1]
        with subprocess.Popen([*over.client, sys.executable, "-c", _SEND, SERVER, str(port)]) as sender:
            connection, _ = listener.accept()
            with connection:
                receiver = threading.Thread(target=flow.receive, args=(connection,))
                receiver.start()
                time.sleep(2)
                try:
                    yield flow
                finally:
                    sender.kill()
                    receiver.join()
