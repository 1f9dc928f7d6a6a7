"""Progress output: each step as it finishes, in the order of the procedure."""

import os
import shutil
import textwrap
from typing import IO, Final, Protocol

import click

from azure_migrate_exporter.diagnosis.model import Result, Step
from azure_migrate_exporter.diagnosis.reports import translations
from azure_migrate_exporter.failures.explain import WIDTH, Page
from azure_migrate_exporter.failures.model import Language, Text

_INDENT: Final = 17


class Progress(Protocol):
    """Receives the progress of a diagnosis."""

    def lookup_started(self, vm: str) -> None:
        """The lookup of the machine has started."""

    def step_started(self, step: Step) -> None:
        """The step is the first that has not finished."""

    def step_finished(self, result: Result) -> None:
        """The step has finished."""

    def close(self) -> None:
        """No more calls follow."""


class NoProgress:
    """Prints nothing: for JSON."""

    def lookup_started(self, vm: str) -> None:
        """See `Progress.lookup_started`."""

    def step_started(self, step: Step) -> None:
        """See `Progress.step_started`."""

    def step_finished(self, result: Result) -> None:
        """See `Progress.step_finished`."""

    def close(self) -> None:
        """See `Progress.close`."""


class ProgressLines:
    """A line for each finished step; on a terminal also one for the current step, which the result then replaces.

    It is overwritten with spaces, which works on every terminal, including an old Windows console.
    """

    def __init__(self, stream: IO[str], language: Language) -> None:
        self._stream = stream
        self._page = Page(language, {})
        self._language: Language = language
        self._pending = 0
        self._live = stream.isatty()

    def lookup_started(self, vm: str) -> None:
        """See `Progress.lookup_started`."""
        self._wait_for(Page(self._language, {"vm": vm}).say(translations.LOOKING))

    def step_started(self, step: Step) -> None:
        """See `Progress.step_started`."""
        if step.skipped is None:
            self._wait_for(step_title(step, self._page))

    def step_finished(self, result: Result) -> None:
        """See `Progress.step_finished`."""
        self.close()
        for line in _lines(result, self._page):
            print_line(line, self._stream)

    def close(self) -> None:
        """See `Progress.close`."""
        if self._pending:
            click.echo(f"\r{' ' * self._pending}\r", nl=False, file=self._stream)
            self._pending = 0

    def _wait_for(self, text: str) -> None:
        self.close()
        if self._live:
            line = f"{'...':<{_INDENT}}{text}"[: shutil.get_terminal_size().columns - 1]
            self._pending = len(line)
            click.echo(line, nl=False, file=self._stream)


def print_line(line: str, stream: IO[str]) -> None:
    """Print a line; with colours only on a terminal, and unless NO_COLOR is set."""
    click.echo(line, file=stream, color=False if os.environ.get("NO_COLOR") else None)


def step_title(step: Step, page: Page) -> str:
    """The step in a few words: stage, target, appliance."""
    role = step.signals[0].role if len(step.signals) == 1 else None
    target = f"{step.target} ({role})" if role and step.target else step.target or role or ""
    places = ", ".join(dict.fromkeys(place for place in (target, step.appliance) if place))
    return f"{page.say(step.stage.title)} {places}".rstrip()


def _lines(result: Result, page: Page) -> list[str]:
    """Verdict, title and observations; longer texts continue below."""
    word, head = page.say(translations.VERDICTS[result.verdict]), step_title(result.step, page)
    took = f" [{result.duration:.2f} s]" if result.duration is not None else ""
    seen, *others = result.seen
    first = Text(f"{head}: {seen.en}{took}", f"{head} : {seen.into('fr')}{took}")
    lines = _wrapped(page.say(first), _INDENT)
    for other in others:
        lines += _wrapped(f"- {page.say(other)}", _INDENT + 2)
    coloured = click.style(f"{word:<{_INDENT}}", fg=translations.COLOURS.get(result.verdict))
    return [coloured + lines[0].lstrip(), *lines[1:]]


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text,
        width=WIDTH + _INDENT,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
