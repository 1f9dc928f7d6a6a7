"""Renderers of annotations: one writes the template for Prometheus, the other the text that a test case expects of it.

Both render the same texts of the catalogue, so promtool proves that the template of a rule expands to those texts, with
the names of the case filled in.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote_plus

from azure_migrate_exporter.exposition.metrics import EXPORTER_WEB_EXTERNAL_URL_INFO
from azure_migrate_exporter.failures.commands import QUOTERS, Place, place
from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import Cause, Language, Text
from generate.alerts.groups.evidence import CAUSE_FAILING
from generate.alerts.groups.shared.annotation_queries import COMMON_QUERIES
from generate.alerts.model import Alert, AnnotationQuery, ExpectedAlert, NumberFormat
from generate.alerts.promql import add_matchers, fill, keep_labels
from generate.alerts.rendering import quoting
from generate.alerts.rendering.placeholders import in_language
from generate.alerts.samples import KEPT, labels_of
from generate.alerts.values import Values

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LABEL_IN_QUERY: Final = re.compile(r'"\$(\w+)"')
_MISSING: Final = {"appliance": "<appliance>", "vm": "<machine>", "vm_id": "<UUID>", "vcenter": "<vCenter>"}
"""What an annotation shows in place of an optional label that is not there, in both languages."""

FAILING: Final = Text("Failing now, as measured:", "En panne maintenant, d'après les mesures :")
NONE_FAILING: Final = Text(
    "No documented cause that is measured here is failing now. Candidates that are not measured:",
    "Aucune cause documentée qui est mesurée ici n'est en panne maintenant. Causes possibles, non mesurées :",
)
MORE: Final = Text("and more", "et d'autres")


class TextRenderer(ABC):
    """Renders the texts and commands of an alert, with names in place of their placeholders."""

    def __init__(self, alert: Alert, values: Values, language: Language) -> None:
        self._alert = alert
        self._queries = {**COMMON_QUERIES, **alert.annotation_queries}
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
        for name, query in self._queries.items():
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
    def _value(self, name: str) -> str: ...

    @abstractmethod
    def _argument(self, name: str, where: Place) -> str: ...


class Renderer(TextRenderer):
    """Renders one annotation of an alert for Prometheus."""

    @abstractmethod
    def url_parameter(self, label: str) -> str:
        """The value of a label, escaped for a URL."""

    @abstractmethod
    def runbook(self, page: str) -> str:
        """The address of a page of the runbooks: at the operator's base, or else at an exporter that says its own."""

    @abstractmethod
    def matcher(self, label: str) -> str:
        """The matcher of a label's value, as Alertmanager writes it."""

    @abstractmethod
    def thing(self, thing: str | None, places: Sequence[str]) -> str:
        """The value of a label with that of the first place in brackets, or one of them alone."""

    @abstractmethod
    def causes(self, causes: Sequence[Cause]) -> str:
        """The causes that are failing; or, if none is, the candidates, which are not measured."""

    @abstractmethod
    def if_suspect(self, cause: Cause, causes: Sequence[Cause], body: str) -> str:
        """`body` if the cause is failing; or, if none of `causes` is, unless it is measured and sound."""

    @abstractmethod
    def first_failing(self, bodies: Mapping[Cause, str], otherwise: str) -> str:
        """The body of the first cause that is failing, or another text."""

    @abstractmethod
    def finish(self, text: str) -> str:
        """The whole annotation."""


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

    def runbook(self, page: str) -> str:
        """A query decides."""
        given = self._values.runbook_base_url
        return f"{given or self._found_runbooks()}/{page}"

    def _found_runbooks(self) -> str:
        found = f'{self._query(EXPORTER_WEB_EXTERNAL_URL_INFO.name)} | sortByLabel "external_url"'
        own = "{{ (first .).Labels.external_url }}/runbooks"
        return f"{{{{ with {found} }}}}{own}{{{{ else }}}}{self._values.runbooks}{{{{ end }}}}"

    def matcher(self, label: str) -> str:
        """The matcher, quoted by the expansion."""
        return f'{label}={{{{ printf "%q" $labels.{label} }}}}'

    def thing(self, thing: str | None, places: Sequence[str]) -> str:
        """The values, as far as the alert has them."""
        place = f"or {' '.join(f'$labels.{label}' for label in places)}" if places else ""
        if thing is None:
            return f"{{{{ {place} }}}}" if place else ""
        if not place:
            return f"{{{{ $labels.{thing} }}}}"
        both = f"{{{{ . }}}}{{{{ with {place} }}}} ({{{{ . }}}}){{{{ end }}}}"
        return f"{{{{ with $labels.{thing} }}}}{both}{{{{ else }}}}{{{{ {place} }}}}{{{{ end }}}}"

    def causes(self, causes: Sequence[Cause]) -> str:
        """One query for each cause, whose value decides whether the list has the cause."""
        self._measure(causes)
        texts = {cause: f"- {self.prose(cause.text)}\n" for cause in causes}
        failing = "".join(_if(_is_in("failing", cause), text) for cause, text in texts.items())
        unmeasured = "".join(_if(f"not ({_is_in('measured', cause)})", text) for cause, text in texts.items())
        heading, other = self.translated(FAILING), self.translated(NONE_FAILING)
        return f"{{{{ if $failing }}}}{heading}\n{failing}{{{{ else }}}}{other}\n{unmeasured}{{{{ end }}}}"

    def if_suspect(self, cause: Cause, causes: Sequence[Cause], body: str) -> str:
        """The body in a condition."""
        self._measure(causes)
        all_sound = f"eq (len $count) {len(causes)}"
        candidate = f"and (not $failing) (or ({all_sound}) (not ({_is_in('measured', cause)})))"
        return _if(f"or ({_is_in('failing', cause)}) ({candidate})", body)

    def first_failing(self, bodies: Mapping[Cause, str], otherwise: str) -> str:
        """The bodies in one chain of conditions."""
        self._measure(list(bodies))
        chain = "".join(
            f"{{{{ {'else ' if number else ''}if {_is_in('failing', cause)} }}}}{body}"
            for number, (cause, body) in enumerate(bodies.items())
        )
        return f"{chain}{{{{ else }}}}{otherwise}{{{{ end }}}}"

    def _measure(self, causes: Sequence[Cause]) -> None:
        """Sets variables: the causes that are failing, those that are measured, and a dot for each of these."""
        ids = "|".join(cause.id for cause in causes)
        results = self._query(f'{CAUSE_FAILING}{{appliance="$appliance",cause=~"{ids}"}}')
        steps = [
            '$failing := "" }}{{ $measured := "" }}{{ $count := ""',
            f"range {results}",
            '$measured = printf "%s%s." $measured .Labels.cause }}{{ $count = printf "%s." $count',
            'if eq .Value 1.0 }}{{ $failing = printf "%s%s." $failing .Labels.cause }}{{ end',
            "end",
        ]
        self._variables["causes"] = " }}{{ ".join(steps)

    def finish(self, text: str) -> str:
        """The definitions and the variables that the text needs, and the text."""
        variables = "".join(f"{{{{ {variable} }}}}" for variable in self._variables.values())
        return quoting.definitions(text) + variables + text

    def _value(self, name: str) -> str:
        if name == "value":
            return f"{{{{ $value | {self._alert.value_format} }}}}" if self._alert.value_format else "{{ $value }}"
        return f"{{{{ {self._variable(name)} }}}}"

    def _argument(self, name: str, where: Place) -> str:
        return quoting.WRITERS[where](self._variable(name))

    def _variable(self, name: str) -> str:
        query = self._queries.get(name)
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
        if query.label and not query.number_format:
            results += f' | sortByLabel "{query.order or query.label}"'
        shown = f"$r.Labels.{query.label}" if query.label else _formatted("$r.Value", query.number_format)
        if query.label and query.number_format:
            shown = f'printf "%s (%s)" $r.Labels.{query.label} ({_formatted("$r.Value", query.number_format)})'
        default = f"{variable} := {_quoted(self.translated(query.default))}"
        if query.limit == 1:
            one = shown.replace("$r.", "(first .).")
            return f"{default} }}}}{{{{ with {results} }}}}{{{{ {variable} = {one} }}}}{{{{ end"
        steps = [
            default,
            f"range $i, $r := {results}",
            f"if eq $i 0 }}}}{{{{ {variable} = {shown}",
        ]
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
        self._labels = {**labels_of(alert), **dict.fromkeys(values.keep_labels, KEPT), **expected.labels}
        if unknown := expected.results.keys() - self._queries.keys():
            raise ValueError(f"{alert.name}: a case has results of {unknown}, for which there is no query")

    def url_parameter(self, label: str) -> str:
        """The case's value of the label, escaped."""
        return quote_plus(self._labels[label])

    def runbook(self, page: str) -> str:
        """No exporter of a case says its address."""
        return f"{self._values.runbooks}/{page}"

    def matcher(self, label: str) -> str:
        """The matcher with the case's value."""
        return f"{label}={_quoted(self._labels[label])}"

    def thing(self, thing: str | None, places: Sequence[str]) -> str:
        """The case's values, as far as it has them."""
        place = next((self._labels[label] for label in places if self._labels[label]), "")
        named = self._labels[thing] if thing else ""
        return f"{named} ({place})" if named and place else named or place

    def causes(self, causes: Sequence[Cause]) -> str:
        """The causes as the case has them."""
        texts = {cause.id: f"- {self.prose(cause.text)}\n" for cause in causes}
        failing = [text for id_, text in texts.items() if id_ in self._expected.failing]
        measured = (*self._expected.failing, *self._expected.healthy)
        unmeasured = [text for id_, text in texts.items() if id_ not in measured]
        heading, listed = (FAILING, failing) if failing else (NONE_FAILING, unmeasured)
        return "".join([f"{self.translated(heading)}\n", *listed])

    def if_suspect(self, cause: Cause, causes: Sequence[Cause], body: str) -> str:
        """The body, or nothing."""
        ids = {one.id for one in causes}
        if failing := ids & set(self._expected.failing):
            return body if cause.id in failing else ""
        all_sound = ids <= set(self._expected.healthy)
        return body if all_sound or cause.id not in self._expected.healthy else ""

    def first_failing(self, bodies: Mapping[Cause, str], otherwise: str) -> str:
        """The body of the first cause that the case names as failing."""
        return next((body for cause, body in bodies.items() if cause.id in self._expected.failing), otherwise)

    def finish(self, text: str) -> str:
        """The text as it is."""
        return text

    def _value(self, name: str) -> str:
        if name == "value":
            return self._expected.value
        if name in self._queries:
            result = self._expected.results.get(name, self._queries[name].default)
            return self.translated(result) if isinstance(result, Text) else result
        label = self._label(name)
        return self._labels[label] or (_MISSING[label] if label in self._alert.optional_labels else "")

    def _argument(self, name: str, where: Place) -> str:
        return QUOTERS[where](self._value(name))


def _is_in(variable: str, cause: Cause) -> str:
    """Whether a variable that `_measure` sets has the cause; no id ends with another one after a dot."""
    return f'match "(^|\\\\.){cause.id}\\\\." ${variable}'


def _if(condition: str, body: str) -> str:
    return f"{{{{ if {condition} }}}}{body}{{{{ end }}}}"


def _formatted(value: str, number_format: NumberFormat) -> str:
    return f"{number_format} {value}" if number_format else f'printf "%v" {value}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
