"""The queries of the committed dashboards, as Grafana sends them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.lab.prometheus import Prometheus
from tests.lab.tools import ROOT

DIRECTORY: Final = ROOT / "dashboards"
INTERVALS: Final = {"__rate_interval": "10s", "__range": "5m", "__interval": "10s", "__interval_ms": "10000"}
"""Values of Grafana's own variables, for a scrape each second."""
POINTS: Final = 1440
"""Points that Grafana asks for in the widest panel."""
_SPECIAL: Final = re.compile(r"[$^*{}\[\]'+?.()|]")
_VARIABLE: Final = re.compile(r"\$(\w+)")
_LABEL_VALUES: Final = re.compile(r"label_values\((.+), (\w+)\)")


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query of one panel."""

    board: str
    panel: str
    ref: str
    kind: str
    expr: str
    instant: bool
    points: int
    """Limit of the intervals in the time range."""
    shortest: int
    """Seconds of the shortest interval."""
    repeat: str
    """The variable for each of whose values its row is repeated."""

    def interval(self, seconds: float) -> int:
        """Seconds of ``$__interval``, and of a step, in a time range of so many seconds."""
        return max(self.shortest, round(seconds / self.points))

    @property
    def name(self) -> tuple[str, str, str]:
        """Dashboard, panel title and reference: a unique name."""
        return self.board, self.panel, self.ref

    def instant_expr(self, variables: Mapping[str, str]) -> str:
        """The expression of an instant query: for a graph, the newest value in its time range."""
        expr = interpolated(self.expr, variables)
        return expr if self.instant else f"last_over_time(({expr})[{INTERVALS['__range']}:2s])"


def boards() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every dashboard by its name."""
    for path in sorted(DIRECTORY.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel, those of folded rows included."""
    for _, panel in _with_repeat(board):
        yield panel


def panel_queries() -> list[PanelQuery]:
    """Every query of every panel."""
    return [
        PanelQuery(
            board=name,
            panel=panel["title"],
            ref=target["refId"],
            kind=panel["type"],
            expr=target["expr"],
            instant=target.get("instant", False),
            points=panel.get("maxDataPoints", POINTS),
            shortest=120 if panel.get("interval") == "2m" else 15,
            repeat=repeat,
        )
        for name, board in boards()
        for repeat, panel in _with_repeat(board)
        for target in panel.get("targets", ())
    ]


def _with_repeat(board: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in board["panels"]:
        if panel["type"] != "row":
            yield "", panel
        for inside in panel.get("panels", ()):
            yield panel["repeat"], inside


def interpolated(expr: str, variables: Mapping[str, str]) -> str:
    """The query with values for its variables. Raises KeyError for a variable without a value."""
    return _VARIABLE.sub(lambda match: {**INTERVALS, **variables}[match[1]], expr.replace('"$1"', '"\0"')).replace(
        "\0", "$1"
    )


async def variable_values(scraper: Prometheus, query: str, variables: Mapping[str, str]) -> set[str]:
    """The values of a variable, given the selected values of the variables before it."""
    found = _LABEL_VALUES.fullmatch(interpolated(query, variables))
    assert found, query
    samples = await scraper.query(f"group by ({found[2]}) ({found[1]})")
    return {sample.labels.get(found[2], "") for sample in samples} - {""}


async def select_variables(scraper: Prometheus, board: Mapping[str, Any], **wanted: str) -> dict[str, str]:
    """A value for each variable of a dashboard: the wanted one, or all, as Grafana writes them into queries."""
    variables: dict[str, str] = {}
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        name = variable["name"]
        values = await variable_values(scraper, variable["definition"], variables)
        assert values, f"{board['title']}: {name} has no values"
        if name in wanted:
            assert wanted[name] in values
            chosen = [wanted[name]]
        else:
            chosen = [] if "allValue" in variable else sorted(values)[: None if variable.get("includeAll") else 1]
        variables[name] = as_grafana_writes(variable, chosen)
    return variables


def as_grafana_writes(variable: Mapping[str, Any], chosen: Sequence[str]) -> str:
    """The values as Grafana's Prometheus data source writes them into a query; none is its custom All.

    A variable that may have several values becomes a regular expression, any other a plain text.
    """
    if not chosen:
        return str(variable["allValue"])
    if not variable.get("multi") and not variable.get("includeAll"):
        return chosen[0].replace("\\", r"\\").replace('"', r"\"")
    escaped = [_SPECIAL.sub(r"\\\\\g<0>", one.replace("\\", r"\\\\")) for one in chosen]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
