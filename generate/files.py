"""The one list of generated files."""

from generate import configuration, metrics


def generated() -> dict[str, str]:
    """Path below the root, and content, of every generated file."""
    return {
        "docs/metrics.md": metrics.page(),
        "docs/configuration.md": configuration.page(),
        "docs/web-configuration.md": configuration.web_page(),
    }
