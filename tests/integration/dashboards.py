"""The queries of the committed dashboards, as Grafana asks them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.lab.prometheus import Prometheus
from tests.lab.tools import ROOT

DIRECTORY: Final = ROOT / "dashboards"
INTERVALS: Final = {"__rate_interval": "10s", "__range": "5m"}
"""What Grafana puts in place of its own variables, for a scrape each second."""
_VARIABLE: Final = re.compile(r"\$(\w+)")
_LABEL_VALUES: Final = re.compile(r"label_values\((.+), (\w+)\)")


@dataclass(frozen=True, slots=True)
class Ask:
    """One query of one panel."""

    board: str
    panel: str
    ref: str
    kind: str
    expr: str
    instant: bool

    @property
    def name(self) -> tuple[str, str, str]:
        """Dashboard, panel and letter: what tells it apart."""
        return self.board, self.panel, self.ref

    def now(self, choices: Mapping[str, str]) -> str:
        """The query for one moment: of a graph, the newest value that its time range shows."""
        expr = filled(self.expr, choices)
        return expr if self.instant else f"last_over_time(({expr})[{INTERVALS['__range']}:2s])"


def boards() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every dashboard by its name."""
    for path in sorted(DIRECTORY.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def asks() -> list[Ask]:
    """Every query of every panel."""
    return [
        Ask(name, panel["title"], target["refId"], panel["type"], target["expr"], target.get("instant", False))
        for name, board in boards()
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]


def filled(expr: str, choices: Mapping[str, str]) -> str:
    """The query with what is chosen. Raises KeyError for a variable that nobody offers."""
    return _VARIABLE.sub(lambda match: {**INTERVALS, **choices}[match[1]], expr.replace('"$1"', '"\0"')).replace(
        "\0", "$1"
    )


async def offered(scraper: Prometheus, query: str, choices: Mapping[str, str]) -> set[str]:
    """The values that a variable offers, given what is chosen before it."""
    found = _LABEL_VALUES.fullmatch(filled(query, choices))
    assert found, query
    samples = await scraper.query(f"group by ({found[2]}) ({found[1]})")
    return {sample.labels.get(found[2], "") for sample in samples} - {""}


async def choose(scraper: Prometheus, board: Mapping[str, Any], **wanted: str) -> dict[str, str]:
    """A choice for each variable of a dashboard: what is wanted, else all, as Grafana writes it into queries."""
    choices: dict[str, str] = {}
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        name = variable["name"]
        values = await offered(scraper, variable["definition"], choices)
        assert values, f"{board['title']}: {name} offers nothing"
        if name in wanted:
            assert wanted[name] in values
            choices[name] = wanted[name]
        else:
            choices[name] = variable.get("allValue") or min(values)
    return choices
