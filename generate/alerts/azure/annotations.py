"""Annotations for Azure Monitor: short, and with no function of a template but what Microsoft's own rules use.

`{{ $labels.x }}` and `{{ $value }}` (with `printf`) are filled in there. Queries are not known to be, so a text has an
ellipsis in place of what only a query knows. A command has a placeholder for a name, which would need quoting.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from azure_migrate_exporter.failures.commands import Place, with_finders
from azure_migrate_exporter.failures.model import Language, Step, Text
from generate.alerts.azure.expressions import Joined
from generate.alerts.model import Alert, NumberFormat
from generate.alerts.rendering.annotations import (
    BEGIN,
    CANDIDATES,
    PLACES,
    THINGS,
    diagnose_command,
    documentation_url,
    documents,
    first_step,
    links,
)
from generate.alerts.rendering.placeholders import in_language
from generate.alerts.rendering.renderers import TextRenderer
from generate.alerts.values import Values

LONGEST: Final = 1024
"""Characters of an annotation that Azure Monitor takes."""
RUNBOOKS: Final = "runbookBaseUrl"
DASHBOARDS: Final = "grafanaUrl"
ELLIPSIS: Final = "…"

_MORE: Final = Text(
    "All steps are in the runbook (runbook_url).", "Toutes les étapes sont dans la procédure (runbook_url)."
)
_NUMBERS: Final = {
    NumberFormat.PLAIN: "{{ $value }}",
    NumberFormat.SI: "{{ $value }}",
    NumberFormat.PERCENT: '{{ printf "%.2f" $value }} (1 = 100 %)',
    NumberFormat.BYTES: '{{ printf "%.0f" $value }} ',
    NumberFormat.DURATION: '{{ printf "%.0f" $value }} s',
}
"""How a value is written; `humanize` and its kind are not known to be evaluated."""
_SENTENCE: Final = re.compile(r"(?<=[.!?]) +")

Annotation = str | Joined


class _Renderer(TextRenderer):
    """Writes labels as templates, and what a query would find as an ellipsis or a placeholder."""

    def sentences(self, text: Text) -> str:
        """The text without the later sentences that only a query could complete."""
        first, *others = _SENTENCE.split(self.prose(text))
        return " ".join([first, *(sentence for sentence in others if ELLIPSIS not in sentence)])

    def _replace_placeholders(self, text: str) -> str:
        return in_language(text, self._language)

    def _value(self, name: str) -> str:
        if name == "value":
            return _NUMBERS[self._alert.value_format]
        return ELLIPSIS if name in self._queries else f"{{{{ $labels.{self._label(name)} }}}}"

    def _argument(self, name: str, where: Place) -> str:
        shown = f"<{name.replace('_', ' ')}>"
        return shown if where is Place.QUOTED else f"'{shown}'"


def annotations(alert: Alert, values: Values, language: Language) -> dict[str, Annotation]:
    """Every annotation by its name; none is longer than `LONGEST`."""
    renderer = _Renderer(alert, values, language)
    more = renderer.translated(_MORE)
    page = Joined(RUNBOOKS, f"/{alert.full_name}.md")
    found: dict[str, Annotation] = {
        "summary": renderer.translated(alert.summary),
        "thing": _thing(alert),
        "description": renderer.sentences(alert.description),
        "begin": fitting(_begin(alert, renderer), more),
        "fix": fitting(_fix(alert, renderer), more),
        "links": fitting([f"{line}\n" for line in _links(alert, values, renderer)], more),
        "documentation_url": documentation_url(alert, values),
        "runbook_url": page,
        "dashboard_url": Joined(DASHBOARDS, f"/d/{values.dashboards.uids[alert.dashboard]}"),
    }
    return {name: text for name, text in found.items() if text}


def length(text: str) -> int:
    """The characters of a text as .NET counts them."""
    return len(text.encode("utf-16-le")) // 2


def fitting(blocks: Iterable[str], more: str) -> str:
    """As many whole blocks as fit, and where the others are."""
    all_blocks = list(blocks)
    text = "".join(all_blocks).rstrip("\n")
    while length(text) > LONGEST:
        all_blocks.pop()
        text = "".join([*all_blocks, more])
    return text


def _thing(alert: Alert) -> str:
    """What the alert is about and where, as far as every alert of this name has it: ``web01 (paris)``."""
    always = [label for label in alert.labels if label not in alert.optional_labels]
    thing = next((label for label in THINGS if label in always), None)
    place = next((label for label in PLACES if label in always), None)
    shown = [f"{{{{ $labels.{label} }}}}" for label in (thing, place) if label]
    return " (".join(shown) + (")" if len(shown) > 1 else "")


def _begin(alert: Alert, renderer: _Renderer) -> Iterator[str]:
    step = first_step(alert.causes[0]) if len(alert.causes) == 1 else Step(BEGIN, (diagnose_command(alert),))
    yield from _steps((step,), renderer, "")


def _fix(alert: Alert, renderer: _Renderer) -> Iterator[str]:
    """The steps one by one; the first of a cause stands with the cause."""
    if len(alert.causes) == 1:
        yield from _steps((*alert.causes[0].fix, *alert.then), renderer, "{}. ")
        return
    heading = f"{renderer.translated(CANDIDATES)}\n"
    for number, cause in enumerate(alert.causes, start=1):
        heading += f"{number}. {renderer.prose(cause.text)}\n"
        for step in _steps(cause.fix, renderer, f"{number}.{{}} "):
            yield heading + step
            heading = ""
    yield from _steps(alert.then, renderer, "{}. ")


def _links(alert: Alert, values: Values, renderer: _Renderer) -> Iterator[str]:
    """The documents, without the one that has an annotation of its own."""
    return links(documents(alert)[1:], values, renderer)


def _steps(steps: Iterable[Step], renderer: _Renderer, label: str) -> Iterator[str]:
    for number, step in enumerate(with_finders(steps), start=1):
        commands = "".join(f"   {renderer.command(command)}\n" for command in step.commands)
        yield f"{label.format(number)}{renderer.prose(step.text)}\n{commands}"
