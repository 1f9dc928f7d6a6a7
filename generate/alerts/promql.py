"""PromQL as text: numbers filled in, matchers and labels of the operator added, and an expression for counters."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from azure_migrate_exporter.config.base import parse_duration

_PARAMETER: Final = re.compile(r"\$([a-z_]+)")
_METRIC: Final = re.compile(r"\b((?:\w+:)?azure_migrate[\w:]*)(?:\{([^}]*)\})?")
_SECONDS: Final = "_seconds"
_GROUPING: Final = re.compile(r"\b(by|on) \(([^)]*)\)")


def parameters(expr: str) -> frozenset[str]:
    """Names of the numbers that the expression needs."""
    return frozenset(name.removesuffix(_SECONDS) for name in _PARAMETER.findall(expr))


def fill(expr: str, numbers: Mapping[str, Any]) -> str:
    """The expression with its numbers; ``$name_seconds`` is the duration `name` in seconds.

    Raises KeyError for a missing number.
    """

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name not in numbers and name.endswith(_SECONDS):
            return f"{parse_duration(numbers[name.removesuffix(_SECONDS)]):g}"
        return str(numbers[name])

    return _PARAMETER.sub(number, expr)


def add_matchers(expr: str, matchers: str) -> str:
    """The expression with `matchers` added to every selector of a metric of the exporter."""
    if not matchers:
        return expr

    def selector(match: re.Match[str]) -> str:
        return f"{match[1]}{{{','.join(filter(None, (match[2], matchers)))}}}"

    return _METRIC.sub(selector, expr)


def keep_labels(expr: str, labels: Iterable[str]) -> str:
    """The expression with `labels` added to every ``by`` and ``on``."""
    kept = list(labels)
    if not kept:
        return expr

    def grouping(match: re.Match[str]) -> str:
        return f"{match[1]} ({', '.join(filter(None, (match[2].strip(), *kept)))})"

    return _GROUPING.sub(grouping, expr)


def increased(counter: str, by: str, window: str = "$window") -> str:
    """An expression for the counters that increased within `window`.

    A series that appears while the exporter was already running counts as an increase from 0. What two exporters count
    counts once.
    """
    return f"""max by ({by}) (
  sum by ({by}, instance) (increase({counter}[{window}])) > 0
  or sum by ({by}, instance) (
    {counter}
    unless {counter} offset {window}
    and on (instance, job) azure_migrate_exporter_build_info offset {window}
  ) > 0
)"""
