"""The one list of generated files."""

from generate import chart, configuration, metrics


def generated() -> dict[str, str]:
    """Path below the root, and content, of every generated file."""
    made = {
        "docs/metrics.md": metrics.page(),
        "docs/configuration.md": configuration.page(),
        "docs/web-configuration.md": configuration.web_page(),
    }
    return {**made, **chart.files(made)}
