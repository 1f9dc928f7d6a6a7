"""The middlewares: users, rates, sizes and slow clients, over real sockets."""

import asyncio
import base64
import re
import sys
from pathlib import Path

import bcrypt
import pytest

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import VSPHERE_VM_SNAPSHOTS
from azure_migrate_exporter.web.limits import Limits
from azure_migrate_exporter.web.listen_address import ListenAddress, ListenError
from azure_migrate_exporter.web.server import serve
from tests.clock import until
from tests.scripted import Script
from tests.webserver import WebServer, web_server, works

ENDPOINTS = ("/", "/metrics", "/probe", "/config", "/-/healthy", "/-/ready", "/-/reload", "/no/such/page")


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


ALICE = basic("alice", "T0pS3cret")
BOB = basic("bob", "another")


def web_config(directory: Path, text: str) -> Path:
    path = directory / "web.yml"
    path.write_text(text, encoding="utf-8")
    return path


def users(directory: Path, **passwords: str) -> Path:
    lines = [
        f"  {name}: {bcrypt.hashpw(word.encode(), bcrypt.gensalt(4)).decode()}\n" for name, word in passwords.items()
    ]
    return web_config(directory, "basic_auth_users:\n" + "".join(lines))


def page(server: WebServer) -> bytes:
    """What the server says of itself."""
    return b"".join(lines for _, _, lines in server.context.http.families())


def body(server: WebServer) -> bytes:
    return b"".join(server.engine.page.response(openmetrics=False))


async def exchange(server: WebServer, request: bytes) -> bytes:
    """What a raw connection gets until the server closes it."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_no_endpoint_answers_a_stranger(tmp_path: Path, endpoint: str) -> None:
    async with web_server(tmp_path, {"vault1": Script(works)}, users(tmp_path, alice="T0pS3cret")) as server:
        for method in ("GET", "POST"):
            async with server.client.request(method, endpoint) as response:
                assert response.status == 401
                assert response.headers["WWW-Authenticate"] == 'Basic realm="azure-migrate-exporter", charset="UTF-8"'
        async with server.client.post(endpoint, headers=basic("alice", "wrong")) as response:
            assert response.status == 401


async def test_a_user_comes_in_everywhere_and_the_password_is_shown_nowhere(tmp_path: Path) -> None:
    config = users(tmp_path, alice="T0pS3cret")
    async with web_server(tmp_path, {"vault1": Script(works)}, config) as server:
        await server.run_all()
        paths = (*ENDPOINTS, "/probe?collector=scripted&target=vault1&debug=true")
        for path in paths:
            async with server.client.get(path, headers=ALICE) as response:
                body = await response.text()
                assert response.status != 401
                assert not any(secret in body for secret in ("T0pS3cret", "$2b$", ALICE["Authorization"]))
        async with server.client.post("/-/reload", headers=ALICE) as response:
            assert response.status == 200


async def test_users_change_without_a_restart_and_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    async with web_server(tmp_path, web_config=users(tmp_path, alice="T0pS3cret")) as server:

        async def status(headers: dict[str, str]) -> int:
            async with server.client.get("/metrics", headers=headers) as response:
                assert "web_config_last_reload_successful 0.0" not in await response.text()
                return response.status

        assert await status(ALICE) == 200
        users(tmp_path, bob="another")
        assert (await status(ALICE), await status(BOB)) == (401, 200)

        web_config(tmp_path, "basic_auth_users: {bob: another}\n")
        async with server.client.get("/metrics", headers=BOB) as response:
            assert "\nazure_migrate_exporter_web_config_last_reload_successful 0.0\n" in await response.text()


async def test_the_first_scrape_already_says_whether_the_web_configuration_was_loaded(tmp_path: Path) -> None:
    async with (
        web_server(tmp_path, web_config=users(tmp_path, alice="T0pS3cret")) as server,
        server.client.get("/metrics", headers=ALICE) as response,
    ):
        assert "\nazure_migrate_exporter_web_config_last_reload_successful 1.0\n" in await response.text()


async def test_every_response_has_the_security_headers(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        for endpoint in ENDPOINTS:
            async with server.client.get(endpoint) as response:
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["X-Frame-Options"] == "deny"
                assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
                assert response.headers["Server"] == "azure-migrate-exporter"


async def test_the_web_configuration_sets_or_removes_headers(tmp_path: Path) -> None:
    text = 'http_server_config: {headers: {X-Frame-Options: sameorigin, Content-Security-Policy: ""}}'
    config = web_config(tmp_path, text)
    async with web_server(tmp_path, web_config=config) as server, server.client.get("/") as response:
        assert response.headers["X-Frame-Options"] == "sameorigin"
        assert "Content-Security-Policy" not in response.headers


async def test_more_requests_than_allowed_are_turned_away(tmp_path: Path) -> None:
    config = web_config(tmp_path, "rate_limit: {interval: 1h, burst: 2}")
    async with web_server(tmp_path, web_config=config) as server:
        assert [(await server.get("/-/healthy"))[0] for _ in range(3)] == [200, 200, 429]


async def test_a_large_body_is_refused_unread(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        async with server.client.post("/-/reload", data=b"x" * 100) as response:
            assert response.status == 200
        head = b"POST /-/reload HTTP/1.1\r\nHost: x\r\n"
        for framing in (b"Content-Length: 5000000000", b"Transfer-Encoding: chunked"):
            assert (await exchange(server, head + framing + b"\r\n\r\n")).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n"]
)
async def test_what_is_no_reasonable_request_is_refused(tmp_path: Path, request_: bytes) -> None:
    async with web_server(tmp_path) as server:
        assert (await exchange(server, request_)).startswith(b"HTTP/1.0 400 ")
        assert (await server.get("/-/healthy"))[0] == 200


async def test_a_request_that_never_ends_is_left_behind(tmp_path: Path) -> None:
    async with web_server(tmp_path, limits=Limits(idle=0.05)) as server:
        assert await exchange(server, b"GET / HTTP/1.1\r\nHost: x\r\n") == b""


async def test_a_client_that_does_not_read_is_left_behind(tmp_path: Path) -> None:
    out = Measurements()
    for number in range(60_000):
        out.set(VSPHERE_VM_SNAPSHOTS, number, vcenter="vc1", vm=f"machine {number}", vm_id="x" * 200)
    async with web_server(tmp_path, limits=Limits(send=0.1)) as server:
        server.engine.publish_blocks("large", (out.block(),))
        await server.shows("machine 59999")
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=1024)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: b'{handler="/metrics",code="499"} 1.0' in page(server))
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(len(body(server)))
        writer.close()


async def test_an_address_in_use_is_one_clear_line(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        context = server.context
        taken = ListenAddress(server.host, server.port)
        with pytest.raises(ListenError) as caught:
            async with serve(context, [taken]):
                pass
    text = "Address already in use" if sys.platform != "win32" else r".+ \(WSAEADDRINUSE\)"
    assert re.fullmatch(f"cannot listen on {re.escape(str(taken))}: {text}", str(caught.value))


async def test_a_name_that_does_not_resolve_is_one_clear_line(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        with pytest.raises(ListenError) as caught:
            async with serve(server.context, [ListenAddress("no.such.host.invalid", 0)]):
                pass
    assert str(caught.value).startswith("cannot listen on no.such.host.invalid:0: ")
