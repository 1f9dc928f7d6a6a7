"""The Prometheus operator and its validating webhook, beside the cluster instead of in it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.cluster.api_server import ApiServer
from tests.cluster.cluster import Cluster
from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.process import answers, free_port, running

START_DEADLINE: Final = 30.0
VALIDATED: Final = {"prometheusrules": "v1", "alertmanagerconfigs": "v1alpha1"}
"""Resources that the webhook validates, with their version."""


@asynccontextmanager
async def operator(directory: Path, server: ApiServer, cluster: Cluster) -> AsyncIterator[None]:
    """Define the custom resources, and run the operator and its webhook, by which the API server asks it."""
    for file in sorted(tools.custom_resources().glob("*.yaml")):
        cluster.kubectl("apply", "--server-side", f"--filename={file}")
    cluster.create_from(GRAFANA_DASHBOARD)
    cluster.kubectl("wait", "--for=condition=Established", "--all", "crd", "--timeout=60s")
    program = tools.operator_program("operator")
    with_config = replace(program, environment={"KUBECONFIG": str(server.kubeconfig)})
    address = f"--web.listen-address=127.0.0.1:{free_port()}"
    async with (
        _webhook(directory, server.authority, cluster),
        running("operator", with_config, address, log=directory / "operator.log"),
    ):
        yield


@asynccontextmanager
async def _webhook(directory: Path, authority: LabCA, cluster: Cluster) -> AsyncIterator[None]:
    certificate = authority.issue("webhook")
    port = free_port()
    arguments = (
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-tls=true",
        f"--web.cert-file={certificate.chain}",
        f"--web.key-file={certificate.key}",
    )
    program = tools.operator_program("admission-webhook")
    url = f"https://127.0.0.1:{port}"
    connector = aiohttp.TCPConnector(ssl=authority.client_context())
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        running("admission-webhook", program, *arguments, log=directory / "webhook.log") as process,
    ):
        await process.until(answers(session, f"{url}/healthz"), START_DEADLINE)
        bundle = base64.b64encode(authority.bundle.read_bytes()).decode()
        cluster.create_from(_validation(url, bundle))
        yield


def _validation(url: str, bundle: str) -> dict[str, Any]:
    webhooks = [
        {
            "name": f"{resource}.monitoring.coreos.com",
            "clientConfig": {"url": f"{url}/admission-{resource}/validate", "caBundle": bundle},
            "rules": [
                {
                    "apiGroups": ["monitoring.coreos.com"],
                    "apiVersions": [version],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": [resource],
                }
            ],
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        for resource, version in VALIDATED.items()
    ]
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "prometheus-operator"},
        "webhooks": webhooks,
    }


GRAFANA_DASHBOARD: Final[dict[str, Any]] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "grafanadashboards.grafana.integreatly.org"},
    "spec": {
        "group": "grafana.integreatly.org",
        "names": {"kind": "GrafanaDashboard", "plural": "grafanadashboards"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
"""Stands in for the Grafana operator's definition, which no registry publishes: takes every field."""
