"""A Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.process import answers, free_port, running, write_yaml

START_DEADLINE: Final = 120.0


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running API server, its administrator's kubeconfig, and the authority of its certificate."""

    kubeconfig: Path
    authority: LabCA


@asynccontextmanager
async def api_server(directory: Path) -> AsyncIterator[ApiServer]:
    """Run an empty cluster without nodes. Raises `tools.NotInstalledError`."""
    authority = LabCA(directory / "tls")
    async with _etcd(directory) as etcd, _kube_apiserver(directory, authority, etcd) as kubeconfig:
        arguments = (
            f"--kubeconfig={kubeconfig}",
            f"--service-account-private-key-file={directory / 'tls' / 'kubernetes.key'}",
            f"--root-ca-file={authority.bundle}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            "--secure-port=0",
        )
        program = tools.cluster_program("kube-controller-manager")
        async with running("kube-controller-manager", program, *arguments, log=directory / "controllers.log"):
            yield ApiServer(kubeconfig, authority)


@asynccontextmanager
async def _etcd(directory: Path) -> AsyncIterator[str]:
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    arguments = (
        f"--data-dir={directory / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    )
    async with (
        aiohttp.ClientSession() as session,
        running("etcd", tools.cluster_program("server"), *arguments, log=directory / "etcd.log") as process,
    ):
        await process.until(answers(session, f"{client}/health"), START_DEADLINE)
        yield client


@asynccontextmanager
async def _kube_apiserver(directory: Path, authority: LabCA, etcd: str) -> AsyncIterator[Path]:
    certificate = authority.issue("kubernetes")
    token = secrets.token_hex(16)
    tokens = directory / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{token},admin,admin,system:masters\n", encoding="ascii")
    port = free_port()
    arguments = (
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        f"--secure-port={port}",
        f"--tls-cert-file={certificate.chain}",
        f"--tls-private-key-file={certificate.key}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={certificate.key}",
        f"--service-account-signing-key-file={certificate.key}",
    )
    url = f"https://127.0.0.1:{port}"
    connector = aiohttp.TCPConnector(ssl=authority.client_context())
    async with (
        aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {token}"}) as session,
        running(
            "kube-apiserver", tools.cluster_program("kube-apiserver"), *arguments, log=directory / "apiserver.log"
        ) as process,
    ):
        await process.until(answers(session, f"{url}/readyz"), START_DEADLINE)
        yield _kubeconfig(directory, url, authority, token)


def _kubeconfig(directory: Path, url: str, authority: LabCA, token: str) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": url, "certificate-authority": str(authority.bundle)}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
        "current-context": "lab",
    }
    return write_yaml(directory / "kubeconfig.yml", content)
