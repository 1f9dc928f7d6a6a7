"""What the Helm chart carries with it: its own copy of the rules and the dashboards, and its README."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from generate.alerts.values import load

CHART: Final = Path(__file__).parents[1] / "helm" / "azure-migrate-exporter"
_BELOW: Final = "helm/azure-migrate-exporter"

PLACEHOLDERS: Final = ("https://runbooks.invalid", "https://documentation.invalid", "https://grafana.invalid")
"""What stands in the chart's rules for the addresses of `alerts/values.yml`: the chart's own values replace it."""

ALERTMANAGER: Final = CHART.parents[1] / "alerts" / "alertmanager" / "alertmanager.yml"
_MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)("[^"]*")')
_KEY: Final = re.compile(r"( *)([A-Za-z]\w*):")


def files(made: Mapping[str, str]) -> dict[str, str]:
    """Path below the root, and content. `made` holds what else is generated: rules and dashboards are copied."""
    rules = {
        name.removeprefix("alerts/"): _with_placeholders(text)
        for name, text in made.items()
        if name.startswith("alerts/rules/")
    }
    dashboards = {name: text for name, text in made.items() if re.fullmatch(r"dashboards/[^/]+\.json", name)}
    carried = {**rules, **dashboards, "inhibit-rules.yml": _inhibit_rules()}
    return {**{f"{_BELOW}/files/{name}": text for name, text in carried.items()}, f"{_BELOW}/README.md": _readme(rules)}


def _with_placeholders(text: str) -> str:
    values = load()
    addresses = (values.runbook_base_url, values.documentation_base_url, values.dashboards.base_url)
    for address, placeholder in zip(addresses, PLACEHOLDERS, strict=True):
        text = text.replace(address, placeholder)
    return text


def _inhibit_rules() -> str:
    """Those of `alerts/alertmanager/`, in the words of an AlertmanagerConfig."""
    config = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))
    made = [
        {
            "sourceMatch": [_matcher(text) for text in rule["source_matchers"]],
            "targetMatch": [_matcher(text) for text in rule["target_matchers"]],
            **({"equal": list(rule["equal"])} if "equal" in rule else {}),
        }
        for rule in config["inhibit_rules"]
    ]
    return yaml.safe_dump({"inhibitRules": made}, sort_keys=False)


def _matcher(text: str) -> dict[str, str]:
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ValueError(f"{ALERTMANAGER}: not a matcher: {text}")
    name, kind, value = found.groups()
    return {"name": name, "matchType": kind, "value": json.loads(value)}


# --- the README ------------------------------------------------------------------------------------------------------


def _readme(rules: Mapping[str, str]) -> str:
    """What stands before the first table is written by hand and stays."""
    head = (CHART / "README.md").read_text(encoding="utf-8").partition(_VALUES)[0]
    values = [f"| `{path}` | {default} | {text} |\n" for path, default, text in documented_values()]
    return head + _VALUES + "".join(values) + _ALERTS + "".join(_alerts(rules))


_VALUES: Final = """
## Values

Made from `values.yaml` by `make generate`; every other key is refused.

| value | default | meaning |
| --- | --- | --- |
"""

_ALERTS: Final = """
## Alerts

What `prometheusRule.alerts` can change. Those marked * ask other exporters, and come with `prometheusRule.optional`.

| alert | level | for |
| --- | --- | --- |
"""


def documented_values() -> Iterator[tuple[str, str, str]]:
    """Path, default as Markdown, and meaning of each value, in the order of `values.yaml`."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    defaults = yaml.safe_load(text)
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            comment = [stripped[5:]] if stripped.startswith("# -- ") else [*comment, stripped[2:]]
        elif key := _KEY.match(line):
            path = [*path[: len(key[1]) // 2], key[2]]
            if comment:
                yield ".".join(path), _default(defaults, path), " ".join(comment).replace("|", r"\|")
            comment = []
        else:
            comment = []


def _default(values: Any, path: list[str]) -> str:
    for key in path:
        values = values[key]
    return f"`{json.dumps(values)}`"


def _alerts(rules: Mapping[str, str]) -> Iterator[str]:
    for path, text in rules.items():
        mark = " *" if PurePosixPath(path).parent.name == "optional" else ""
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    yield f"| {rule['alert']}{mark} | {rule['labels']['severity']} | {rule.get('for', '0s')} |\n"
