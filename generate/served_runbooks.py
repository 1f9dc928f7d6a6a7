"""`exporter/…/web/runbooks/`: the runbooks as HTML, which the exporter serves with the names of a query filled in."""

import json
from typing import Final

from markdown_it import MarkdownIt

from azure_migrate_exporter.failures.commands import Place
from azure_migrate_exporter.failures.model import LANGUAGES, Language
from azure_migrate_exporter.web.handlers import documents
from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert
from generate.alerts.rendering import runbooks
from generate.alerts.rendering.renderers import ExpectedRenderer
from generate.alerts.rendering.rules import levels
from generate.alerts.values import Values

_FOLDER: Final = "exporter/azure_migrate_exporter/web/runbooks"
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def files(values: Values) -> dict[str, str]:
    """One file for each language: the pages by the name of their alert, one a line."""
    return {f"{_FOLDER}/{language}.json": _pages(values, language) for language in LANGUAGES}


def _pages(values: Values, language: Language) -> str:
    pages = {documents.INDEX: _MARKDOWN.render(runbooks.index(GROUPS, values, language))}
    for alert in (alert for group in GROUPS for alert in group.alerts if levels(alert, values)):
        pages[alert.full_name] = _MARKDOWN.render(_marked(alert, values, language))
    return json.dumps(pages, ensure_ascii=False, indent=0) + "\n"


def _marked(alert: Alert, values: Values, language: Language) -> str:
    """The page in Markdown; each name is marked as `documents.fill` expects it."""
    return runbooks.page_from(alert, values, language, _Marks(alert, values, language, runbooks.expected(alert)))


class _Marks(ExpectedRenderer):
    """Writes a mark for each name: how it stands there, the parameter of the query that has it, and an example."""

    def _value(self, name: str) -> str:
        return self._mark(name, documents.PROSE) or super()._value(name)

    def _argument(self, name: str, where: Place) -> str:
        return self._mark(name, where) or super()._argument(name, where)

    def _mark(self, name: str, where: str) -> str:
        if name in self._alert.annotation_queries:
            parameter, example = name, self._expected.results.get(name)
        else:
            parameter, example = self._alert.label(name), self._labels.get(self._alert.label(name))
        return f"⟦{where}:{parameter}¦{example}⟧" if example else ""
