"""What Prometheus loads: one file for each group."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from azure_migrate_exporter.failures.model import Language
from generate.alerts.model import RANKS, Alert, Group, Recording, Severity
from generate.alerts.promql import fill, keeping, matching, parameters
from generate.alerts.rendering.annotations import annotations
from generate.alerts.rendering.renderers import Template
from generate.alerts.values import Values

HEAD: Final = "# Made by `make generate` from generate/alerts/ and alerts/values.yml: change those.\n"


class Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and lists below their keys."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002, D102 - people read it, and not every tool knows anchors
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002, D102
        return super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, _text)


def document(content: Any) -> str:
    """YAML as a person would write it."""
    return HEAD + yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100_000)


def page(group: Group, values: Values, language: Language) -> str:
    """The file of a group."""
    rules = [made for rule in group.rules for made in _made(rule, values, language)]
    return document({"groups": [{"name": f"azure-migrate-{group.name}", "rules": rules}]})


def _made(rule: Alert | Recording, values: Values, language: Language) -> Iterator[dict[str, Any]]:
    if isinstance(rule, Recording):
        fixed = {"labels": dict(rule.labels)} if rule.labels else {}
        yield {"record": rule.record, "expr": _expr(rule.expr, values, values.shared), **fixed}
        return
    words = annotations(rule, values, lambda: Template(rule, values, language))
    # The mildest first: Prometheus sends each rule's end as it evaluates it, and the worse level inhibits until then.
    for severity, numbers in reversed([*levels(rule, values).items()]):
        lasting = {} if numbers["for"] == "0s" else {"for": numbers["for"]}
        yield {
            "alert": rule.full_name,
            "expr": _expr(rule.expr, values, {**values.shared, **numbers, "rank": RANKS[severity]}),
            **lasting,
            "labels": labels(rule, severity, values),
            "annotations": words,
        }


def levels(alert: Alert, values: Values) -> Mapping[Severity, Mapping[str, Any]]:
    """The alert's levels with their numbers; none if it is switched off. Raises ValueError where they do not fit."""
    wanted = values.alerts.get(alert.name)
    if wanted is None:
        raise ValueError(f"values.yml says nothing of {alert.name}")
    asked = parameters(alert.expr) - values.shared.keys() - {"rank"}
    for severity, numbers in wanted.levels.items():
        if asked != numbers.keys() - {"for"}:
            given = ", ".join(sorted(numbers.keys() - {"for"})) or "nothing"
            raise ValueError(f"{alert.name}, {severity}: wanted {', '.join(sorted(asked)) or 'nothing'}, given {given}")
    return wanted.levels if wanted.enabled else {}


def labels(alert: Alert, severity: Severity, values: Values) -> dict[str, str]:
    """What the rule adds to the labels of the query's result."""
    failure = {"failure": alert.failure.id} if alert.failure else {}
    return {"severity": severity, "component": str(alert.component), **failure, **values.extra_labels}


def _expr(expr: str, values: Values, numbers: Mapping[str, Any]) -> str:
    return keeping(matching(fill(expr, numbers), values.selectors.metrics), values.keep_labels)
