"""The proxy of Windows' services, compared with the exporter's: what differs is said, with what to do."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.network.machine_proxy import MachineProxy, machine_proxy, other_ways, proxy_notices

ACCOUNT = "migratelsa1.blob.core.windows.net"
PROXY = "proxy.corp.example:8080"


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("servers", "bypass", "host", "chosen"),
    [
        ("", "", ACCOUNT, ""),
        (PROXY, "", ACCOUNT, PROXY),
        (f"http://{PROXY}/", "", ACCOUNT, PROXY),
        (f"http=plain:80;https={PROXY}", "", ACCOUNT, PROXY),
        (f"HTTPS={PROXY.upper()}", "", ACCOUNT, PROXY),
        ("http=plain:80", "", ACCOUNT, ""),
        (f"first:1 {PROXY}", "", ACCOUNT, PROXY),
        (PROXY, "*.blob.core.windows.net", ACCOUNT, ""),
        (PROXY, "<local>;*.CORE.windows.net", ACCOUNT, ""),
        (PROXY, "<local>", ACCOUNT, PROXY),
        (PROXY, "<local>", "azurite", ""),
        (PROXY, "10.*; 192.168.*", "10.1.2.3", ""),
        (PROXY, "https://*.windows.net:443", ACCOUNT, ""),
        (PROXY, "windows.net", ACCOUNT, PROXY),
        (PROXY, "*", ACCOUNT, ""),
    ],
)
def test_the_lists_of_winhttp_are_read_as_windows_reads_them(servers: str, bypass: str, host: str, chosen: str) -> None:
    assert MachineProxy(servers, bypass).choose(host) == chosen


@given(st.text(), st.text(), st.text())
def test_any_text_in_the_lists_gives_a_proxy_or_none(servers: str, bypass: str, host: str) -> None:
    assert MachineProxy(servers, bypass).choose(host) in {"", *MachineProxy(servers).choose("a").split("\n")}


def settings(tmp_path: Path, source: dict[str, Any], **proxy: Any) -> Settings:
    sas = tmp_path / "sas"
    sas.write_text("sv=1&sig=x")
    storage = {"account": "migratelsa1", "role": "cache", "container": "exporter", "sas": {"file": str(sas)}}
    appliance = {"name": "paris", "gateway": source, "storage": [storage]}
    return Settings.model_validate({"appliances": [appliance], **({"proxy": proxy} if proxy else {})})


LOCAL = {"source": "local"}
REMOTE = {"source": "windows_exporter", "url": "http://appliance:9182/metrics"}


def test_where_the_services_use_a_proxy_and_the_exporter_none_the_line_says_which_to_set(tmp_path: Path) -> None:
    (line,) = other_ways(settings(tmp_path, LOCAL), MachineProxy(PROXY))
    assert line == (
        f"paris: the services of this machine reach {ACCOUNT}, management.azure.com through the proxy {PROXY}, and the "
        "exporter directly: it measures another path than the replication's; set proxy.url to "
        f'"http://{PROXY}", or netsh winhttp set proxy if that of the services is wrong'
    )


def test_where_only_the_exporter_uses_a_proxy_the_line_says_for_which_hosts(tmp_path: Path) -> None:
    ours = settings(tmp_path, LOCAL, url=f"http://{PROXY}", no_proxy=["management.azure.com"])
    (line,) = other_ways(ours, MachineProxy())
    assert f"reach {ACCOUNT} directly, and the exporter through the proxy {PROXY}" in line
    assert "proxy.no_proxy" in line


@pytest.mark.parametrize(("servers", "bypass"), [(PROXY, ""), (PROXY.upper(), "<local>"), (f"https={PROXY}", "")])
def test_the_same_way_needs_no_line(tmp_path: Path, servers: str, bypass: str) -> None:
    assert list(other_ways(settings(tmp_path, LOCAL, url=f"http://{PROXY}"), MachineProxy(servers, bypass))) == []


def test_another_machine_than_the_appliance_has_nothing_to_compare(tmp_path: Path) -> None:
    assert list(other_ways(settings(tmp_path, REMOTE), MachineProxy(PROXY))) == []


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has a proxy of its services")
def test_other_systems_than_windows_have_no_such_proxy(tmp_path: Path) -> None:
    assert machine_proxy() is None
    assert list(proxy_notices(settings(tmp_path, LOCAL))) == []
