"""The proxy of Windows' services, compared with the exporter's: what differs is said, with what to do."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.network.machine_proxy import (
    MachineProxy,
    all_ways,
    machine_proxy,
    other_ways,
    proxy_notices,
)

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
        (f"{PROXY} second:1", "", ACCOUNT, PROXY),
        (f"https={PROXY};https=second:1", "", ACCOUNT, PROXY),
        (f"https=http://{PROXY}", "", ACCOUNT, PROXY),
        (f"https://{PROXY}", "", ACCOUNT, PROXY),
        (f"http://svc:p%40ss@{PROXY}", "", ACCOUNT, PROXY),
        (f"https=svc:p@ss@{PROXY}", "", ACCOUNT, PROXY),
        ("socks=socks:1080", "", ACCOUNT, ""),
        ("=", "", ACCOUNT, ""),
        (PROXY, "*.blob.core.windows.net", ACCOUNT, ""),
        (PROXY, "<local>;*.CORE.windows.net", ACCOUNT, ""),
        (PROXY, "<local>", ACCOUNT, PROXY),
        (PROXY, "<local>", "azurite", ""),
        (PROXY, "10.*; 192.168.*", "10.1.2.3", ""),
        (PROXY, "https://*.windows.net:443", ACCOUNT, ""),
        (PROXY, "http://*.windows.net", ACCOUNT, PROXY),
        (PROXY, "*.windows.net:8443", ACCOUNT, PROXY),
        (PROXY, "*.windows.net", f"{ACCOUNT}.", ""),
        (PROXY, "[m]*;?igrate*", ACCOUNT, PROXY),
        (PROXY, "windows.net", ACCOUNT, PROXY),
        (PROXY, "*", ACCOUNT, ""),
    ],
)
def test_the_lists_of_winhttp_are_read_as_windows_reads_them(servers: str, bypass: str, host: str, chosen: str) -> None:
    assert MachineProxy(servers, bypass).choose(host) == chosen


LISTS = st.text() | st.lists(st.sampled_from([*"=@:/;*[]<> ", "https", "a", "://", "<local>"])).map("".join)


@given(LISTS, LISTS, st.text() | st.just(ACCOUNT))
def test_any_text_in_the_lists_gives_a_part_of_it_without_credentials_or_none(
    servers: str, bypass: str, host: str
) -> None:
    chosen = MachineProxy(servers, bypass).choose(host)
    assert chosen in servers.lower()
    assert "@" not in chosen


BUS = {"namespace": "migratesbns1", "credential": {"type": "managed_identity"}}


def settings(
    tmp_path: Path,
    source: dict[str, Any],
    sections: dict[str, Any] | None = None,
    root: dict[str, Any] | None = None,
    **proxy: Any,
) -> Settings:
    sas = tmp_path / "sas"
    sas.write_text("sv=1&sig=x")
    storage = {"account": "migratelsa1", "role": "cache", "container": "exporter", "sas": {"file": str(sas)}}
    appliance = {"name": "paris", "gateway": source, "storage": [storage], **(sections or {})}
    given = {"appliances": [appliance], **(root or {}), **({"proxy": proxy} if proxy else {})}
    return Settings.model_validate(given)


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


def test_credentials_in_the_list_of_windows_are_not_shown(tmp_path: Path) -> None:
    (line,) = other_ways(settings(tmp_path, LOCAL), MachineProxy(f"http://svc:hunter22@{PROXY}"))
    assert f'set proxy.url to "http://{PROXY}"' in line
    assert "hunter22" not in line


def test_a_proxy_without_its_port_is_the_same_one(tmp_path: Path) -> None:
    ours = settings(tmp_path, LOCAL, url="http://proxy.corp.example:80")
    assert list(other_ways(ours, MachineProxy("proxy.corp.example"))) == []


@pytest.mark.parametrize(
    ("section", "host"),
    [
        ({"keyvaults": [{"vault": "migratekv1"}]}, "migratekv1.vault.azure.net"),
        ({"keyvaults": [{"vault": "migratekv1", "address": "kv.corp.example"}]}, "kv.corp.example"),
        ({"servicebus": [{**BUS, "transport": "websocket"}]}, "migratesbns1.servicebus.windows.net"),
    ],
)
def test_every_destination_of_a_proxy_is_compared(tmp_path: Path, section: dict[str, Any], host: str) -> None:
    (line,) = other_ways(settings(tmp_path, LOCAL, section), MachineProxy(PROXY))
    assert f"{ACCOUNT}, {host}, management.azure.com through" in line


def test_what_never_goes_through_a_proxy_is_not_compared(tmp_path: Path) -> None:
    (line,) = other_ways(settings(tmp_path, LOCAL, {"servicebus": [BUS]}), MachineProxy(PROXY))
    assert "servicebus" not in line


def test_a_national_cloud_has_its_own_resource_manager(tmp_path: Path) -> None:
    vault = {
        "subscription": "00000000-0000-0000-0000-000000000000",
        "resource_group": "rg",
        "vault": "v",
        "cloud": "china",
        "credential": {"type": "managed_identity"},
    }
    (line,) = other_ways(settings(tmp_path, LOCAL, root={"replication": [vault]}), MachineProxy(PROXY))
    assert f"{ACCOUNT}, management.chinacloudapi.cn through" in line


@pytest.mark.parametrize(
    ("proxy", "machine", "server"),
    [({}, MachineProxy(), "no proxy"), ({"url": f"http://{PROXY}"}, MachineProxy(PROXY), PROXY)],
)
def test_check_config_says_what_agrees_and_what_nobody_can_read(
    tmp_path: Path, proxy: dict[str, Any], machine: MachineProxy, server: str
) -> None:
    (line,) = all_ways(settings(tmp_path, LOCAL, **proxy), machine)
    assert line == (
        f"paris: the exporter reaches {ACCOUNT}, management.azure.com as the services of this machine do (WinHTTP: "
        f"{server}); a proxy that only the appliance's configuration manager knows cannot be read: compare it by hand"
    )


def test_check_config_says_what_differs_in_the_words_of_the_landing_page(tmp_path: Path) -> None:
    ours, machine = settings(tmp_path, LOCAL), MachineProxy(PROXY)
    assert list(all_ways(ours, machine)) == list(other_ways(ours, machine))


def test_another_machine_than_the_appliance_has_nothing_to_compare(tmp_path: Path) -> None:
    assert list(other_ways(settings(tmp_path, REMOTE), MachineProxy(PROXY))) == []


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has a proxy of its services")
def test_other_systems_than_windows_have_no_such_proxy(tmp_path: Path) -> None:
    assert machine_proxy() is None
    assert list(proxy_notices(settings(tmp_path, LOCAL))) == []
