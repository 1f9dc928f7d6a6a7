"""Prometheus quotes a name in a command of a rule exactly as the exporter does."""

import subprocess
from pathlib import Path

import yaml

from azure_migrate_exporter.failures.commands import QUOTERS, Place
from generate.alerts.rendering import quoting
from tests.lab import tools
from tests.shells import HOSTILE

NAMES = (*HOSTILE, "web01", "web 01", "it's; $(x)", "\u201a\u2018", "a\\b", "]^-")


def test_the_templates_write_what_the_exporter_writes(tmp_path: Path) -> None:
    texts = {place: quoting.WRITERS[place]("$labels.name") for place in Place}
    annotations = {place.value: quoting.definitions(text) + text for place, text in texts.items()}
    rule = {"alert": "Name", "expr": "name > 0", "annotations": annotations}
    test = {
        "interval": "1m",
        "input_series": [{"series": f"name{{name={quoted(name)}}}", "values": "1x5"} for name in NAMES],
        "alert_rule_test": [
            {
                "eval_time": "2m",
                "alertname": "Name",
                "exp_alerts": [
                    {
                        "exp_labels": {"name": name},
                        "exp_annotations": {place.value: QUOTERS[place](name) for place in Place},
                    }
                    for name in NAMES
                ],
            }
        ],
    }
    write(tmp_path / "rules.yml", {"groups": [{"name": "g", "rules": [rule]}]})
    write(tmp_path / "test.yml", {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]})
    command = [*tools.promtool().command, "test", "rules", str(tmp_path / "test.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def quoted(text: str) -> str:
    """A text as PromQL writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'


def write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
