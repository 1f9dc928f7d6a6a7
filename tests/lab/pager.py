"""The pages that on-call currently has: the delivered alerts that are not yet resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generate.alerts.model import PREFIX, SEVERITIES
from tests.lab.alertmanager import Receiver

SHOWN: Final = 4
"""Lines of a fix that the demo shows."""


@dataclass(frozen=True, slots=True)
class Page:
    """One alert as it was delivered."""

    fingerprint: str
    """Alertmanager's identity of the alert."""
    name: str
    severity: str
    receivers: tuple[str, ...]
    description: str
    fix: tuple[str, ...]
    """Its first lines."""


def active_pages(receiver: Receiver) -> list[Page]:
    """The worst first, without infos such as the watchdog."""
    found = [_page(alerts) for alerts in _by_fingerprint(receiver) if alerts[-1]["status"] == "firing"]
    shown = [page for page in found if page.severity != "info"]
    return sorted(shown, key=lambda page: ([*SEVERITIES].index(page.severity), page.name))  # type: ignore[arg-type]


def _by_fingerprint(receiver: Receiver) -> Iterator[list[dict[str, Any]]]:
    """The notifications of each alert, newest last."""
    history: dict[str, list[dict[str, Any]]] = {}
    for alert in receiver.alerts():
        history.setdefault(alert["fingerprint"], []).append(alert)
    return iter(history.values())


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
