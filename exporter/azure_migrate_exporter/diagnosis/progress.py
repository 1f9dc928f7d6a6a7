"""What a person sees while it runs: each step as it ends, in the order of the procedure."""

import os
import shutil
import textwrap
from typing import IO, Final, Protocol

import click

from azure_migrate_exporter.diagnosis import translations
from azure_migrate_exporter.diagnosis.model import Result, Step
from azure_migrate_exporter.failures.explain import WIDTH, Page
from azure_migrate_exporter.failures.model import Language, Text

_INDENT: Final = 17


class Progress(Protocol):
    """Told of what is waited for, and of each step that ended."""

    def looks_for(self, vm: str) -> None:
        """The machine is looked up."""

    def begins(self, step: Step) -> None:
        """The step is the first of those that have not ended."""

    def ended(self, result: Result) -> None:
        """It has ended."""

    def close(self) -> None:
        """Nothing more will end."""


class Silence:
    """Says nothing: for JSON."""

    def looks_for(self, vm: str) -> None:
        """See `Progress.looks_for`."""

    def begins(self, step: Step) -> None:
        """See `Progress.begins`."""

    def ended(self, result: Result) -> None:
        """See `Progress.ended`."""

    def close(self) -> None:
        """See `Progress.close`."""


class Lines:
    """A line for each step that ended; on a terminal also one for what is waited for, which is then replaced.

    That line is overwritten with spaces: every terminal can do it, an old Windows console too.
    """

    def __init__(self, stream: IO[str], language: Language) -> None:
        self._stream = stream
        self._page = Page(language, {})
        self._language: Language = language
        self._pending = 0
        self._live = stream.isatty()

    def looks_for(self, vm: str) -> None:
        """See `Progress.looks_for`."""
        self._wait_for(Page(self._language, {"vm": vm}).say(translations.LOOKING))

    def begins(self, step: Step) -> None:
        """See `Progress.begins`."""
        if step.settled is None:
            self._wait_for(title(step, self._page))

    def ended(self, result: Result) -> None:
        """See `Progress.ended`."""
        self.close()
        for line in _lines(result, self._page):
            say(line, self._stream)

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


def say(line: str, stream: IO[str]) -> None:
    """Write a line, with its colours on a terminal only, and there only without NO_COLOR."""
    click.echo(line, file=stream, color=False if os.environ.get("NO_COLOR") else None)


def title(step: Step, page: Page) -> str:
    """The step in a few words: what it asks, of what, and for which appliance."""
    role = step.signals[0].role if len(step.signals) == 1 else None
    target = f"{step.target} ({role})" if role and step.target else step.target or role or ""
    places = ", ".join(dict.fromkeys(place for place in (target, step.appliance) if place))
    return f"{page.say(step.stage.title)} {places}".rstrip()


def _lines(result: Result, page: Page) -> list[str]:
    """Verdict, title and what was seen; longer texts go on below."""
    word, head = page.say(translations.VERDICTS[result.verdict]), title(result.step, page)
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
