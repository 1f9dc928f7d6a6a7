"""The migration wave: what is copied, what is migrated, when it ends, and which machines are slow, ready or not."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from generate.alerts.model import Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards import variables
from generate.dashboards.boards.overview import total
from generate.dashboards.boards.wave_machines import READY, SLOW
from generate.dashboards.model import (
    BLUE,
    GREEN,
    RED,
    Board,
    Query,
    Row,
    SeriesStyle,
    stat,
    timeseries,
)
from generate.dashboards.promql import APPLIANCE, VAULT, selector

_NO_REPLICATION: Final = "Azure's data is not collected, or Azure does not answer: see the tile Data of the overview"
_STAGES: Final = (
    ("not started", "~none|enable_migration_in_progress"),
    ("initial replication", "initial_seeding_in_progress"),
    ("replicating", "~replicating|resume_.+"),
    ("paused", "~suspending_protection|protection_suspended"),
    ("migrating", "migration_in_progress"),
    ("migrated", mappings.MIGRATED),
    ("failed", "~.+_failed|migration_partially_succeeded"),
)
"""Stages of a wave, and Azure's migration states in each."""


def _states(states: str) -> str:
    return total(m.REPLICATION_MACHINES_BY_STATE, state=states)


# --- progress --------------------------------------------------------------------------------------------------------

_LEFT: Final = total(m.REPLICATION_COPY_REMAINING)
_SPEED: Final = f"avg_over_time({total(m.REPLICATION_TOTAL_UPLOAD)}[6h:1m])"
_COPIED: Final = (
    f"-sum(max by (vault, appliance) (deriv({selector(m.REPLICATION_COPY_REMAINING, VAULT, APPLIANCE)}[1h])))"
)
"""Bytes that became fewer in a second, in the last hour."""
_MIGRATED: Final = selector(m.REPLICATION_MACHINES_BY_STATE, VAULT, APPLIANCE, state=mappings.MIGRATED)
_ALL: Final = f"({total(m.REPLICATION_MACHINES_BY_STATE)} > 0)"
_PROGRESS: Final = (
    stat("Machines", "Machines that Azure lists.", (Query(total(m.REPLICATION_MACHINES_BY_STATE)),), unit="short"),
    stat(
        "Copied",
        "Ratio of the machines whose initial replication has completed.",
        (Query(f"{total(m.REPLICATION_MACHINES_COPIED)} / {_ALL}"),),
        unit="percentunit",
    ),
    stat(
        "Migrated",
        "Ratio of the listed machines whose migration has succeeded. A machine that is no longer listed does not "
        "count.",
        (Query(f"{_states(mappings.MIGRATED)} / {_ALL}"),),
        unit="percentunit",
    ),
    stat(
        "Bytes left",
        "Bytes that initial replications have still to copy: the sizes of the disks times the remaining ratio. The "
        "disks of a machine are known an hour or so after it is listed.",
        (Query(_LEFT),),
        unit="bytes",
    ),
    stat(
        "Upload speed",
        "Upload speed of all running cycles together, the average of the last six hours: delta cycles are in it.",
        (Query(_SPEED),),
        unit="Bps",
    ),
    stat(
        "End of the copies",
        "Forecast: when nothing is left, if the bytes left go on as in the last hour. No data while they do not become "
        "fewer, as when machines were added within that hour.",
        (Query(f"1000 * (time() + {_LEFT} / ({_COPIED} > 0)) and {_LEFT} > 0"),),
        unit="dateTimeFromNow",
    ),
    timeseries(
        "Machines by stage",
        "Number of machines in each stage of the wave, from Azure's migration states.",
        tuple(Query(_states(states), stage) for stage, states in _STAGES),
        unit="short",
        width=12,
        height=9,
        stacked=True,
        styles=(SeriesStyle("failed", RED), SeriesStyle("migrated", GREEN), SeriesStyle("replicating", BLUE)),
    ),
    timeseries(
        "Done per day",
        "Machines that became copied and migrated within the last 24 hours, at each time. Negative numbers, when "
        "machines leave the list, are not shown.",
        (
            Query(
                f"clamp_min({total(m.REPLICATION_MACHINES_COPIED)} - "
                f"sum({selector(m.REPLICATION_MACHINES_COPIED, VAULT, APPLIANCE)} offset 1d), 0)",
                "copied",
            ),
            Query(
                f"clamp_min({_states(mappings.MIGRATED)} - "
                f"sum({selector(m.REPLICATION_MACHINES_BY_STATE, VAULT, APPLIANCE, state=mappings.MIGRATED)} offset "
                "1d), 0)",
                "migrated",
            ),
        ),
        "Known a day after the first data of Azure",
        unit="short",
        width=6,
        height=9,
        styles=(SeriesStyle("copied", BLUE), SeriesStyle("migrated", GREEN)),
    ),
    timeseries(
        "Bytes left to copy",
        "Bytes that initial replications have still to copy. It rises when machines are added.",
        (Query(_LEFT, "left"),),
        unit="bytes",
        width=6,
        height=9,
    ),
)

BOARD: Final = Board(
    Dashboard.WAVE,
    "Azure Migrate: wave",
    "The migration wave: what is copied and migrated, when it ends, and which machines are slow or not ready.",
    (variables.VAULT, variables.APPLIANCE),
    (
        Row("Progress", _PROGRESS, width=4, height=4, no_value=_NO_REPLICATION),
        Row("Slow machines", SLOW, height=11),
        Row("Cut-over", READY, no_value=_NO_REPLICATION),
    ),
    alerts='appliance=~"$appliance|",vault=~"$vault|"',
)
