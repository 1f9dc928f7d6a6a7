"""Which proxy is on the way to a destination: the configuration's, or else the environment's."""

import ipaddress
import math
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.network.address import authority
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock

ENVIRONMENT_MAX_AGE: Final = 60.0
"""Seconds after which the environment is read again, which takes as long as a twentieth of a request."""
_DEFAULT_PORT: Final = 80
_ALWAYS_DIRECT: Final = ("169.254.0.0/16", "fe80::/10")
"""Link-local: the metadata service that gives a managed identity its tokens is on the machine itself."""


def basic_authorization(username: str, password: str) -> str:
    """Value of the header Authorization or Proxy-Authorization (RFC 7617). A secret: never for a message."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Proxy:
    """One HTTP proxy. Its text form never holds the password."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return authority(self.host, self.port)

    @property
    def url(self) -> str:
        """The address with its credentials, as SDKs take it. A secret: never for a message."""
        user = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@" if self.username else ""
        return f"http://{user}{self}"

    @property
    def authorization(self) -> str:
        """Value of the header Proxy-Authorization; empty without credentials."""
        return basic_authorization(self.username, self.password) if self.username else ""


class Proxies:
    """Chooses the proxy of each destination. The secret is read again for each choice, so a new one is picked up."""

    def __init__(self, settings: ProxySettings | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self._settings = settings or ProxySettings()
        self._clock = clock
        self._environment: Mapping[str, str] = {}
        self._read_again = -math.inf

    @property
    def configured(self) -> bool:
        """Whether there is a proxy, be it for some destinations only."""
        settings = self._settings
        return settings.url is not None or (settings.from_environment and bool(self._of_environment().keys() - {"no"}))

    def choose(self, host: str, *, scheme: str = "https") -> Proxy | None:
        """The proxy for `host`, or None for a direct connection. Raises `CheckError` (proxy) for one of no use."""
        settings = self._settings
        if excepted(host, _ALWAYS_DIRECT):
            return None
        if settings.url is None:
            return self._by_environment(host, scheme) if settings.from_environment else None
        if excepted(host, settings.no_proxy):
            return None
        password = settings.password.read() if settings.password else ""
        return _parse(settings.url, settings.username or "", password)

    def choose_for_url(self, url: str) -> Proxy | None:
        """The proxy for the host of `url`: see `choose`."""
        parts = urlsplit(url)
        return self.choose(parts.hostname or "", scheme=parts.scheme)

    def _of_environment(self) -> Mapping[str, str]:
        """The variables, or the settings of Windows, which may change while the process runs."""
        now = self._clock.monotonic()
        if now >= self._read_again:
            self._environment, self._read_again = getproxies(), now + ENVIRONMENT_MAX_AGE
        return self._environment

    def _by_environment(self, host: str, scheme: str) -> Proxy | None:
        configured = self._of_environment()
        url = configured.get(scheme) or configured.get("all")
        rules = [rule for rule in configured.get("no", "").split(",") if rule.strip()]
        if not url or excepted(host, rules) or proxy_bypass(host):
            return None
        return _parse(url)


DIRECT: Final = Proxies(ProxySettings(from_environment=False))
"""Never a proxy: for vCenter, ESXi hosts and the appliance's own port."""


def excepted(host: str, rules: Iterable[str]) -> bool:
    """Whether a rule of `no_proxy` covers `host`: a domain with its subdomains, an address, a network, or ``*``."""
    name = host.strip("[]").rstrip(".").lower()
    return any(_covers(rule.strip().lower(), name) for rule in rules)


def _covers(rule: str, name: str) -> bool:
    try:
        return ipaddress.ip_address(name) in ipaddress.ip_network(rule.strip("[]"), strict=False)
    except ValueError:
        domain = rule.removeprefix("*").lstrip(".").rstrip(".")
        return rule == "*" or (bool(domain) and (name == domain or name.endswith(f".{domain}")))


def _parse(url: str, username: str = "", password: str = "") -> Proxy:
    """The proxy at `url`, a missing scheme being http. Raises `CheckError` (proxy) without showing its credentials."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORT
    except ValueError as error:
        raise CheckError(Reason.PROXY, "the address of the proxy cannot be read: write http://HOST:PORT") from error
    if not host or parts.scheme != "http":
        shown = f"{parts.scheme}://{host}"
        raise CheckError(Reason.PROXY, f"the proxy {shown} is not supported: write http://HOST:PORT")
    return Proxy(host, port, username or unquote(parts.username or ""), password or unquote(parts.password or ""))
