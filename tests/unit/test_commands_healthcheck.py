"""`healthcheck` asks the exporter that runs with the same flags, whatever its port, TLS, users and prefix."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from azure_migrate_exporter.cli import flags_of
from azure_migrate_exporter.commands.healthcheck import Options, healthcheck
from tests.lab.ca import LabCA
from tests.webserver import WebServer, web_server

USERS = 'basic_auth_users:\n  prometheus: "$2b$04$0e0kYH8mEZEqmPq8AXqlPOYzd9gZlMnB1oLPyFhqxlbvo3b9pVLyi"\n'


async def check(server: WebServer, web_config: Path | None = None, **flags: str) -> Sequence[str]:
    return await healthcheck(
        Options(listen_addresses=[f"{server.host}:{server.port}"], web_config_file=web_config, **flags)
    )


async def test_a_running_exporter_is_healthy(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        assert await check(server) == []


async def test_one_with_tls_is_too_whatever_its_certificate_is_called(tmp_path: Path) -> None:
    certificate, path = LabCA(tmp_path).issue("web", "exporter.example.com"), tmp_path / "web.yml"
    path.write_text(f"tls_server_config:\n  cert_file: {certificate.chain}\n  key_file: {certificate.key}\n")
    async with web_server(tmp_path, web_config=path) as server:
        assert await check(server, path) == []


async def test_one_that_asks_for_a_certificate_or_a_user_answers_by_refusing(tmp_path: Path) -> None:
    lab_ca = LabCA(tmp_path)
    certificate, mutual, users = lab_ca.issue("web"), tmp_path / "web.yml", tmp_path / "users.yml"
    mutual.write_text(
        f"tls_server_config:\n  cert_file: {certificate.chain}\n  key_file: {certificate.key}\n"
        f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {lab_ca.bundle}\n"
    )
    users.write_text(USERS)
    async with web_server(tmp_path, web_config=mutual) as server:
        assert await check(server, mutual) == []
    async with web_server(tmp_path, web_config=users) as server:
        assert await check(server, users) == []


async def test_one_that_is_gone_is_one_line() -> None:
    (line,) = await healthcheck(Options(listen_addresses=["127.0.0.1:1"]))
    assert line.startswith("http://127.0.0.1:1/-/healthy: refused: ")


async def test_another_program_on_the_port_is_not_healthy(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        (line,) = await check(server, route_prefix="/other")
    assert line.startswith(f"http://{server.host}:{server.port}/other/-/healthy: 404")


@pytest.mark.parametrize("address", ["9878", ":99999", "http://x:1"])
async def test_an_address_that_is_none_is_one_line(address: str) -> None:
    (line,) = await healthcheck(Options(listen_addresses=[address]))
    assert "is not a listen address" in line


@pytest.mark.parametrize("host", ["", "0.0.0.0", "[::]"])
async def test_all_addresses_are_asked_on_loopback(host: str) -> None:
    (line,) = await healthcheck(Options(listen_addresses=[f"{host}:1"]))
    assert line.startswith("http://127.0.0.1:1/")


@pytest.mark.skipif(sys.platform != "linux", reason="containers are Linux")
async def test_the_flags_are_those_of_the_process_that_serves() -> None:
    serve = ("serve", "--config.file=/nowhere.yml", "--web.listen-address=:1", "--web.route-prefix=/x")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)", *serve)
    try:
        assert flags_of(process.pid)["listen_addresses"] == (":1",)
        assert flags_of(process.pid)["route_prefix"] == "/x"
    finally:
        process.kill()
        await process.wait()
