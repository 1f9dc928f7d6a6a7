"""A scrape of 100,000 samples as Prometheus does it, against prometheus-client's handler over the same families.

Both run as processes of their own; rounds are interleaved; a ratio is of two medians of one round. The library's
figures are its best case: nothing changes in it, while a fiftieth of our machines changes each second.

`python -m tests.bench.scrape [ROUNDS]`.
"""

import contextlib
import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from urllib.parse import urlsplit

import psutil

from tests.bench.figures import at_least, at_most, percentile, report
from tests.bench.process_cost import cpu_seconds

SAMPLES = 100_000
ROUNDS = 5
OPENMETRICS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
FORMS = {
    "OpenMetrics, gzip": {"Accept": OPENMETRICS, "Accept-Encoding": "gzip"},
    "text, gzip": {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "gzip"},
    "text": {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "identity"},
}


@contextlib.contextmanager
def server(*args: str) -> Iterator[tuple[str, psutil.Process]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.scrape_server", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), psutil.Process(process.pid)
        finally:
            process.terminate()


class Scraper:
    """One keep-alive connection, as Prometheus holds it."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def scrape(self, headers: dict[str, str]) -> tuple[float, int]:
        began = time.perf_counter()
        self._connection.request("GET", "/metrics", headers=headers)
        size = len(self._connection.getresponse().read())
        return time.perf_counter() - began, size


def wait_until_full(scraper: Scraper) -> None:
    deadline = time.monotonic() + 60
    while scraper.scrape(FORMS["text"])[1] < SAMPLES * 50:
        if time.monotonic() > deadline:
            raise TimeoutError("the page never filled")
        time.sleep(0.2)


def against_the_library(rounds: int) -> None:
    with server("ours", str(SAMPLES), "0.02", "1") as (our_url, _), server("library", str(SAMPLES)) as (its_url, _):
        ours, its = Scraper(our_url), Scraper(its_url)
        wait_until_full(ours)
        for form, headers in FORMS.items():
            ratios, times = [], []
            for _ in range(rounds):
                mine = [ours.scrape(headers)[0] for _ in range(40)]
                theirs = [its.scrape(headers)[0] for _ in range(2)]
                ratios.append(median(theirs) / median(mine))
                times += mine
            report(f"{form}: prometheus-client / ours", ratios, digits=0, goal=at_least(100))
            report(f"{form}: ours", [t * 1000 for t in times], unit=" ms")


def the_slowest_scrapes(rounds: int) -> None:
    with server("ours", str(SAMPLES), "0.02", "1") as (url, _):
        scraper = Scraper(url)
        wait_until_full(scraper)
        ratios = []
        for _ in range(rounds):
            times = []
            for _ in range(200):
                times.append(scraper.scrape(FORMS["OpenMetrics, gzip"])[0])
                time.sleep(0.01)
            ratios.append(percentile(times, 0.99) / median(times))
        report("p99 / median while 2,000 samples a second change", ratios, goal=at_most(4))


def keeping_it_ready(rounds: int) -> None:
    """500 machines: what rendering in the background costs without any scrape."""
    with server("ours", str(500 * 60), "0.1", "10") as (_, process):
        time.sleep(5)
        shares = []
        for _ in range(rounds):
            began, before = time.monotonic(), cpu_seconds(process.pid)
            time.sleep(10)
            shares.append((cpu_seconds(process.pid) - before) / (time.monotonic() - began))
        report("part of a core at 500 machines, a tenth changing in 10 s", shares, digits=4, goal=at_most(0.1))


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    against_the_library(rounds)
    the_slowest_scrapes(rounds)
    keeping_it_ready(rounds)
