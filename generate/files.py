"""The one list of generated files."""

from functools import cache

from generate import chart
from generate.alerts.files import files as alerts
from generate.alerts.values import load
from generate.dashboards.files import files as dashboards
from generate.docs import configuration, metrics


@cache
def generated() -> dict[str, str]:
    """Path below the root, and content, of every generated file."""
    made = {
        "docs/metrics.md": metrics.page(),
        "docs/configuration.md": configuration.page(),
        "docs/web-configuration.md": configuration.web_page(),
        **{f"alerts/{name}": text for name, text in alerts(load()).items()},
        **{f"dashboards/{name}": text for name, text in dashboards().items()},
    }
    return {**made, **chart.files(made)}
