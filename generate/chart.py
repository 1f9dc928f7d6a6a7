"""The generated files of the Helm chart: its copy of the rules, inhibition rules and dashboards, and its README."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from azure_migrate_exporter.failures.model import LANGUAGES, Language
from generate.alerts.files import rule_files
from generate.alerts.inhibit_rules import Matcher, inhibit_rules
from generate.alerts.rendering.rules import THRESHOLD
from generate.alerts.values import load
from generate.chart_schema import values_schema

ROOT: Final = Path(__file__).parents[1]
_PATH: Final = "helm/azure-migrate-exporter"
CHART: Final = ROOT / _PATH

PLACEHOLDERS: Final = ("https://runbooks.invalid", "https://documentation.invalid", "https://grafana.invalid")
"""The addresses of `alerts/values.yml` in the chart's rules, which the chart's values replace."""
RUNBOOKS: Final = re.compile(r"runbook_url: '(\{\{ with query .*?\{\{ end \}\})/")
"""Where alerts find the exporter's own runbooks, which is what the chart's empty value means."""

_KEY: Final = re.compile(r"( *)([A-Za-z]\w*):")


def files(made: Mapping[str, str]) -> dict[str, str]:
    """The files' content by their path in the repository; `made` has the generated rules and dashboards."""
    rules = {language: _rules(language) for language in LANGUAGES}
    dashboards = {name: text for name, text in made.items() if re.fullmatch(r"dashboards/[^/]+\.json", name)}
    copies = {
        **{f"rules/{language}/{name}": text for language, texts in rules.items() for name, text in texts.items()},
        **dashboards,
        "inhibit-rules.yml": _inhibit_rules(),
    }
    [runbooks] = {found for text in made.values() for found in RUNBOOKS.findall(text)}
    copies["runbooks.txt"] = runbooks
    own = {"README.md": _readme(rules["en"]), "values.schema.json": values_schema()}
    return {f"{_PATH}/{name}": text for name, text in own.items()} | {
        f"{_PATH}/files/{name}": text for name, text in copies.items()
    }


def _rules(language: Language) -> dict[str, str]:
    """The rules with the texts of a language, by their path below `rules/`."""
    made = rule_files(load(), language)
    return {name.removeprefix("rules/"): _with_placeholders(text) for name, text in made.items()}


def _with_placeholders(text: str) -> str:
    values = load()
    runbooks, *others = PLACEHOLDERS
    for address, placeholder in zip((values.documentation_base_url, values.dashboards.base_url), others, strict=True):
        text = text.replace(address, placeholder)
    return RUNBOOKS.sub(f"runbook_url: '{runbooks}/", text)


def _inhibit_rules() -> str:
    """The inhibition rules of `alerts/alertmanager/` in the format of an AlertmanagerConfig."""
    rules = [
        {
            "sourceMatch": [_matcher(one) for one in rule.source],
            "targetMatch": [_matcher(one) for one in rule.target],
            **({"equal": list(rule.equal)} if rule.equal else {}),
        }
        for rule in inhibit_rules()
    ]
    return yaml.safe_dump({"inhibitRules": rules}, sort_keys=False)


def _matcher(matcher: Matcher) -> dict[str, str]:
    return {"name": matcher.label, "matchType": matcher.operator, "value": matcher.wanted}


# --- the README ------------------------------------------------------------------------------------------------------


def _readme(rules: Mapping[str, str]) -> str:
    """The README: the part before the tables is written by hand and does not change."""
    introduction = (CHART / "README.md").read_text(encoding="utf-8").partition(_HEADING)[0]
    values = [f"| `{path}` | {default} | {text} |\n" for path, default, text in documented_values()]
    return introduction + _VALUES + "".join(values) + _ALERTS + "".join(_alerts(rules))


_HEADING: Final = "\n## Values\n"
_VALUES: Final = f"""{_HEADING}
Generated from `values.yaml` by `make generate`. Any other key is an error.

| value | default | description |
| --- | --- | --- |
"""

_ALERTS: Final = """
## Alerts

`prometheusRule.alerts` can change these alerts. Alerts with a * use metrics of other exporters and need
`prometheusRule.optional`.

| alert | level | for | thresholds |
| --- | --- | --- | --- |
"""


def documented_values() -> Iterator[tuple[str, str, str]]:
    """Path, default as Markdown, and description of each value, in the order of `values.yaml`."""
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
    groups = [(path, group) for path, text in rules.items() for group in yaml.safe_load(text)["groups"]]
    thresholds: dict[tuple[str, str], list[str]] = {}
    for _, group in groups:
        for rule in group["rules"]:
            if rule.get("record") == THRESHOLD:
                labels, value = rule["labels"], rule["expr"].removeprefix("vector(").removesuffix(")")
                key = labels["alert"], labels["severity"]
                thresholds.setdefault(key, []).append(f"`{labels['number']}: {value}`")
    for path, group in groups:
        mark = " *" if PurePosixPath(path).parent.name == "optional" else ""
        for rule in group["rules"]:
            if "alert" in rule:
                level = rule["labels"]["severity"]
                numbers = ", ".join(thresholds.get((rule["alert"], level), ()))
                yield f"| {rule['alert']}{mark} | {level} | {rule.get('for', '0s')} | {numbers} |\n"
