"""One alert for each documented failure, seen in Azure's errors, events, jobs and logs: all from the catalogue."""

from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Failure, Text
from generate.alerts.groups.shared.annotation_queries import BY_PROJECT, NAMESPACE, PROJECT, VAULT
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Live, Recording
from generate.alerts.promql import increased

SEEN: Final = "azure_migrate:failure_seen"
"""1 for a failure that Azure shows, 2 where it rates the machine critical."""

_APPLIANCE: Final = "azure_migrate:machine:appliance"
OF_APPLIANCE: Final = f"* on (vm_id, vault) group_left (appliance) {_APPLIANCE}"
"""Adds to series of machines the appliance that replicates them."""

HARMLESS: Final = "|".join(sorted(failure.id for failure in CATALOGUE.values() if failure.harmless))
"""What Azure lists beside healthy replication."""

_NEWS: Final = "\nor ".join(
    increased(counter, "vault, failure", "$news")
    for counter in (
        'azure_migrate_replication_events_total{failure!~"none|unknown"}',
        'azure_migrate_replication_jobs_total{state="failed",failure!="unknown"}',
        'azure_migrate_azure_vault_events_total{failure!~"none|unknown"}',
        'azure_migrate_azure_vault_jobs_total{failure!~"none|unknown"}',
    )
)
RECORDINGS: Final = (
    Recording(
        _APPLIANCE,
        "topk by (vm_id, vault) (1, max by (vm_id, vault, appliance) (azure_migrate_replication_info))",
    ),
    Recording(
        SEEN,
        f"""max by (appliance, vault, vm, vm_id, code, failure) (
  azure_migrate_replication_errors
  {OF_APPLIANCE}
)
+ on (vm_id, vault) group_left ()
max by (vm_id, vault) (azure_migrate_replication_health{{health="critical"}})""",
        {"source": "machine"},
    ),
    Recording(
        SEEN,
        "max by (appliance, vault, code, failure) (azure_migrate_replication_fabric_errors)",
        {"source": "fabric"},
    ),
    Recording(SEEN, "max by (vault, code, failure) (azure_migrate_replication_vault_errors)", {"source": "vault"}),
    # What was said once counts only where it is not shown as an error now, or was within the same time.
    Recording(
        SEEN,
        f"""group by (vault, failure) (
{_NEWS}
)
unless on (vault, failure) present_over_time(azure_migrate_replication_errors[$news])
unless on (vault, failure) azure_migrate_replication_fabric_errors
unless on (vault, failure) azure_migrate_replication_vault_errors""",
        {"source": "news"},
    ),
)

_OF_APPLIANCE: Final = frozenset(
    {
        "dispose_artefacts_timed_out",
        "disk_upload_timed_out",
        "disk_download_timed_out",
        "replication_component_timed_out",
        "server_refused_connection",
        "snapshot_operations_throttled",
        "storage_account_not_found",
        "key_vault_configure_storage",
        "key_vault_generate_sas",
        "key_vault_permissions",
        "vcenter_privileges_missing",
        "boot_diagnostics_account_unavailable",
    }
)
"""Failures whose causes all machines of an appliance share: one alert for all of them, which names some."""

_ACCOUNT_ROLES: Final = {"dispose_artefacts_timed_out": "gateway|replication"}
"""Which account a failure is about, where it is not the one that takes the data."""

_MACHINE_IMPACT: Final = Text(
    "The machine's cycle fails and is tried again at its next turn, 1 to 12 hours later. Until one works, its recovery "
    "point grows older.",
    "Le cycle de la machine échoue et est retenté à son tour suivant, 1 à 12 heures plus tard. Tant qu'aucun ne "
    "réussit, son point de récupération vieillit.",
)
_APPLIANCE_IMPACT: Final = Text(
    "The cycles of the machines concerned fail and are tried again, 1 to 12 hours later. Until one works, their "
    "recovery points grow older.",
    "Les cycles des machines concernées échouent et sont retentés 1 à 12 heures plus tard. Tant qu'aucun ne "
    "réussit, leurs points de récupération vieillissent.",
)
_NO_IMPACT: Final = Text(
    "None: Azure reports it beside healthy replication, so nobody is told. It may stop the migration later.",
    "Aucun : Azure le signale à côté d'une réplication saine, donc personne n'est prévenu. Cela peut bloquer la "
    "migration plus tard.",
)
_ONE: Final = Text(
    "Azure reports {codes} for {vm} (appliance {appliance}, vault {recovery_vault}).",
    "Azure signale {codes} pour {vm} (appliance {appliance}, coffre {recovery_vault}).",
)
_MANY: Final = Text(
    "Azure reports {codes} for {count} machines of the appliance {appliance} (vault {recovery_vault}): {machines}.",
    "Azure signale {codes} pour {count} machines de l'appliance {appliance} (coffre {recovery_vault}) : {machines}.",
)
_INFO: Final = 'vm="web01",vm_id="5015",vault="paris-vault",appliance="paris",vcenter="vc.example.com",host="10.0.0.1"'
_OTHER: Final = 'vm="db01",vm_id="6016",vault="paris-vault",appliance="paris",vcenter="vc.example.com",host="10.0.0.1"'


def name_of(failure: Failure) -> str:
    """The name of a failure's alert: ``snapshot_hung`` is SnapshotHung."""
    return "".join(word.capitalize() for word in failure.id.split("_"))


def alert(failure: Failure) -> Alert:
    """The alert of one documented failure."""
    many = failure.id in _OF_APPLIANCE
    labels = ("appliance", "vault") if many else ("appliance", "vault", "vm", "vm_id")
    impact = _NO_IMPACT if failure.harmless else _APPLIANCE_IMPACT if many else _MACHINE_IMPACT
    return Alert(
        name=name_of(failure),
        component=Component.REPLICATION,
        expr=f'max by ({", ".join(labels)}) ({SEEN}{{failure="{failure.id}"}}) >= $rank',
        labels=labels,
        optional=("appliance",) if many else ("appliance", "vm"),
        aliases={"recovery_vault": "vault"},
        live=_live(failure, many=many),
        choices=BY_PROJECT,
        failure=failure,
        summary=Text(_sentence(failure.title.en), _sentence(failure.title.into("fr"))),
        description=_MANY if many else _ONE,
        meaning=failure.summary,
        impact=impact,
        fix=failure.causes,
        then=failure.then,
        dashboard=Dashboard.OVERVIEW if many else Dashboard.MACHINE,
        diagnosis=(f"azure-migrate-exporter explain {failure.id}",),
        queries=(f'{SEEN}{{failure="{failure.id}"}}',),
        cases=_cases(failure, many=many) + (_live_causes(failure) if _on_path(failure) else ()),
    )


def _on_path(failure: Failure) -> bool:
    """Whether a gateway service that does not run is among its causes."""
    return path.GATEWAY_STOPPED in failure.causes


def _sentence(title: str) -> str:
    return f"{title}."


def _live(failure: Failure, *, many: bool) -> Mapping[str, Live]:
    """Names that the texts of the failure need beside the labels."""
    seen = f'{SEEN}{{failure="{failure.id}",appliance="$appliance",vault="$vault"}}'
    mine = seen if many else f'{SEEN}{{failure="{failure.id}",vault="$vault",vm_id="$vm_id"}}'
    role = _ACCOUNT_ROLES.get(failure.id, "cache|replication")
    found = {
        "codes": Live(
            f'group by (code) ({mine[:-1]},code!=""}})', Text("this failure", "cette panne"), label="code", most=3
        ),
        "project": PROJECT,
        "vault": VAULT,
        "namespace": NAMESPACE,
        "account": Live(
            f'azure_migrate_storage_up{{appliance="$appliance",role=~"{role}"}}',
            Text("<account>", "<compte>"),
            label="account",
        ),
    }
    if many:
        vm = Text("<machine>", "<machine>")
        machines = f'{seen[:-1]},source="machine"}}'  # and not vm!="", for which Prometheus goes through all names
        return found | {
            "count": Live(f"count(group by (vm_id) ({machines}))", Text("some", "des")),
            "machines": Live(f"group by (vm) ({machines})", Text("not told", "non indiquées"), label="vm", most=5),
            "vm": Live(machines, vm, label="vm"),
            "vcenter": Live("azure_migrate_vcenter_up", Text("<vCenter>", "<vCenter>"), label="vcenter"),
        }
    place = 'azure_migrate_vsphere_vm_info{vm_id="$vm_id"}'
    return found | {
        "host": Live(place, Text("<host>", "<hôte>"), label="host"),
        "vcenter": Live(place, Text("<vCenter>", "<vCenter>"), label="vcenter"),
        "datastore": Live(place, Text("<datastore>", "<magasin de données>"), label="datastore"),
    }


# --- cases -----------------------------------------------------------------------------------------------------------


def _machine(failure: Failure, info: str, health: str, code: str, samples: str = "1x40") -> dict[str, str]:
    """What Azure shows of a machine that has the failure."""
    own = ",".join(info.split(",")[:3])
    return {
        f"azure_migrate_replication_info{{{info}}}": "1x90",
        f'azure_migrate_replication_health{{{own},health="critical"}}': "1x90" if health == "critical" else "0x90",
        f'azure_migrate_replication_errors{{{own},code="{code}",failure="{failure.id}"}}': samples,
    }


def _event(failure: Failure, samples: str) -> dict[str, str]:
    labels = f'vault="paris-vault",event_type="vm_health",severity="critical",failure="{failure.id}"'
    return {f"azure_migrate_replication_events_total{{{labels}}}": samples}


_PLACE: Final = {
    'azure_migrate_vsphere_vm_info{vcenter="vc",vm="web01",vm_id="5015",host="esx-01",datastore="ds-1",'
    'power_state="poweredOn"}': "1x90",
    'azure_migrate_storage_up{appliance="paris",account="migratelsa1",role="cache"}': "1x90",
    'azure_migrate_storage_up{appliance="paris",account="migrategwsa1",role="gateway"}': "1x90",
    'azure_migrate_servicebus_up{appliance="paris",namespace="migratesbns1",entity="e"}': "1x90",
    'azure_migrate_keyvault_tcp_up{appliance="paris",vault="migratekv1"}': "1x90",
    'azure_migrate_vcenter_up{vcenter="vc"}': "1x90",
    'azure_migrate_discovered_appliance_info{appliance="paris",project="wave-1",vault="paris-vault",'
    'generation="legacy",region="westeurope",private_endpoints="false"}': "1x90",
}
_BUILD: Final = {'azure_migrate_exporter_build_info{version="1",revision="r",python_version="3.13"}': "1x90"}
_CAUSES_SOUND: Final = ("cache_storage", "appliance_storage", "service_bus", "key_vault")


def _names(failure: Failure, code: str, *, many: bool) -> dict[str, str | Text]:
    """What the texts show where everything is known."""
    account = "migrategwsa1" if failure.id in _ACCOUNT_ROLES else "migratelsa1"
    found: dict[str, str | Text] = {
        "codes": code,
        "account": account,
        "vault": "migratekv1",
        "namespace": "migratesbns1",
    }
    found |= {"vcenter": "vc", "project": "wave-1"}
    if many:
        return found | {"count": "1", "machines": "web01", "vm": "web01"}
    return found | {"host": "esx-01", "datastore": "ds-1"}


def _cases(failure: Failure, *, many: bool) -> tuple[Case, ...]:
    code = failure.codes[-1].number if failure.codes else "1028"
    own = {"vm": "web01", "vm_id": "5015"}
    labels = {"appliance": "paris", "vault": "paris-vault"} | ({} if many else own)
    names = _names(failure, code, many=many)
    fires = Fires(labels, live=names, sound=_CAUSES_SOUND)
    nowhere = {"appliance": "", "vault": "paris-vault"} | ({} if many else {"vm": "", "vm_id": ""})
    return (
        Case(
            "a machine has it, and Azure rates it critical",
            {**_machine(failure, _INFO, "critical", code), **_PLACE},
            "8m",
            (fires,),
        ),
        Case(
            "a machine has it, and Azure rates it no worse than a warning",
            {**_machine(failure, _INFO, "warning", code), **_PLACE},
            "8m",
            (Fires(labels, live=names, sound=_CAUSES_SOUND, levels=("warning", "info")),),
        ),
        Case(
            "only an event names it",
            {**_event(failure, "0x1 1x90")},
            "8m",
            (Fires(nowhere, levels=("warning", "info")),),
        ),
        Case(
            "its event, too, is old news when the error is gone",
            {**_machine(failure, _INFO, "critical", code, "1x6 stale"), **_event(failure, "0x2 1x90")},
            "14m",
        ),
        Case("a first start: events from before are not news", {**_event(failure, "7x90"), **_BUILD}, "8m"),
        Case(
            "a machine that has it is removed",
            {**_machine(failure, _INFO, "critical", code, "1x2 stale")},
            "8m",
        ),
    )


def _live_causes(failure: Failure) -> tuple[Case, ...]:
    """The gateway service is stopped while six machines have the failure: the fix keeps to that cause."""
    code = failure.codes[-1].number
    series = dict(_PLACE)
    for number in range(6):
        own = f'vm="vm{number}",vm_id="{number}",vault="paris-vault"'
        series |= _machine(failure, f'{own},appliance="paris",vcenter="x",host="y"', "critical", code)
    service = 'azure_migrate_gateway_service_state{{appliance="paris",service="asrgwy",state="{}"}}'.format
    series |= {service("stopped"): "1x90", service("running"): "0x90", service("unknown"): "0x90"}
    series |= {'azure_migrate_appliance_up{appliance="paris"}': "1x90"}
    five = "vm0, vm1, vm2, vm3, vm4"
    names = _names(failure, code, many=True)
    names |= {"count": "6", "machines": Text(f"{five} and more", f"{five} et d'autres"), "vm": "vm0"}
    return (
        Case(
            "the gateway service is stopped, and six machines have it",
            series,
            "8m",
            (
                Fires(
                    {"appliance": "paris", "vault": "paris-vault"},
                    live=names,
                    failing=("gateway_stopped",),
                    sound=("appliance_down", *_CAUSES_SOUND),
                ),
            ),
        ),
        Case(
            "the first entry ever in a vault's log names it",
            {
                'azure_migrate_azure_vault_events_total{workspace="w",vault="paris-vault",level="critical",'
                f'failure="{failure.id}"}}': "_x33 1x60",
                **_BUILD,
            },
            "45m",
            (Fires({"appliance": "", "vault": "paris-vault"}, levels=("warning",)),),
        ),
    )


ALERTS: Final = tuple(alert(failure) for failure in CATALOGUE.values())
