"""The exporter as a service: the systemd unit and its sandbox."""

import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.lab import tools
from tests.lab.exporter import COMMAND, START_DEADLINE, Exporter
from tests.lab.process import answers, free_port, running
from tests.lab.tools import Program

UNIT = tools.ROOT / "packaging" / "linux" / "azure-migrate-exporter.service"
INSTALLED = "/usr/bin/azure-migrate-exporter"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit as it would be here: systemd wants the program to exist."""
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text(encoding="utf-8").replace(INSTALLED, COMMAND.command[0]), encoding="utf-8")
    return here


def systemd_analyze(*arguments: str) -> tuple[int, str]:
    command = ["systemd-analyze", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_has_nothing_to_say_about_the_unit(unit: Path) -> None:
    assert systemd_analyze("verify", "--man=no", str(unit)) == (0, "")


def test_the_unit_is_locked_as_far_as_an_exporter_can_be(unit: Path) -> None:
    # What is left of the 10 points is the network, which it needs, and executable memory, which cffi needs.
    code, output = systemd_analyze("security", "--offline=true", "--threshold=15", "--no-pager", str(unit))
    assert code == 0, output


async def test_the_command_of_the_unit_runs_with_what_its_sandbox_shows_of_proc(tmp_path: Path) -> None:
    assert {"ProcSubset=pid", "ProtectProc=invisible"} <= set(UNIT.read_text(encoding="utf-8").splitlines())
    (tmp_path / "exporter.yml").write_text("{}", encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    arguments = (*command(tmp_path), f"--web.listen-address={address}")
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        running("exporter", sandbox(), *arguments, log=tmp_path / "log", stop_deadline=1.0) as it,
    ):
        await it.until(answers(session, f"http://{address}/-/healthy"), START_DEADLINE)
        page = await Exporter(address, it, session).text()
    assert "process_start_time_seconds" in page
    assert "process_open_fds" in page


def command(root: Path) -> list[str]:
    """`ExecStart` without the program, with a directory in place of the machine's own."""
    lines = UNIT.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    start = next(line for line in lines if line.startswith("ExecStart="))
    arguments = start.partition(INSTALLED)[2].split()
    return [
        argument.replace("/etc/azure-migrate-exporter", str(root)).replace("/var/lib", str(root))
        for argument in arguments
        if argument != "$ARGS"  # empty, unless /etc/default has some
    ]


def sandbox() -> Program:
    """The exporter with a /proc like that of the unit."""
    unshare = shutil.which("unshare")
    assert unshare, "install the Debian package util-linux"
    mount = 'mount -t proc -o subset=pid,hidepid=invisible proc /proc && exec "$@"'
    own = (unshare, "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child")
    return Program((*own, "sh", "-c", mount, "sh", sys.executable, "-m", "azure_migrate_exporter"))
