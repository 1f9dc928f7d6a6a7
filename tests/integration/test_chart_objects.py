"""The objects of the chart and their references to one another."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from azure_migrate_exporter.exposition import metrics as _table  # noqa: F401 - fills TABLE
from azure_migrate_exporter.exposition.metric import TABLE
from tests.chart.manifests import CHART, CI, NAME, Manifests, example, render, template

EXAMPLES = tuple(path.name.removesuffix("-values.yaml") for path in CI)
TARGET_LABELS = {"namespace", "service", "pod", "container", "endpoint", "instance", "job", "node"}
"""Labels that the Prometheus operator adds to a target."""
each_example = pytest.mark.parametrize("name", EXAMPLES)


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def test_there_is_one_exporter_and_a_new_pod_starts_after_the_old_one_stops() -> None:
    spec = example("minimal").one("Deployment")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


@each_example
def test_every_mount_has_its_volume_and_every_volume_is_mounted(name: str) -> None:
    spec = example(name).pod["spec"]
    claimed = {
        claim["metadata"]["name"]
        for found in example(name).all("StatefulSet")
        for claim in found["spec"].get("volumeClaimTemplates", ())
    }
    volumes = {volume["name"] for volume in spec["volumes"]} | claimed
    mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", ())}
    assert mounted == volumes


@each_example
def test_selectors_match_the_exporters_pod_and_not_the_test_pod(name: str) -> None:
    manifests = example(name)
    found = [(item, _selector(item)) for item in manifests if _selector(item)]
    test = manifests.one("Pod", f"{_name(manifests)}-test")["metadata"]["labels"]
    assert {"Service", "ServiceMonitor"} & {item["kind"] for item, _ in found}
    for item, selector in found:
        kind = item["kind"]
        own = item["spec"].get("template", manifests.pod)  # a workload selects its own pods, all others select each
        selected = next(manifests.all("Service")) if kind == "ServiceMonitor" else own
        assert selects(selector, selected["metadata"]["labels"]), kind
        assert not selects(selector, test), kind


def _name(manifests: Manifests) -> str:
    workload = next(item for item in manifests if item["kind"] in {"Deployment", "StatefulSet"})
    return str(workload["metadata"]["name"]).removesuffix("-shard-0")


def _selector(item: dict[str, Any]) -> dict[str, str]:
    spec = item.get("spec", {})
    if item["kind"] == "Service":
        return dict(spec["selector"])
    selector = spec.get("podSelector", spec.get("selector", {}))
    return dict(selector.get("matchLabels", {}))


# --- hardening -------------------------------------------------------------------------------------------------------


def pods(manifests: Manifests) -> Iterator[dict[str, Any]]:
    yield manifests.pod["spec"]
    yield from (pod["spec"] for pod in manifests.all("Pod"))


@each_example
def test_every_pod_complies_with_the_restricted_pod_security_standard(name: str) -> None:
    for pod in pods(example(name)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (one for one in pod["containers"] if one["name"] != "beside"):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
            assert container["resources"]["limits"]["memory"]
    accounts = list(example(name).all("ServiceAccount"))
    assert all(account["automountServiceAccountToken"] is False for account in accounts)


@each_example
def test_configuration_and_secrets_are_mounted_whole_and_read_only(name: str) -> None:
    mounts = {mount["mountPath"]: mount for mount in example(name).exporter["volumeMounts"]}
    configured = [mount for path, mount in mounts.items() if path.startswith("/etc/azure-migrate-exporter")]
    assert configured
    assert all(mount["readOnly"] and "subPath" not in mount for mount in configured)


# --- credentials -----------------------------------------------------------------------------------------------------


def test_workload_identity_labels_the_pod_and_annotates_the_account() -> None:
    manifests = example("workload-identity")
    assert manifests.pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    account = manifests.one("ServiceAccount")
    assert account["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": "7d0bb4a8-1c3e-4a5e-9a53-6c1f0f6b2f10",
        "azure.workload.identity/tenant-id": "2f0e5b1c-64f5-4f0d-8d75-0a4a3a5bb0c7",
    }
    assert manifests.pod["spec"]["serviceAccountName"] == account["metadata"]["name"]


def test_only_an_existing_secret_becomes_environment_variables() -> None:
    manifests = example("existing-secrets")
    assert manifests.exporter["envFrom"] == [{"secretRef": {"name": "azure-migrate-application"}}]
    assert "azure.workload.identity/use" not in manifests.pod["metadata"]["labels"]
    assert manifests.pod["spec"]["serviceAccountName"] == "monitoring"
    assert "ServiceAccount" not in manifests.kinds
    assert "envFrom" not in example("minimal").exporter


def test_several_secrets_are_mounted_in_one_directory() -> None:
    volumes = {volume["name"]: volume for volume in example("site").pod["spec"]["volumes"]}
    assert volumes["secrets"]["projected"] == {
        "defaultMode": 0o440,
        "sources": [{"secret": {"name": "azure-migrate-sas"}}, {"secret": {"name": "azure-migrate-windows"}}],
    }


# --- the configuration and its reload --------------------------------------------------------------------------------


def checksum(manifests: Manifests) -> str | None:
    found: str | None = manifests.pod["metadata"]["annotations"].get("checksum/config")
    return found


def test_only_a_changed_configuration_changes_the_checksum() -> None:
    before = render(config={"appliances": []})
    after = render(config={"vcenters": []})
    same = render(config={"appliances": []}, commonLabels={"team": "migration"})
    assert checksum(before) != checksum(after)
    assert checksum(before) == checksum(same)


def test_with_the_sidecar_the_pod_has_no_checksum_and_the_files_are_watched() -> None:
    manifests = render(config={"appliances": []}, reload={"mode": "sidecar"}, web={"port": 9000})
    assert checksum(manifests) is None
    reloader = manifests.pod["spec"]["containers"][1]
    assert reloader["args"][:2] == [
        "--watched-dir=/etc/azure-migrate-exporter/config",
        "--reload-url=http://127.0.0.1:9000/-/reload",
    ]
    assert reloader["volumeMounts"][0] == manifests.exporter["volumeMounts"][0]


def test_a_secret_can_contain_the_configuration() -> None:
    manifests = example("existing-secrets")
    assert "ConfigMap" not in manifests.kinds
    assert manifests.pod["spec"]["volumes"][0]["secret"]["secretName"] == "azure-migrate-config"
    assert "--config.file=/etc/azure-migrate-exporter/config/exporter.yml" in manifests.exporter["args"]


# --- shards ----------------------------------------------------------------------------------------------------------


def test_each_shard_has_a_pod_with_its_own_file() -> None:
    manifests = example("shards")
    stateful = manifests.one("StatefulSet")
    assert stateful["spec"]["replicas"] == 2
    assert stateful["spec"]["serviceName"] == next(manifests.all("Service"))["metadata"]["name"]
    assert "--config.file=/etc/azure-migrate-exporter/config/$(POD_NAME).yml" in manifests.exporter["args"]
    assert set(manifests.one("ConfigMap")["data"]) == {f"{NAME}-0.yml", f"{NAME}-1.yml"}
    assert "Deployment" not in manifests.kinds


def test_the_configuration_of_a_shard_is_merged_over_the_common_one() -> None:
    data = example("shards").one("ConfigMap")["data"]
    first, second = (yaml.safe_load(data[f"{NAME}-{number}.yml"]) for number in (0, 1))
    benchmark = {"interval": "1d", "stale_after": "2d"}
    assert first["schedules"] == {"storage_benchmark": benchmark}
    assert second["schedules"] == {"storage_benchmark": benchmark, "replication": {"interval": "2m"}}
    assert [vault["vault"] for shard in (first, second) for vault in shard["replication"]] == [
        "paris-vault",
        "lyon-vault",
    ]


def test_shards_have_their_own_volume_and_address() -> None:
    manifests = example("shards")
    (claim,) = manifests.one("StatefulSet")["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "state"
    assert claim["spec"]["resources"]["requests"]["storage"] == "100Mi"
    assert manifests.one("Service", f"{NAME}-headless")["spec"]["clusterIP"] == "None"
    assert manifests.one("StatefulSet")["spec"]["serviceName"] == f"{NAME}-headless"
    (spread,) = manifests.pod["spec"]["topologySpreadConstraints"]
    assert selects(spread["labelSelector"]["matchLabels"], manifests.pod["metadata"]["labels"])


def test_the_state_of_one_exporter_is_in_a_claim_or_in_the_pod() -> None:
    def state(manifests: Manifests) -> dict[str, Any]:
        return next(volume for volume in manifests.pod["spec"]["volumes"] if volume["name"] == "state")

    assert "emptyDir" in state(example("minimal"))
    assert state(example("site"))["persistentVolumeClaim"]["claimName"] == NAME
    assert example("site").one("PersistentVolumeClaim")["spec"]["storageClassName"] == "fast"
    assert state(example("existing-secrets"))["persistentVolumeClaim"]["claimName"] == "azure-migrate-state"
    assert "PersistentVolumeClaim" not in example("existing-secrets").kinds


# --- shards of one configuration --------------------------------------------------------------------------------------


def test_each_shard_has_a_deployment_that_says_which_it_is() -> None:
    """All are replaced at once: a StatefulSet would replace one, wait until it is ready, and then the next."""
    manifests = example("total-shards")
    shards = list(manifests.all("Deployment"))
    assert [shard["metadata"]["name"] for shard in shards] == [f"{NAME}-shard-{index}" for index in range(3)]
    for index, shard in enumerate(shards):
        spec = shard["spec"]
        assert spec["replicas"] == 1
        assert spec["strategy"] == {"type": "Recreate"}
        (container,) = spec["template"]["spec"]["containers"]
        assert f"--shard={index}/3" in container["args"]
        assert "--config.file=/etc/azure-migrate-exporter/config/exporter.yml" in container["args"]
        for other in shards:
            selected = selects(spec["selector"]["matchLabels"], other["spec"]["template"]["metadata"]["labels"])
            assert selected == (other is shard)
    assert set(manifests.one("ConfigMap")["data"]) == {"exporter.yml"}


def test_the_service_monitor_and_budget_of_shards_select_all_of_them() -> None:
    manifests = example("total-shards")
    labels = [shard["spec"]["template"]["metadata"]["labels"] for shard in manifests.all("Deployment")]
    service, budget = manifests.one("Service", f"{NAME}-headless"), manifests.one("PodDisruptionBudget")
    assert service["spec"]["clusterIP"] == "None"
    for selector in (service["spec"]["selector"], budget["spec"]["selector"]["matchLabels"]):
        assert all(selects(selector, each) for each in labels)


def test_shards_of_one_configuration_share_a_volume() -> None:
    manifests = example("total-shards")
    claim = manifests.one("PersistentVolumeClaim", f"{NAME}-shared")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    for shard in manifests.all("Deployment"):
        state = next(volume for volume in shard["spec"]["template"]["spec"]["volumes"] if volume["name"] == "state")
        assert state["persistentVolumeClaim"]["claimName"] == f"{NAME}-shared"


def test_shards_may_share_an_existing_volume_or_have_none() -> None:
    existing = render(totalShards=2, persistence={"enabled": True, "existingClaim": "mine"})
    assert "PersistentVolumeClaim" not in existing.kinds
    assert {"name": "state", "persistentVolumeClaim": {"claimName": "mine"}} in existing.pod["spec"]["volumes"]
    assert {"name": "state", "emptyDir": {"sizeLimit": "100Mi"}} in render(totalShards=2).pod["spec"]["volumes"]


def test_a_new_number_of_shards_changes_all_pods_and_no_claim() -> None:
    def claims(manifests: Manifests) -> list[dict[str, Any]]:
        return list(manifests.all("PersistentVolumeClaim"))

    volume = {"enabled": True, "accessModes": ["ReadWriteMany"]}
    one, three, four = (render(totalShards=total, persistence=volume) for total in (1, 3, 4))
    assert claims(one) == claims(three) == claims(four)
    for index in range(3):
        before, after = (found.one("Deployment", f"{NAME}-shard-{index}")["spec"] for found in (three, four))
        assert before["selector"] == after["selector"]
        assert before["template"] != after["template"]


# --- monitoring ------------------------------------------------------------------------------------------------------


def test_no_label_of_a_metric_has_the_name_of_a_target_label() -> None:
    assert not {label for metric in TABLE.values() for label in metric.labels} & TARGET_LABELS
    for manifests, kind, endpoints in (
        (example("operators"), "ServiceMonitor", "endpoints"),
        (example("shards"), "PodMonitor", "podMetricsEndpoints"),
    ):
        (endpoint,) = manifests.one(kind)["spec"][endpoints]
        assert endpoint["relabelings"][0] == {"targetLabel": "job", "replacement": "azure-migrate-exporter"}


def test_monitors_scrape_the_port_of_the_pod_and_the_service() -> None:
    manifests = example("operators")
    (endpoint,) = manifests.one("ServiceMonitor")["spec"]["endpoints"]
    (port,) = manifests.one("Service")["spec"]["ports"]
    assert endpoint["port"] == port["name"] == port["targetPort"] == manifests.exporter["ports"][0]["name"]
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == ("30s", "10s")
    assert endpoint["relabelings"][1] == {"targetLabel": "cluster", "replacement": "production"}


def test_tls_and_users_apply_to_the_monitor_and_the_probes() -> None:
    manifests = example("tls")
    (endpoint,) = manifests.one("PodMonitor")["spec"]["podMetricsEndpoints"]
    assert endpoint["scheme"] == "https"
    assert endpoint["tlsConfig"]["serverName"] == "exporter.example.com"
    assert endpoint["basicAuth"]["username"]["key"] == "username"
    assert "--web.config.file=/etc/azure-migrate-exporter/web/web.yml" in manifests.exporter["args"]
    assert manifests.exporter["livenessProbe"]["tcpSocket"] == {"port": "http"}
    without_users = render(web={"existingSecret": "web", "tls": True})
    assert without_users.exporter["readinessProbe"]["httpGet"] == {
        "port": "http",
        "path": "/-/ready",
        "scheme": "HTTPS",
    }


def test_critical_alerts_page_and_warnings_make_tickets() -> None:
    spec = example("alertmanager").one("AlertmanagerConfig")["spec"]
    receivers = {receiver["name"] for receiver in spec["receivers"]}
    routes = {route["matchers"][0]["value"]: route["receiver"] for route in spec["route"]["routes"]}
    assert routes == {"critical": "pager", "warning": "tickets"}
    assert {*routes.values(), spec["route"]["receiver"]} == receivers


def test_inhibition_rules_are_those_of_the_example_for_alertmanager() -> None:
    config = yaml.safe_load((CHART.parents[1] / "alerts" / "alertmanager" / "alertmanager.yml").read_text())
    rules = example("alertmanager").one("AlertmanagerConfig")["spec"]["inhibitRules"]
    assert [(matchers(rule["sourceMatch"]), matchers(rule["targetMatch"]), rule.get("equal")) for rule in rules] == [
        (rule["source_matchers"], rule["target_matchers"], rule.get("equal")) for rule in config["inhibit_rules"]
    ]
    without = render(alertmanagerConfig={"enabled": True, "spec": {"route": {}}, "inhibitRules": False})
    assert "inhibitRules" not in without.one("AlertmanagerConfig")["spec"]


def matchers(found: list[dict[str, str]]) -> list[str]:
    """The matchers in the notation of Alertmanager's configuration."""
    return ['{name}{matchType}"{value}"'.format(**matcher) for matcher in found]


# --- the network -----------------------------------------------------------------------------------------------------


def test_egress_allows_only_the_ports_of_the_collectors() -> None:
    spec = example("workload-identity").one("NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"protocol": "TCP", "port": "http"}]}]
    opened = {(port["protocol"], port["port"]) for rule in spec["egress"] for port in rule["ports"]}
    assert opened == {("UDP", 53), *(("TCP", port) for port in (53, 443, 902, 5671, 5672, 44368, 5986, 9182))}


def test_egress_can_be_limited_to_peers_and_ingress_allows_helm_test() -> None:
    manifests = example("site")
    spec = manifests.one("NetworkPolicy")["spec"]
    peers = {port["port"]: rule.get("to") for rule in spec["egress"] for port in rule["ports"]}
    assert peers[902] == [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
    assert peers[44368] == [{"ipBlock": {"cidr": "192.0.2.20/32"}}]
    assert peers[5671] is None
    scraper, test = spec["ingress"][0]["from"]
    assert scraper["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    assert selects(test["podSelector"]["matchLabels"], manifests.one("Pod", f"{NAME}-test")["metadata"]["labels"])


# --- extension points ------------------------------------------------------------------------------------------------


def test_every_extra_value_is_rendered() -> None:
    manifests = example("extras")
    pod = manifests.pod["spec"]
    assert manifests.exporter["args"][-1] == "--web.listen-address=:9879"
    assert {"--log.level=debug", "--log.format=json"} <= set(manifests.exporter["args"])
    assert manifests.exporter["env"][-1]["name"] == "HTTPS_PROXY"
    assert manifests.exporter["volumeMounts"][-1]["mountPath"] == "/etc/ssl/company"
    assert pod["volumes"][-1]["name"] == "ca"
    assert [container["name"] for container in pod["containers"]] == ["exporter", "beside"]
    assert pod["initContainers"][0]["name"] == "wait"
    assert pod["priorityClassName"] == "monitoring"
    assert pod["dnsConfig"] == {"nameservers": ["192.0.2.53"]}
    assert pod["tolerations"][0]["key"] == "monitoring"
    assert "nodeAffinity" in pod["affinity"]
    assert {manifests.one("ConfigMap", f"release-{kind}")["data"]["key"] for kind in ("object", "text")} == {"value"}


def test_names_and_labels_can_be_changed_in_every_object() -> None:
    manifests = example("extras")
    labelled = [item for item in manifests if item["metadata"].get("labels")]
    assert {item["metadata"]["name"].removesuffix("-test") for item in labelled} == {"release-migrate"}
    assert {item["metadata"]["labels"]["team"] for item in labelled} == {"migration"}
    assert manifests.pod["metadata"]["labels"]["tier"] == "monitoring"


def test_the_digest_of_the_image_replaces_the_tag() -> None:
    image = example("existing-secrets").exporter["image"]
    assert image.startswith("registry.example.com/monitoring/azure-migrate-exporter@sha256:0123456789abcdef")
    assert example("existing-secrets").pod["spec"]["imagePullSecrets"] == [{"name": "registry"}, {"name": "mirror"}]


# --- charts around this one, other namespaces, other operators -------------------------------------------------------


def test_a_parent_chart_can_leave_it_out() -> None:
    assert render(enabled=False) == Manifests()


def test_a_parent_chart_names_registry_and_pull_secrets() -> None:
    manifests = render(
        **{"global": {"imageRegistry": "mirror.example.com", "imagePullSecrets": ["mirror"], "storageClass": "theirs"}},
        imagePullSecrets=[{"name": "own"}, "mirror"],
    )
    for pod in (manifests.pod, manifests.one("Pod", f"{NAME}-test")):
        assert pod["spec"]["imagePullSecrets"] == [{"name": "mirror"}, {"name": "own"}]
        assert pod["spec"]["containers"][0]["image"].startswith("mirror.example.com/azure-migrate-exporter:")


@each_example
def test_every_object_has_a_namespace(name: str) -> None:
    wanted = "monitoring" if name == "extras" else "migration"
    named = [item for item in example(name) if item["metadata"].get("labels", {}).get("helm.sh/chart")]
    assert {item["metadata"]["namespace"] for item in named} == {wanted}


def test_no_key_is_written_twice_and_fixed_labels_win() -> None:
    rule = {"record": "a:b", "expr": "1"}
    own = {"app.kubernetes.io/name": "mine", "app.kubernetes.io/managed-by": "argo", "team": "migration"}
    done = template(
        {
            "commonLabels": own,
            "podLabels": own,
            "commonAnnotations": {"checksum/config": "mine", "owner": "team"},
            "serviceMonitor": {"enabled": True, "additionalLabels": own},
            "prometheusRule": {
                "enabled": True,
                "additionalLabels": own,
                "additionalRules": [rule],
            },
            "dashboards": {"enabled": True, "labels": own, "namespace": "grafana"},
        }
    )
    assert done.code == 0, done.errors
    objects = list(yaml.load_all(done.output, StrictLoader))
    for item in filter(None, objects):
        labels = item["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "azure-migrate-exporter"
        assert labels["app.kubernetes.io/managed-by"] == "Helm"
        assert labels["team"] == "migration"
    (workload,) = (item for item in objects if item and item["kind"] == "Deployment")
    assert workload["spec"]["template"]["metadata"]["annotations"]["checksum/config"] != "mine"
    assert {item["metadata"]["namespace"] for item in objects if item and item["kind"] == "ConfigMap"} == {
        "migration",
        "grafana",
    }


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that is written twice, as kustomize and strict decoders do."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)


StrictLoader.yaml_implicit_resolvers = {
    first: resolvers for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items() if first != "="
}


def test_the_modes_share_no_object_that_cannot_change_in_place() -> None:
    fixed = ("Service", "StatefulSet", "Deployment", "PersistentVolumeClaim")
    one, listed, divided = (
        {(item["kind"], item["metadata"]["name"]) for item in example(name) if item["kind"] in fixed}
        for name in ("site", "shards", "total-shards")
    )
    assert not one & listed
    assert not one & divided
    assert listed & divided == {("Service", f"{NAME}-headless")}  # the same in both


def test_a_claim_outlives_the_release() -> None:
    assert example("site").one("PersistentVolumeClaim")["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_a_vault_in_two_shards_is_refused() -> None:
    def shard(vault: str, vcenter: str) -> dict[str, Any]:
        return {"config": {"replication": [{"vault": vault}], "vcenters": [{"name": vcenter}]}}

    done = template({"shards": [shard("paris", "vc01"), shard("lyon", "vc02"), shard("Paris", "vc02")]})
    assert "shards[2].config.replication: paris is in shards[0] too, so it would be checked twice" in done.errors
    assert "shards[2].config.vcenters: vc02 is in shards[1] too" in done.errors


def test_a_vault_of_the_common_configuration_is_in_every_shard_that_does_not_replace_the_list() -> None:
    common = {"replication": [{"vault": "paris"}]}
    own = {"config": {"replication": [{"vault": "lyon"}]}}
    assert template({"config": common, "shards": [own, {}]}).code == 0
    done = template({"config": common, "shards": [{}, own, {"config": {"schedules": {}}}]})
    assert "shards[2].config.replication: paris is in shards[0] too" in done.errors


def test_the_headless_service_of_shards_has_the_port_of_the_exporter() -> None:
    manifests = render(shards=[{"config": {}}], service={"port": 80}, web={"port": 9000})
    (port,) = next(manifests.all("Service"))["spec"]["ports"]
    assert port["port"] == 9000
    assert f"http://{NAME}-headless:9000" in manifests.one("Pod", f"{NAME}-test")["spec"]["containers"][0]["args"]


@pytest.mark.parametrize(("key", "kind"), [("serviceMonitor", "ServiceMonitor"), ("podMonitor", "PodMonitor")])
def test_a_monitor_for_managed_prometheus_with_limits_and_an_authorization(key: str, kind: str) -> None:
    monitor = {
        "enabled": True,
        "apiVersion": "azmonitoring.coreos.com/v1",
        "namespace": "kube-system",
        "sampleLimit": 2_000_000,
        "labelLimit": 63,
        "labelNameLengthLimit": 511,
        "labelValueLengthLimit": 1023,
        "authorization": {"credentials": {"name": "token", "key": "token"}},
        "proxyUrl": "http://proxy:3128",
    }
    (found,) = render(**{key: monitor}).all(kind)
    assert found["apiVersion"] == "azmonitoring.coreos.com/v1"
    assert found["metadata"]["namespace"] == "kube-system"
    assert found["spec"]["namespaceSelector"] == {"matchNames": ["migration"]}
    limits = ("sampleLimit", "labelLimit", "labelNameLengthLimit", "labelValueLengthLimit")
    assert {key: found["spec"][key] for key in limits} == {key: monitor[key] for key in limits}
    (endpoint,) = found["spec"].get("endpoints") or found["spec"]["podMetricsEndpoints"]
    assert endpoint["authorization"] == monitor["authorization"]
    assert endpoint["proxyUrl"] == "http://proxy:3128"
    assert endpoint.keys() == {"port", "path", "scheme", "honorLabels", "relabelings", "authorization", "proxyUrl"}


@pytest.mark.parametrize("key", ["serviceMonitor", "podMonitor"])
def test_a_monitor_for_managed_prometheus_has_the_limits_that_its_page_asks_for(key: str) -> None:
    names = ("labelLimit", "labelNameLengthLimit", "labelValueLengthLimit")
    managed = {"enabled": True, "apiVersion": "azmonitoring.coreos.com/v1"}
    for values, limits in (
        (managed, [63, 511, 1023]),
        (managed | {"labelLimit": 40}, [40, 511, 1023]),
        ({"enabled": True}, [None, None, None]),
    ):
        (found,) = render(**{key: values}).all("ServiceMonitor" if key == "serviceMonitor" else "PodMonitor")
        assert [found["spec"].get(name) for name in names] == limits


def test_people_come_in_by_an_ingress_or_a_route() -> None:
    manifests = render(
        ingress={"enabled": True, "hosts": [{"host": "exporter.example.com"}]},
        httpRoute={"enabled": True, "parentRefs": [{"name": "gateway"}], "hostnames": ["exporter.example.com"]},
        service={"port": 80},
    )
    (path,) = manifests.one("Ingress")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": NAME, "port": {"name": "http"}}
    (rule,) = manifests.one("HTTPRoute")["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": NAME, "port": 80}]
    assert manifests.one("Service")["spec"]["ports"][0]["port"] == 80


def test_an_ingress_has_the_hosts_paths_and_certificates_of_its_values() -> None:
    tls = [{"secretName": "exporter-tls", "hosts": ["one.example.com", "two.example.com"]}]
    paths = [{"path": "/exporter", "pathType": "Exact"}]
    hosts = [{"host": "one.example.com"}, {"host": "two.example.com", "paths": paths}]
    spec = render(ingress={"enabled": True, "hosts": hosts, "tls": tls}).one("Ingress")["spec"]
    assert spec["tls"] == tls
    found = [(rule["host"], path["path"], path["pathType"]) for rule in spec["rules"] for path in rule["http"]["paths"]]
    assert found == [("one.example.com", "/", "Prefix"), ("two.example.com", "/exporter", "Exact")]


def test_a_startup_probe_gives_a_slow_start_its_time() -> None:
    assert "startupProbe" not in render().exporter
    probe = render(startupProbe={"periodSeconds": 5, "failureThreshold": 30}).exporter["startupProbe"]
    path = {"port": "http", "path": "/-/healthy", "scheme": "HTTP"}
    assert probe == {"httpGet": path, "periodSeconds": 5, "failureThreshold": 30}


@pytest.mark.parametrize(("shards", "kind"), [([], "Deployment"), ([{}], "StatefulSet")])
def test_as_many_old_revisions_are_kept_as_the_values_say(shards: list[Any], kind: str) -> None:
    assert render(shards=shards).one(kind)["spec"]["revisionHistoryLimit"] == 3
    assert render(shards=shards, revisionHistoryLimit=0).one(kind)["spec"]["revisionHistoryLimit"] == 0


@pytest.mark.parametrize("values", [{"ingress": {"enabled": True}}, {"httpRoute": {"enabled": True}}])
def test_a_way_in_that_leads_nowhere_is_refused(values: dict[str, Any]) -> None:
    assert template(values).code == 1


def test_the_test_pod_runs_where_the_exporter_may() -> None:
    where = {"tolerations": [{"key": "monitoring", "operator": "Exists"}], "nodeSelector": {"pool": "monitoring"}}
    spec = render(**where).one("Pod", f"{NAME}-test")["spec"]
    assert {key: spec[key] for key in where} == where
