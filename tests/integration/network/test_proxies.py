"""Every check that may use a forward proxy, through a real one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors import gateway
from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.reasons import Reason
from tests.integration.conftest import PROXY_USERS
from tests.integration.network import DIRECT, PROXIED, check
from tests.integration.proxied import through
from tests.lab.ca import LabCA
from tests.lab.checks import CHECKS, Services
from tests.lab.forward_proxy import HOST, ForwardProxy, forward_proxy
from tests.lab.process import free_port
from tests.lab.tcp import TcpListener
from tests.lab.windows_exporter import LabWindowsExporter
from tests.measured import Measured, measure

WRONG = {"exporter": "guessed"}

proxied = pytest.mark.parametrize("name", PROXIED)


def place(services: Services, name: str) -> str:
    host, port = services.places[CHECKS[name].service]
    return f"{host}:{port}"


def needs_token(name: str) -> bool:
    """Whether a check asks Entra ID first: what keeps it from a token says nothing of its service."""
    return CHECKS[name].service in {"arm", "entra", "monitor"}


def first_place(services: Services, name: str) -> str:
    """Where the first connection of a check goes: for its token to Entra ID, if it needs one."""
    return place(services, "entra" if asks_entra_id_first(name) else name)


def asks_entra_id_first(name: str) -> bool:
    return CHECKS[name].service in {"arm", "entra", "monitor"}


def expect_no_secret(seen: Measured, services: Services) -> None:
    secrets = (*services.secrets, *PROXY_USERS.values(), *WRONG.values())
    assert not [secret for secret in secrets if secret in seen.message]


@proxied
async def test_through_an_open_proxy(services: Services, open_proxy: ForwardProxy, tmp_path: Path, name: str) -> None:
    seen = await check(services, name, proxy=through(open_proxy, tmp_path))
    assert (seen.reason, seen.message) == (None, "")
    assert (await open_proxy.logged("CONNECT", place(services, name))).status == 200
    assert (await open_proxy.logged("CONNECT", first_place(services, name))).status == 200


@proxied
async def test_through_a_proxy_with_a_password(
    services: Services, proxy_with_password: ForwardProxy, tmp_path: Path, name: str
) -> None:
    seen = await check(services, name, proxy=through(proxy_with_password, tmp_path, PROXY_USERS))
    assert (seen.reason, seen.message) == (None, "")
    logged = await proxy_with_password.logged("CONNECT", place(services, name))
    assert (logged.status, logged.user) == (200, "exporter")


@proxied
@pytest.mark.parametrize(
    ("users", "said"), [(None, "wants credentials (407)"), (WRONG, "refuses the credentials (407)")]
)
async def test_a_proxy_that_refuses_the_client(
    services: Services,
    proxy_with_password: ForwardProxy,
    tmp_path: Path,
    name: str,
    users: dict[str, str] | None,
    said: str,
) -> None:
    seen = await check(services, name, proxy=through(proxy_with_password, tmp_path, users))
    assert seen.reason is Reason.PROXY
    assert f"the proxy {HOST}:{proxy_with_password.port} {said}" in seen.message
    expect_no_secret(seen, services)


@proxied
async def test_a_proxy_that_refuses_the_destination(services: Services, tmp_path: Path, name: str) -> None:
    async with forward_proxy(tmp_path / "refusing", refused=("localhost", "127.0.0.1")) as proxy:
        seen = await check(services, name, proxy=through(proxy, tmp_path))
    assert seen.reason is Reason.PROXY
    text = f"the proxy {HOST}:{proxy.port} refuses to connect to {first_place(services, name)} (403)"
    assert text in seen.message
    expect_no_secret(seen, services)


@proxied
async def test_a_proxy_that_cannot_reach_the_destination(
    services: Services, open_proxy: ForwardProxy, tmp_path: Path, name: str
) -> None:
    at = ("localhost", free_port())
    seen = await check(services, name, at=at, proxy=through(open_proxy, tmp_path))
    assert seen.reason is (Reason.IDENTITY if name == "entra" else Reason.UNREACHABLE)
    assert f"the proxy {HOST}:{open_proxy.port} cannot connect to localhost:{at[1]} (503)" in seen.message


@proxied
async def test_a_proxy_that_does_not_run(services: Services, name: str) -> None:
    port = free_port()
    seen = await check(services, name, proxy=ProxySettings(url=f"http://127.0.0.1:{port}"))
    assert seen.reason is Reason.PROXY
    assert f"the proxy 127.0.0.1:{port} is not reached: connection to 127.0.0.1:{port} refused" in seen.message


@proxied
async def test_a_proxy_whose_name_is_unknown(services: Services, name: str) -> None:
    seen = await check(services, name, proxy=ProxySettings(url="http://proxy.invalid:3128"))
    assert seen.reason is Reason.PROXY
    assert "the proxy proxy.invalid:3128 is not reached: proxy.invalid does not resolve: " in seen.message


@proxied
async def test_a_proxy_that_inspects_tls_with_a_ca_that_is_not_trusted(
    services: Services, intercepting_proxy: ForwardProxy, tmp_path: Path, name: str
) -> None:
    seen = await check(services, name, proxy=through(intercepting_proxy, tmp_path))
    assert seen.reason is (Reason.IDENTITY if asks_entra_id_first(name) else Reason.TLS)
    assert "verif" in seen.message
    expect_no_secret(seen, services)


@proxied
async def test_a_proxy_that_inspects_tls_with_a_ca_that_is_trusted(
    services: Services, intercepting_proxy: ForwardProxy, tmp_path: Path, name: str
) -> None:
    assert intercepting_proxy.ca_file is not None
    services.trusted = intercepting_proxy.ca_file
    seen = await check(services, name, proxy=through(intercepting_proxy, tmp_path))
    assert (seen.reason, seen.message) == (None, "")
    assert (await intercepting_proxy.logged("CONNECT", place(services, name))).status == 200


@proxied
async def test_an_exception_is_reached_directly(services: Services, name: str) -> None:
    settings = ProxySettings(url=f"http://{HOST}:{free_port()}", no_proxy=("localhost",))  # nobody listens there
    assert (await check(services, name, proxy=settings)).reason is None


@proxied
@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_a_proxy_of_the_environment(
    services: Services, open_proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch, name: str, scheme: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}{HOST}:{open_proxy.port}")
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    assert (await check(services, name, proxy=ProxySettings())).reason is None
    assert (await open_proxy.logged("CONNECT", place(services, name))).status == 200


@proxied
async def test_an_exception_of_the_environment_is_reached_directly(
    services: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{HOST}:{free_port()}")  # nobody listens there
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert (await check(services, name, proxy=ProxySettings())).reason is None


async def test_windows_exporter_without_tls_is_asked_of_the_proxy_by_its_address(
    services: Services, proxy_with_password: ForwardProxy, tmp_path: Path
) -> None:
    async with LabWindowsExporter(services.windows) as plain:
        section = {"source": "windows_exporter", "url": plain.url}
        settings = ApplianceSettings.model_validate({"name": "paris", "gateway": section}).gateway
        proxy = through(proxy_with_password, tmp_path, PROXY_USERS)
        seen = await measure(gateway.create(Target("lab", "paris", settings, proxy=proxy), Context()))
        assert (seen.reason, seen.message) == (None, "")
        assert (await proxy_with_password.logged("GET", plain.url)).user == "exporter"
        without = through(proxy_with_password, tmp_path)
        seen = await measure(gateway.create(Target("lab", "paris", settings, proxy=without), Context()))
        assert seen.reason is Reason.PROXY


# --- never through a proxy -------------------------------------------------------------------------------------------


@pytest.fixture
async def with_vcenter(lab_ca: LabCA, tmp_path: Path) -> AsyncIterator[Services]:
    async with Services(lab_ca, tmp_path, vcenter=True) as running:
        yield running


@pytest.mark.parametrize("name", DIRECT)
async def test_what_is_in_the_site_itself_is_never_reached_through_a_proxy(
    with_vcenter: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with TcpListener() as proxy:
        for variable in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"):
            monkeypatch.setenv(variable, f"http://{proxy.host}:{proxy.port}")
        settings = ProxySettings(url=f"http://{proxy.host}:{proxy.port}")
        for configured in (ProxySettings(), settings):
            assert (await check(with_vcenter, name, proxy=configured)).reason is None
        assert proxy.accepted == 0
