"""The cluster as its users see it: kubectl, helm, and the objects of a namespace."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from tests.chart.manifests import CHART
from tests.lab import tools
from tests.lab.tools import Program

RELEASE: Final = "release"
_COMMAND_DEADLINE: Final = 120.0
_OF_CONTROLLERS: Final = {
    "events",
    "events.events.k8s.io",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "controllerrevisions.apps",
}
"""Written by controllers, which collect them later."""

Object = dict[str, Any]
Result = TypeVar("Result")


class RefusedError(Exception):
    """A command that the cluster, kubectl or helm refuses, with its message."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Access to a cluster as its administrator."""

    kubeconfig: Path
    home: Path
    """Where helm keeps its cache."""

    def kubectl(self, *arguments: str, stdin: object = None) -> str:
        """What kubectl prints; `stdin` is an object or a text. Raises RefusedError."""
        text = stdin if isinstance(stdin, str) else yaml.safe_dump(stdin)
        return self._run(tools.cluster_program("kubectl"), *arguments, stdin=text)

    def create(self, kind: str, api_version: str, name: str, namespace: str | None = None, **fields: Any) -> None:
        """Create an object; `fields` are those beside its kind and metadata. Raises RefusedError."""
        metadata = {"name": name, "namespace": namespace}
        self.create_from({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields})

    def create_from(self, content: Object) -> None:
        """Create an object that is given whole. Raises RefusedError."""
        self.kubectl("create", "--filename=-", stdin=content)

    def helm(self, *arguments: str, values: Path | Mapping[str, Any] | None = None) -> str:
        """What helm prints. Raises RefusedError."""
        text = values.read_text(encoding="utf-8") if isinstance(values, Path) else yaml.safe_dump(dict(values or {}))
        return self._run(tools.helm(), *arguments, "--values=-", stdin=text)

    def install(self, namespace: str, values: Path | Mapping[str, Any]) -> str:
        """Install the chart, or upgrade it to these values; gives its notes."""
        arguments = ("upgrade", "--install", RELEASE, str(CHART), f"--namespace={namespace}")
        return self.helm(*arguments, values=values)

    def render(self, namespace: str, values: Path | Mapping[str, Any]) -> str:
        """The objects that an installation would have, for this cluster."""
        return self.helm("template", RELEASE, str(CHART), f"--namespace={namespace}", "--validate", values=values)

    def rollback(self, namespace: str) -> None:
        """Return to the revision before."""
        self._run(tools.helm(), "rollback", RELEASE, f"--namespace={namespace}", stdin="")

    def uninstall(self, namespace: str) -> None:
        """Uninstall the chart."""
        self._run(tools.helm(), "uninstall", RELEASE, f"--namespace={namespace}", "--wait", stdin="")

    def new_namespace(self, name: str, security: str = "restricted") -> str:
        """A new namespace, whose pods comply with a level of the Pod Security Standards."""
        labels = {f"pod-security.kubernetes.io/{mode}": security for mode in ("enforce", "warn", "audit")}
        self.create_from({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        return name

    def objects(self, kinds: str, namespace: str, selector: str = "") -> list[Object]:
        """The objects of some kinds, as `kubectl get` takes them."""
        selection = [f"--selector={selector}"] if selector else []
        found: Object = json.loads(
            self.kubectl("get", kinds, f"--namespace={namespace}", "--output=json", *selection, "--ignore-not-found")
            or '{"items": []}'
        )
        items: list[Object] = found["items"]
        return items

    def names(self, namespace: str) -> set[str]:
        """Every object of a namespace as `kind/name`."""
        kinds = self.kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
        return {f"{found['kind']}/{found['metadata']['name']}" for found in self.objects(",".join(kinds), namespace)}

    def _run(self, program: Program, *arguments: str, stdin: str) -> str:
        homes = {f"HELM_{kind}_HOME": str(self.home) for kind in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            [*program.command, *arguments],
            input=stdin,
            env={**os.environ, **program.environment, **homes, "KUBECONFIG": str(self.kubeconfig)},
            capture_output=True,
            text=True,
            timeout=_COMMAND_DEADLINE,
            check=False,
        )
        if done.returncode:
            raise RefusedError(done.stderr.strip() or done.stdout.strip())
        return done.stdout


def eventually(find: Callable[[], Result | None], *, deadline: float = 60.0) -> Result:
    """The first true result of `find`. Raises TimeoutError."""
    end = time.monotonic() + deadline
    while not (found := find()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline:g} s")
        time.sleep(0.2)
    return found
