"""`compose.yaml`, parsed by Docker Compose, and the mounted files, checked by the programs that use them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_migrate_exporter.commands.check_config import check
from generate.alerts.model import Dashboard
from tests.chart.manifests import run
from tests.lab import tools
from tests.lab.promtool import promtool

COMPOSE = tools.ROOT / "compose.yaml"
MOUNTED = tools.ROOT / "packaging" / "compose"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    done = run(tools.compose(), "-format=json", str(COMPOSE))
    assert done.code == 0, done.errors
    found: dict[str, Any] = json.loads(done.output)["services"]
    return found


def mounts(service: dict[str, Any]) -> dict[str, Path]:
    """Paths of the mounted files of this machine, by their path in the container."""
    binds = [volume for volume in service["volumes"] if volume["type"] == "bind"]
    assert all(bind["read_only"] for bind in binds)
    return {bind["target"]: Path(bind["source"]) for bind in binds}


def test_every_service_is_hardened_and_reachable_only_from_this_machine(services: dict[str, Any]) -> None:
    assert set(services) == {"exporter", "prometheus", "alertmanager", "grafana"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {port["host_ip"] for port in service["ports"]} == {"127.0.0.1"}


def test_the_configuration_of_the_exporter_is_valid(services: dict[str, Any]) -> None:
    exporter = services["exporter"]
    assert Path(exporter["build"]["context"]) == tools.ROOT
    assert check(mounts(exporter)["/etc/azure-migrate-exporter"] / "exporter.yml") == ()


def test_each_image_has_a_tag(services: dict[str, Any]) -> None:
    version = yaml.safe_load((tools.ROOT / "helm/azure-migrate-exporter/Chart.yaml").read_text())["appVersion"]
    tags = {name: service["image"].partition(":")[2] for name, service in services.items()}
    assert all(tags.values())
    assert tags["exporter"] == version


async def test_prometheus_accepts_its_configuration_and_every_rule(services: dict[str, Any], tmp_path: Path) -> None:
    mounted = mounts(services["prometheus"])
    (tmp_path / "rules").symlink_to(mounted["/etc/prometheus/rules"])
    (tmp_path / "prometheus.yml").write_text(mounted["/etc/prometheus/prometheus.yml"].read_text(encoding="utf-8"))
    code, output = await promtool("check", "config", str(tmp_path / "prometheus.yml"))
    assert code == 0, output
    assert "rule files found" in output


def test_prometheus_finds_the_exporter_and_alertmanager(services: dict[str, Any]) -> None:
    config = yaml.safe_load((MOUNTED / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    (manager,) = config["alerting"]["alertmanagers"]
    targets = [target for part in (job, manager) for static in part["static_configs"] for target in static["targets"]]
    published = {f"{name}:{port['target']}" for name, service in services.items() for port in service["ports"]}
    assert set(targets) <= published
    assert job["job_name"] == "azure-migrate-exporter"


def test_alertmanager_accepts_its_configuration(services: dict[str, Any]) -> None:
    config = mounts(services["alertmanager"])["/etc/alertmanager"] / "alertmanager.yml"
    done = run(tools.amtool(), "check-config", str(config))
    assert done.code == 0, done.output + done.errors


def test_grafana_has_prometheus_and_the_dashboards(services: dict[str, Any]) -> None:
    grafana = services["grafana"]
    mounted = mounts(grafana)
    provisioning = mounted["/etc/grafana/provisioning"]
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    (port,) = services["prometheus"]["ports"]
    assert variable_of(grafana, source["url"]) == f"http://prometheus:{port['target']}"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "azure-migrate.yml").read_text())["providers"]
    folder = mounted[variable_of(grafana, provider["options"]["path"])]
    assert folder == tools.ROOT / "dashboards"
    assert {path.stem for path in folder.glob("*.json")} == set(Dashboard)


def variable_of(service: dict[str, Any], value: str) -> str:
    """The value of an environment variable, for which Grafana's configuration has ``$NAME``."""
    found: str = service["environment"][value.removeprefix("$")]
    return found
