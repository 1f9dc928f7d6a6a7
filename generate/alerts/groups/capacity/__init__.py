"""`rules/capacity.yml`: NFC buffers and datastores."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity import datastores, nfc, recordings
from generate.alerts.model import Group

GROUP: Final = Group(
    "capacity",
    Text("NFC buffers and datastores", "Mémoires tampons NFC et magasins de données"),
    (*recordings.RECORDINGS, *nfc.ALERTS, *datastores.ALERTS),
    depends_on=("evidence",),
)
