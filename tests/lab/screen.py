"""The output of the demo: a live table on a terminal, and a line for each change elsewhere."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tests.lab.check_status import CheckStatus
from tests.lab.findings import Finding
from tests.lab.pager import Page

WORKS: Final = "works"
WRONG: Final = "wrong"
"""The check works, and what it measured needs action."""
FAILS: Final = "fails"
_SEVERITIES: Final = {"critical": "bold red", "warning": "bold yellow"}
_STYLES: Final = {WORKS: "green", WRONG: "bold yellow", FAILS: "bold red"}


@dataclass(frozen=True, slots=True)
class Row:
    """One check and what it found."""

    check: CheckStatus
    found: Sequence[Finding]

    @property
    def state(self) -> str:
        """In one word."""
        if self.check.fails:
            return FAILS
        return WRONG if any(finding.wrong for finding in self.found) else WORKS

    @property
    def reason(self) -> str:
        """Why it fails, if it does."""
        return self.check.result if self.check.fails else ""

    @property
    def text(self) -> str:
        """What it found: if something is wrong, nothing else."""
        wrong = [finding.text for finding in self.found if finding.wrong]
        return ", ".join(wrong or [finding.text for finding in self.found])


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the demo knows at one moment."""

    rows: Sequence[Row]
    urls: Mapping[str, str]
    """Addresses to open, by name."""
    faults: Sequence[str]
    """Names of the faults that are on."""
    pages: Sequence[Page]
    """Delivered alerts that are not resolved."""


class Screen(Protocol):
    """Where views are shown."""

    def show(self, view: View) -> None:
        """Show the newest view."""


def screen() -> AbstractContextManager[Screen]:
    """A live table if this is a terminal, lines otherwise."""
    return _LiveTable() if sys.stdout.isatty() else nullcontext(_Lines())


class _Lines:
    """Says what changed, one line each: for logs and pipes."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], tuple[str, str]] = {}
        self._pages: set[str] = set()

    def show(self, view: View) -> None:
        for row in view.rows:
            key, now = (row.check.collector, row.check.target), (row.state, row.reason)
            if self._before.get(key) != now:
                self._before[key] = now
                clock = time.strftime("%H:%M:%S")
                print(f"{clock}  {row.state:5}  {' '.join(filter(None, (*key, row.reason)))}  {row.text}", flush=True)
        for page in view.pages:
            if page.fingerprint not in self._pages:
                print(time.strftime("%H:%M:%S"), "\n".join(_lines(page)), sep="  ", flush=True)
        self._pages = {page.fingerprint for page in view.pages}


class _LiveTable(Live):
    """A table that is drawn anew each time."""

    def __init__(self) -> None:
        super().__init__(console=Console(), auto_refresh=False, vertical_overflow="visible")

    def show(self, view: View) -> None:
        self.update(Group(_table(view.rows, time.time()), _footer(view)), refresh=True)


def _table(rows: Sequence[Row], now: float) -> Table:
    table = Table(expand=True, header_style="bold", box=None, padding=(0, 1))
    for heading in ("state", "collector", "target", "reason"):
        table.add_column(heading, no_wrap=True)
    table.add_column("since", no_wrap=True, justify="right")
    table.add_column("what it sees", ratio=1)
    for row in rows:
        state, since = Text(row.state, _STYLES[row.state]), _age(now - row.check.since)
        table.add_row(state, row.check.collector, row.check.target, row.reason, since, Text(row.text))
    return table


def _footer(view: View) -> Table:
    footer = Table.grid(padding=(0, 1))
    footer.add_row("")
    for name, url in view.urls.items():
        footer.add_row(f" {name}", Text(url, "cyan"))
    footer.add_row(" faults on", Text(" ".join(view.faults) or "none", "bold yellow" if view.faults else ""))
    footer.add_row(" alerts", "" if view.pages else "none")
    for page in view.pages:
        title, *rest = _lines(page)
        footer.add_row("", Text(title, _SEVERITIES[page.severity]))
        footer.add_row("", Text("\n".join(rest)))
    footer.add_row(
        "", "in a second terminal: make faults, make fault NAME=gateway-stopped [STATE=off]; Ctrl-C here ends it all"
    )
    return footer


def _lines(page: Page) -> list[str]:
    """A page, shortened."""
    return [
        f"{page.severity}: {page.name}, sent to {', '.join(page.receivers)}",
        f"  {page.description}",
        *(f"  {line}" for line in page.fix),
    ]


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
