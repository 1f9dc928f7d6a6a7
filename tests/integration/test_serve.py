"""The real command in a process of its own: start, reload, bad input, secrets, and an orderly end."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.lab.exporter import COMMAND, Exporter, exporter
from tests.lab.tcp import Fault, TcpListener

SECRET = "sv=2026-10-06&sig=TOPSECRETSIGNATURE%3D"  # what no output may hold


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND.command, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def configuration(directory: Path, vault: TcpListener) -> Path:
    (directory / "sas").write_text(SECRET, encoding="utf-8")
    file = directory / "exporter.yml"
    file.write_text(
        f"""
appliances:
  - name: paris
    keyvaults:
      - {{vault: migratekv1, address: 127.0.0.1, port: {vault.port}, tls: false}}
    storage:
      - {{account: migratelsa1, role: cache, sas: {{file: sas}}, endpoint: "http://127.0.0.1:1/migratelsa1"}}
schedules:
  keyvault: {{interval: 300ms, retry_interval: 300ms}}
""",
        encoding="utf-8",
    )
    return file


async def becomes(it: Exporter, name: str, wanted: float, **labels: str) -> None:
    async with asyncio.timeout(20):
        while True:
            for sample in await it.page():
                if sample.name == name and labels.items() <= sample.labels.items() and sample.value == wanted:
                    return
            await asyncio.sleep(0.05)


async def test_a_fault_and_its_end_are_seen_and_said_once(tmp_path: Path) -> None:
    async with TcpListener() as vault, exporter(tmp_path, configuration(tmp_path, vault)) as it:
        await becomes(it, "keyvault_tcp_up", 1, keyvault="migratekv1")
        await vault.switch(Fault.CLOSED)
        await becomes(it, "keyvault_tcp_up", 0, keyvault="migratekv1")
        await becomes(it, "collector_success", 0, collector="keyvault")
        await vault.switch(Fault.NONE)
        await becomes(it, "keyvault_tcp_up", 1, keyvault="migratekv1")
    lines = (tmp_path / "exporter.log").read_text(encoding="utf-8").splitlines()
    about = [line for line in lines if "collector=keyvault" in line]
    assert len(about) == 2, "the first failure and the recovery, nothing between"
    assert "reason=refused" in about[0]
    assert 'event="collector recovered"' in about[1]


async def test_a_hang_up_reloads_and_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    async with TcpListener() as vault, exporter(tmp_path, file := configuration(tmp_path, vault)) as it:
        await becomes(it, "config_last_reload_successful", 1)
        good = file.read_text(encoding="utf-8")
        file.write_text(good.replace("vault: migratekv1", "vault: migratekv2"), encoding="utf-8")
        it.process.send(signal.SIGHUP)
        await becomes(it, "keyvault_tcp_up", 1, keyvault="migratekv2")
        file.write_text(good.replace("vault:", "valt:"), encoding="utf-8")
        it.process.send(signal.SIGHUP)
        await becomes(it, "config_last_reload_successful", 0)
        await becomes(it, "keyvault_tcp_up", 1, keyvault="migratekv2")
        async with aiohttp.ClientSession() as session, session.post(f"{it.url}/-/reload") as response:
            assert response.status == 500
            assert "unknown key" in await response.text()
        file.write_text(good, encoding="utf-8")
        async with aiohttp.ClientSession() as session, session.post(f"{it.url}/-/reload") as response:
            assert response.status == 200
        await becomes(it, "keyvault_tcp_up", 1, keyvault="migratekv1")


async def test_no_endpoint_no_log_and_no_process_list_shows_a_secret(tmp_path: Path) -> None:
    async with TcpListener() as vault, exporter(tmp_path, configuration(tmp_path, vault), "--log.level=debug") as it:
        await it.until_ready()
        await becomes(it, "collector_success", 0, collector="storage")
        async with aiohttp.ClientSession() as session:
            for path in ("/", "/config", "/metrics", "/probe?collector=storage&target=migratelsa1&debug=true"):
                async with session.get(it.url + path) as response:
                    assert response.status == 200, path
                    assert "TOPSECRET" not in await response.text(), path
        assert not any("TOPSECRET" in word for word in psutil.Process(it.process.pid).cmdline())
    assert "TOPSECRET" not in (tmp_path / "exporter.log").read_text(encoding="utf-8")


async def test_a_scrape_gets_in_beside_silent_connections_with_256_descriptors(tmp_path: Path) -> None:
    async with TcpListener() as vault, exporter(tmp_path, configuration(tmp_path, vault)) as it:
        resource.prlimit(it.process.pid, resource.RLIMIT_NOFILE, (256, 256))
        host, port = it.address.split(":")
        with contextlib.ExitStack() as silent:
            for number in range(2000):
                silent.enter_context(socket.create_connection((host, int(port))))
                if number % 250 == 0:
                    assert "azure_migrate_exporter_build_info" in await it.text()
            await becomes(it, "keyvault_tcp_up", 1, keyvault="migratekv1")
    log = (tmp_path / "exporter.log").read_text(encoding="utf-8")
    assert log.count("connections closed or refused") == 1, "one line a minute"
    assert "out of system resource" not in log


async def test_a_polite_kill_ends_it_with_status_zero(tmp_path: Path) -> None:
    async with TcpListener() as vault, exporter(tmp_path, configuration(tmp_path, vault)) as it:
        it.process.send(signal.SIGTERM)
        assert await asyncio.wait_for(it.process.wait(), 20) == 0
    assert "event=stopped" in (tmp_path / "exporter.log").read_text(encoding="utf-8")


async def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    async with TcpListener() as taken:
        file = configuration(tmp_path, taken)
        done = await asyncio.to_thread(
            run, "serve", f"--config.file={file}", f"--web.listen-address=127.0.0.1:{taken.port}", "--log.level=error"
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"cannot listen on 127.0.0.1:{taken.port}: Address already in use"]


def test_a_wrong_configuration_keeps_it_from_starting_with_every_error(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: a, port: x}, {nam: b}]", encoding="utf-8")
    done = run("serve", f"--config.file={file}", "--log.level=error")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 3


def test_a_missing_web_configuration_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "exporter.yml").write_text("", encoding="utf-8")
    done = run(
        "serve",
        f"--config.file={tmp_path / 'exporter.yml'}",
        f"--web.config.file={tmp_path / 'web.yml'}",
        "--web.listen-address=127.0.0.1:0",
        "--log.level=error",
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"{tmp_path / 'web.yml'}: cannot be read: No such file or directory"]


def modules_loaded_by(*arguments: str) -> set[str]:
    program = """
import sys
from azure_migrate_exporter.cli import main
try:
    main()
except SystemExit:
    print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("check-config", "--help"), ("diagnose", "--help"), ("--version",), ("explain", "181008")],
)
def test_these_need_no_heavy_import(arguments: tuple[str, ...]) -> None:
    heavy = {"aiohttp", "asyncio", "azure", "cryptography", "pydantic", "pypsrp", "pyVmomi", "rich", "structlog"}
    assert not modules_loaded_by(*arguments) & heavy


def test_check_config_needs_no_sdk(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: a}]", encoding="utf-8")
    assert not modules_loaded_by("check-config", str(file)) & {"aiohttp", "azure", "pyVmomi", "pypsrp"}


@pytest.mark.parametrize(
    ("flag", "line"),
    [
        ("3/3", "--shard: 3/3: the shards are numbered from 0, so there are 0/3 to 2/3"),
        ("two", "--shard: 'two' is no shard: write its number, from 0, and how many there are, as in 0/3"),
    ],
)
@pytest.mark.parametrize("check", [(), ("--config.check",)])
def test_a_shard_that_does_not_exist_is_one_line(tmp_path: Path, flag: str, line: str, check: tuple[str, ...]) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: a}]", encoding="utf-8")
    done = run("serve", f"--config.file={file}", "--web.listen-address=127.0.0.1:0", f"--shard={flag}", *check)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [line]


def test_check_config_says_which_shard_has_what(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: site-1}, {name: site-3}]", encoding="utf-8")
    done = run("check-config", str(file), "--total-shards=3")
    assert done.returncode == 0
    first, *shards = done.stdout.splitlines()
    assert first == f"{file}: ok"
    assert shards == ["shard 0/3: appliances site-1", "shard 1/3: appliances site-3", "shard 2/3: nothing"]


async def test_three_shards_of_one_configuration_check_each_appliance_once(tmp_path: Path) -> None:
    """Three exporters, one file, one state directory: as three pods with one ConfigMap and one volume."""
    names = [f"site-{number}" for number in range(12)]
    file = tmp_path / "exporter.yml"
    async with TcpListener() as listener, contextlib.AsyncExitStack() as stack:
        appliances = [f"{{name: {name}, address: 127.0.0.1, port: {listener.port}}}" for name in names]
        file.write_text(f"appliances: [{', '.join(appliances)}]", encoding="utf-8")
        seen: list[str] = []
        for index in range(3):
            flags = (f"--shard={index}/3", f"--state.path={tmp_path / 'state'}")
            it = await stack.enter_async_context(exporter(tmp_path / str(index), file, *flags))
            await it.until_ready()
            page = await it.page()
            up = [sample.labels["appliance"] for sample in page if sample.name == "appliance_up"]
            applicable = {sample.labels["appliance"] for sample in page if sample.name == "check_applicable"}
            assert applicable == set(up)
            assert up
            seen += up
    assert sorted(seen) == sorted(names)


def test_collect_prints_what_it_saw_and_exits_by_it(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text(
        "appliances: [{name: a, esxi: {hosts: [127.0.0.1, no-such-host.invalid], port: 1}}]", encoding="utf-8"
    )
    done = run("collect", "esxi", f"--config.file={file}")
    assert done.returncode == 1
    assert "esxi 127.0.0.1: refused in" in done.stdout
    assert "esxi no-such-host.invalid: dns in" in done.stdout
    assert 'azure_migrate_esxi_tcp_up{appliance="a",host="127.0.0.1"} 0.0' in done.stdout


def test_collect_finds_a_target_by_the_name_that_an_alert_shows(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text(
        "appliances: [{name: a, keyvaults: [{name: the keys, vault: kv1, address: 127.0.0.1, port: 1}, {vault: kv2}]}]",
        encoding="utf-8",
    )
    done = run("collect", "keyvault", "kv1", f"--config.file={file}")
    assert done.stdout.splitlines()[0].startswith("keyvault the keys: refused in")
    assert "kv2" not in done.stdout


def test_collect_names_what_exists_when_asked_for_something_else(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: a, esxi: {hosts: [127.0.0.1]}}]", encoding="utf-8")
    assert "there are: appliance, gateway, storage" in run("collect", "esx", f"--config.file={file}").stderr
    assert "configured: 127.0.0.1" in run("collect", "esxi", "esx9", f"--config.file={file}").stderr


def test_config_check_only_checks(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: []", encoding="utf-8")
    done = run("serve", "--config.check", f"--config.file={file}")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}: ok\n", "")
    file.write_text("apliances: []", encoding="utf-8")
    done = run("serve", "--config.check", f"--config.file={file}")
    assert (done.returncode, done.stderr) == (1, f"{file}:1: apliances: unknown key; did you mean appliances?\n")


def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [*COMMAND.command, "explain", "181008"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "the output cannot be written: No space left on device\n")


async def test_ctrl_c_is_130(tmp_path: Path) -> None:
    connected = asyncio.Event()

    async def hold(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        connected.set()
        await asyncio.Event().wait()

    async with TcpListener(hold) as vault:
        file = configuration(tmp_path, vault)
        text = file.read_text(encoding="utf-8").replace("tls: false", "tls: true")
        file.write_text(text, encoding="utf-8")
        flags = ("collect", "keyvault", f"--config.file={file}", "--log.level=warn")
        process = await asyncio.create_subprocess_exec(*COMMAND.command, *flags)
        async with asyncio.timeout(30):
            await connected.wait()
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130


async def test_a_socket_of_systemd_is_served(tmp_path: Path) -> None:
    (tmp_path / "exporter.yml").write_text("{}", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        start = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); "
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
            "os.execv(sys.argv[2], sys.argv[2:])"
        )
        flags = ("serve", "--web.systemd-socket", f"--config.file={tmp_path / 'exporter.yml'}")
        words = (sys.executable, "-c", start, str(listener.fileno()), *COMMAND.command, *flags)
        process = await asyncio.create_subprocess_exec(*words, pass_fds=(listener.fileno(),))
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/-/healthy"
            timeout = aiohttp.ClientTimeout(30)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
                assert response.status == 200
        finally:
            process.terminate()
            assert await process.wait() == 0
    done = run("serve", "--web.systemd-socket", f"--config.file={tmp_path / 'exporter.yml'}")
    assert done.returncode == 1
    assert done.stderr.endswith("systemd hands over no socket; start the exporter from a socket unit\n")
