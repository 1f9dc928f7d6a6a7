"""The chart as the real `helm` writes it, and the questions that tests ask of the result."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.chart.vendor import RELEASES, SCHEMAS
from tests.lab import tools

CHART: Final = tools.ROOT / "helm" / "azure-migrate-exporter"
CI: Final = tuple(sorted((CHART / "ci").glob("*-values.yaml")))
"""Values of whole installations, each of which has to work."""
OLDEST, NEWEST = RELEASES
NAME: Final = "release-azure-migrate-exporter"
"""What the objects of the release `release` are called."""

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What a program said."""

    code: int
    output: str
    errors: str


def helm(*arguments: str, stdin: str = "") -> Done:
    """Run it, with nothing of this machine's own settings."""
    with tempfile.TemporaryDirectory() as home:
        places = {f"HELM_{kind}_HOME": home for kind in ("CACHE", "CONFIG", "DATA")}
        return run(tools.helm(), *arguments, stdin=stdin, environment={**places, "KUBECONFIG": f"{home}/none"})


def run(program: tools.Program, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> Done:
    """Run a program to its end."""
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
    """The objects as text, for a Kubernetes of this release."""
    text = values.read_text(encoding="utf-8") if isinstance(values, Path) else yaml.safe_dump(dict(values))
    name = ("release", str(CHART), "--namespace=migration", f"--kube-version={release}", "--values=-")
    return helm("template", *name, stdin=text)


class Objects(tuple[Object, ...]):
    """The objects of one installation."""

    __slots__ = ()

    def all(self, kind: str) -> Iterator[Object]:
        """Those of a kind."""
        return (found for found in self if found["kind"] == kind)

    def one(self, kind: str, name: str = NAME) -> Object:
        """The one of a kind with this name. Raises ValueError if there is none, or another one."""
        (found,) = (found for found in self.all(kind) if found["metadata"]["name"] == name)
        return found

    @property
    def kinds(self) -> set[str]:
        """What there is."""
        return {found["kind"] for found in self}

    @property
    def pod(self) -> Object:
        """The template of the exporter's pod."""
        (workload,) = (found for found in self if found["kind"] in {"Deployment", "StatefulSet"})
        pod: Object = workload["spec"]["template"]
        return pod

    @property
    def exporter(self) -> Object:
        """The exporter's container."""
        container: Object = self.pod["spec"]["containers"][0]
        return container


def objects(**values: Any) -> Objects:
    """What these values make. Raises AssertionError with Helm's complaint."""
    done = template(values)
    assert done.code == 0, done.errors
    return _parsed(done.output)


@cache
def of(name: str) -> Objects:
    """What `ci/NAME-values.yaml` makes."""
    done = template(CHART / "ci" / f"{name}-values.yaml")
    assert done.code == 0, done.errors
    return _parsed(done.output)


class _Loader(yaml.SafeLoader):
    """Reads a bare ``=`` as Kubernetes does: as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        first: resolvers for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items() if first != "="
    }


def _parsed(text: str) -> Objects:
    return Objects(found for found in yaml.load_all(text, _Loader) if found)


def judge(text: str, release: str) -> Done:
    """kubeconform's judgement of these objects: every field known, every type right. Raises NotInstalledError."""
    places = (SCHEMAS / f"v{release}", SCHEMAS / "monitoring.coreos.com")
    locations = [f"-schema-location={place}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json" for place in places]
    unknown = "-skip=grafana.integreatly.org/v1beta1/GrafanaDashboard"  # its schema is published in no registry
    return run(tools.kubeconform(), "-strict", f"-kubernetes-version={release}", *locations, unknown, stdin=text)
