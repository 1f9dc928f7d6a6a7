"""The chart rendered by the real `helm`, and access to its objects."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.chart.kubernetes_yaml import load_all
from tests.chart.vendor import RELEASES, SCHEMAS
from tests.lab import tools

CHART: Final = tools.ROOT / "helm" / "azure-migrate-exporter"
CI: Final = tuple(sorted((CHART / "ci").glob("*-values.yaml")))
"""Complete examples of values."""
OLDEST, NEWEST = RELEASES
NAME: Final = "release-azure-migrate-exporter"
"""Name of the objects of the release `release`."""

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """Exit code and output of a program."""

    code: int
    output: str
    errors: str


def helm(*arguments: str, stdin: str = "") -> Done:
    """Run helm without the settings of this machine."""
    with tempfile.TemporaryDirectory() as home:
        homes = {f"HELM_{kind}_HOME": home for kind in ("CACHE", "CONFIG", "DATA")}
        return run(tools.helm(), *arguments, stdin=stdin, environment={**homes, "KUBECONFIG": f"{home}/none"})


def run(program: tools.Program, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> Done:
    """Run a program until it ends."""
    done = subprocess.run(
        [*program.command, *arguments],
        input=stdin,
        env={**os.environ, **program.environment, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def template(values: Path | Mapping[str, Any], release: str = NEWEST) -> Done:
    """Render the objects for a release of Kubernetes."""
    text = values.read_text(encoding="utf-8") if isinstance(values, Path) else yaml.safe_dump(dict(values))
    name = ("release", str(CHART), "--namespace=migration", f"--kube-version={release}", "--values=-")
    return helm("template", *name, stdin=text)


class Manifests(tuple[Object, ...]):
    """The rendered objects."""

    __slots__ = ()

    def all(self, kind: str) -> Iterator[Object]:
        """The objects of a kind."""
        return (found for found in self if found["kind"] == kind)

    def one(self, kind: str, name: str = NAME) -> Object:
        """The object of a kind with this name. Raises ValueError unless there is exactly one."""
        (found,) = (found for found in self.all(kind) if found["metadata"]["name"] == name)
        return found

    @property
    def kinds(self) -> set[str]:
        """The kinds of the objects."""
        return {found["kind"] for found in self}

    @property
    def pod(self) -> Object:
        """The template of the exporter's pod, or of the first one's."""
        workload = next(found for found in self if found["kind"] in {"Deployment", "StatefulSet"})
        pod: Object = workload["spec"]["template"]
        return pod

    @property
    def exporter(self) -> Object:
        """The exporter's container."""
        container: Object = self.pod["spec"]["containers"][0]
        return container


def render(**values: Any) -> Manifests:
    """The objects of these values. Raises AssertionError with Helm's message."""
    done = template(values)
    assert done.code == 0, done.errors
    return _parsed(done.output)


@cache
def example(name: str) -> Manifests:
    """The objects of `ci/NAME-values.yaml`."""
    done = template(CHART / "ci" / f"{name}-values.yaml")
    assert done.code == 0, done.errors
    return _parsed(done.output)


def _parsed(text: str) -> Manifests:
    return Manifests(load_all(text))


def kubeconform(text: str, release: str) -> Done:
    """Check fields and types of the objects with kubeconform. Raises NotInstalledError."""
    groups = ("monitoring.coreos.com", "gateway.networking.k8s.io")
    directories = (SCHEMAS / f"v{release}", *(SCHEMAS / group for group in groups))
    locations = [f"-schema-location={path}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json" for path in directories]
    unknown = "-skip=grafana.integreatly.org/v1beta1/GrafanaDashboard"  # no registry publishes its schema
    return run(tools.kubeconform(), "-strict", f"-kubernetes-version={release}", *locations, unknown, stdin=text)
