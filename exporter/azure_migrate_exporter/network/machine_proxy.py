"""The proxy of Windows' services (WinHTTP), and the destinations that the exporter reaches on another way.

For an exporter on the appliance itself. That the appliance's agents use WinHTTP is not documented for all of them: the
configuration manager of the appliance has a proxy of its own, in a place that Microsoft does not document.
"""

import ctypes
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

from azure_migrate_exporter.config.clouds import CLOUDS
from azure_migrate_exporter.config.gateway import LocalGateway
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.reasons import CheckError

_NAMED_PROXY: Final = 3
"""WINHTTP_ACCESS_TYPE_NAMED_PROXY of winhttp.h."""
_LOCAL: Final = "<local>"
"""In a bypass list: every name without a dot."""
_RESOURCE_MANAGER: Final = CLOUDS["public"].resource_manager
_UNREAD: Final = "a proxy that only the appliance's configuration manager knows cannot be read: compare it by hand"


@dataclass(frozen=True, slots=True)
class MachineProxy:
    """Server and bypass lists, as ``netsh winhttp show proxy`` prints them; both empty for none.

    https://learn.microsoft.com/windows/win32/api/winhttp/ns-winhttp-winhttp_proxy_info
    """

    servers: str = ""
    bypass: str = ""

    def choose(self, host: str) -> str:
        """``HOST:PORT`` of the first proxy to `host` over HTTPS, without credentials; empty for a direct connection."""
        if any(_matches(rule, host.lower().rstrip(".")) for rule in _entries(self.bypass)):
            return ""
        first: dict[str, str] = {}
        for scheme, _, address in (entry.rpartition("=") for entry in _entries(self.servers)):
            first.setdefault(scheme, address)
        address = first.get("https") or first.get("", "")
        return address.rpartition("://")[2].rpartition("@")[2].rstrip("/")


class _ProxyInfo(ctypes.Structure):
    """WINHTTP_PROXY_INFO of winhttp.h."""

    _fields_ = (("access_type", ctypes.c_uint32), ("servers", ctypes.c_void_p), ("bypass", ctypes.c_void_p))


def machine_proxy() -> MachineProxy | None:
    """That of this machine; None where there is no WinHTTP. Raises OSError if Windows does not say."""
    if os.name != "nt":
        return None
    info = _ProxyInfo()
    if not ctypes.CDLL("winhttp").WinHttpGetDefaultProxyConfiguration(ctypes.byref(info)):
        raise OSError("Windows does not say which proxy its services use")
    servers, bypass = _text(info.servers), _text(info.bypass)
    return MachineProxy(servers, bypass) if info.access_type == _NAMED_PROXY else MachineProxy()


def other_ways(settings: Settings, machine: MachineProxy) -> Iterator[str]:
    """A line for each way on which the exporter reaches Azure and the services of its appliance do not."""
    for appliance in _on_this_machine(settings):
        yield from _other_ways(settings, appliance, machine)


def all_ways(settings: Settings, machine: MachineProxy) -> Iterator[str]:
    """`other_ways`, and a line for each appliance that has none: what was compared, and what cannot be."""
    for appliance in _on_this_machine(settings):
        other = [*_other_ways(settings, appliance, machine)]
        reached = _listed(host for host, _ in _destinations(settings, appliance))
        same = f"{appliance.name}: the exporter reaches {reached} as the services of this machine do (WinHTTP"
        server = machine.choose("") or "no proxy"
        yield from other or [f"{same}: {server}); {_UNREAD}"]


def proxy_notices(
    settings: Settings, compare: Callable[[Settings, MachineProxy], Iterator[str]] = other_ways
) -> Iterator[str]:
    """What `compare` says of this machine, or that it cannot be known. Nothing on other systems than Windows."""
    if not any(_on_this_machine(settings)):
        return
    try:
        machine = machine_proxy()
    except OSError as error:
        yield f"{error}: it is not compared with the exporter's; see netsh winhttp show proxy"
    else:
        yield from () if machine is None else compare(settings, machine)


def _on_this_machine(settings: Settings) -> Iterator[ApplianceSettings]:
    return (appliance for appliance in settings.appliances if isinstance(appliance.gateway, LocalGateway))


def _destinations(settings: Settings, appliance: ApplianceSettings) -> Iterator[tuple[str, ProxySettings]]:
    """The hosts that a proxy may lead to, each with the setting that the exporter's checks of it use."""
    own = settings.proxy_of(appliance)
    path = (
        *(storage.host for storage in appliance.storage),
        *(vault.address or vault.host for vault in appliance.keyvaults),
        *(bus.address[0] for bus in (*appliance.servicebus, *appliance.eventhubs) if bus.transport == "websocket"),
    )
    yield from ((host, own) for host in dict.fromkeys(path))
    urls = [section.addresses.resource_manager for section in (*settings.replication, *settings.discovery)]
    for host in dict.fromkeys(urlsplit(url).hostname or "" for url in urls or [_RESOURCE_MANAGER]):
        yield host, settings.proxy if urls else own


def _other_ways(settings: Settings, appliance: ApplianceSettings, machine: MachineProxy) -> Iterator[str]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for host, setting in _destinations(settings, appliance):
        theirs = machine.choose(host)
        try:
            ours = str(Proxies(setting).choose(host) or "")
        except CheckError:
            continue  # every check that goes this way says so
        if theirs not in {ours.lower(), ours.lower().rpartition(":")[0]}:  # netsh takes a proxy without its port
            found[theirs, ours].append(host)
    for (theirs, ours), hosts in found.items():
        yield (
            f"{appliance.name}: the services of this machine reach {_listed(hosts)} {_way(theirs)}, and the exporter "
            f"{_way(ours)}: it measures another path than the replication's; {_remedy(theirs)}, or netsh winhttp set "
            "proxy if that of the services is wrong"
        )


def _way(proxy: str) -> str:
    return f"through the proxy {proxy}" if proxy else "directly"


def _remedy(theirs: str) -> str:
    return f'set proxy.url to "http://{theirs}"' if theirs else "put the hosts into proxy.no_proxy, or leave proxy out"


def _listed(hosts: Iterable[str]) -> str:
    return ", ".join(hosts)


def _entries(written: str) -> list[str]:
    return [entry.lower() for entry in re.split(r"[;,\s]+", written) if entry]


def _matches(rule: str, host: str) -> bool:
    """Whether an entry of a bypass list, ``[SCHEME://]NAME[:PORT]`` with ``*`` in NAME, covers `host` over HTTPS."""
    scheme, _, place = rule.rpartition("://")
    if place == _LOCAL:
        return "." not in host
    name, _, port = place.partition(":")
    literal = name.replace("[", "[[]").replace("?", "[?]")
    return scheme in {"", "https"} and port in {"", "443"} and fnmatchcase(host, literal)


def _text(pointer: int | None) -> str:
    """The text that Windows allocated, which is freed."""
    if not pointer:
        return ""
    found = ctypes.wstring_at(pointer)
    free = ctypes.CDLL("kernel32").GlobalFree
    free.argtypes = [ctypes.c_void_p]
    free(pointer)
    return found
