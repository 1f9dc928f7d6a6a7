"""One cluster for all tests, with a namespace for each."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from tests.cluster.api_server import api_server
from tests.cluster.cluster import Cluster
from tests.cluster.operator import operator

_numbers = count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """The cluster, with the Prometheus operator and its custom resources."""
    directory = tmp_path_factory.mktemp("cluster")
    async with api_server(directory) as server:
        found = Cluster(server.kubeconfig, directory / "helm")
        async with operator(directory, server, found):
            yield found


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """A new namespace, which admits only restricted pods, with the service account that an example names."""
    name = cluster.new_namespace(f"test-{next(_numbers)}")
    cluster.kubectl("create", "serviceaccount", "monitoring", f"--namespace={name}")
    return name
