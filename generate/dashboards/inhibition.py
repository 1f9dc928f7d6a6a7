"""Firing alerts that nothing inhibits, in PromQL: Prometheus does not know what Alertmanager inhibits."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from generate.dashboards.promql import ALERTS, FIRING, external

_CONFIG: Final = Path(__file__).parents[2] / "alerts" / "alertmanager" / "alertmanager.yml"


def not_inhibited(*matchers: str, **labels: str) -> str:
    """Firing alerts of `alerts/` without those that the rules of the shipped Alertmanager inhibit."""
    inhibited = " or ".join(map(_inhibited, _rules()))
    return f"({external('ALERTS', FIRING, *matchers, **labels)} unless ({inhibited}))"


@cache
def _rules() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))["inhibit_rules"])


def _inhibited(rule: dict[str, Any]) -> str:
    target, source = (external("ALERTS", *_firing(rule[key])) for key in ("target_matchers", "source_matchers"))
    return f"{target} and on ({', '.join(rule.get('equal', ()))}) {source}"


def _firing(matchers: list[str]) -> tuple[str, ...]:
    return (ALERTS, 'alertstate="firing"', *matchers)
