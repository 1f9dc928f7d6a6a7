"""`docs/metrics.md`: the table of every metric."""

from azure_migrate_exporter.exposition import metrics as _table  # noqa: F401 - fills TABLE
from azure_migrate_exporter.exposition.metric import TABLE
from azure_migrate_exporter.reasons import REMEDIES

_HEAD = """# Metrics

Made from the code by `make generate`. Base units; ratios are from 0 to 1; points in time are Unix seconds. A series
disappears with the thing that it describes. State sets show every state, with 0 or 1.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
"""

_REASONS = """
## Reasons

The value of the label `result` of a failed run (`reason` elsewhere), the field `reason` in the log, and the word that
`collect` prints.

| reason | what to do |
| --- | --- |
"""


def page() -> str:
    """The page."""
    rows = [
        f"| `{metric.name}` | {metric.type} | {', '.join(metric.labels)} | {_escaped(metric.help)} |\n"
        for metric in TABLE.values()
    ]
    reasons = [f"| `{reason}` | {remedy} |\n" for reason, remedy in REMEDIES.items()]
    return _HEAD + "".join(rows) + _REASONS + "".join(reasons)


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")
