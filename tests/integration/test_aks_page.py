"""docs/aks.md is followed word by word: what it names exists, and what it installs renders."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.groups import GROUPS
from tests.chart.kubernetes_yaml import load_all
from tests.chart.manifests import CHART, Manifests, helm
from tests.lab.tools import ROOT

PAGE = (ROOT / "docs" / "aks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(VALUES,) = (text for language, text in BLOCKS if language == "yaml")


def commands() -> Iterator[list[str]]:
    """The commands of the page, in words."""
    for language, text in BLOCKS:
        if language == "bash":
            for line in text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words:
                    yield words


def rendered(*arguments: str) -> Manifests:
    done = helm(
        "template", "azure-migrate", str(CHART), "--namespace=migration", "--values=-", *arguments, stdin=VALUES
    )
    assert done.code == 0, done.errors
    return Manifests(load_all(done.output))


def test_the_values_of_the_page_give_a_monitor_and_a_pod_with_the_identity() -> None:
    manifests = rendered()
    (monitor,) = manifests.all("PodMonitor")
    assert monitor["apiVersion"] == "azmonitoring.coreos.com/v1"
    assert manifests.pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert manifests.kinds >= {"Deployment", "PodMonitor", "NetworkPolicy", "PersistentVolumeClaim"}
    assert not manifests.kinds & {"PrometheusRule", "AlertmanagerConfig"}


def test_the_federated_credential_is_for_the_service_account_of_the_chart() -> None:
    (account,) = rendered().all("ServiceAccount")
    subject = f"system:serviceaccount:$NAMESPACE:{account['metadata']['name']}"
    assert [words[words.index("--subject") + 1] for words in commands() if "--subject" in words] == [subject]


def test_the_harmless_fault_is_a_valid_configuration() -> None:
    (given,) = (words[words.index("--set-json") + 1] for words in commands() if "--set-json" in words)
    assert (
        "192.0.2.1"
        in rendered("--set-json", given).one("ConfigMap", "azure-migrate-azure-migrate-exporter")["data"][
            "exporter.yml"
        ]
    )


def test_each_deployment_has_the_parameters_of_the_template() -> None:
    template = json.loads((ROOT / "alerts" / "azure" / "azure-migrate.json").read_text(encoding="utf-8"))
    parameters: dict[str, Any] = template["parameters"]
    required = {name for name, one in parameters.items() if "defaultValue" not in one}
    deployments = [words for words in commands() if words[:4] == ["az", "deployment", "group", "create"]]
    first, upgrade = (words[words.index("--parameters") + 1 :] for words in deployments)
    assert required <= {word.partition("=")[0] for word in first} <= set(parameters)
    assert upgrade == first, "a parameter that the upgrade leaves out falls back to its default"
    assert "azure-migrate-causes" in {one["name"] for one in template["resources"]}


OURS = ("alerts/", "dashboards/", "helm/")


@pytest.mark.parametrize("word", sorted({word for words in commands() for word in words if word.startswith(OURS)}))
def test_a_file_that_a_command_names_exists(word: str) -> None:
    assert list(ROOT.glob(word.rstrip(";"))) != []


def test_every_alert_that_the_page_names_exists() -> None:
    named = set(re.findall(r"\bAzureMigrate([A-Z]\w+)", PAGE))
    assert named
    assert named <= {alert.name for group in GROUPS for alert in group.alerts}


def test_the_values_are_a_mapping_of_the_chart() -> None:
    known = yaml.safe_load(Path(CHART / "values.yaml").read_text(encoding="utf-8"))
    assert set(yaml.safe_load(VALUES)) <= set(known)
