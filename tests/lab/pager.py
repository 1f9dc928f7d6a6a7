"""What on-call reads at this moment: the alerts that a receiver was told of and that are not over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generate.alerts.model import PREFIX, SEVERITIES
from tests.lab.alertmanager import Receiver

SHOWN: Final = 4
"""Lines of a fix that are shown; the page has them all."""


@dataclass(frozen=True, slots=True)
class Page:
    """One alert, as somebody was told of it."""

    fingerprint: str
    """Tells it from all other alerts."""
    name: str
    severity: str
    told: tuple[str, ...]
    """Receivers."""
    description: str
    fix: tuple[str, ...]
    """Its first lines."""


def pages(receiver: Receiver) -> list[Page]:
    """The worst first; without the watchdog, which says only that all of this works."""
    found = [_page(alerts) for alerts in _by_fingerprint(receiver) if alerts[-1]["status"] == "firing"]
    shown = [page for page in found if page.severity != "info"]
    return sorted(shown, key=lambda page: ([*SEVERITIES].index(page.severity), page.name))  # type: ignore[arg-type]


def _by_fingerprint(receiver: Receiver) -> Iterator[list[dict[str, Any]]]:
    """All that was said of each alert, the newest last."""
    said: dict[str, list[dict[str, Any]]] = {}
    for alert in receiver.alerts():
        said.setdefault(alert["fingerprint"], []).append(alert)
    return iter(said.values())


def _page(alerts: list[dict[str, Any]]) -> Page:
    newest = alerts[-1]
    labels, annotations = newest["labels"], newest["annotations"]
    return Page(
        newest["fingerprint"],
        labels["alertname"].removeprefix(PREFIX),
        labels["severity"],
        tuple(sorted({alert["receiver"] for alert in alerts})),
        annotations["description"],
        tuple(annotations["fix"].splitlines()[:SHOWN]),
    )
