"""Every command under the Windows Python, with names of other scripts, into a pipe and a file, in each code page.

Not on a console: Wine gives a Python none.
"""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

import pytest
import yaml

from azure_migrate_exporter.cli import main
from tests.integration.azure import access, entry
from tests.integration.test_output_encodings import COMMANDS, CONFIG, NAMES, SHOWS_A_NAME, shown
from tests.lab.arm import LabArm
from tests.lab.ca import LabCA
from tests.lab.tools import ROOT
from tests.windows.wine import Wine, install_python, python_command, windows, windows_path

FOLDER = PureWindowsPath(r"C:\東京-01")
CODE_PAGES: dict[str, dict[str, str]] = {
    "that of Windows": {},
    "cp850": {"PYTHONIOENCODING": "cp850"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}
WINDOWS_CODE_PAGE = "cp1252"
"""Of a Windows for western Europe, as Wine's is."""
UNICODE = {"LC_ALL": "C.UTF-8"}
"""Linux hands a command line to Wine in this encoding."""
OTHERS = {
    "healthcheck": ["healthcheck", "--web.listen-address=127.0.0.1:9"],
    "service": ["service", "status"],
    "serve of a missing file": ["serve", "--config.file", "Łódź.yml"],
}
TABLE = {**COMMANDS, **OTHERS}

pytestmark = pytest.mark.timeout(300)


class Shell:
    """Runs commands of the exporter in `FOLDER`."""

    def __init__(self, machine: Wine) -> None:
        self.machine = machine
        self.folder = machine.path(str(FOLDER))
        self._python = install_python(machine, ROOT / "exporter")
        self.folder.mkdir()
        (self.folder / "東京-01.yml").write_text(CONFIG, encoding="utf-16")
        (self.folder / "secret").write_bytes(b"\xef\xbb\xbfpassword\r\n")

    def run(
        self, arguments: list[str], *redirection: str, page: str = "that of Windows"
    ) -> subprocess.CompletedProcess[bytes]:
        """Through cmd.exe, which knows directories and redirections."""
        command = ["cmd.exe", "/c", "cd", "/d", str(FOLDER), "&&", *python_command(self._python, arguments)]
        process = self.machine.start(*command, *redirection, environment=UNICODE | CODE_PAGES[page])
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with windows(tmp_path_factory.mktemp("commands") / "wine") as machine:
        yield Shell(machine)


def expect_names(command: str, code: int, output: str, errors: str, encoding: str) -> None:
    """What each command owes: its names or their escapes, a code of its help, and no traceback."""
    if command in SHOWS_A_NAME:
        assert any(shown(name, encoding) in output for name in NAMES), errors
    assert "Traceback" not in output + errors
    assert "UnicodeEncodeError" not in output + errors
    assert code in {0, 1, 2}
    assert (output + errors).strip()


def test_the_table_has_every_command() -> None:
    assert {arguments[0] for arguments in TABLE.values()} == set(main.commands)


@pytest.mark.parametrize("page", CODE_PAGES)
@pytest.mark.parametrize("command", TABLE)
def test_names_reach_a_pipe(shell: Shell, command: str, page: str) -> None:
    done = shell.run(TABLE[command], page=page)
    encoding = CODE_PAGES[page].get("PYTHONIOENCODING", WINDOWS_CODE_PAGE)
    expect_names(command, done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding), encoding)


@pytest.mark.parametrize("command", TABLE)
def test_names_reach_a_file(shell: Shell, command: str) -> None:
    done = shell.run(TABLE[command], ">", "output.txt")
    assert done.stdout == b""
    output = (shell.folder / "output.txt").read_bytes().decode(WINDOWS_CODE_PAGE)
    expect_names(command, done.returncode, output, done.stderr.decode(WINDOWS_CODE_PAGE), WINDOWS_CODE_PAGE)


async def test_discover_writes_what_it_finds_in_utf_8_and_replaces_nothing(shell: Shell, tmp_path: Path) -> None:
    ca = LabCA(tmp_path / "ca")
    async with LabArm(ca) as arm:
        project = arm.project("東京-01")
        project.appliance("Łódź").machine("web01")
        azure = access(arm, ca, tmp_path)
        azure["ca_file"] = windows_path(ca.bundle)
        secret = azure["credential"]["client_secret"]
        secret["file"] = windows_path(Path(secret["file"]))
        config = yaml.safe_dump({"discovery": [entry(project, azure)]}, allow_unicode=True)
        (shell.folder / "discovery.yml").write_text(config, encoding="utf-8")
        command = ["discover", "--config.file=discovery.yml", "--output=Łódź-found.yml"]
        first = await asyncio.to_thread(shell.run, command)
        again = await asyncio.to_thread(shell.run, command)
        printed = await asyncio.to_thread(shell.run, command[:2], page="cp850")
    assert (first.returncode, first.stdout, first.stderr) == (0, b"", b"")
    found = (shell.folder / "Łódź-found.yml").read_bytes().decode("utf-8")
    assert "\r" not in found
    assert [one["name"] for one in yaml.safe_load(found)["appliances"]] == ["Łódź"]
    assert (again.returncode, again.stderr.decode(WINDOWS_CODE_PAGE)) == (
        1,
        f"{shown('Łódź-found.yml', WINDOWS_CODE_PAGE)} exists already: name a new file, or remove it\r\n",
    )
    assert printed.returncode == 0
    assert shown("Łódź", "cp850") in printed.stdout.decode("cp850")
