"""`docs/metrics.md`: every metric and every reason."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as _table  # noqa: F401 - fills TABLE
from azure_migrate_exporter.exposition.metric import TABLE
from azure_migrate_exporter.reasons import REMEDIES

_HEAD = """# Metrics

Generated from the code by `make generate`. Metrics have base units; ratios are from 0 to 1; times are Unix seconds. A
series disappears with the object that it describes. A state set has a series for each state, with the value 0 or 1;
those of machines have only the current state and, for five minutes, the one before it.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
"""

SERIES: Final = {
    "a replicating machine, from Azure": 7,
    "each of its disks": 1,
    "the machine, while a cycle runs": 4,
    "each of its disks, while a cycle runs": 3,
    "a vault": 120,
    "an appliance of a vault": 50,
    "a machine, from vCenter": 9,
    "an ESXi host, from vCenter": 7,
    "a datastore, from vCenter": 5,
}
"""Series that each object adds; tests count them."""

_SERIES = """
## How many series

| what | series |
| --- | --- |
"""

_REASONS = """
## Reasons

A reason is the value of the label `result` of a failed run and of the label `reason` of other metrics, the field
`reason` in the log, and part of the output of `collect`.

| reason | what to do |
| --- | --- |
"""


def page() -> str:
    """The content of the page."""
    rows = [
        f"| `{metric.name}` | {metric.type} | {', '.join(metric.labels)} | {_escaped(metric.help)} |\n"
        for metric in TABLE.values()
    ]
    reasons = [f"| `{reason}` | {remedy} |\n" for reason, remedy in REMEDIES.items()]
    counts = [f"| {what} | {count} |\n" for what, count in SERIES.items()]
    return _HEAD + "".join(rows) + _SERIES + "".join(counts) + _REASONS + "".join(reasons)


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")
