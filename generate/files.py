"""The list of all generated files."""

from functools import cache

from generate import chart, served_runbooks
from generate.alerts.azure.files import files as azure_files
from generate.alerts.files import files as alert_files
from generate.alerts.values import load
from generate.dashboards.boards import BOARDS
from generate.dashboards.dashboard_json import dashboard_json
from generate.docs import configuration, metrics, strangers


@cache
def generated() -> dict[str, str]:
    """The content of every generated file by its path in the repository."""
    dashboards = {board.file: dashboard_json(board) for board in BOARDS}
    made = {
        "docs/metrics.md": metrics.page(),
        "docs/configuration.md": configuration.page(),
        "docs/strangers.md": strangers.page(),
        "docs/web-configuration.md": configuration.web_page(),
        **served_runbooks.files(load()),
        **{f"alerts/{name}": text for name, text in alert_files(load()).items()},
        **{f"alerts/{name}": text for name, text in azure_files(load()).items()},
        **{f"dashboards/{name}": text for name, text in dashboards.items()},
    }
    return {**made, **chart.files(made)}
