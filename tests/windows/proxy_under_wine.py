"""The proxy of Windows' services, read and compared by the exporter in Wine."""

import http.client
import struct
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.lab.process import free_port
from tests.lab.tools import ROOT
from tests.windows.wine import Wine, install_python, python_command, windows

KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
FILE = r"C:\exporter.yml"
DEADLINE = 60.0
DIFFERS = "reach management.azure.com through the proxy proxy.corp.example:8080, and the exporter directly"

pytestmark = pytest.mark.timeout(600)


class Appliance:
    """A Windows with the exporter, and a configuration of the appliance that it runs on."""

    def __init__(self, machine: Wine) -> None:
        self.machine = machine
        self._python = install_python(machine, ROOT / "exporter")
        machine.path(FILE).write_text("appliances: [{name: paris, gateway: {source: local}}]\n", encoding="utf-8")

    def set_proxy(self, servers: str, bypass: str) -> None:
        """As ``netsh winhttp set proxy``, which Wine lacks: the value that it writes."""
        texts = b"".join(struct.pack("<I", len(text)) + text.encode() for text in (servers, bypass))
        value = struct.pack("<III", 0x18, 0, 3) + texts
        options = ("/v", "WinHttpSettings", "/t", "REG_BINARY", "/d", value.hex(), "/f")
        assert self.machine.run("reg.exe", "add", KEY, *options).returncode == 0

    def check_config(self) -> str:
        done = self.machine.run(*python_command(self._python, ["check-config", FILE]))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def landing_page(self) -> str:
        """What a running exporter shows first."""
        port = free_port()
        flags = [f"--config.file={FILE}", f"--web.listen-address=127.0.0.1:{port}"]
        exporter = self.machine.start(*python_command(self._python, ["serve", *flags]))
        try:
            return _page(port)
        finally:
            exporter.kill()
            exporter.communicate()


def _page(port: int) -> str:
    end = time.monotonic() + DEADLINE
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", "/")
                return connection.getresponse().read().decode()
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.2)


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    with windows(tmp_path_factory.mktemp("proxy") / "wine") as machine:
        yield Appliance(machine)


def test_without_a_proxy_both_go_directly(appliance: Appliance) -> None:
    assert "as the services of this machine do (WinHTTP: no proxy)" in appliance.check_config()


def test_another_proxy_than_the_exporters_is_said_without_its_credentials(appliance: Appliance) -> None:
    appliance.set_proxy("http://svc:hunter22@proxy.corp.example:8080", "<local>")
    said = appliance.check_config()
    assert DIFFERS in said
    assert "hunter22" not in said


def test_the_landing_page_says_so_too(appliance: Appliance) -> None:
    appliance.set_proxy("proxy.corp.example:8080", "<local>")
    assert DIFFERS in appliance.landing_page()


def test_what_the_bypass_list_covers_goes_directly(appliance: Appliance) -> None:
    appliance.set_proxy("proxy.corp.example:8080", "<local>;*.azure.com")
    assert "as the services of this machine do" in appliance.check_config()
