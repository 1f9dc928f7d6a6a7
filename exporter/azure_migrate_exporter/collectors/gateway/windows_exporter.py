"""Source `windows_exporter`: the page of a windows_exporter that already runs on the appliance.

Its `service` collector shows ``windows_service_state{name="asrgwy",state="start pending"} 1``: names in lower case
before 0.30, as Windows writes them since; `wmi_` for `windows_` before 0.13; the label is `status` in 0.29.0-rc.0 and
in Grafana Alloy. Since 0.30 the value of ``windows_service_process{name,process_id}`` is when the process started.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from azure_migrate_exporter.collectors.gateway.services import Service, Source, state_named
from azure_migrate_exporter.config.gateway import WindowsExporterGateway
from azure_migrate_exporter.network.answer import is_html, stranger
from azure_migrate_exporter.network.http import LARGEST_BODY, Answer, fetch
from azure_migrate_exporter.network.proxy import Proxies, basic_authorization
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason

_SAMPLE: Final = re.compile(
    r"^(?:windows|wmi)_(service_state|service_process|exporter_collector_success)"
    r"\{(.*)\}[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t\r]*$"
)
_OF_INTEREST: Final = re.compile(
    r"^(?:windows|wmi)_(?:service_state|service_process|exporter_collector_success)(?:\{|[ \t]).*$", re.MULTILINE
)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_EVERYWHERE: Final = frozenset({"rpcss", "eventlog"})
"""Services that every Windows has. A page that shows them is not filtered."""

_HINTS: Final = {
    Reason.REFUSED: "start windows_exporter, or correct the port",
    Reason.TLS: "set ca_file, or correct the scheme of url",
}
_STATUS: Final = {
    400: (Reason.UNSUPPORTED, "it refuses the query of the URL: is its service collector enabled?"),
    403: (Reason.FORBIDDEN, "it refuses the page to this client"),
    404: (Reason.NOT_FOUND, "it has no such page: the path is usually /metrics"),
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

    def __init__(self, settings: WindowsExporterGateway, proxies: Proxies) -> None:
        self._settings = settings
        self._proxies = proxies
        self._url = str(settings.url)

    async def read(self, services: Sequence[str]) -> dict[str, Service]:
        """See `Source.read`."""
        request = self._request()
        try:
            page = parse(await self._fetch(request))
        except CheckError as error:
            hint = _HINTS.get(error.reason)
            raise self._error(error.reason, error.message + (f": {hint}" if hint else "")) from error
        if not page.states:
            raise self._without_services(page)
        return {name: self._one(page, name) for name in services}

    def _request(self) -> dict[str, Any]:
        """What `fetch` takes. Files are read anew. Raises `CheckError` for one that cannot be read."""
        settings = self._settings
        basic, token = settings.basic_auth, settings.bearer_token
        secured = settings.url.scheme == "https"
        authorization = f"Bearer {token.read()}" if token else ""
        if basic:
            authorization = basic_authorization(basic.username, basic.password.read())
        return {
            "tls": client_context(settings.ca_file, settings.certificate_file, settings.key_file) if secured else None,
            "proxy": self._proxies.choose_for_url(self._url),
            "headers": {"Authorization": authorization} if authorization else {},
        }

    async def _fetch(self, request: dict[str, Any]) -> str:
        answer = await fetch(self._url, limit=LARGEST_BODY, **request)
        if answer.status != 200 or is_html(answer.headers, answer.text):
            raise self._refusal(answer)
        return answer.text

    def _refusal(self, answer: Answer) -> CheckError:
        status = answer.status
        if status == 401:
            given = self._settings.basic_auth or self._settings.bearer_token
            text = "wrong user, password or token" if given else "it wants credentials: set basic_auth or bearer_token"
            return CheckError(Reason.UNAUTHENTICATED, f"HTTP 401: {text}")
        if status in _STATUS and not is_html(answer.headers, answer.text):
            reason, text = _STATUS[status]
            return CheckError(reason, f"HTTP {status}: {text}")
        return stranger("it", status, answer.headers)

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


Sample = tuple[str, dict[str, str], float]
"""Metric, labels and value."""


def parse(text: str) -> Page:
    """What a page in Prometheus' text format says of services. Raises `CheckError` (protocol) with its bad line."""
    page = Page()
    for metric, labels, value in _samples(text):
        if metric == "exporter_collector_success":
            page.collectors[labels["collector"]] = value == 1
            continue
        name = labels["name"].lower()
        if metric == "service_process":
            page.started[name] = value
        elif value == 1:
            page.states[name] = state_named(labels["state"] if "state" in labels else labels["status"])
        else:
            page.states.setdefault(name, "unknown")
    return page


_WANTED: Final = {
    "service_state": ({"name", "state"}, {"name", "status"}),
    "service_process": ({"name"},),
    "exporter_collector_success": ({"collector"},),
}
"""Labels of each metric, in each form that is in use."""


def _samples(text: str) -> Iterator[Sample]:
    for line in _OF_INTEREST.finditer(text):
        try:
            yield _sample(line[0])
        except ValueError as error:
            number = text.count("\n", 0, line.start()) + 1
            raise CheckError(Reason.PROTOCOL, f"line {number} of its page cannot be read: {error}") from error


def _sample(line: str) -> Sample:
    match = _SAMPLE.match(line)
    if match is None:
        raise ValueError("it is no sample")
    labels = {name: _unescape(escaped) for name, escaped in _LABEL.findall(match[2])}
    if not any(labels.keys() >= wanted for wanted in _WANTED[match[1]]):
        raise ValueError("a label is missing")
    return match[1], labels, float(match[3])


def _unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], value)


def create(settings: WindowsExporterGateway, proxies: Proxies) -> Source:
    """The source behind one URL."""
    return WindowsExporterSource(settings, proxies)
