"""What the demo shows: a table that stays up to date on a terminal, and a line for each change anywhere else."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tests.lab.watch import Check

WORKS: Final = "works"
FAILS: Final = "fails"


@dataclass(frozen=True, slots=True)
class Row:
    """One check and what it found."""

    check: Check
    found: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the demo knows at one moment."""

    rows: Sequence[Row]
    urls: Mapping[str, str]
    """Addresses to open, by name."""
    faults: Sequence[str]
    """Names of the faults that are on."""
    alerts: Sequence[str]
    """Names of the alerts that fire."""


class Screen(AbstractContextManager["Screen"], Protocol):
    """Where views are shown."""

    def show(self, view: View) -> None:
        """Show the newest view."""


def screen() -> Screen:
    """A live table if this is a terminal, lines otherwise."""
    return LiveTable() if sys.stdout.isatty() else Lines()


class Lines:
    """Says what changed, one line each: for logs and pipes."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def show(self, view: View) -> None:
        """Print the checks whose result or findings changed (durations apart)."""
        for row in view.rows:
            check = row.check
            key, now = (check.collector, check.target), f"{_state(check)}"
            if self._before.get(key) != now:
                self._before[key] = now
                print(f"{time.strftime('%H:%M:%S')} {check.collector} {check.target}: {now}  {row.found}", flush=True)


class LiveTable:
    """A table in the terminal."""

    def __init__(self) -> None:
        self._live = Live(console=Console(), auto_refresh=False, vertical_overflow="visible")

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, traceback)

    def show(self, view: View) -> None:
        """Draw it anew."""
        self._live.update(Group(_table(view.rows, time.time()), _footer(view)), refresh=True)


def _table(rows: Sequence[Row], now: float) -> Table:
    table = Table(expand=True, header_style="bold", box=None, padding=(0, 1))
    table.add_column("state", no_wrap=True)
    table.add_column("collector", no_wrap=True)
    table.add_column("target", no_wrap=True)
    table.add_column("since", no_wrap=True, justify="right")
    table.add_column("what it sees", ratio=1)
    for row in rows:
        check = row.check
        style = "bold red" if check.fails else "green"
        table.add_row(
            Text(_state(check), style), check.collector, check.target, _age(now - check.since), Text(row.found)
        )
    return table


def _footer(view: View) -> Table:
    footer = Table.grid(padding=(0, 1))
    footer.add_row("")
    for name, url in view.urls.items():
        footer.add_row(name, Text(url, "cyan"))
    footer.add_row("faults on", Text(" ".join(view.faults) or "none", "bold yellow" if view.faults else ""))
    footer.add_row("alerts", Text(" ".join(view.alerts) or "none", "bold red" if view.alerts else ""))
    footer.add_row("", "in a second terminal: make faults, make fault NAME=gateway-stopped, … STATE=off; Ctrl-C ends")
    return footer


def _state(check: Check) -> str:
    return f"{FAILS}: {check.result}" if check.fails else WORKS


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
