"""French texts follow French typography and contain no English placeholder."""

import re
from collections.abc import Iterator

import pytest

from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import Text
from generate.alerts.files import files
from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert
from generate.alerts.rendering.annotations import annotations as written
from generate.alerts.rendering.placeholders import PLACEHOLDERS
from generate.alerts.rendering.renderers import TemplateRenderer
from generate.alerts.values import load
from tests.lab.tools import ROOT

VALUES = load()
FILES = {name: text for name, text in files(VALUES, "fr").items() if not name.startswith("tests/")}
ALERTS = [alert for group in GROUPS for alert in group.alerts]
TEMPLATES = ROOT / "alerts" / "alertmanager" / "templates"
FRENCH = Page("fr", {}).say

NOT_SPACED = re.compile(r"[^\s\u00a0:;?!«»][;:?!»](?=\s|$|\*)|«(?!\u00a0)")
"""Punctuation that touches its word; a colon in a time or an address is followed by text."""
BREAKABLE = re.compile(r"[ \u2009\u202f][;:?!»](?=\s|$)")
"""Punctuation after a space at which a line may break."""
CODE = re.compile(r"\{\{.*?\}\}|`[^`]*`|\[[^\]]*\]\([^)]*\)|https?://\S+|\b[A-Z]:(?=[\s\\])")
"""Templates, code, addresses and drives, which have their own syntax."""
UNKNOWN_NAMES = {"appliance", "machine", "vCenter", "UUID", "hôte", "compte", "espace de noms", "coffre de clés"} | {
    f"adresse {name}"
    for name in ("du compte", "du namespace", "Event Hubs", "du coffre de clés", "de Resource Manager")
}
"""What an annotation shows in place of a name that is not known."""


def violations(text: str) -> list[str]:
    """Punctuation that French separates from its word by a no-break space, and that is not."""
    prose = CODE.sub("X", text)
    return [match[0] for pattern in (NOT_SPACED, BREAKABLE) for match in pattern.finditer(prose)]


def texts(alert: Alert) -> Iterator[Text]:
    """Every text of an alert and of the fixes that it shows."""
    yield from (alert.summary, alert.description, alert.meaning, alert.impact)
    yield from (query.default for query in alert.annotation_queries.values())
    yield from (cause.text for cause in alert.causes)
    yield from (step.text for cause in alert.causes for step in cause.fix)
    yield from (step.text for step in alert.then)


TRANSLATED = [alert for alert in ALERTS if all(text.fr is not None for text in texts(alert))]
"""Alerts without the failures that only the English versions of the article have."""


def annotations(alert: Alert) -> Iterator[str]:
    """The lines of an alert's annotations that are sentences."""
    found = written(alert, VALUES, lambda: TemplateRenderer(alert, VALUES, "fr"))
    for name in {"summary", "description", "fix", "causes"} & found.keys():
        yield from (line for line in found[name].splitlines() if not line.startswith("   "))


def runbook(alert: Alert) -> Iterator[str]:
    """The lines of an alert's page that are sentences; the titles of documents are English."""
    page = FILES[f"runbooks/{alert.full_name}.md"].partition("## Liens")[0]
    yield from re.sub(r"^( *)```.*?^ *```", "", page, flags=re.DOTALL | re.MULTILINE).splitlines()


@pytest.mark.parametrize("alert", ALERTS, ids=[alert.name for alert in ALERTS])
def test_each_french_text_is_spaced(alert: Alert) -> None:
    french = [FRENCH(text) for text in texts(alert) if text.fr is not None]
    assert [(text, found) for text in french if (found := violations(text))] == []


@pytest.mark.parametrize("alert", TRANSLATED, ids=[alert.name for alert in TRANSLATED])
def test_each_line_of_a_french_alert_and_its_runbook_is_spaced(alert: Alert) -> None:
    lines = [*annotations(alert), *runbook(alert)]
    assert len(lines) > 20
    assert [(line, found) for line in lines if (found := violations(line))] == []


def test_the_index_of_runbooks_is_spaced() -> None:
    english = [alert.full_name for alert in ALERTS if alert not in TRANSLATED]
    lines = FILES["runbooks/README.md"].splitlines()
    french = [line for line in lines if not any(f"[{name}]" in line for name in english)]
    assert len(lines) - len(french) <= len(english)
    assert [line for line in french if violations(line)] == []


@pytest.mark.parametrize(
    "line",
    ["Que faire: rien", "Que faire : rien", "Est-ce ouvert?", "un; deux", "«oui\u00a0»", "«\u00a0oui»", "Ensuite:"],
)
def test_wrong_punctuation_is_found(line: str) -> None:
    assert violations(line)


def test_right_punctuation_is_accepted() -> None:
    line = "À 10:30, le port 443 : « ouvert » ; voir https://x.example/a?b=c, C: et `a: b`."
    assert violations(FRENCH(Text("", line))) == []


@pytest.mark.parametrize("name", FILES)
def test_placeholders_have_their_french_name(name: str) -> None:
    french = {one.name.fr for one in PLACEHOLDERS}
    english = {one.name.en for one in PLACEHOLDERS} - french
    found = set(re.findall(r"\\?<([^\W\d_][^<>\\]*)\\?>", FILES[name]))
    assert found & english == set()
    assert found <= french | UNKNOWN_NAMES


def test_each_placeholder_has_a_french_name_that_fits_between_quotes() -> None:
    for placeholder in PLACEHOLDERS:
        assert placeholder.name.fr
        assert placeholder.meaning.fr
        assert "'" not in placeholder.name.fr


def test_the_templates_of_alertmanager_have_the_space_before_the_colon() -> None:
    french = (TEMPLATES / "words.fr.tmpl").read_text(encoding="utf-8")
    assert '{{ define "azure_migrate.word.colon" }}\u00a0:{{ end }}' in french
    assert not re.findall(r"\}\}:", (TEMPLATES / "azure-migrate.tmpl").read_text(encoding="utf-8"))
