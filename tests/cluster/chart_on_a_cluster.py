"""The chart on a real API server: installed, changed, removed, applied by others, and taken by the operator."""

import base64
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.chart.kubernetes_yaml import load_all
from tests.chart.manifests import CHART, CI, NAME
from tests.cluster.cluster import RELEASE, Cluster, Object, RefusedError, eventually
from tests.lab.promtool import promtool

OF_EVERY_NAMESPACE: Final = {"ServiceAccount/default", "ServiceAccount/monitoring", "ConfigMap/kube-root-ca.crt"}
OF_CONTROLLERS: Final = re.compile(r"(Pod|ReplicaSet|EndpointSlice|Endpoints|ControllerRevision|Event|Lease)/")
OF_HELM: Final = re.compile(r"Secret/sh\.helm\.release\.")
CLAIM: Final = re.compile(r"PersistentVolumeClaim/")

each_example = pytest.mark.parametrize("values", CI, ids=lambda path: path.name.removesuffix("-values.yaml"))


@pytest.fixture(autouse=True, scope="session")
def surroundings(cluster: Cluster) -> None:
    """What the examples refer to: a namespace of their own, which takes every pod, and a priority class."""
    cluster.new_namespace("monitoring", "privileged")
    cluster.create("PriorityClass", "scheduling.k8s.io/v1", "monitoring", value=1000)


def home_of(values: Path, namespace: str) -> str:
    """The namespace of an example's objects."""
    return str(yaml.safe_load(values.read_text(encoding="utf-8")).get("namespaceOverride", namespace))


def of_the_chart(cluster: Cluster, namespace: str) -> set[str]:
    """The objects of the chart, and the claims that the cluster made for it."""
    names = cluster.names(namespace) - OF_EVERY_NAMESPACE
    return {name for name in names if not OF_CONTROLLERS.match(name) and not OF_HELM.match(name)}


def claims(names: set[str]) -> set[str]:
    return {name for name in names if CLAIM.match(name)}


# --- helm ------------------------------------------------------------------------------------------------------------


@each_example
def test_an_example_installs_its_pods_are_admitted_and_only_its_claims_outlive_it(
    cluster: Cluster, namespace: str, values: Path
) -> None:
    assert "The exporter runs as" in cluster.install(namespace, values)
    home = home_of(values, namespace)
    eventually(lambda: cluster.objects("pods", home, f"app.kubernetes.io/instance={RELEASE}"))
    installed = of_the_chart(cluster, home)
    cluster.uninstall(namespace)
    eventually(lambda: of_the_chart(cluster, home) == claims(installed))


def test_the_namespace_refuses_a_pod_that_is_not_restricted(cluster: Cluster, namespace: str) -> None:
    """Else the test above would show nothing."""
    with pytest.raises(RefusedError, match="violates PodSecurity"):
        cluster.create("Pod", "v1", "one", namespace, spec={"containers": [{"name": "one", "image": "one"}]})


@pytest.mark.timeout(600)
def test_a_release_is_upgraded_through_all_examples_and_back(cluster: Cluster, namespace: str) -> None:
    """The API server takes every change, and nothing but claims is left of the example before."""
    examples = [path for path in CI if home_of(path, namespace) == namespace]
    fresh = {}
    for values in examples:
        cluster.install(namespace, values)
        fresh[values] = of_the_chart(cluster, namespace)
        cluster.uninstall(namespace)
        cluster.kubectl("delete", "pvc", "--all", f"--namespace={namespace}")
        eventually(lambda: not of_the_chart(cluster, namespace))
    for values in [*examples, *reversed(examples)]:
        cluster.install(namespace, values)
        found = of_the_chart(cluster, namespace)
        assert found - claims(found) == fresh[values] - claims(fresh[values]), values.name
        assert claims(fresh[values]) <= claims(found)
    cluster.rollback(namespace)
    found = of_the_chart(cluster, namespace)
    assert found - claims(found) == fresh[examples[1]] - claims(fresh[examples[1]])


# --- others that apply what helm renders: kubectl, kustomize, Argo CD ------------------------------------------------


@each_example
def test_rendered_objects_can_be_applied_and_do_not_drift(cluster: Cluster, namespace: str, values: Path) -> None:
    home = home_of(values, namespace)
    text = yaml.safe_dump_all(
        found
        for found in load_all(cluster.render(namespace, values))
        if "helm.sh/hook" not in found["metadata"].get("annotations", {})
    )
    for apply in (["apply", "--server-side", "--field-manager=argocd"], ["apply"]):
        cluster.kubectl(*apply, "--filename=-", stdin=text)
    assert cluster.kubectl("diff", "--server-side", "--field-manager=argocd", "--filename=-", stdin=text) == ""
    cluster.kubectl("delete", "--filename=-", stdin=text)
    cluster.kubectl("delete", "pvc", "--all", f"--namespace={home}")


# --- the operator ----------------------------------------------------------------------------------------------------


def test_the_webhook_of_the_operator_refuses_what_prometheus_would_not_load(cluster: Cluster, namespace: str) -> None:
    """Else its silence about the chart's objects would show nothing."""
    rules = [{"record": "a", "expr": "sum("}]
    with pytest.raises(RefusedError, match="admission webhook"):
        cluster.install(namespace, {"prometheusRule": {"enabled": True, "additionalRules": rules}})


async def test_the_operator_configures_a_prometheus_that_scrapes_and_has_every_rule(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    everything = {"enabled": True, "additionalLabels": {"release": "prometheus"}}
    values = {"serviceMonitor": everything, "prometheusRule": {**everything, "optional": True}}
    cluster.install(namespace, values)
    ours = {"matchLabels": everything["additionalLabels"]}
    labels = {"overrideHonorLabels": True, "enforcedNamespaceLabel": "namespace"}
    spec = {"serviceMonitorSelector": ours, "ruleSelector": ours, **labels}
    cluster.create("Prometheus", "monitoring.coreos.com/v1", "main", namespace, spec=spec)
    config = eventually(lambda: _config_of(cluster, namespace, "prometheus-main", "prometheus.yaml.gz"))
    assert f"serviceMonitor/{namespace}/{NAME}/0" in {job["job_name"] for job in config["scrape_configs"]}
    maps = eventually(lambda: cluster.objects("configmaps", namespace, "prometheus-name=main"))
    rules = list(_rules(text for found in maps for text in found["data"].values()))
    shipped = list(_rules(path.read_text(encoding="utf-8") for path in (CHART / "files/rules/en").rglob("*.yml")))
    assert sorted(map(_name, rules)) == sorted(map(_name, shipped))
    files = []
    for number, text in enumerate(text for found in maps for text in found["data"].values()):
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(text, encoding="utf-8")
    code, output = await promtool("check", "rules", *map(str, files))
    assert code == 0, output


def test_the_operator_configures_an_alertmanager_with_the_inhibition_rules(cluster: Cluster, namespace: str) -> None:
    addresses = dict.fromkeys(("pager", "tickets"), "http://receiver.example.com/")
    cluster.create("Secret", "v1", "alertmanager-receivers", namespace, stringData=addresses)
    cluster.install(namespace, CHART / "ci" / "alertmanager-values.yaml")
    spec = {
        "alertmanagerConfigSelector": {"matchLabels": {"alertmanager": "main"}},
        "alertmanagerConfigMatcherStrategy": {"type": "None"},
    }
    cluster.create("Alertmanager", "monitoring.coreos.com/v1", "main", namespace, spec=spec)
    config = eventually(lambda: _config_of(cluster, namespace, "alertmanager-main-generated", "alertmanager.yaml.gz"))
    shipped = yaml.safe_load((CHART / "files" / "inhibit-rules.yml").read_text(encoding="utf-8"))["inhibitRules"]
    assert len(config["inhibit_rules"]) == len(shipped)
    assert {receiver["name"].rpartition("/")[2] for receiver in config["receivers"]} >= {"pager", "tickets"}


def _config_of(cluster: Cluster, namespace: str, secret: str, key: str) -> Object | None:
    """A configuration that the operator generated, once it has the chart's part."""
    for found in cluster.objects("secrets", namespace):
        if found["metadata"]["name"] == secret and key in found.get("data", {}):
            config: Object = yaml.safe_load(gzip.decompress(base64.b64decode(found["data"][key])))
            return config if NAME in str(config) else None
    return None


def _rules(texts: Iterator[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        for group in yaml.safe_load(text)["groups"]:
            yield from group["rules"]


def _name(rule: dict[str, Any]) -> tuple[str, str]:
    return rule.get("alert") or rule["record"], rule.get("labels", {}).get("severity", "")
