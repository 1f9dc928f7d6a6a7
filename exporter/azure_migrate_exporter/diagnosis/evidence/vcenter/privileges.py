"""The privileges of the appliances' own accounts."""

from collections import defaultdict
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Assessment, Problem
from azure_migrate_exporter.diagnosis.evidence.vcenter.view import View
from azure_migrate_exporter.diagnosis.model import Verdict
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures.model import Text

_UNKNOWN: Final = Text(
    "not known: name the appliance's account, with its domain, in vcenters[].replication.accounts",
    "inconnu : nommez le compte de l'appliance, avec son domaine, dans vcenters[].replication.accounts",
)


def assess_privileges(view: View) -> Assessment:
    """Accounts that lack a documented privilege."""
    missing: defaultdict[str, list[str]] = defaultdict(list)
    for labels, granted in view.samples.all(metrics.VSPHERE_ACCOUNT_PRIVILEGE):
        missing[labels["vcenter_account"]] += [] if granted else [labels["privilege"]]
    if not missing:
        return Verdict.NOT_CONFIGURED, _UNKNOWN
    return [
        Problem({}, Text(f"{account} lacks {', '.join(names)}", f"il manque à {account} : {', '.join(names)}"))
        for account, names in sorted(missing.items())
        if names
    ]
