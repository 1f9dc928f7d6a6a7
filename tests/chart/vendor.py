"""`python -m tests.chart.vendor`: update `schemas/` from the Go modules that publish the original schemas.

The schemas are committed, so that the tests need neither the network nor these modules (200 MB). Each kind has one file
with all definitions that it refers to, without descriptions, and without additional fields.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.chart.kubernetes_yaml import load_all
from tests.lab.tools import custom_resources

SCHEMAS: Final = Path(__file__).with_name("schemas")
KUBERNETES: Final = "k8s.io/kubernetes"
RELEASES: Final = ("1.29.6", "1.37.2")
"""The oldest Kubernetes that the chart supports, and the newest one."""

KINDS: Final = (
    "configmap-v1",
    "deployment-apps-v1",
    "ingress-networking-v1",
    "networkpolicy-networking-v1",
    "persistentvolumeclaim-v1",
    "pod-v1",
    "poddisruptionbudget-policy-v1",
    "secret-v1",
    "service-v1",
    "serviceaccount-v1",
    "statefulset-apps-v1",
)
"""Kinds of the chart's objects, as kubeconform names their files."""
RESOURCES: Final = (
    "monitoring.coreos.com_alertmanagerconfigs",
    "monitoring.coreos.com_podmonitors",
    "monitoring.coreos.com_prometheusrules",
    "monitoring.coreos.com_servicemonitors",
    "gateway.networking.k8s.io_httproutes",
)
"""Custom resources of the chart's objects, as the files of their definitions are named."""

_REFERENCE: Final = "#/definitions/"
_TEXT_OR_NUMBER: Final = {"type": ["string", "number"]}
_OF_THE_API: Final = re.compile(r"description|x-kubernetes-.*|example|format")
"""Keywords without a meaning in a JSON schema."""


def main() -> None:
    """Download, convert and write the schemas."""
    shutil.rmtree(SCHEMAS, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        for release in RELEASES:
            module = _download(KUBERNETES, release, Path(scratch))
            swagger = json.loads((module / "api/openapi-spec/swagger.json").read_text())
            for name, schema in _kubernetes(swagger["definitions"]):
                _write(SCHEMAS / f"v{release}" / f"{name}.json", schema)
    for resource in RESOURCES:
        group, _, _ = resource.partition("_")
        (definition,) = load_all((custom_resources() / f"{resource}.yaml").read_text())
        for name, schema in _custom(definition):
            _write(SCHEMAS / group / f"{name}.json", schema)


def _download(module: str, release: str, cache: Path) -> Path:
    command = ["go", "mod", "download", "-modcacherw", "-json", f"{module}@v{release}"]
    environment = {**os.environ, "GOMODCACHE": str(cache), "GOFLAGS": ""}
    done = subprocess.run(command, cwd=cache, env=environment, capture_output=True, check=True)
    return Path(json.loads(done.stdout)["Dir"])


def _kubernetes(definitions: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and schema of each of `KINDS`."""
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", ()):
            group = kind["group"].split(".")[0]
            file = "-".join(part.lower() for part in (kind["kind"], group, kind["version"]) if part)
            if file in KINDS and name.endswith(kind["kind"]):
                reachable = {
                    needed: _strict(definitions[needed], needed) for needed in _reachable(definition, definitions)
                }
                yield file, _strict(definition) | {"definitions": reachable}


def _reachable(definition: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    found: set[str] = set()
    waiting = [definition]
    while waiting:
        for name in re.findall(rf'"{_REFERENCE}([^"]+)"', json.dumps(waiting.pop())):
            if name not in found:
                found.add(name)
                waiting.append(definitions[name])
    return sorted(found)


def _custom(resource: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and schema of each version of a custom resource."""
    group, kind = resource["spec"]["group"].split(".")[0], resource["spec"]["names"]["kind"]
    for version in resource["spec"]["versions"]:
        schema = _strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        yield f"{kind}-{group}-{version['name']}".lower(), schema


def _strict(node: Any, name: str = "") -> Any:
    """`node` as a JSON schema without additional properties."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if name.endswith(".Quantity") or node.get("format") == "int-or-string" or "x-kubernetes-int-or-string" in node:
        return _TEXT_OR_NUMBER
    schema = {key: _strict(value) for key, value in node.items() if not _of_the_api(key, value)}
    closed = "properties" in node and "x-kubernetes-preserve-unknown-fields" not in node
    if closed and isinstance(node["properties"], dict):
        schema.setdefault("additionalProperties", False)
    return schema


def _of_the_api(key: str, value: Any) -> bool:
    """Whether this is a keyword of the API description, and not a field with the same name."""
    return isinstance(value, str | bool | list) and _OF_THE_API.fullmatch(key) is not None


def _write(path: Path, schema: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
