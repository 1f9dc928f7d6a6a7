"""The texts of an alert in two forms: as a template for Prometheus, and as the text that a case expects of it.

Both are written by the same code from the same words, so promtool shows that a rule says what the catalogue says, with
the real names in it.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote_plus

from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import Cause, Language, Text
from generate.alerts.model import Alert, Fires, Form, Live
from generate.alerts.promql import fill, keeping, matching
from generate.alerts.values import Values

CAUSE_FAILING: Final = "azure_migrate:cause_failing"
"""Recorded for each appliance and documented cause that is measured: 1 if it fails now, 0 if it does not."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LABEL_IN_QUERY: Final = re.compile(r'"\$(\w+)"')
_WORD: Final = r"^[\w.:-]+$"
_ONE_WORD: Final = frozenset({"account", "namespace", "vault"})
"""Names that hold no space and no quote."""

FAILS: Final = Text("Fails now:", "En panne maintenant :")
NONE_FAILS: Final = Text(
    "None of the documented causes that are measured here fails now.",
    "Aucune des causes documentées qui sont mesurées ici n'est en panne maintenant.",
)
SOUND: Final = Text("Measured and sound: {}.", "Mesuré et sain : {}.")
NOT_MEASURED: Final = Text("Not measured here: {}.", "Non mesuré ici : {}.")


MORE: Final = Text("and more", "et d'autres")


class Writer(ABC):
    """Writes one annotation of an alert."""

    def __init__(self, alert: Alert, values: Values, language: Language) -> None:
        self._alert = alert
        self._values = values
        self._page = Page(language, {})

    def prose(self, text: Text) -> str:
        """A sentence or more."""
        return _PLACEHOLDER.sub(lambda match: self._name(match[1]), self._chosen(self.say(text)))

    def command(self, command: str) -> str:
        """A command to paste: a value stays one word in it."""
        command = self._chosen(command)

        def put(match: re.Match[str]) -> str:
            quoted = command.count("'", 0, match.start()) % 2 == 1
            return self._in_command(match[1], quoted=quoted)

        return _PLACEHOLDER.sub(put, command)

    def say(self, text: Text) -> str:
        """A text in this language, with its placeholders."""
        return self._page.say(text)

    def _chosen(self, text: str) -> str:
        """What a person would choose, where a query can."""
        for what, name in self._alert.choices.items():
            text = text.replace(f"<{what}>", f"{{{name}}}")
        return text

    def _label(self, name: str) -> str:
        """The label that a placeholder stands for."""
        name = self._alert.aliases.get(name, name)
        if name not in (*self._alert.labels, *self._values.keep_labels):
            raise ValueError(f"{self._alert.name}: nothing fills {{{name}}}")
        return name

    @abstractmethod
    def in_url(self, label: str) -> str:
        """A label as a parameter of an address."""

    @abstractmethod
    def causes(self, causes: Iterable[Cause]) -> str:
        """Which of the measured causes fail now, which do not, and which are not measured."""

    @abstractmethod
    def while_failing(self, cause: Cause, causes: Iterable[Cause], body: str) -> str:
        """`body` if the cause fails now, or if none of `causes` does."""

    @abstractmethod
    def finish(self, text: str) -> str:
        """The whole annotation."""

    @abstractmethod
    def _name(self, name: str) -> str: ...

    @abstractmethod
    def _in_command(self, name: str, *, quoted: bool) -> str: ...


class Template(Writer):
    """Writes what Prometheus expands."""

    def __init__(self, alert: Alert, values: Values, language: Language) -> None:
        super().__init__(alert, values, language)
        self._lookups: dict[str, str] = {}

    def in_url(self, label: str) -> str:
        """A label, escaped when it is expanded."""
        return f"{{{{ $labels.{label} | urlquery }}}}"

    def causes(self, causes: Iterable[Cause]) -> str:
        """One query for each cause: its value tells which list it belongs to."""
        first = f"{{{{ if not $fails }}}}{self.say(FAILS)}\n{{{{ end }}}}{{{{ $fails = true }}}}"
        lines = ['{{ $fails := false }}{{ $sound := "" }}{{ $unknown := "" }}']
        for cause in causes:
            asked = self._query(f'{CAUSE_FAILING}{{appliance="$appliance",cause="{cause.id}"}}')
            bad = f"{first}- {self.prose(cause.text)}\n"
            lines.append(
                f"{{{{ with {asked} }}}}{{{{ if eq (first . | value) 1.0 }}}}{bad}"
                f"{{{{ else }}}}{_append('sound', cause.id)}{{{{ end }}}}"
                f"{{{{ else }}}}{_append('unknown', cause.id)}{{{{ end }}}}"
            )
        lines.append(f"{{{{ if not $fails }}}}{self.say(NONE_FAILS)}\n{{{{ end }}}}")
        for name, text in (("sound", SOUND), ("unknown", NOT_MEASURED)):
            said = self.say(text).format(f"{{{{ slice ${name} 2 }}}}")
            lines.append(f"{{{{ if ${name} }}}}{said}\n{{{{ end }}}}")
        return "".join(lines)

    def while_failing(self, cause: Cause, causes: Iterable[Cause], body: str) -> str:
        """The body under a condition."""
        ids = "|".join(one.id for one in causes)
        self._lookups["some"] = f"$some := {self._query(self._failing('=~', ids))}"
        return f"{{{{ if or (not $some) ({self._query(self._failing('=', cause.id))}) }}}}{body}{{{{ end }}}}"

    def finish(self, text: str) -> str:
        """The look-ups that the text needs, and the text."""
        return "".join(f"{{{{ {lookup} }}}}" for lookup in self._lookups.values()) + text

    @staticmethod
    def _failing(how: str, ids: str) -> str:
        return f'{CAUSE_FAILING}{{appliance="$appliance",cause{how}"{ids}"}} == 1'

    def _name(self, name: str) -> str:
        if name == "value":
            return f"{{{{ $value | {self._alert.value} }}}}" if self._alert.value else "{{ $value }}"
        return f"{{{{ {self._variable(name)} }}}}"

    def _in_command(self, name: str, *, quoted: bool) -> str:
        variable = self._variable(name)
        if name in _ONE_WORD:
            return f"{{{{ {variable} }}}}"
        escaped = f"""{{{{ reReplaceAll "'" "''" {variable} }}}}"""
        if quoted:
            return escaped
        plain = f"{{{{ if match {json.dumps(_WORD)} {variable} }}}}{{{{ {variable} }}}}"
        return f"{plain}{{{{ else }}}}'{escaped}'{{{{ end }}}}"

    def _variable(self, name: str) -> str:
        live = self._alert.live.get(name)
        if live is None:
            label = self._label(name)
            return f'(or $labels.{label} "<{label}>")' if label in self._alert.optional else f"$labels.{label}"
        if name not in self._lookups:
            self._lookups[name] = self._lookup(f"${name}", live)
        return f"${name}"

    def _lookup(self, variable: str, live: Live) -> str:
        """Set a variable to what the query shows."""
        asked = self._query(live.query)
        if live.label:
            asked += f' | sortByLabel "{live.label}"'
        shown = f"$r.Labels.{live.label}" if live.label else _formatted("$r.Value", live.form)
        steps = [
            f"{variable} := {json.dumps(self.say(live.otherwise), ensure_ascii=False)}",
            f"range $i, $r := {asked}",
            f"if eq $i 0 }}}}{{{{ {variable} = {shown}",
        ]
        if live.most > 1:
            steps.append(f'else if lt $i {live.most} }}}}{{{{ {variable} = printf "%s, %s" {variable} ({shown})')
            more = json.dumps("%s " + self.say(MORE), ensure_ascii=False)
            steps.append(f"else if eq $i {live.most} }}}}{{{{ {variable} = printf {more} {variable}")
        return " }}{{ ".join([*steps, "end", "end"])

    def _query(self, expr: str) -> str:
        """A call of the template function `query`."""
        kept = self._values.keep_labels
        matchers = [self._values.selectors.metrics, *(f'{label}="${label}"' for label in kept)]
        expr = keeping(matching(expr, ",".join(filter(None, matchers))), kept)
        labels = [f"$labels.{self._label(name)}" for name in _LABEL_IN_QUERY.findall(expr)]
        expr = fill(_LABEL_IN_QUERY.sub("%q", expr), self._values.shared)
        quoted = json.dumps(expr, ensure_ascii=False)
        return f"query (printf {quoted} {' '.join(labels)})" if labels else f"query {quoted}"


class Expected(Writer):
    """Writes what a case expects to read."""

    def __init__(self, alert: Alert, values: Values, language: Language, fires: Fires) -> None:
        super().__init__(alert, values, language)
        self._fires = fires
        if unknown := fires.live.keys() - alert.live.keys():
            raise ValueError(f"{alert.name}: a case expects {unknown}, which nothing looks up")

    def in_url(self, label: str) -> str:
        """The case's label, escaped."""
        return quote_plus(self._fires.labels[label])

    def causes(self, causes: Iterable[Cause]) -> str:
        """What the case says of each cause."""
        told = {cause.id: self.prose(cause.text) for cause in causes}
        fails = [f"- {told[id_]}\n" for id_ in told if id_ in self._fires.failing]
        lines = [self.say(FAILS) + "\n", *fails] if fails else [self.say(NONE_FAILS) + "\n"]
        sound = [id_ for id_ in told if id_ in self._fires.sound]
        unknown = [id_ for id_ in told if id_ not in (*self._fires.sound, *self._fires.failing)]
        for ids, text in ((sound, SOUND), (unknown, NOT_MEASURED)):
            lines += [self.say(text).format(", ".join(ids)) + "\n"] if ids else []
        return "".join(lines)

    def while_failing(self, cause: Cause, causes: Iterable[Cause], body: str) -> str:
        """The body, or nothing."""
        some = {one.id for one in causes} & set(self._fires.failing)
        return body if not some or cause.id in some else ""

    def finish(self, text: str) -> str:
        """The text as it is."""
        return text

    def _name(self, name: str) -> str:
        if name == "value":
            return self._fires.value
        if name in self._alert.live:
            shown = self._fires.live.get(name, self._alert.live[name].otherwise)
            return self.say(shown) if isinstance(shown, Text) else shown
        label = self._label(name)
        return self._fires.labels.get(label, "") or (f"<{label}>" if label in self._alert.optional else "")

    def _in_command(self, name: str, *, quoted: bool) -> str:
        value = self._name(name)
        escaped = value.replace("'", "''")
        if name in _ONE_WORD:
            return value
        return escaped if quoted or re.match(_WORD, value) else f"'{escaped}'"


NewWriter = Callable[[], Writer]
"""Makes a writer for one more annotation of the same alert."""


def _append(variable: str, word: str) -> str:
    return f'{{{{ ${variable} = printf "%s, {word}" ${variable} }}}}'


def _formatted(value: str, form: Form) -> str:
    return f"{form} {value}" if form else f'printf "%v" {value}'
