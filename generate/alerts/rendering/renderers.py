"""Renderers of annotations: one writes the template for Prometheus, the other the text that a test case expects of it.

Both render the same texts of the catalogue, so promtool proves that the template of a rule expands to those texts, with
the names of the case filled in.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote_plus

from azure_migrate_exporter.failures.commands import QUOTERS, Place, place
from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import Cause, Language, Text
from generate.alerts.groups.evidence import CAUSE_FAILING
from generate.alerts.model import Alert, AnnotationQuery, ExpectedAlert, NumberFormat
from generate.alerts.promql import add_matchers, fill, keep_labels
from generate.alerts.rendering import quoting
from generate.alerts.rendering.placeholders import in_language
from generate.alerts.samples import labels_of
from generate.alerts.values import Values

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LABEL_IN_QUERY: Final = re.compile(r'"\$(\w+)"')
_MISSING: Final = {"appliance": "<appliance>", "vm": "<machine>", "vm_id": "<UUID>", "vcenter": "<vCenter>"}
"""What an annotation shows in place of an optional label that is not there, in both languages."""

FAILING: Final = Text("Failing now:", "En panne maintenant :")
NONE_FAILING: Final = Text(
    "None of the documented causes that are measured here is failing now.",
    "Aucune des causes documentées qui sont mesurées ici n'est en panne maintenant.",
)
HEALTHY: Final = Text("Measured and healthy: {}.", "Mesuré et sain : {}.")
NOT_MEASURED: Final = Text("Not measured here: {}.", "Non mesuré ici : {}.")
MORE: Final = Text("and more", "et d'autres")


class Renderer(ABC):
    """Renders one annotation of an alert."""

    def __init__(self, alert: Alert, values: Values, language: Language) -> None:
        self._alert = alert
        self._values = values
        self._language: Language = language
        self._page = Page(language, {})

    def prose(self, text: Text) -> str:
        """One or more sentences, with names in place of the placeholders."""
        return _PLACEHOLDER.sub(lambda match: self._value(match[1]), self._replace_placeholders(self.translated(text)))

    def command(self, command: str) -> str:
        """A command to paste: a name stays one argument of it."""
        command = self._replace_placeholders(command)
        return _PLACEHOLDER.sub(lambda match: self._argument(match[1], place(command, match.start())), command)

    def translated(self, text: Text) -> str:
        """A text in the renderer's language, placeholders included."""
        return self._page.say(text)

    def _replace_placeholders(self, text: str) -> str:
        """The text with what a query can find in place of a ``<placeholder>``, and the others in this language."""
        for name, query in self._alert.annotation_queries.items():
            if query.placeholder:
                text = text.replace(f"<{query.placeholder}>", f"{{{name}}}")
        return in_language(text, self._language)

    def _label(self, name: str) -> str:
        """The label that a placeholder stands for. Raises ValueError if the alert has no such label."""
        label = self._alert.label(name)
        if label not in (*self._alert.labels, *self._values.keep_labels):
            raise ValueError(f"{self._alert.name}: no label and no query for {{{name}}}")
        return label

    @abstractmethod
    def url_parameter(self, label: str) -> str:
        """The value of a label, escaped for a URL."""

    @abstractmethod
    def causes(self, causes: Iterable[Cause]) -> str:
        """The causes that are failing, those that are healthy, and those that are not measured."""

    @abstractmethod
    def if_failing(self, cause: Cause, causes: Iterable[Cause], body: str) -> str:
        """`body` if the cause is failing, or if none of `causes` is."""

    @abstractmethod
    def finish(self, text: str) -> str:
        """The whole annotation."""

    @abstractmethod
    def _value(self, name: str) -> str: ...

    @abstractmethod
    def _argument(self, name: str, where: Place) -> str: ...


RendererFactory = Callable[[], Renderer]
"""Creates a renderer for one more annotation of the same alert."""


class TemplateRenderer(Renderer):
    """Writes a template that Prometheus expands."""

    def __init__(self, alert: Alert, values: Values, language: Language) -> None:
        super().__init__(alert, values, language)
        self._variables: dict[str, str] = {}

    def url_parameter(self, label: str) -> str:
        """The label, which the expansion escapes."""
        return f"{{{{ $labels.{label} | urlquery }}}}"

    def causes(self, causes: Iterable[Cause]) -> str:
        """One query for each cause, whose value decides which list has the cause."""
        first = f"{{{{ if not $failing }}}}{self.translated(FAILING)}\n{{{{ end }}}}{{{{ $failing = true }}}}"
        lines = ['{{ $failing := false }}{{ $healthy := "" }}{{ $unknown := "" }}']
        for cause in causes:
            query = self._query(f'{CAUSE_FAILING}{{appliance="$appliance",cause="{cause.id}"}}')
            failing = f"{first}- {self.prose(cause.text)}\n"
            lines.append(
                f"{{{{ with {query} }}}}{{{{ if eq (first . | value) 1.0 }}}}{failing}"
                f"{{{{ else }}}}{_append('healthy', cause.id)}{{{{ end }}}}"
                f"{{{{ else }}}}{_append('unknown', cause.id)}{{{{ end }}}}"
            )
        lines.append(f"{{{{ if not $failing }}}}{self.translated(NONE_FAILING)}\n{{{{ end }}}}")
        for name, text in (("healthy", HEALTHY), ("unknown", NOT_MEASURED)):
            line = self.translated(text).format(f"{{{{ slice ${name} 2 }}}}")
            lines.append(f"{{{{ if ${name} }}}}{line}\n{{{{ end }}}}")
        return "".join(lines)

    def if_failing(self, cause: Cause, causes: Iterable[Cause], body: str) -> str:
        """The body in a condition."""
        ids = "|".join(one.id for one in causes)
        self._variables["some"] = f"$some := {self._query(self._failing('=~', ids))}"
        return f"{{{{ if or (not $some) ({self._query(self._failing('=', cause.id))}) }}}}{body}{{{{ end }}}}"

    def finish(self, text: str) -> str:
        """The definitions and the variables that the text needs, and the text."""
        variables = "".join(f"{{{{ {variable} }}}}" for variable in self._variables.values())
        return quoting.definitions(text) + variables + text

    @staticmethod
    def _failing(operator: str, ids: str) -> str:
        return f'{CAUSE_FAILING}{{appliance="$appliance",cause{operator}"{ids}"}} == 1'

    def _value(self, name: str) -> str:
        if name == "value":
            return f"{{{{ $value | {self._alert.value_format} }}}}" if self._alert.value_format else "{{ $value }}"
        return f"{{{{ {self._variable(name)} }}}}"

    def _argument(self, name: str, where: Place) -> str:
        return quoting.WRITERS[where](self._variable(name))

    def _variable(self, name: str) -> str:
        query = self._alert.annotation_queries.get(name)
        if query is None:
            label = self._label(name)
            optional = label in self._alert.optional_labels
            return f'(or $labels.{label} "{_MISSING[label]}")' if optional else f"$labels.{label}"
        if name not in self._variables:
            self._variables[name] = self._assignment(f"${name}", query)
        return f"${name}"

    def _assignment(self, variable: str, query: AnnotationQuery) -> str:
        """Sets a variable to the result of a query."""
        results = self._query(query.query)
        if query.label:
            results += f' | sortByLabel "{query.order or query.label}"'
        shown = f"$r.Labels.{query.label}" if query.label else _formatted("$r.Value", query.number_format)
        steps = [
            f"{variable} := {_quoted(self.translated(query.default))}",
            f"range $i, $r := {results}",
            f"if eq $i 0 }}}}{{{{ {variable} = {shown}",
        ]
        if query.limit > 1:
            steps.append(f'else if lt $i {query.limit} }}}}{{{{ {variable} = printf "%s, %s" {variable} ({shown})')
            more = _quoted("%s " + self.translated(MORE))
            steps.append(f"else if eq $i {query.limit} }}}}{{{{ {variable} = printf {more} {variable}")
        return " }}{{ ".join([*steps, "end", "end"])

    def _query(self, expr: str) -> str:
        """A call of the template function `query`."""
        kept = self._values.keep_labels
        matchers = [self._values.selectors.metrics, *(f'{label}="${label}"' for label in kept)]
        expr = keep_labels(add_matchers(expr, ",".join(filter(None, matchers))), kept)
        labels = [f"$labels.{self._label(name)}" for name in _LABEL_IN_QUERY.findall(expr)]
        quoted = _quoted(fill(_LABEL_IN_QUERY.sub("%q", expr), self._values.shared))
        return f"query (printf {quoted} {' '.join(labels)})" if labels else f"query {quoted}"


class ExpectedRenderer(Renderer):
    """Writes the text to which the template expands in a test case."""

    def __init__(self, alert: Alert, values: Values, language: Language, expected: ExpectedAlert) -> None:
        super().__init__(alert, values, language)
        self._expected = expected
        self._labels = {**labels_of(alert), **expected.labels}
        if unknown := expected.results.keys() - alert.annotation_queries.keys():
            raise ValueError(f"{alert.name}: a case has results of {unknown}, for which there is no query")

    def url_parameter(self, label: str) -> str:
        """The case's value of the label, escaped."""
        return quote_plus(self._labels[label])

    def causes(self, causes: Iterable[Cause]) -> str:
        """The causes as the case has them."""
        texts = {cause.id: self.prose(cause.text) for cause in causes}
        failing = [f"- {text}\n" for id_, text in texts.items() if id_ in self._expected.failing]
        lines = [self.translated(FAILING) + "\n", *failing] if failing else [self.translated(NONE_FAILING) + "\n"]
        healthy = [id_ for id_ in texts if id_ in self._expected.healthy]
        unknown = [id_ for id_ in texts if id_ not in (*self._expected.healthy, *self._expected.failing)]
        for ids, text in ((healthy, HEALTHY), (unknown, NOT_MEASURED)):
            lines += [self.translated(text).format(", ".join(ids)) + "\n"] if ids else []
        return "".join(lines)

    def if_failing(self, cause: Cause, causes: Iterable[Cause], body: str) -> str:
        """The body, or nothing."""
        some = {one.id for one in causes} & set(self._expected.failing)
        return body if not some or cause.id in some else ""

    def finish(self, text: str) -> str:
        """The text as it is."""
        return text

    def _value(self, name: str) -> str:
        if name == "value":
            return self._expected.value
        if name in self._alert.annotation_queries:
            result = self._expected.results.get(name, self._alert.annotation_queries[name].default)
            return self.translated(result) if isinstance(result, Text) else result
        label = self._label(name)
        return self._labels[label] or (_MISSING[label] if label in self._alert.optional_labels else "")

    def _argument(self, name: str, where: Place) -> str:
        return QUOTERS[where](self._value(name))


def _append(variable: str, word: str) -> str:
    return f'{{{{ ${variable} = printf "%s, {word}" ${variable} }}}}'


def _formatted(value: str, number_format: NumberFormat) -> str:
    return f"{number_format} {value}" if number_format else f'printf "%v" {value}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
