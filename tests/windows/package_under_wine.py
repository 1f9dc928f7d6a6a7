"""The MSI in a new Windows: installation, every collector against the lab, update, removal; by the msiexec of Wine.

The lab runs on Linux: Wine shares its loopback addresses.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from generate.msi.__main__ import build, source_date
from tests.lab.datacenter import data_center
from tests.lab.process import free_port
from tests.lab.settings import CHECKS
from tests.windows.service_under_wine import DATA, NAME, Appliance
from tests.windows.wine import windows, windows_path

PROGRAM: Final = r"C:\Program Files\azure-migrate-exporter"
LOG: Final = r"C:\msi.log"
MIB: Final = 300

pytestmark = pytest.mark.timeout(1200)


class Packaged(Appliance):
    """A Windows with nothing of ours in it, and two versions of the package."""

    def __init__(self, machine: Any, older: Path, newer: Path) -> None:
        super().__init__(machine)
        self.older, self.newer = older, newer

    def command(self, *arguments: str) -> list[str]:
        return [rf"{PROGRAM}\azure-migrate-exporter.exe", *arguments]

    def msiexec(self, verb: str, package: Path, *properties: str) -> bool:
        """Whether it succeeded. Of its code Linux sees one byte."""
        arguments = (verb, windows_path(package), "/qn", "/l*v", LOG, *properties)
        return self.machine.run_detached("msiexec.exe", *arguments) == 0

    def update(self, package: Path, *properties: str) -> None:
        """In two steps: Wine's msiexec does not tell a package that is replaced that it is, as Windows' does."""
        assert self.msiexec("/x", self.older, "UPGRADINGPRODUCTCODE={00000000-0000-0000-0000-000000000000}")
        assert not self.program.exists()
        assert self.msiexec("/i", package, *properties)

    @property
    def program(self) -> Path:
        return self.machine.path(PROGRAM)

    def search_path(self) -> str:
        key = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
        return self.machine.run("reg.exe", "query", key, "/v", "PATH").stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("packages")
    with pytest.MonkeyPatch.context() as patch:  # a commit in the meantime is another date
        patch.setenv("SOURCE_DATE_EPOCH", str(source_date()))
        yield build("0.1.0", folder), build("0.2.0", folder)


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory, packages: tuple[Path, Path]) -> Iterator[Packaged]:
    with windows(tmp_path_factory.mktemp("package") / "wine") as machine:
        yield Packaged(machine, *packages)


def test_the_same_sources_give_the_same_package_to_the_last_byte(packages: tuple[Path, Path], tmp_path: Path) -> None:
    assert build("0.1.0", tmp_path).read_bytes() == packages[0].read_bytes()


def test_an_installation_that_the_service_refuses_leaves_nothing(appliance: Packaged) -> None:
    assert not appliance.msiexec("/i", appliance.older, "FIREWALL_REMOTE=nonsense")
    assert not appliance.program.exists()
    assert PROGRAM not in appliance.search_path()
    assert appliance.machine.run("sc.exe", "query", NAME).returncode != 0


def test_the_installation_puts_program_service_and_search_path_in_place(appliance: Packaged) -> None:
    assert appliance.msiexec("/i", appliance.older, f"LISTEN_ADDRESS=127.0.0.1:{appliance.port}")
    assert f"{PROGRAM}\\" in appliance.search_path()
    status = appliance.service("status")[1]
    assert status.startswith(f"{NAME}: stopped\naccount: NT SERVICE\\{NAME}\n")
    assert f"--web.listen-address=127.0.0.1:{appliance.port}" in status
    assert rf"--config.file={DATA}\exporter.yml" in status


@asynccontextmanager
async def lab_seen_from_windows(directory: Path) -> AsyncIterator[str]:
    """The data centre of the lab, and a configuration whose files Windows finds."""

    def translated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: translated(one) for key, one in value.items()}
        if isinstance(value, list):
            return [translated(one) for one in value]
        return windows_path(Path(value)) if isinstance(value, str) and value.startswith(str(directory)) else value

    async with data_center(directory) as center:
        config = translated(yaml.safe_load(center.config.read_text(encoding="utf-8")))
        for appliance in config["appliances"]:
            appliance["gateway"] = {"source": "local"}  # Wine's SSPI, which WinRM needs, ends the process
        yield yaml.safe_dump(config, allow_unicode=True)


async def test_the_service_measures_the_lab_with_every_collector(appliance: Packaged, tmp_path: Path) -> None:
    async with lab_seen_from_windows(tmp_path) as config:
        appliance.write("exporter.yml", config)
        checked = appliance.machine.run(*appliance.command("check-config", rf"{DATA}\exporter.yml"))
        assert (checked.returncode, checked.stderr) == (0, "")
        await asyncio.to_thread(appliance.control, "start", "running")
        async with asyncio.timeout(180):
            while missing := set(CHECKS) - successful(await asyncio.to_thread(appliance.scrape)):
                print(missing)
                await asyncio.sleep(2)
        await asyncio.to_thread(every_command, appliance)
        await asyncio.to_thread(appliance.control, "stop", "stopped")


def every_command(appliance: Packaged) -> None:
    """Each command once, while the service runs: its codes are those of its help, and no error is one of ours."""
    config = rf"--config.file={DATA}\exporter.yml"
    for arguments, codes in (
        (["--version"], {0}),
        (["check-config", rf"{DATA}\exporter.yml", "--secrets"], {0}),
        (["collect", "esxi", config], {0}),
        (["collect", "storage", config, "--json"], {0}),
        (["diagnose", config], {0, 1}),
        (["explain", "181008"], {0}),
        (["explain", "a text about 東京-01 and Łódź"], {1}),
        (["healthcheck", f"--web.listen-address=127.0.0.1:{appliance.port}"], {0}),
        (["discover", "--help"], {0}),
        (["serve", "--help"], {0}),
        (["service", "status"], {0}),
    ):
        done = appliance.machine.run(*appliance.command(*arguments))
        assert done.returncode in codes, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr, arguments


def successful(page: str) -> set[str]:
    return set(re.findall(r'^azure_migrate_collector_success\{collector="(\w+)".*\} 1', page, re.MULTILINE))


def test_an_update_keeps_account_and_flags_set_by_hand_and_starts_the_service_again(appliance: Packaged) -> None:
    appliance.write("exporter.yml", "appliances: [{name: 東京, esxi: {hosts: [127.0.0.1], port: 9}}]\n")
    local = r"NT AUTHORITY\LocalService"
    appliance.port = free_port()  # not that of the property
    by_hand = (f"--web.listen-address=127.0.0.1:{appliance.port}", f"--memory.limit={MIB}", f"--account={local}")
    assert appliance.service("install", "--update", *by_hand)[0] == 0
    appliance.control("start", "running")
    appliance.update(appliance.older)
    lines = appliance.wait_until("running")
    assert f"account: {local}" in lines
    assert any(f"--memory.limit={MIB}" in line and f"127.0.0.1:{appliance.port}" in line for line in lines)
    assert appliance.measures("東京")


def test_a_property_replaces_its_flag_and_no_other(appliance: Packaged) -> None:
    appliance.write("a b/Łódź.yml", "appliances: [{name: Łódź, esxi: {hosts: [127.0.0.1], port: 9}}]\n")
    appliance.update(appliance.older, rf"CONFIG_FILE={DATA}\a b\Łódź.yml")
    lines = appliance.wait_until("running")
    assert any(f"--memory.limit={MIB}" in line and f"127.0.0.1:{appliance.port}" in line for line in lines)
    assert appliance.measures("Łódź")


def test_a_newer_package_replaces_an_older_one(appliance: Packaged) -> None:
    assert appliance.msiexec("/i", appliance.newer)
    assert "Version    REG_SZ    0.2.0" in appliance.machine.run("reg.exe", "query", rf"HKLM\Software\{NAME}").stdout


def test_a_removal_keeps_the_data_and_purge_does_not(appliance: Packaged) -> None:
    assert appliance.msiexec("/x", appliance.newer)
    assert not appliance.program.exists()
    assert PROGRAM not in appliance.search_path()
    assert appliance.machine.run("sc.exe", "query", NAME).returncode != 0
    assert (appliance.machine.path(DATA) / "exporter.yml").exists()
    assert appliance.msiexec("/i", appliance.newer)
    assert appliance.msiexec("/x", appliance.newer, "PURGE=1")
    assert not appliance.machine.path(DATA).exists()


def test_a_removal_that_fails_leaves_the_service_as_it_was(appliance: Packaged) -> None:
    """The last of all: Wine's msiexec does not take back all that it says about a package."""
    assert appliance.msiexec("/i", appliance.newer, f"LISTEN_ADDRESS=127.0.0.1:{appliance.port}")
    appliance.write("exporter.yml", "appliances: [{name: 大阪, esxi: {hosts: [127.0.0.1], port: 9}}]\n")
    appliance.control("start", "running")
    with appliance.in_use():
        assert not appliance.msiexec("/x", appliance.newer, "PURGE=1")
    lines = appliance.wait_until("running")
    assert any(f"127.0.0.1:{appliance.port}" in line for line in lines)
    assert appliance.measures("大阪")
