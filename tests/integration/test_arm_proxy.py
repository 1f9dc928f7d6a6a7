"""Resource Manager through the proxy of the environment variables, which many appliances need."""

from pathlib import Path

import pytest

from azure_migrate_exporter.azure.arm_client import connected
from tests.clock import FakeClock
from tests.integration.replication import settings
from tests.lab.arm import LabArm
from tests.lab.ca import LabCA
from tests.lab.http import Request, Response, http
from tests.lab.tcp import TcpListener


async def test_a_proxy_of_the_environment_is_asked_unless_the_host_is_excepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def refuse(request: Request) -> Response:
        asked.append(f"{request.method} {request.target}")
        return Response(403)

    async with LabArm(LabCA(tmp_path), clock=FakeClock()) as arm, TcpListener(http(refuse)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "localhost")
        cloud = {"resource_manager": "https://management.invalid", "authority": arm.entra.authority}
        configured = settings(arm, arm.project("contoso"), tmp_path, cloud=cloud)
        async with connected(configured) as arm_client:
            with pytest.raises(Exception, match="403"):
                await arm_client.get("/subscriptions", "2022-12-01")
    assert asked == ["CONNECT management.invalid:443"]
