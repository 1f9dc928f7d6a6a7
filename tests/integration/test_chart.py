"""The Helm chart as a whole: helm lint, Kubernetes' schemas, and the values and their documentation."""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.chart import documented_values
from tests.chart.manifests import CHART, CI, NEWEST, OLDEST, helm, kubeconform, render, template

VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
each_example = pytest.mark.parametrize("values", CI, ids=lambda path: path.name.removesuffix("-values.yaml"))


@each_example
def test_lint_finds_nothing(values: Path) -> None:
    done = helm("lint", "--strict", str(CHART), f"--values={values}", f"--kube-version={NEWEST}")
    assert done.code == 0, done.output
    assert "WARNING" not in done.output


@pytest.mark.parametrize("release", [OLDEST, NEWEST])
@each_example
def test_every_object_matches_the_schemas_of_kubernetes(values: Path, release: str) -> None:
    done = template(values, release)
    assert done.code == 0, done.errors
    checked = kubeconform(done.output, release)
    assert checked.code == 0, checked.output


@pytest.mark.parametrize(("kind", "field"), [("Deployment", "replicas"), ("ServiceMonitor", "honorLabels")])
def test_the_schemas_reject_a_field_that_does_not_exist(kind: str, field: str) -> None:
    done = template({"serviceMonitor": {"enabled": True}})
    checked = kubeconform(done.output.replace(f"{field}:", "mistyped:"), NEWEST)
    assert checked.code == 1
    assert kind in checked.output
    assert "'mistyped' not allowed" in checked.output


def test_helm_itself_is_built_for_a_kubernetes_that_the_chart_supports() -> None:
    """Built without its version, it renders for Kubernetes 1.20."""
    done = helm("template", "release", str(CHART))
    assert done.code == 0, done.errors


def test_an_older_kubernetes_is_refused() -> None:
    assert "chart requires kubeVersion: >=1.29.0-0" in template({}, "1.28.0").errors


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"replicas": 2}, "additional properties 'replicas' not allowed"),
        ({"web": {"prt": 1}}, "at '/web': additional properties 'prt' not allowed"),
        ({"web": {"port": "9878"}}, "at '/web/port': got string, want integer"),
        ({"config": {"vcentres": []}}, "at '/config': additional properties 'vcentres' not allowed"),
        (
            {"config": {"appliances": [{"name": "paris", "keyvaults": [{"volt": "kv"}]}]}},
            "at '/config/appliances/0/keyvaults/0': additional properties 'volt' not allowed",
        ),
        (
            {"shards": [{"config": {"replication": [{"credential": {"typ": "x"}}]}}]},
            "at '/shards/0/config/replication/0/credential': additional properties 'typ' not allowed",
        ),
        ({"totalShards": "3"}, "at '/totalShards': got string, want integer"),
        ({"totalShards": -1}, "at '/totalShards': minimum: got -1, want 0"),
        ({"reload": {"mode": "hup"}}, "at '/reload/mode': value must be one of 'restart', 'sidecar'"),
        ({"credentials": {"type": "workloadIdentity"}}, "at '/credentials/workloadIdentity/clientId': minLength"),
        ({"credentials": {"type": "existingSecret"}}, "at '/credentials/existingSecret': minLength"),
        ({"shards": [{"vault": "paris"}]}, "at '/shards/0': additional properties 'vault' not allowed"),
        ({"config": "appliances: []"}, "at '/config': got string, want object"),
        ({"serviceMonitor": {"interval": "30"}}, "at '/serviceMonitor/interval': '30' does not match pattern"),
        ({"prometheusRule": {"alerts": {"A": {"for": "5m"}}}}, "additional properties 'for' not allowed"),
    ],
)
def test_an_invalid_value_is_refused_with_its_path(values: dict[str, Any], message: str) -> None:
    done = template(values)
    assert done.code == 1
    assert message in done.errors


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}},
            "serviceMonitor.enabled and podMonitor.enabled: every series would exist twice; enable one of them",
        ),
        (
            {"config": {"appliances": []}, "existingConfigSecret": "elsewhere"},
            "config and existingConfigSecret: set only one of them",
        ),
        (
            {"shards": [{}], "persistence": {"existingClaim": "one"}},
            "persistence.existingClaim: each shard needs its own claim; leave it empty",
        ),
        (
            {"shards": [{}], "totalShards": 2},
            "shards and totalShards: set only one of them",
        ),
        (
            {"totalShards": 2, "persistence": {"enabled": True}},
            "persistence.accessModes: the shards of totalShards share one volume; use [ReadWriteMany], or turn it off",
        ),
        (
            {"web": {"tls": True}},
            "web.tls and web.authentication describe the web.yml of web.existingSecret, which is empty",
        ),
        (
            {"web": {"authentication": True, "existingSecret": "web"}, "reload": {"mode": "sidecar"}},
            "reload.mode sidecar: the reloader cannot authenticate if web.authentication is on; use restart",
        ),
        (
            {"dashboards": {"grafanaOperator": {"enabled": True}}},
            "dashboards.grafanaOperator.enabled: its objects refer to the ConfigMaps of dashboards.enabled",
        ),
        (
            {"alertmanagerConfig": {"enabled": True}},
            "alertmanagerConfig.spec: set route and receivers, as in ci/alertmanager-values.yaml",
        ),
    ],
)
def test_values_that_exclude_each_other_are_refused_in_one_line(values: dict[str, Any], message: str) -> None:
    done = template(values)
    assert done.code == 1
    assert f"\n- {message}\n" in done.errors


def test_every_value_of_the_schema_is_in_the_values() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    hidden = set(_leaves_of_schema(schema, schema["definitions"])) - set(_leaves(VALUES))
    probes = ("startupProbe.", "livenessProbe.", "readinessProbe.")
    of_others = ("config.", *probes, "resources.")
    assert {path for path in hidden if not path.startswith(of_others)} == set()


def test_each_value_is_documented() -> None:
    documented = {path for path, _, _ in documented_values()}
    paths = list(_leaves(VALUES))
    sections = {above for path in paths for above in _and_above(path) if above != path}
    assert [path for path in paths if path not in sections and not documented & set(_and_above(path))] == []


def test_every_value_that_replaces_another_charts_exists() -> None:
    _, _, section = (CHART / "README.md").read_text(encoding="utf-8").partition("\n## Names of other charts\n")
    rows = [line.split(" | ")[1] for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z][\w.]+)`(?!:)", row)} - {"sidecar"}
    assert {"existingConfigSecret", "serviceMonitor.relabelings"} < named
    for name in named:
        *sections, key = name.split(".")
        assert key in reduce(dict.get, sections, VALUES), name


def test_the_notes_contain_the_next_steps() -> None:
    # Helm prints the notes only at an installation, which needs a cluster, so an object contains them.
    notes_template = '{{ include (print .Template.BasePath "/NOTES.txt") . | quote }}'
    rendered = render(extraManifests=[f"{{kind: ConfigMap, metadata: {{name: notes}}, data: {notes_template}}}"])
    notes = rendered.one("ConfigMap", "notes")["data"]
    assert "It checks nothing yet" in notes
    assert "port-forward service/release-azure-migrate-exporter 9878:9878" in notes
    assert "azure_migrate_collector_failure_info" in notes
    assert "helm test release --namespace migration" in notes
    assert "set serviceMonitor.enabled or podMonitor.enabled" in notes


def test_chart_and_image_have_the_version_of_the_exporter() -> None:
    project = tomllib.loads((CHART.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == project["project"]["version"]
    assert render().exporter["image"] == f"azure-migrate-exporter:{chart['appVersion']}"


def _leaves_of_schema(node: Any, definitions: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Paths without further properties in the schema."""
    node = definitions[node["$ref"].removeprefix("#/definitions/")] if "$ref" in node else node
    if "properties" not in node:
        yield ".".join(path)
    for key, child in node.get("properties", {}).items():
        yield from _leaves_of_schema(child, definitions, (*path, key))


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Paths of `values.yaml`, with those of all mappings."""
    if path:
        yield ".".join(path)
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _leaves(child, (*path, key))


def _and_above(path: str) -> Iterator[str]:
    parts = path.split(".")
    yield from (".".join(parts[: length + 1]) for length in range(len(parts)))
