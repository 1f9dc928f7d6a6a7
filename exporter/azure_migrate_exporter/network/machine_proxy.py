"""The proxy of Windows' services (WinHTTP), and the destinations that the exporter reaches on another way.

For an exporter on the appliance itself. That the appliance's agents use WinHTTP is not documented for all of them: the
configuration manager of the appliance has a proxy of its own, in a place that Microsoft does not document.
"""

import ctypes
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from azure_migrate_exporter.config.gateway import LocalGateway
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.reasons import CheckError

_NAMED_PROXY: Final = 3
"""WINHTTP_ACCESS_TYPE_NAMED_PROXY of winhttp.h."""
_LOCAL: Final = "<local>"
"""In a bypass list: every name without a dot."""
_MANAGEMENT: Final = "management.azure.com"


@dataclass(frozen=True, slots=True)
class MachineProxy:
    """Server and bypass lists, as ``netsh winhttp show proxy`` prints them; both empty for none."""

    servers: str = ""
    bypass: str = ""

    def choose(self, host: str) -> str:
        """``HOST:PORT`` of the proxy to `host` over HTTPS; empty for a direct connection."""
        if any(_matches(rule, host.lower()) for rule in _entries(self.bypass)):
            return ""
        by_scheme = {scheme: address for scheme, _, address in (e.rpartition("=") for e in _entries(self.servers))}
        address = by_scheme.get("https") or by_scheme.get("", "")
        return address.removeprefix("http://").rstrip("/")


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
    for appliance in settings.appliances:
        if isinstance(appliance.gateway, LocalGateway):
            yield from _other_ways(appliance, Proxies(settings.proxy_of(appliance)), machine)


def proxy_notices(settings: Settings) -> Iterator[str]:
    """`other_ways` of this machine, or that they are not known. Nothing on other systems than Windows."""
    try:
        machine = machine_proxy()
    except OSError as error:
        yield f"{error}: it is not compared with the exporter's"
    else:
        yield from () if machine is None else other_ways(settings, machine)


def _other_ways(appliance: ApplianceSettings, proxies: Proxies, machine: MachineProxy) -> Iterator[str]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for host in dict.fromkeys((*(storage.host for storage in appliance.storage), _MANAGEMENT)):
        theirs = machine.choose(host)
        try:
            ours = str(proxies.choose(host) or "")
        except CheckError:
            continue  # every check that goes this way says so
        if ours.lower() != theirs.lower():
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
    name = rule.rpartition("://")[2]
    return "." not in host if name == _LOCAL else fnmatchcase(host, name.partition(":")[0])


def _text(pointer: int | None) -> str:
    """The text that Windows allocated, which is freed."""
    if not pointer:
        return ""
    found = ctypes.wstring_at(pointer)
    free = ctypes.CDLL("kernel32").GlobalFree
    free.argtypes = [ctypes.c_void_p]
    free(pointer)
    return found
