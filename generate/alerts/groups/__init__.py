"""Every group of rules. A folder or module has the name of its file in `alerts/rules/`."""

from typing import Final

from generate.alerts.groups import (
    appliance,
    capacity,
    drift,
    error_budgets,
    evidence,
    exporter,
    failures,
    path,
    recurring,
    replication,
    vsphere,
)
from generate.alerts.groups.optional import blackbox_exporter, windows_exporter

GROUPS: Final = (
    evidence.GROUP,
    exporter.GROUP,
    appliance.GROUP,
    path.GROUP,
    capacity.GROUP,
    failures.GROUP,
    failures.OF_MACHINES,
    replication.GROUP,
    recurring.GROUP,
    error_budgets.GROUP,
    drift.GROUP,
    vsphere.GROUP,
    vsphere.OF_MACHINES,
    windows_exporter.GROUP,
    blackbox_exporter.GROUP,
)
