"""Free space and disk snapshots of the datastores."""

from typing import Final

from azure_migrate_exporter.failures.data import capacity
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.recordings import REMAINING
from generate.alerts.groups.evidence import MACHINES_ON_DATASTORE as NUMBER_OF_MACHINES
from generate.alerts.groups.evidence import seen_in_vcenter
from generate.alerts.groups.shared.annotation_queries import (
    CONCEPTS,
    MACHINE_ID_ON_DATASTORE,
    MACHINE_ON_DATASTORE,
    MACHINES_ON_DATASTORE,
    SLOW_REPLICATION,
    number,
)
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import series

_LABELS: Final = ("vcenter", "datastore")
_QUERIES: Final = {"machines": MACHINES_ON_DATASTORE, "vm": MACHINE_ON_DATASTORE, "vm_id": MACHINE_ID_ON_DATASTORE}
_MACHINES: Final = {"machines": "web01", "vm": "web01", "vm_id": "5015"}
_MACHINE: Final = {series("vsphere_vm_info"): "1x300"}
_THIS: Final = '{vcenter="$vcenter",datastore="$datastore"}'


def _largest(value: str) -> str:
    return f"max by (vcenter, datastore) (\n  {seen_in_vcenter(value)}\n)"


def _space(free: str, capacity: str = "1099511627776x300") -> dict[str, str]:
    return {series("datastore_free_bytes"): free, series("datastore_capacity_bytes"): capacity}


def _remaining(samples: str) -> dict[str, str]:
    return {series("replication_time_remaining_seconds"): samples}


_SHRINKING: Final = _space("161061273600-1073741824x140")
"""150 GiB free, and 1 GiB less each minute."""
_A_DAY_LATER: Final = _space("161061273600x1500 161061273600-1073741824x140", "1099511627776x1700")
"""The same after a day without a change."""
_CYCLE: Final = "322122547200-1073741824x160 150323855360+1073741824x159 "
"""A cycle of five hours and a half leaves 140 GiB of 300 at its end."""
_FULL_SOON: Final = (ExpectedAlert(results={"until": "1h 40m 0s", "share": "9.766%", **_MACHINES}),)

FILLING_UP: Final = Alert(
    name="DatastoreFillingUp",
    component=Component.VSPHERE,
    expr=f"""(
  {_largest("predict_linear(azure_migrate_datastore_free_bytes[$window], 0)")}
  + on (vcenter, datastore)
  {_largest("deriv(azure_migrate_datastore_free_bytes[$window])")}
  * on (vcenter, datastore) {REMAINING}
  < 0
  or on (vcenter, datastore)
  (
    {_largest("predict_linear(azure_migrate_datastore_free_bytes[$window], $horizon_seconds)")} < 0
    unless on (vcenter, datastore) {REMAINING}
    and on (vcenter, datastore)
    {_largest("azure_migrate_datastore_free_bytes")}
    < min by (vcenter, datastore) (min_over_time(azure_migrate_datastore_free_bytes[$troughs] offset $window))
    and on (vcenter, datastore) present_over_time(azure_migrate_datastore_free_bytes[1h] offset $troughs)
  )
)
and on (vcenter, datastore) {NUMBER_OF_MACHINES}
and on (vcenter, datastore) azure_migrate_datastore_free_bytes offset $window
and on (vcenter, datastore)
{_largest("azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes")} < $below""",
    labels=_LABELS,
    summary=Text(
        "A datastore will be full before the cycles on it end.",
        "Un magasin de données sera plein avant la fin des cycles qui s'y déroulent.",
    ),
    description=Text(
        "At the current rate {datastore} ({vcenter}) is full in {until}; {share} is free. Replicating machines on the "
        "datastore: {machines}.",
        "Au rythme actuel, {datastore} ({vcenter}) sera plein dans {until} ; {share} est libre. Machines en "
        "réplication sur ce magasin : {machines}.",
    ),
    annotation_queries={
        "until": AnnotationQuery(
            f"azure_migrate_datastore_free_bytes{_THIS} / -deriv(azure_migrate_datastore_free_bytes{_THIS}[30m])",
            Text("some hours", "quelques heures"),
            number_format=NumberFormat.DURATION,
        ),
        "share": number(
            f"azure_migrate_datastore_free_bytes{_THIS} / azure_migrate_datastore_capacity_bytes{_THIS}",
            NumberFormat.PERCENT,
        ),
        **_QUERIES,
    },
    meaning=Text(
        "A line through the free space of the last half hour reaches zero before the longest running cycle ends, or "
        "within some hours if no cycle reports its remaining time and there is less space than at any time of the last "
        "day: the space that a cycle uses comes back.",
        "Une droite passant par l'espace libre de la dernière demi-heure atteint zéro avant la fin du cycle le plus "
        "long, ou en quelques heures si aucun cycle n'indique sa durée restante et qu'il reste moins d'espace "
        "qu'à tout moment du dernier jour : l'espace qu'utilise un cycle revient.",
    ),
    impact=Text(
        "When the datastore is full, every machine on it stops until space is freed.",
        "Lorsqu'il est plein, toutes ses machines se figent jusqu'à ce que l'on libère de l'espace.",
    ),
    fix=(capacity.DATASTORE_FILLING,),
    links=(CONCEPTS,),
    runbook_queries=(REMAINING, "deriv(azure_migrate_datastore_free_bytes[30m])"),
    cases=(
        Case(
            "100 GiB free, 1 GiB less each minute, and a cycle of two hours",
            {**_SHRINKING, **_MACHINE, **_remaining("7200x300")},
            "50m",
            _FULL_SOON,
        ),
        Case(
            "the same, but the cycle ends in half an hour",
            {**_SHRINKING, **_MACHINE, **_remaining("1800x300")},
            "50m",
        ),
        Case(
            "no cycle reports its remaining time: full within four hours, and less space than on the day before",
            {**_A_DAY_LATER, series("vsphere_vm_info"): "1x1700"},
            "1551m",
            _FULL_SOON,
        ),
        Case(
            "cycles use and free the same space all day, and none reports its remaining time",
            {**_space(_CYCLE * 6, "1099511627776x2000"), series("vsphere_vm_info"): "1x2000"},
            "1755m",
        ),
        Case(
            "a cycle of two hours, whose machine has disks on another datastore too",
            {
                **_SHRINKING,
                **_MACHINE,
                series("vsphere_vm_info", datastore="another"): "1x300",
                **_remaining("7200x300"),
            },
            "50m",
            _FULL_SOON,
        ),
        Case("no replicating machine on it", _SHRINKING, "50m"),
        Case(
            "a large file is copied to a datastore with much free space",
            {**_space("1099511627776-1073741824x140", "1199511627776x300"), **_MACHINE},
            "50m",
        ),
        Case("a first start without history", {**_space("161061273600-1073741824x20"), **_MACHINE}, "20m"),
    ),
)
FULL: Final = Alert(
    name="DatastoreFull",
    component=Component.VSPHERE,
    expr=f"""{_largest("azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes")} < $threshold
and on (vcenter, datastore) {NUMBER_OF_MACHINES}""",
    labels=_LABELS,
    summary=Text(
        "A datastore of replicating machines is nearly full.",
        "Un magasin de données de machines en réplication est presque plein.",
    ),
    description=Text(
        "{value} of {datastore} ({vcenter}) is free. Replicating machines on the datastore: {machines}.",
        "{value} de {datastore} ({vcenter}) est libre. Machines en réplication sur ce magasin : {machines}.",
    ),
    annotation_queries=_QUERIES,
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "Each snapshot grows with every block that its machine writes. A consolidation needs free space as well.",
        "Chaque instantané grossit avec chaque bloc qu'écrit sa machine. Une consolidation demande aussi de l'espace.",
    ),
    impact=Text(
        "Snapshots fail («Unable to open the snapshot file», «Generate Snapshot Hung»), and machines stop when no "
        "space is left.",
        "Les instantanés échouent (« Unable to open the snapshot file », « Generate Snapshot Hung »), et les "
        "machines se figent lorsqu'il ne reste rien.",
    ),
    fix=(capacity.DATASTORE_FULL,),
    links=(CONCEPTS,),
    runbook_queries=("sort(azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes)",),
    cases=(
        Case(
            "8 % free",
            {**_space("8e9x60", "100e9x60"), **_MACHINE},
            "40m",
            (ExpectedAlert(value="8%", results=_MACHINES, levels=("warning",)),),
        ),
        Case(
            "2 % free",
            {**_space("2e9x60", "100e9x60"), **_MACHINE},
            "40m",
            (ExpectedAlert(value="2%", results=_MACHINES),),
        ),
        Case("a healthy datastore at its limit: 10 % free", {**_space("10e9x60", "100e9x60"), **_MACHINE}, "40m"),
        Case(
            "the boot disk of a host",
            {**_space("2e9x60", "100e9x60"), **_MACHINE, series("vsphere_vm_replicating"): "0x60"},
            "40m",
        ),
    ),
)


def _snapshots(samples: str, **labels: str) -> dict[str, str]:
    return {
        series("datastore_disk_snapshots", **labels): samples,
        series("datastore_disk_snapshots_limit", **labels): "15x500",
    }


SNAPSHOTS_AT_LIMIT: Final = Alert(
    name="DatastoreSnapshotsAtLimit",
    component=Component.VSPHERE,
    expr=f"""(
  {_largest('azure_migrate_datastore_disk_snapshots{source="vsphere"}')}
  / {_largest('azure_migrate_datastore_disk_snapshots_limit{source="vsphere"}')}
  or on (datastore)
  max by (vcenter, datastore) (azure_migrate_datastore_disk_snapshots{{source="azure"}})
  / max by (vcenter, datastore) (azure_migrate_datastore_disk_snapshots_limit{{source="azure"}})
) >= $threshold""",
    labels=_LABELS,
    summary=Text(
        "A datastore has as many disk snapshots as Azure Migrate allows.",
        "Un magasin de données a autant d'instantanés de disques qu'Azure Migrate en permet.",
    ),
    description=Text(
        "{datastore} ({vcenter}) has {value} of the disk snapshots that Azure Migrate allows.",
        "{datastore} ({vcenter}) a {value} des instantanés de disques qu'Azure Migrate permet.",
    ),
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "Azure Migrate creates at most 15 disk snapshots at the same time on a datastore. Further disks wait in a "
        "queue. That is normal during a wave of initial replications, so the alert does not page.",
        "Azure Migrate crée au plus 15 instantanés de disques à la fois sur un magasin de données. Les autres "
        "attendent. C'est normal pendant une vague de réplications initiales : personne n'est réveillé.",
    ),
    impact=Text(
        "Delta cycles and migrations of machines on this datastore may wait.",
        "Des cycles delta et des migrations de machines de ce magasin de données peuvent attendre.",
    ),
    fix=(capacity.DATASTORE_SNAPSHOTS,),
    links=(SLOW_REPLICATION, CONCEPTS),
    cases=(
        Case("15 of 15 for seven hours", _snapshots("15x500"), "7h", (ExpectedAlert(value="100%"),)),
        Case(
            "only Azure reports it: 15 of 15 for two hours",
            _snapshots("15x500", vcenter="vc.example.com", source="azure", vault="paris-vault"),
            "2h",
            (ExpectedAlert({"vcenter": "vc.example.com"}, value="100%", levels=("info",)),),
        ),
        Case("a healthy datastore at its limit: 14 of 15", _snapshots("14x500"), "7h"),
    ),
)

ALERTS: Final = (FILLING_UP, FULL, SNAPSHOTS_AT_LIMIT)
