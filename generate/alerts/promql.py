"""Small rewritings of PromQL: numbers put in, matchers and labels of the operator added. No parser is needed for them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

_NUMBER: Final = re.compile(r"\$([a-z_]+)")
_METRIC: Final = re.compile(r"\b(azure_migrate[\w:]*)(?:\{([^}]*)\})?")
_GROUPING: Final = re.compile(r"\b(by|on) \(([^)]*)\)")


def parameters(expr: str) -> frozenset[str]:
    """Names of the numbers that the expression asks for."""
    return frozenset(_NUMBER.findall(expr))


def fill(expr: str, numbers: Mapping[str, Any]) -> str:
    """The expression with its numbers. Raises KeyError for one that is missing."""
    return _NUMBER.sub(lambda match: str(numbers[match[1]]), expr)


def matching(expr: str, matchers: str) -> str:
    """The expression with `matchers` added to every selector of a metric of ours."""
    if not matchers:
        return expr

    def add(match: re.Match[str]) -> str:
        inside = ",".join(filter(None, (match[2], matchers)))
        return f"{match[1]}{{{inside}}}"

    return _METRIC.sub(add, expr)


def keeping(expr: str, labels: Iterable[str]) -> str:
    """The expression with `labels` added to every ``by`` and ``on``."""
    kept = list(labels)
    if not kept:
        return expr

    def add(match: re.Match[str]) -> str:
        return f"{match[1]} ({', '.join(filter(None, (match[2].strip(), *kept)))})"

    return _GROUPING.sub(add, expr)
