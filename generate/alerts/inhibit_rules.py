"""The inhibition rules of `alerts/alertmanager/alertmanager.yml`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from generate.alerts.values import FILE

ALERTMANAGER: Final = FILE.parent / "alertmanager" / "alertmanager.yml"
_MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)("[^"]*")')


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on the value of a label; a label that is missing has an empty value."""

    label: str
    operator: str
    """``=``, ``!=``, ``=~`` or ``!~``; a regular expression matches the whole value."""
    wanted: str

    def matches(self, value: str) -> bool:
        """Whether a value fulfils the condition."""
        equal = re.fullmatch(self.wanted, value) is not None if "~" in self.operator else value == self.wanted
        return equal != self.operator.startswith("!")

    def __str__(self) -> str:
        return f"{self.label}{self.operator}{json.dumps(self.wanted, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """While an alert fires that matches `source`, alerts that match `target` and equal it in `equal` are inhibited."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


@cache
def inhibit_rules() -> tuple[InhibitRule, ...]:
    """The rules in the order of the file. Raises ValueError for a text that is no matcher."""
    read = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))["inhibit_rules"]
    return tuple(map(_rule, read))


def _rule(written: Mapping[str, Any]) -> InhibitRule:
    source, target = (tuple(map(_matcher, written[f"{side}_matchers"])) for side in ("source", "target"))
    return InhibitRule(source, target, tuple(written.get("equal", ())))


def _matcher(text: str) -> Matcher:
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError(f"{ALERTMANAGER}: not a matcher: {text}")
    label, operator, wanted = found.groups()
    return Matcher(label, operator, json.loads(wanted))
