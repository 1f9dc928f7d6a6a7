"""The metrics of the web server itself."""

from collections import Counter
from enum import StrEnum

from azure_migrate_exporter.exposition.measurements import Histogram, Measurements
from azure_migrate_exporter.exposition.metrics import (
    EXPORTER_HTTP_CONNECTIONS,
    EXPORTER_HTTP_CONNECTIONS_CLOSED,
    EXPORTER_HTTP_REQUEST_DURATION,
    EXPORTER_HTTP_REQUESTS,
    EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL,
    EXPORTER_WEB_EXTERNAL_URL_INFO,
)
from azure_migrate_exporter.exposition.text import families


class ClosedBecause(StrEnum):
    """Why the server closed a connection; values of the label `cause`."""

    LIMIT = "limit"
    ADDRESS_LIMIT = "address_limit"
    NO_REQUEST = "no_request"
    IDLE = "idle"
    NO_DESCRIPTOR = "no_descriptor"


class HttpMetrics:
    """Requests and their durations by handler; part of the tail of the page."""

    def __init__(self) -> None:
        self.web_config_loaded: bool | None = None
        """None without a web configuration file."""
        self.external_url = ""
        """Where browsers find the landing page; empty if unknown."""
        self._requests: Counter[tuple[str, str]] = Counter()
        self._durations: dict[str, Histogram] = {}
        self.connections = 0
        """Open now."""
        self._closed: Counter[ClosedBecause] = Counter(dict.fromkeys(ClosedBecause, 0))

    def count(self, handler: str, code: int, seconds: float) -> None:
        """Count one request."""
        self._requests[handler, str(code)] += 1
        if handler not in self._durations:
            self._durations[handler] = Histogram(EXPORTER_HTTP_REQUEST_DURATION)
        self._durations[handler].observe(seconds)

    def count_closed(self, because: ClosedBecause) -> None:
        """Count one connection that the server closed."""
        self._closed[because] += 1

    def families(self) -> list[tuple[bytes, bytes, bytes]]:
        """The current families: header in the text format, header in OpenMetrics, sample lines."""
        out = Measurements()
        out.set(EXPORTER_HTTP_CONNECTIONS, self.connections)
        for because, closed in self._closed.items():
            out.set(EXPORTER_HTTP_CONNECTIONS_CLOSED, closed, cause=because)
        for (handler, code), requests in self._requests.items():
            out.set(EXPORTER_HTTP_REQUESTS, requests, handler=handler, code=code)
        for handler, durations in self._durations.items():
            out.histogram(EXPORTER_HTTP_REQUEST_DURATION, durations, handler=handler)
        if self.web_config_loaded is not None:
            out.set(EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL, self.web_config_loaded)
        if self.external_url:
            out.set(EXPORTER_WEB_EXTERNAL_URL_INFO, 1, external_url=self.external_url)
        return families(out.block())
