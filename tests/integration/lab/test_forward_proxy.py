"""The lab's forward proxy, as a client sees it: through, refused, without a password, and with TLS intercepted."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.integration.conftest import PROXY_USERS
from tests.lab.ca import LabCA
from tests.lab.forward_proxy import ForwardProxy, ProxiedRequest, forward_proxy
from tests.lab.http import Request, Response, http
from tests.lab.name_server import NameServer
from tests.lab.tcp import Certificates, Fault, TcpListener

WRONG = {"exporter": "wrong"}


async def service(_: Request) -> Response:
    return Response(200, b"the service", (("X-Service", "lab"),))


@pytest.fixture
async def plain() -> AsyncIterator[TcpListener]:
    async with TcpListener(http(service)) as listener:
        yield listener


@pytest.fixture
async def secure(lab_ca: LabCA, tmp_path: Path) -> AsyncIterator[TcpListener]:
    async with TcpListener(http(service), certificates=Certificates.issue(lab_ca, tmp_path, "service")) as listener:
        yield listener


async def get(
    url: str, proxy: ForwardProxy, *, trusted: Path | None = None, users: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Status, the header of the service, and that of the proxy's own pages."""
    address = URL(proxy.url)
    for user, password in (users or {}).items():
        address = address.with_user(user).with_password(password)
    tls = ssl.create_default_context(cafile=trusted) if trusted else True
    async with aiohttp.ClientSession() as session, session.get(url, proxy=address, ssl=tls) as response:
        await response.read()
        return response.status, response.headers.get("X-Service", ""), response.headers.get("X-Squid-Error", "")


def http_url(listener: TcpListener) -> str:
    return f"http://{listener.host}:{listener.port}/path"


def https_url(listener: TcpListener) -> str:
    return f"https://{listener.host}:{listener.port}/path"


def place(listener: TcpListener) -> str:
    return f"{listener.host}:{listener.port}"


# --- without a password ---


async def test_a_request_goes_through_and_is_logged(open_proxy: ForwardProxy, plain: TcpListener) -> None:
    assert await get(http_url(plain), open_proxy) == (200, "lab", "")
    logged = await open_proxy.logged("GET", http_url(plain))
    assert logged == ProxiedRequest("GET", http_url(plain), 200, "-")
    assert open_proxy.requests() == [logged]


async def test_no_query_is_logged(open_proxy: ForwardProxy, plain: TcpListener) -> None:
    await get(f"{http_url(plain)}?sig=s3cret", open_proxy)
    assert (await open_proxy.logged("GET", f"{http_url(plain)}?")).status == 200
    assert "s3cret" not in str(open_proxy.requests())


async def test_a_tunnel_carries_the_tls_of_the_service(
    open_proxy: ForwardProxy, secure: TcpListener, lab_ca: LabCA
) -> None:
    assert open_proxy.ca_file is None
    assert await get(https_url(secure), open_proxy, trusted=lab_ca.bundle) == (200, "lab", "")
    assert (await open_proxy.logged("CONNECT", place(secure))).status == 200


async def test_a_service_that_is_down_is_a_page_of_the_proxy(
    open_proxy: ForwardProxy, plain: TcpListener, secure: TcpListener
) -> None:
    await plain.switch(Fault.CLOSED)
    await secure.switch(Fault.CLOSED)
    status, header, error = await get(http_url(plain), open_proxy)
    assert (status, header, error.split(" ")[0]) == (503, "", "ERR_CONNECT_FAIL")
    with pytest.raises(aiohttp.ClientHttpProxyError) as refusal:
        await get(https_url(secure), open_proxy)
    assert refusal.value.status == 503


async def test_a_request_that_takes_another_path_is_not_logged(open_proxy: ForwardProxy, plain: TcpListener) -> None:
    async with aiohttp.ClientSession() as session, session.get(http_url(plain)) as response:
        assert response.status == 200
    with pytest.raises(RuntimeError, match="Squid is not ready after"):
        await open_proxy.logged("GET", http_url(plain), deadline=0.1)


# --- with a password ---


@pytest.mark.parametrize("users", [None, WRONG, {"stranger": "proxy-s3cret"}])
async def test_without_the_right_password_nothing_goes_through(
    proxy_with_password: ForwardProxy, plain: TcpListener, secure: TcpListener, users: dict[str, str] | None
) -> None:
    status, header, error = await get(http_url(plain), proxy_with_password, users=users)
    assert (status, header, error.split(" ")[0]) == (407, "", "ERR_CACHE_ACCESS_DENIED")
    with pytest.raises(aiohttp.ClientHttpProxyError) as refusal:
        await get(https_url(secure), proxy_with_password, users=users)
    assert refusal.value.status == 407
    assert refusal.value.headers is not None
    assert refusal.value.headers["Proxy-Authenticate"] == 'Basic realm="proxy.lab"'
    assert (await proxy_with_password.logged("CONNECT", place(secure))).status == 407
    assert plain.accepted == secure.accepted == 0


async def test_the_right_password_opens(
    proxy_with_password: ForwardProxy, plain: TcpListener, secure: TcpListener, lab_ca: LabCA
) -> None:
    assert await get(http_url(plain), proxy_with_password, users=PROXY_USERS) == (200, "lab", "")
    through = await get(https_url(secure), proxy_with_password, trusted=lab_ca.bundle, users=PROXY_USERS)
    assert through == (200, "lab", "")
    assert await proxy_with_password.logged("GET", http_url(plain)) == ProxiedRequest(
        "GET", http_url(plain), 200, "exporter"
    )
    assert (await proxy_with_password.logged("CONNECT", place(secure))).user == "exporter"


# --- with a CA of its own ---


async def test_who_trusts_the_proxys_ca_gets_through_and_the_proxy_reads_along(
    intercepting_proxy: ForwardProxy, secure: TcpListener
) -> None:
    through = await get(https_url(secure), intercepting_proxy, trusted=intercepting_proxy.ca_file)
    assert through == (200, "lab", "")
    assert (await intercepting_proxy.logged("CONNECT", place(secure))).status == 200
    assert (await intercepting_proxy.logged("GET", https_url(secure))).status == 200


async def test_who_trusts_the_services_ca_only_sees_a_foreign_certificate(
    intercepting_proxy: ForwardProxy, secure: TcpListener, lab_ca: LabCA
) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await get(https_url(secure), intercepting_proxy, trusted=lab_ca.bundle)


@pytest.mark.parametrize("fault", [Fault.CLOSED, Fault.STRANGER, Fault.EXPIRED])
async def test_a_service_that_is_down_or_not_trusted_is_a_page_inside_the_tunnel(
    intercepting_proxy: ForwardProxy, secure: TcpListener, fault: Fault
) -> None:
    await secure.switch(fault)
    url = f"https://localhost:{secure.port}/path"
    status, header, error = await get(url, intercepting_proxy, trusted=intercepting_proxy.ca_file)
    assert (status, header, error[:4]) == (503, "", "ERR_")


async def test_a_websocket_works_inside(intercepting_proxy: ForwardProxy, lab_ca: LabCA) -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(await socket.receive_bytes())
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/", echo)
    tls = ssl.create_default_context(cafile=intercepting_proxy.ca_file)
    server = TestServer(app)
    await server.start_server(ssl=lab_ca.issue("websocket").server_context())
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"https://127.0.0.1:{server.port}/", proxy=intercepting_proxy.url, ssl=tls) as socket,
        ):
            await socket.send_bytes(b"AMQP")
            assert await socket.receive_bytes() == b"AMQP"
    finally:
        await server.close()


# --- what it refuses, and whom it asks ---


@pytest.mark.parametrize("intercept", [False, True])
async def test_a_refused_host_is_forbidden_and_others_are_not(
    tmp_path: Path, plain: TcpListener, secure: TcpListener, lab_ca: LabCA, *, intercept: bool
) -> None:
    async with forward_proxy(
        tmp_path / "proxy", intercept=intercept, trusted=lab_ca.bundle, refused=["localhost", "blob.example"]
    ) as proxy:
        trusted = proxy.ca_file or lab_ca.bundle
        refusal = (403, "", "ERR_ACCESS_DENIED 0")
        assert await get(f"http://localhost:{plain.port}/", proxy) == refusal
        if intercept:  # to show its page Squid says yes to the CONNECT, and no inside
            assert await get(f"https://localhost:{secure.port}/", proxy, trusted=trusted) == refusal
        else:
            with pytest.raises(aiohttp.ClientHttpProxyError) as refused:
                await get(f"https://localhost:{secure.port}/", proxy, trusted=trusted)
            assert refused.value.status == 403
        assert plain.accepted == secure.accepted == 0
        assert await get(http_url(plain), proxy) == (200, "lab", "")
        assert await get(https_url(secure), proxy, trusted=trusted) == (200, "lab", "")


async def test_names_are_those_of_its_own_name_server(tmp_path: Path, plain: TcpListener) -> None:
    with NameServer() as names:
        async with forward_proxy(tmp_path / "proxy", name_server=names.address) as proxy:
            names.set_addresses("service.example", plain.host)
            assert await get(f"http://service.example:{plain.port}/", proxy) == (200, "lab", "")
            status, header, error = await get(f"http://nowhere.example:{plain.port}/", proxy)
            assert (status // 100, header, error[:4]) == (5, "", "ERR_")
            assert {query.name for query in names.queries} == {"service.example", "nowhere.example"}


async def test_nothing_listens_afterwards(tmp_path: Path, plain: TcpListener) -> None:
    async with forward_proxy(tmp_path / "proxy") as proxy:
        pass
    with pytest.raises(aiohttp.ClientProxyConnectionError):
        await get(http_url(plain), proxy)
