"""Space and disk snapshots of the datastores."""

from typing import Final

from azure_migrate_exporter.failures.data import capacity
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.recordings import MACHINES, PLACE, REMAINING
from generate.alerts.groups.shared.annotation_queries import CONCEPTS, SLOW
from generate.alerts.groups.shared.samples import series
from generate.alerts.groups.shared.vcenter_machine import NO_MACHINE, vm_on
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

_ON_DATASTORE: Final = f'{PLACE}{{vcenter="$vcenter",datastore="$datastore"}}'
_DS: Final = 'vcenter="vc",datastore="ds-1",source="vsphere"'
_DATASTORE: Final = ("vcenter", "datastore")
_DS1: Final = {"vcenter": "vc", "datastore": "ds-1"}
_FREE: Final = f"azure_migrate_datastore_free_bytes{{{_DS}}}"
_CAPACITY: Final = f"azure_migrate_datastore_capacity_bytes{{{_DS}}}"
_VM: Final = Live(_ON_DATASTORE, NO_MACHINE, label="vm")
_LIST: Final = Live(_ON_DATASTORE, Text("not known", "inconnues"), label="vm", most=5)

FILLING: Final = Alert(
    name="DatastoreFillingUp",
    component=Component.VSPHERE,
    expr=f"""(
  max by (vcenter, datastore) (predict_linear(azure_migrate_datastore_free_bytes[$window], 0))
  + on (vcenter, datastore)
  max by (vcenter, datastore) (deriv(azure_migrate_datastore_free_bytes[$window])) * on (vcenter, datastore) {REMAINING}
  < 0
  or on (vcenter, datastore)
  (
    max by (vcenter, datastore) (predict_linear(azure_migrate_datastore_free_bytes[$window], $horizon_seconds)) < 0
    unless on (vcenter, datastore) {REMAINING}
  )
)
and on (vcenter, datastore) {MACHINES}
and on (vcenter, datastore) azure_migrate_datastore_free_bytes offset $window
and on (vcenter, datastore)
  azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes < $below""",
    labels=_DATASTORE,
    summary=Text(
        "A datastore will be full before the cycles on it end.",
        "Un magasin de données sera plein avant la fin des cycles qui s'y déroulent.",
    ),
    description=Text(
        "At the present rate {datastore} ({vcenter}) is full in {until}; {share} is free. Replicating machines on it: "
        "{machines}.",
        "Au rythme actuel, {datastore} ({vcenter}) sera plein dans {until} ; {share} est libre. Ses machines en "
        "réplication : {machines}.",
    ),
    live={
        "until": Live(
            'azure_migrate_datastore_free_bytes{vcenter="$vcenter",datastore="$datastore"} '
            '/ -deriv(azure_migrate_datastore_free_bytes{vcenter="$vcenter",datastore="$datastore"}[30m])',
            Text("some hours", "quelques heures"),
            form=Form.DURATION,
        ),
        "share": Live(
            'azure_migrate_datastore_free_bytes{vcenter="$vcenter",datastore="$datastore"} '
            '/ azure_migrate_datastore_capacity_bytes{vcenter="$vcenter",datastore="$datastore"}',
            Text("?", "?"),
            form=Form.PERCENT,
        ),
        "machines": _LIST,
        "vm": _VM,
    },
    meaning=Text(
        "A line through the free space of the last half hour reaches zero before the cycle that takes longest would "
        "end (or within some hours, where no cycle tells how long it takes).",
        "Une droite passant par l'espace libre de la dernière demi-heure atteint zéro avant la fin du cycle le plus "
        "long (ou en quelques heures, si aucun cycle ne dit combien il dure).",
    ),
    impact=Text(
        "When it is full, every machine on it stands still until space is made.",
        "Lorsqu'il est plein, toutes ses machines se figent jusqu'à ce que l'on libère de l'espace.",
    ),
    fix=(capacity.DATASTORE_FILLING,),
    documents=(CONCEPTS,),
    dashboard=Dashboard.APPLIANCE,
    queries=(REMAINING, "deriv(azure_migrate_datastore_free_bytes[30m])"),
    cases=(
        Case(
            "100 GiB free, 1 GiB less each minute, and a cycle of two hours",
            {
                _FREE: "161061273600-1073741824x140",
                _CAPACITY: "1099511627776x300",
                **vm_on("web01", 1),
                'azure_migrate_replication_time_remaining_seconds{vm="web01",vm_id="1",vault="v"}': "7200x300",
            },
            "50m",
            (
                Fires(
                    _DS1,
                    live={"until": "1h 40m 0s", "share": "9.766%", "machines": "web01", "vm": "web01"},
                ),
            ),
        ),
        Case(
            "the same, but the cycle ends in half an hour",
            {
                _FREE: "161061273600-1073741824x140",
                _CAPACITY: "1099511627776x300",
                **vm_on("web01", 1),
                'azure_migrate_replication_time_remaining_seconds{vm="web01",vm_id="1",vault="v"}': "1800x300",
            },
            "50m",
        ),
        Case(
            "no cycle tells its time: full within four hours",
            {_FREE: "161061273600-1073741824x140", _CAPACITY: "1099511627776x300", **vm_on("web01", 1)},
            "50m",
            (
                Fires(
                    _DS1,
                    live={"until": "1h 40m 0s", "share": "9.766%", "machines": "web01", "vm": "web01"},
                ),
            ),
        ),
        Case(
            "no replicating machine on it",
            {_FREE: "161061273600-1073741824x140", _CAPACITY: "1099511627776x300"},
            "50m",
        ),
        Case(
            "a large file is copied to a datastore with much room",
            {_FREE: "1099511627776-1073741824x140", _CAPACITY: "1199511627776x300", **vm_on("web01", 1)},
            "50m",
        ),
        Case(
            "a first start without history",
            {_FREE: "161061273600-1073741824x20", _CAPACITY: "1099511627776x300", **vm_on("web01", 1)},
            "20m",
        ),
    ),
)
FULL: Final = Alert(
    name="DatastoreFull",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, datastore) (
  azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes
) < $threshold
and on (vcenter, datastore) {MACHINES}""",
    labels=_DATASTORE,
    summary=Text(
        "A datastore of replicating machines has hardly any space left.",
        "Un magasin de données de machines en réplication n'a presque plus d'espace.",
    ),
    description=Text(
        "{value} of {datastore} ({vcenter}) is free. Replicating machines on it: {machines}.",
        "{value} de {datastore} ({vcenter}) est libre. Ses machines en réplication : {machines}.",
    ),
    live={"machines": _LIST, "vm": _VM},
    value=Form.PERCENT,
    meaning=Text(
        "Each snapshot grows with every block that its machine writes, and a consolidation needs space as well.",
        "Chaque instantané grossit avec chaque bloc qu'écrit sa machine, et une consolidation demande aussi de "
        "l'espace.",
    ),
    impact=Text(
        "Snapshots fail («Unable to open the snapshot file», «Generate Snapshot Hung»), and machines stand still when "
        "nothing is left.",
        "Les instantanés échouent (« Unable to open the snapshot file », « Generate Snapshot Hung »), et les "
        "machines se figent lorsqu'il ne reste rien.",
    ),
    fix=(capacity.DATASTORE_FULL,),
    documents=(CONCEPTS,),
    dashboard=Dashboard.APPLIANCE,
    queries=("sort(azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes)",),
    cases=(
        Case(
            "8 % free",
            {_FREE: "8e9x60", _CAPACITY: "100e9x60", **vm_on("web01", 1)},
            "40m",
            (Fires(_DS1, value="8%", live={"machines": "web01", "vm": "web01"}, levels=("warning",)),),
        ),
        Case(
            "2 % free",
            {_FREE: "2e9x60", _CAPACITY: "100e9x60", **vm_on("web01", 1)},
            "40m",
            (Fires(_DS1, value="2%", live={"machines": "web01", "vm": "web01"}),),
        ),
        Case(
            "a healthy datastore at its limit: 10 % free",
            {_FREE: "10e9x60", _CAPACITY: "100e9x60", **vm_on("web01", 1)},
            "40m",
        ),
        Case(
            "the boot disk of a host",
            {
                _FREE: "2e9x60",
                _CAPACITY: "100e9x60",
                **vm_on("other", 9),
                'azure_migrate_vsphere_vm_replicating{vcenter="vc",vm="other",vm_id="9"}': "0x60",
            },
            "40m",
        ),
    ),
)
SNAPSHOTS: Final = Alert(
    name="DatastoreSnapshotsAtLimit",
    component=Component.VSPHERE,
    expr="""(
  max by (vcenter, datastore) (azure_migrate_datastore_disk_snapshots{source="vsphere"})
  / max by (vcenter, datastore) (azure_migrate_datastore_disk_snapshots_limit{source="vsphere"})
  or on (datastore)
  max by (vcenter, datastore) (azure_migrate_datastore_disk_snapshots{source="azure"})
  / max by (vcenter, datastore) (azure_migrate_datastore_disk_snapshots_limit{source="azure"})
) >= $threshold""",
    labels=_DATASTORE,
    summary=Text(
        "As many disks of a datastore have a replication snapshot as may.",
        "Autant de disques d'un magasin de données ont un instantané de réplication qu'il est permis.",
    ),
    description=Text(
        "{value} of the disk snapshots that Azure Migrate allows on {datastore} ({vcenter}) exist.",
        "{value} des instantanés de disques qu'Azure Migrate permet sur {datastore} ({vcenter}) existent.",
    ),
    value=Form.PERCENT,
    meaning=Text(
        "Azure Migrate makes at most 15 disk snapshots at once on a datastore. More disks wait in a queue; that is "
        "normal in a wave of initial replications, so it wakes nobody.",
        "Azure Migrate crée au plus 15 instantanés de disques à la fois sur un magasin de données. Les autres "
        "attendent ; c'est normal pendant une vague de réplications initiales : personne n'est réveillé.",
    ),
    impact=Text(
        "Delta cycles and migrations of machines on this datastore may wait.",
        "Des cycles delta et des migrations de machines de ce magasin de données peuvent attendre.",
    ),
    fix=(capacity.DATASTORE_SNAPSHOTS,),
    documents=(SLOW, CONCEPTS),
    dashboard=Dashboard.APPLIANCE,
    cases=(
        Case(
            "15 of 15 for seven hours",
            {
                f'azure_migrate_datastore_disk_snapshots{{{_DS},vault=""}}': "15x500",
                f'azure_migrate_datastore_disk_snapshots_limit{{{_DS},vault=""}}': "15x500",
            },
            "7h",
            (Fires(_DS1, value="100%"),),
        ),
        Case(
            "only Azure tells: 15 of 15 for two hours",
            {
                series(
                    "datastore_disk_snapshots", vcenter="vc.example.com", datastore="ds-1", source="azure", vault="v"
                ): ("15x500"),
                'azure_migrate_datastore_disk_snapshots_limit{vcenter="vc.example.com",datastore="ds-1",source="azure",'
                'vault="v"}': "15x500",
            },
            "2h",
            (Fires({"vcenter": "vc.example.com", "datastore": "ds-1"}, value="100%", levels=("info",)),),
        ),
        Case(
            "a healthy datastore at its limit: 14 of 15",
            {
                f'azure_migrate_datastore_disk_snapshots{{{_DS},vault=""}}': "14x500",
                f'azure_migrate_datastore_disk_snapshots_limit{{{_DS},vault=""}}': "15x500",
            },
            "7h",
        ),
    ),
)

ALERTS: Final = (FILLING, FULL, SNAPSHOTS)
