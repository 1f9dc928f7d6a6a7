"""The service commands under a real service manager, Wine's: from the installation to a scrape and back."""

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.lab.process import free_port
from tests.lab.tools import ROOT
from tests.windows.wine import PYTHON, Wine, install_python, python_command, windows

DATA = r"C:\ProgramData\azure-migrate-exporter"
NAME = "azure-migrate-exporter"
CONFIG = "appliances: [{name: 東京, esxi: {hosts: [127.0.0.1], port: 9}}]\n"
DEADLINE = 60.0

pytestmark = pytest.mark.timeout(600)


class Appliance:
    """A Windows with the exporter in it: as `command` finds it."""

    def __init__(self, machine: Wine) -> None:
        self.machine = machine
        self.port = free_port()

    def command(self, *arguments: str) -> list[str]:
        return python_command(PYTHON, arguments)

    def service(self, *arguments: str) -> tuple[int, str, str]:
        done = self.machine.run(*self.command("service", *arguments))
        return done.returncode, done.stdout, done.stderr

    def install(self, *more: str) -> str:
        code, output, errors = self.service("install", f"--web.listen-address=127.0.0.1:{self.port}", *more)
        assert (code, errors) == (0, ""), output
        return output

    def write(self, name: str, text: str) -> None:
        path = self.machine.path(DATA) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def log(self) -> str:
        path = self.machine.path(DATA) / "logs" / "exporter.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def control(self, verb: str, state: str) -> list[str]:
        """Start or stop, as an administrator does, and the status once it is that."""
        said = self.machine.run("sc.exe", verb, NAME).stdout
        return self.wait_until(state, said)

    def wait_until(self, state: str, said: str = "") -> list[str]:
        """The status once the service is in `state`."""
        end = time.monotonic() + DEADLINE
        while (lines := self.service("status")[1].splitlines())[0] != f"{NAME}: {state}":
            assert time.monotonic() < end, (said, lines, self.log())
        return lines

    def scrape(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """A data directory that cannot be renamed: on Windows since a file in it is open, here for another reason."""
        obstacle = self.machine.path(f"{DATA}.removed")
        obstacle.touch()
        try:
            yield
        finally:
            obstacle.unlink()

    @contextmanager
    def opened(self, path: str) -> Iterator[None]:
        """A file that another program has open, as an editor does: it cannot be deleted."""
        program = f"file = open(r'{path}', 'a'); print('open', flush=True); input()"
        editor = self.machine.start(PYTHON, "-c", program)
        assert editor.stdin is not None
        assert editor.stdout is not None
        assert editor.stdout.readline().strip() == b"open"
        try:
            yield
        finally:
            editor.communicate(b"\n", DEADLINE)

    def measures(self, appliance: str) -> bool:
        """Whether the page shows this appliance before the deadline."""
        end = time.monotonic() + DEADLINE
        while f'appliance="{appliance}"' not in (page := self.scrape()):
            assert time.monotonic() < end, page
            time.sleep(0.2)
        return True


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    with windows(tmp_path_factory.mktemp("service") / "wine") as machine:
        install_python(machine, ROOT / "exporter")
        yield Appliance(machine)


def test_before_the_installation_there_is_no_service(appliance: Appliance) -> None:
    assert appliance.service("status") == (1, f"{NAME}: not installed\n", "")
    assert appliance.service("uninstall") == (0, "", "")


def test_only_the_service_manager_runs_the_service(appliance: Appliance) -> None:
    line = f"only the service manager runs this; start the service: sc.exe start {NAME}\n"
    assert appliance.service("run") == (1, "", line)


def test_a_configuration_that_is_refused_is_the_exit_code_of_the_service(appliance: Appliance) -> None:
    appliance.install()
    appliance.write("exporter.yml", "appliances: [{name: a, esxi: {hosts: [127.0.0.1], prot: 9}}]\n")
    lines = appliance.control("start", "stopped")
    assert lines[-1].startswith("last exit code: 1 (the start was refused; the reason is in the Event Log")
    assert "appliances[0].esxi.prot" in appliance.log()


def test_the_service_serves_and_stops_orderly(appliance: Appliance) -> None:
    appliance.install()
    appliance.write("exporter.yml", CONFIG)
    lines = appliance.control("start", "running")
    assert f"account: NT SERVICE\\{NAME}" in lines
    assert appliance.measures("東京")
    lines = appliance.control("stop", "stopped")
    assert not any(line.startswith("last exit code") for line in lines)
    assert "event=stopped" in appliance.log()


def test_a_failure_is_on_record_for_the_installer_which_shows_no_output(appliance: Appliance) -> None:
    """Wine's Event Log keeps no entry, but its debug channel says each."""
    command = appliance.command("service", "install", "--web.listen-address=:0")
    done = appliance.machine.run(*command, environment={"WINEDEBUG": "-all,err+eventlog"})
    line = "--web.listen-address: port 0 is another port at each start; name one"
    assert done.returncode == 1
    assert f'err:eventlog:ReportEventW L"{line}"' in done.stderr
    assert done.stderr.endswith(f"{line}\n")


def test_a_second_installation_updates_a_running_service_and_starts_it_again(appliance: Appliance) -> None:
    appliance.control("start", "running")
    appliance.write("a b/東京.yml", CONFIG.replace("東京", "大阪"))
    output = appliance.install(rf"--config.file={DATA}\a b\東京.yml")
    assert f"service {NAME} updated\n" in output
    assert output.endswith(f"service {NAME}: started again\n")
    appliance.control("start", "running")
    assert appliance.measures("大阪")


def test_a_service_under_another_account_is_not_changed_in_passing(appliance: Appliance) -> None:
    local = r"NT AUTHORITY\LocalService"
    appliance.install(f"--account={local}")
    remedy = rf"keep that with --account='{local}', or change it with --account='NT SERVICE\{NAME}'"
    assert appliance.service("install") == (1, "", f"the service exists and runs as {local}: {remedy}\n")


def test_a_purge_that_fails_leaves_service_and_data(appliance: Appliance) -> None:
    with appliance.in_use():
        code, output, errors = appliance.service("uninstall", "--purge")
    assert (code, output) == (1, "")
    line = re.escape(f"directory {DATA} cannot be removed: ") + r"[\w ]+: close what is open in it, and try again\n"
    assert re.fullmatch(line, errors)
    assert appliance.service("status")[1].startswith(f"{NAME}: stopped\n")
    assert (appliance.machine.path(DATA) / "exporter.yml").exists()


def test_an_uninstallation_leaves_the_data_only_and_purge_nothing(appliance: Appliance) -> None:
    code, output, errors = appliance.service("uninstall")
    assert (code, output, errors) == (0, f"service {NAME} removed\n", "")
    assert appliance.service("status")[1] == f"{NAME}: not installed\n"
    assert appliance.machine.run("sc.exe", "query", NAME).returncode != 0
    key = rf"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{NAME}"
    assert appliance.machine.run("reg.exe", "query", key).returncode != 0
    assert appliance.machine.path(DATA).exists()
    assert appliance.service("uninstall", "--purge") == (0, f"directory {DATA} removed\n", "")
    assert not appliance.machine.path(DATA).exists()


def test_a_purge_names_what_another_program_keeps(appliance: Appliance) -> None:
    """Windows refuses to rename a directory then; Wine does not, so this is a file opened a moment later."""
    appliance.write("exporter.yml", CONFIG)
    with appliance.opened(rf"{DATA}\open.txt"):
        code, output, errors = appliance.service("uninstall", "--purge")
    assert (code, errors) == (0, "")
    assert output.startswith(f"warning: delete {DATA}.removed, of which a part is in use: ")
    assert not appliance.machine.path(DATA).exists()
    assert appliance.service("uninstall", "--purge") == (0, "", "")
