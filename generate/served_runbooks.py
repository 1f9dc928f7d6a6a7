"""`exporter/…/web/runbooks/`: the runbooks as HTML, which the exporter serves with the names of a query filled in."""

import json
import re
from collections.abc import Mapping
from typing import Final

from markdown_it import MarkdownIt

from azure_migrate_exporter.failures.model import LANGUAGES, Language
from azure_migrate_exporter.web.handlers.documents import INDEX
from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert
from generate.alerts.rendering import runbooks
from generate.alerts.rendering.rules import levels
from generate.alerts.rendering.runbooks import Names
from generate.alerts.values import Values

_FOLDER: Final = "exporter/azure_migrate_exporter/web/runbooks"
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_MARK: Final = re.compile("zq(\\w+?)qz")
"""A word in place of a name while the page is written."""
_FENCE: Final = "```"


def files(values: Values) -> dict[str, str]:
    """One file for each language: the pages by the name of their alert, one a line."""
    return {f"{_FOLDER}/{language}.json": _pages(values, language) for language in LANGUAGES}


def _pages(values: Values, language: Language) -> str:
    pages = {INDEX: _MARKDOWN.render(runbooks.index(GROUPS, values, language))}
    for alert in (alert for group in GROUPS for alert in group.alerts if levels(alert, values)):
        pages[alert.full_name] = _MARKDOWN.render(_marked(alert, values, language))
    return json.dumps(pages, ensure_ascii=False, indent=0) + "\n"


def _marked(alert: Alert, values: Values, language: Language) -> str:
    """The page in Markdown; each name is marked as `documents.fill` expects it."""
    examples = runbooks.examples_of(alert)
    # A query may find a name that a label has for something else: the key vault beside the Recovery Services vault.
    results = {name: f"key_{name}" if name in alert.labels else name for name in examples.results}
    known = {**examples.labels, **{results[name]: example for name, example in examples.results.items()}}
    names = Names(_words({label: label for label in examples.labels}), _words(results))
    text = runbooks.page_with_names(alert, values, language, names)
    lines, in_commands = [], False
    for line in text.splitlines(keepends=True):
        in_commands ^= line.lstrip().startswith(_FENCE)
        lines.append(_mark(line, known, in_commands=in_commands))
    return "".join(lines)


def _words(names: Mapping[str, str]) -> dict[str, str]:
    return {name: f"zq{shown}qz" for name, shown in names.items()}


def _mark(line: str, examples: dict[str, str], *, in_commands: bool) -> str:
    def mark(match: re.Match[str]) -> str:
        is_argument = in_commands and line.count("'", 0, match.start()) % 2 == 0
        return f"⟦{'!' if is_argument else ''}{match[1]}¦{examples[match[1]]}⟧"

    return _MARK.sub(mark, line)
