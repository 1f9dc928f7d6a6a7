"""The metrics of the web server itself."""

from collections import Counter

from azure_migrate_exporter.exposition.measurements import Histogram, Measurements
from azure_migrate_exporter.exposition.metrics import (
    EXPORTER_HTTP_REQUEST_DURATION,
    EXPORTER_HTTP_REQUESTS,
    EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL,
)
from azure_migrate_exporter.exposition.text import families


class HttpMetrics:
    """Requests and their durations by handler; part of the tail of the page."""

    def __init__(self) -> None:
        self.web_config_loaded: bool | None = None
        """None without a web configuration file."""
        self._requests: Counter[tuple[str, str]] = Counter()
        self._durations: dict[str, Histogram] = {}

    def count(self, handler: str, code: int, seconds: float) -> None:
        """Count one request."""
        self._requests[handler, str(code)] += 1
        if handler not in self._durations:
            self._durations[handler] = Histogram(EXPORTER_HTTP_REQUEST_DURATION)
        self._durations[handler].observe(seconds)

    def families(self) -> list[tuple[bytes, bytes, bytes]]:
        """The current families: header in the text format, header in OpenMetrics, sample lines."""
        out = Measurements()
        for (handler, code), requests in self._requests.items():
            out.set(EXPORTER_HTTP_REQUESTS, requests, handler=handler, code=code)
        for handler, durations in self._durations.items():
            out.histogram(EXPORTER_HTTP_REQUEST_DURATION, durations, handler=handler)
        if self.web_config_loaded is not None:
            out.set(EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL, self.web_config_loaded)
        return families(out.block())
