"""Source `windows_exporter`: the page of a windows_exporter that already runs on the appliance.

Its `service` collector shows ``windows_service_state{name="asrgwy",state="start pending"} 1``: names in lower case
before 0.30, as Windows writes them since; `wmi_` for `windows_` before 0.13. Since 0.30 the value of
``windows_service_process{name,process_id}`` is when the process started.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from azure_migrate_exporter.collectors.gateway.services import Service, Source, state_named
from azure_migrate_exporter.config.gateway import WindowsExporterGateway
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify

LARGEST_PAGE: Final = 32 * 1024 * 1024
"""Bytes. A full page has some 2 MB."""

_SAMPLE: Final = re.compile(
    r"^(?:windows|wmi)_(service_state|service_process|exporter_collector_success)\{(.*)\} +(\S+)$", re.MULTILINE
)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_EVERYWHERE: Final = frozenset({"rpcss", "eventlog"})
"""Services that every Windows has. A page that shows them is not filtered."""

_SEEN: Final = {
    Reason.DNS: "its name does not resolve",
    Reason.REFUSED: "the connection was refused: start windows_exporter, or correct the port",
    Reason.RESET: "the connection was cut",
    Reason.UNREACHABLE: "there is no route to it",
    Reason.TIMEOUT: "it does not answer",
    Reason.TLS: "its certificate does not verify, or it does not speak TLS",
    Reason.PROTOCOL: "its answer is not HTTP",
}
_STATUS: Final = {
    400: (Reason.UNSUPPORTED, "it refuses the query of the URL: is its service collector enabled?"),
    401: (Reason.UNAUTHENTICATED, "it asks for other credentials: set basic_auth or bearer_token"),
    403: (Reason.FORBIDDEN, "it does not let us read the page"),
    404: (Reason.NOT_FOUND, "it has no such page: the path is usually /metrics"),
    429: (Reason.THROTTLED, "it is asked too often"),
}


@dataclass(slots=True)
class Page:
    """What a page says of services, by their names in lower case."""

    states: dict[str, str] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    collectors: dict[str, bool] = field(default_factory=dict)
    """Whether each of its collectors worked."""


class WindowsExporterSource:
    """Reads the page once for all services."""

    def __init__(self, settings: WindowsExporterGateway) -> None:
        self._settings = settings
        self._url = str(settings.url)

    async def read(self, services: Sequence[str]) -> dict[str, Service]:
        """See `Source.read`."""
        page = parse(await self._fetch())
        if not page.states:
            raise self._without_services(page)
        return {name: self._one(page, name) for name in services}

    async def _fetch(self) -> str:
        settings = self._settings
        headers = {"Authorization": f"Bearer {settings.bearer_token.read()}"} if settings.bearer_token else {}
        basic = settings.basic_auth
        auth = aiohttp.BasicAuth(basic.username, basic.password.read(), "utf-8") if basic else None
        tls = client_context(settings.ca_file) if settings.url.scheme == "https" else True
        try:
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls), auth=auth, headers=headers) as session,
                session.get(self._url, allow_redirects=False) as response,
            ):
                self._refuse(response.status)
                return await self._text(response)
        except (aiohttp.ClientError, OSError) as error:
            reason = classify(error)
            raise self._error(reason, _SEEN.get(reason, str(error))) from error

    def _refuse(self, status: int) -> None:
        if status == 200:
            return
        default = Reason.UNAVAILABLE if status >= 500 else Reason.PROTOCOL
        reason, text = _STATUS.get(status, (default, "windows_exporter's page answers 200"))
        raise self._error(reason, f"HTTP {status}: {text}")

    async def _text(self, response: aiohttp.ClientResponse) -> str:
        page = bytearray()
        async for chunk in response.content.iter_any():
            page += chunk
            if len(page) > LARGEST_PAGE:
                raise self._error(Reason.PROTOCOL, f"its page is larger than {LARGEST_PAGE} bytes")
        return page.decode(errors="replace")

    def _one(self, page: Page, name: str) -> Service:
        key = name.lower()
        if key in page.states:
            return Service(page.states[key], page.started.get(key))
        if page.states.keys() >= _EVERYWHERE:
            return Service("not_found")
        text = f"it shows {len(page.states)} services but not {name}: add it to --collector.service.include"
        return Service("unknown", problem=self._error(Reason.UNSUPPORTED, text))

    def _without_services(self, page: Page) -> CheckError:
        if not page.collectors:
            return self._error(Reason.PROTOCOL, "the page is not windows_exporter's: the path is usually /metrics")
        working = page.collectors.get("service")
        if working is None:
            text = "its service collector is not enabled: add service to --collectors.enabled"
            return self._error(Reason.UNSUPPORTED, text)
        if not working:
            return self._error(Reason.UNAVAILABLE, "its service collector fails: its log on the appliance says why")
        text = "its service collector shows no service at all: correct --collector.service.include"
        return self._error(Reason.UNSUPPORTED, text)

    def _error(self, reason: Reason, text: str) -> CheckError:
        return CheckError(reason, f"windows_exporter at {self._url}: {text}")

    async def close(self) -> None:
        """Nothing is held between two reads."""


def parse(text: str) -> Page:
    """What the page in Prometheus' text format says of services."""
    page = Page()
    for metric, labels, value in _samples(text):
        if metric == "service_state" and value == 1:
            page.states[labels["name"].lower()] = state_named(labels["state"])
        elif metric == "service_state":
            page.states.setdefault(labels["name"].lower(), "unknown")
        elif metric == "service_process":
            page.started[labels["name"].lower()] = value
        elif metric == "exporter_collector_success":
            page.collectors[labels["collector"]] = value == 1
    return page


def _samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for metric, labels, value in _SAMPLE.findall(text):
        yield metric, {name: _unescape(escaped) for name, escaped in _LABEL.findall(labels)}, float(value)


def _unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], value)


def create(settings: WindowsExporterGateway) -> Source:
    """The source behind one URL."""
    return WindowsExporterSource(settings)
