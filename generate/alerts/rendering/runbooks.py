"""A page for each alert: what it means, what it does, how to look, and the documented fix."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import Language, Link, Step, Text
from generate.alerts.model import RANKS, Alert, Fires, Group, Severity
from generate.alerts.promql import fill
from generate.alerts.rendering.annotations import ARTICLE
from generate.alerts.rendering.placeholders import choices
from generate.alerts.rendering.renderers import Expected, Writer
from generate.alerts.rendering.rules import levels
from generate.alerts.values import Values

EXAMPLE: Final = {
    "appliance": "paris",
    "account": "migratelsa1612849844",
    "namespace": "migratesbns1612849844",
    "vault": "migratekv1612849844",
    "recovery_vault": "paris-vault",
    "host": "esx-01.example.com",
    "free_host": "esx-02.example.com",
    "vcenter": "vcenter",
    "datastore": "datastore-1",
    "vm": "web01",
    "collector": "gateway",
    "target": "paris",
    "service": "asrgwy",
}
"""Names that the commands of the pages use; the alert itself has the real ones."""

_FACTS: Final = Text("| level | after | component | failure |", "| niveau | après | composant | panne |")
_AT_ONCE: Final = Text("at once", "tout de suite")
_MEANING: Final = Text("Meaning", "Signification")
_IMPACT: Final = Text("Impact", "Impact")
_DIAGNOSIS: Final = Text("Diagnosis", "Diagnostic")
_MITIGATION: Final = Text("Mitigation", "Résolution")
_LINKS: Final = Text("Links", "Liens")
_NAMES: Final = Text(
    "The alert names the real things. On this page they are examples: {}.",
    "L'alerte nomme les choses réelles. Sur cette page, ce sont des exemples : {}.",
)
_FIRST: Final = Text(
    "Let the exporter walk the path and name the cause. Where it runs, in the directory of its `exporter.yml` (or with "
    "`--config.file`):",
    "Laissez l'exportateur parcourir le chemin et nommer la cause. Là où il s'exécute, dans le répertoire de son "
    "`exporter.yml` (ou avec `--config.file`) :",
)
_QUERY: Final = Text("What the alert sees, in Prometheus:", "Ce que voit l'alerte, dans Prometheus :")
_MORE: Final = Text("What helps to judge it:", "Ce qui aide à en juger :")
_CHOOSE: Final = Text("Put in place of:", "Remplacez :")
_LIVE: Final = Text(
    "The alert's annotation `causes` lists which of these fail at this moment, and `fix` keeps to them.",
    "L'annotation `causes` de l'alerte indique lesquelles sont en panne en ce moment, et `fix` s'y limite.",
)
_THEN: Final = Text("Then", "Ensuite")
_INDEX: Final = Text("Runbooks", "Procédures")
_ABOUT: Final = Text(
    "A page for each alert, of the same name. Made by `make generate` from the definition that the rule is made from.",
    "Une page par alerte, du même nom. Produite par `make generate` à partir de la définition dont vient la règle.",
)
_LIST: Final = Text("| alert | levels | what it says |", "| alerte | niveaux | ce qu'elle dit |")

_BLANKS: Final = re.compile(r"\n{3,}")
_MARKUP: Final = re.compile(r"[<>*]")


def page(alert: Alert, values: Values, language: Language) -> str:
    """The page of one alert."""
    text = "\n".join(_Runbook(alert, values, language).lines()) + "\n"
    return _BLANKS.sub("\n\n", text)


def index(groups: Iterable[Group], values: Values, language: Language) -> str:
    """The page that lists them all."""
    say = Page(language, {}).say
    lines = [f"# {say(_INDEX)}", "", say(_ABOUT)]
    for group in groups:
        alerts = [alert for alert in group.alerts if levels(alert, values)]
        if alerts:
            lines += ["", f"## {say(group.about)}", "", say(_LIST), "| --- | --- | --- |"]
        for alert in alerts:
            severities = ", ".join(levels(alert, values))
            lines.append(f"| [{alert.full_name}]({alert.full_name}.md) | {severities} | {say(alert.summary)} |")
    return "\n".join(lines) + "\n"


class _Runbook:
    def __init__(self, alert: Alert, values: Values, language: Language) -> None:
        self._alert = alert
        self._values = values
        self._say = Page(language, {}).say
        labels = {label: EXAMPLE.get(alert.aliases.get(label, label), "") for label in alert.labels}
        labels |= {label: EXAMPLE[name] for name, label in alert.aliases.items() if name in EXAMPLE}
        live = {name: EXAMPLE[name] for name in alert.live if name in EXAMPLE}
        self._writer: Writer = Expected(alert, values, language, Fires(labels, live=live))
        self._used = {**labels, **live}

    def lines(self) -> Iterator[str]:
        alert = self._alert
        yield from (f"# {alert.full_name}", "", self._writer.say(alert.summary), "")
        yield from (*self._facts(), "")
        yield from (f"## {self._say(_MEANING)}", "", self._say(alert.meaning), "")
        yield from (f"## {self._say(_IMPACT)}", "", self._say(alert.impact), "")
        yield from (f"## {self._say(_DIAGNOSIS)}", "", *self._diagnosis(), "")
        yield from (f"## {self._say(_MITIGATION)}", "", *self._mitigation(), "")
        yield from (f"## {self._say(_LINKS)}", "", *self._links())

    def _facts(self) -> Iterator[str]:
        yield from (self._say(_FACTS), "| --- | --- | --- | --- |")
        failure = f"`{self._alert.failure.id}`" if self._alert.failure else ""
        for severity, numbers in self._levels().items():
            after = self._say(_AT_ONCE) if numbers["for"] == "0s" else numbers["for"]
            yield f"| {severity} | {after} | {self._alert.component} | {failure} |"

    def _levels(self) -> Mapping[Severity, Mapping[str, object]]:
        return levels(self._alert, self._values) or self._values.alerts[self._alert.name].levels

    def _diagnosis(self) -> Iterator[str]:
        commands = [self._writer.command(command) for command in (self._first(), *self._alert.diagnosis)]
        yield from (self._say(_FIRST), "", "```console", *(f"$ {command}" for command in commands), "```", "")
        severity, own = next(iter(self._levels().items()))
        numbers = {**self._values.shared, **own, "rank": RANKS[severity]}
        expr = fill(self._alert.expr, numbers).strip()
        yield from (self._say(_QUERY), "", "```promql", expr, "```")
        if self._alert.queries:
            yield from ("", self._say(_MORE), "", "```promql")
            yield from (fill(query, numbers) for query in self._alert.queries)
            yield "```"

    def _first(self) -> str:
        """The diagnosis that fits: of a machine, an error or an appliance."""
        alert = self._alert
        if "vm" in alert.labels:
            return "azure-migrate-exporter diagnose --vm {vm}"
        if alert.failure and alert.fix == alert.failure.causes:
            code = alert.failure.codes[-1].number if alert.failure.codes else alert.failure.id
            return f"azure-migrate-exporter diagnose --error {code}"
        if "appliance" in alert.labels:
            return "azure-migrate-exporter diagnose --appliance {appliance}"
        return "azure-migrate-exporter diagnose"

    def _mitigation(self) -> Iterator[str]:
        alert = self._alert
        body = list(self._steps_by_cause())
        told = "\n".join(body)
        examples = [f"`{name}`" for name in dict.fromkeys(self._used.values()) if name and name in told]
        if examples:
            yield from (self._say(_NAMES).format(", ".join(examples)), "")
        if wanted := [f"- `<{name}>`: {self._say(text)}." for name, text in choices(told)]:
            yield from (self._say(_CHOOSE), "", *wanted, "")
        if alert.failure and len(alert.fix) > 1 and "appliance" in alert.labels:
            yield from (self._say(_LIVE), "")
        yield from body

    def _steps_by_cause(self) -> Iterator[str]:
        alert = self._alert
        if len(alert.fix) == 1:
            yield from self._steps((*alert.fix[0].fix, *alert.then))
            return
        for number, cause in enumerate(alert.fix, start=1):
            yield from (f"### {number}. {self._prose(cause.text)}", "", *self._steps(cause.fix), "")
        if alert.then:
            yield from (f"### {self._say(_THEN)}", "", *self._steps(alert.then))

    def _steps(self, steps: Iterable[Step]) -> Iterator[str]:
        for number, step in enumerate(steps, start=1):
            yield f"{number}. {self._prose(step.text)}"
            if step.commands:
                yield from ("", "   ```text")
                yield from (f"   {self._writer.command(command)}" for command in step.commands)
                yield from ("   ```", "")

    def _prose(self, text: Text) -> str:
        """A sentence in which nothing is read as markup."""
        return _MARKUP.sub(r"\\\g<0>", self._writer.prose(text))

    def _links(self) -> Iterator[str]:
        shown: list[Link] = [
            *self._alert.documents,
            *(self._alert.failure.links if self._alert.failure else ()),
            ARTICLE,
        ]
        for link in dict.fromkeys(shown):
            title = self._say(link.title)
            if link.url is None:
                yield f"- {title}"
            else:
                url = link.url if link.url.startswith("http") else f"{self._values.documentation_base_url}/{link.url}"
                yield f"- [{title}]({url})"
