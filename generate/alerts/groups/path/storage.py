"""The storage accounts: whether they are reachable, fast enough, and not throttled."""

from typing import Final

from azure_migrate_exporter.diagnosis.evidence.path import AT_THE_LIMIT
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import appliance, network, path
from azure_migrate_exporter.failures.model import Cause, Failure, Text
from generate.alerts.groups.evidence import MEDIAN_THROUGHPUT, best, failed
from generate.alerts.groups.shared.annotation_queries import ACCOUNT_ADDRESS, SLOW_REPLICATION, failure_reason, number
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import failure_info, replica, resource_info, series

_LABELS: Final = ("appliance", "account", "role")
_COLLECT: Final = ("collect storage {account}",)
_BENCHMARK: Final = ("collect storage_benchmark {account}",)


def _failing(reason: str, samples: str) -> dict[str, str]:
    return {failure_info("storage", "migratelsa1", reason, target="the cache of Paris"): samples}


# --- reachability ----------------------------------------------------------------------------------------------------


def _unreachable(name: str, role: str, account: Text, cause: Cause, failure: Failure) -> Alert:
    def up(samples: str, account: str = "migratelsa1") -> dict[str, str]:
        return {series("storage_up", account=account, role=role): samples}

    return Alert(
        name=name,
        component=Component.STORAGE,
        expr=best("storage", f'azure_migrate_storage_up{{role="{role}"}}', *_LABELS) + " == 0",
        labels=_LABELS,
        summary=Text(
            f"An appliance cannot upload to its {account.en}.",
            f"Une appliance ne peut rien envoyer à son {account.fr}.",
        ),
        description=Text(
            f"The test upload to the {account.en} {{account}} of {{appliance}} fails: {{reason}}.",
            f"L'envoi d'essai vers le {account.fr} {{account}} de {{appliance}} échoue : {{reason}}.",
        ),
        annotation_queries={
            "reason": failure_reason("storage", appliance="$appliance", resource="$account"),
            "account_address": ACCOUNT_ADDRESS,
        },
        failure=failure,
        meaning=Text(
            "The exporter cannot write a few bytes to the account from the appliance's network. The reason shows where "
            "the upload fails: dns, refused, timeout, tls, forbidden (the account's firewall), full. A problem with "
            "the credential of the test, and a throttled account, have their own alerts.",
            "L'exportateur ne peut pas écrire quelques octets dans le compte depuis le réseau de l'appliance. La "
            "raison indique où l'envoi échoue : dns, refused, timeout, tls, forbidden (le pare-feu du compte), full. "
            "Un problème d'identifiant du test et un compte trop sollicité ont leurs propres alertes.",
        ),
        impact=Text(
            f"Cycles of this appliance fail, sooner or later with {failure.codes[-1].number} ({failure.id}).",
            f"Les cycles de cette appliance échouent, tôt ou tard avec {failure.codes[-1].number} ({failure.id}).",
        ),
        fix=(cause,),
        diagnosis=_COLLECT,
        runbook_queries=(
            "sum by (account, reason) (increase(azure_migrate_storage_upload_failures_total[1h]))",
            "avg_over_time(azure_migrate_storage_up[1h])",
        ),
        cases=(
            Case(
                "a firewall drops the packets",
                {
                    **up("1x2 0x20"),
                    **_failing("timeout", "_x2 1x20"),
                    resource_info("storage", "migratelsa1", "migratelsa1.blob.stack.example.com"): "1x20",
                    resource_info("storage", "migratelsa2", "migratelsa2.blob.stack.example.com"): "1x20",
                },
                "10m",
                (
                    ExpectedAlert(
                        {"role": role},
                        results={"reason": "timeout", "account_address": "migratelsa1.blob.stack.example.com"},
                    ),
                ),
            ),
            Case(
                "one of two accounts refuses the connection",
                {**up("1x20"), **up("0x20", "migratersa2")},
                "10m",
                (ExpectedAlert({"account": "migratersa2", "role": role}),),
            ),
            Case(
                "the signature of the test has expired: the account may be reachable",
                {**up("0x20"), **_failing("unauthenticated", "1x20")},
                "10m",
            ),
            Case(
                "one of two exporters reaches the account",
                {**up("0x20"), **_failing("timeout", "1x20"), **replica(up("1x20"))},
                "10m",
            ),
            Case(
                "neither of two exporters reaches it, and one of them gets no token",
                {**up("0x20"), **_failing("timeout", "1x20"), **replica(up("0x20"), _failing("identity", "1x20"))},
                "10m",
                (ExpectedAlert({"role": role}, results={"reason": "identity"}),),
            ),
            Case("the exporter gets no token", {**up("0x20"), **_failing("identity", "1x20")}, "10m"),
            Case("the exporter's proxy refuses it", {**up("0x20"), **_failing("proxy", "1x20")}, "10m"),
            Case("the account is throttled", {**up("0x20"), **_failing("throttled", "1x20")}, "10m"),
            Case("the network was down for two minutes", up("1x4 0x1 1x20"), "8m"),
            Case("the exporter restarts", up("1x4 _x3 1x20"), "12m"),
            Case("the account is removed from the configuration", up("0x1 stale"), "10m"),
        ),
    )


CACHE: Final = _unreachable(
    "CacheStorageUnreachable",
    "cache",
    Text("cache account", "compte de cache"),
    path.CACHE_STORAGE,
    CATALOGUE["disk_upload_timed_out"],
)
GATEWAY: Final = _unreachable(
    "GatewayStorageUnreachable",
    "gateway",
    Text("own account", "propre compte"),
    path.APPLIANCE_STORAGE,
    CATALOGUE["dispose_artefacts_timed_out"],
)
REPLICATION: Final = _unreachable(
    "ReplicationStorageUnreachable",
    "replication",
    Text("replication account", "compte de réplication"),
    path.REPLICATION_STORAGE,
    CATALOGUE["disk_upload_timed_out"],
)

# --- throttling and throughput ---------------------------------------------------------------------------------------

_UP: Final = series("storage_up")
THROTTLED: Final = Alert(
    name="StorageThrottled",
    component=Component.STORAGE,
    expr=f"""(
  max by (appliance, account, role) (azure_migrate_storage_up) == 0
  and on (appliance, account)
  {failed("storage", "account", 'reason="throttled"')}
)
or max by (appliance, account, role) (
  increase(azure_migrate_storage_upload_failures_total{{reason="throttled"}}[$window])
) > $threshold""",
    labels=_LABELS,
    summary=Text("A storage account throttles uploads.", "Un compte de stockage limite les envois."),
    description=Text(
        "The account {account} ({role}) of {appliance} answers that it is too busy.",
        "Le compte {account} ({role}) de {appliance} répond qu'il est trop sollicité.",
    ),
    meaning=Text(
        "Azure Storage answers uploads with 503 (server busy) or 429: a limit of the account or of its partition is "
        "reached. The network works.",
        "Azure Storage répond 503 (serveur occupé) ou 429 aux envois : une limite du compte ou de sa partition est "
        "atteinte. Le réseau fonctionne.",
    ),
    impact=Text(
        "Uploads are retried, cycles take longer, and some time out (1011).",
        "Les envois sont répétés, les cycles durent plus longtemps et certains expirent (1011).",
    ),
    fix=(network.STORAGE_THROTTLED,),
    links=(SLOW_REPLICATION,),
    diagnosis=_COLLECT,
    runbook_queries=(
        'sum by (account) (increase(azure_migrate_storage_upload_failures_total{reason="throttled"}[1h]))',
    ),
    cases=(
        Case(
            "every test upload is throttled",
            {_UP: "0x40", **_failing("throttled", "1x40")},
            "30m",
            (ExpectedAlert(),),
        ),
        Case(
            "half of the blocks of a benchmark are throttled",
            {_UP: "1x40", series("storage_upload_failures_total", test="benchmark", reason="throttled"): "0+5x40"},
            "30m",
            (ExpectedAlert(),),
        ),
        Case(
            "one throttled block a day",
            {_UP: "1x40", series("storage_upload_failures_total", test="probe", reason="throttled"): "0x5 1x40"},
            "30m",
        ),
        Case("a broken path", {_UP: "0x40", **_failing("timeout", "1x40")}, "30m"),
    ),
)

_THROUGHPUT: Final = series("storage_upload_throughput_bytes_per_second")
_LIMIT: Final = series("storage_benchmark_limit_bytes_per_second")
_UNLIMITED: Final = f"""azure_migrate_storage_upload_throughput_bytes_per_second
  unless azure_migrate_storage_upload_throughput_bytes_per_second
    > {AT_THE_LIMIT:g} * azure_migrate_storage_benchmark_limit_bytes_per_second"""
"""A benchmark that reached its own limit says nothing of the line."""
_SLOW_IMPACT: Final = Text(
    "Cycles take longer than their schedule, recovery points get older, and large disks may never complete (1011).",
    "Les cycles débordent leur calendrier, les points de récupération vieillissent, et les grands disques risquent de "
    "ne jamais finir (1011).",
)

SLOWER_THAN_USUAL: Final = Alert(
    name="StorageSlowerThanUsual",
    component=Component.STORAGE,
    expr=f"""max by (appliance, account, role) ({_UNLIMITED})
  / on (appliance, account, role)
  {MEDIAN_THROUGHPUT} < $threshold""",
    labels=_LABELS,
    summary=Text("Uploads are much slower than usual.", "Les envois sont bien plus lents que d'habitude."),
    description=Text(
        "The last benchmark of {account} ({role}) from {appliance} reached {speed}B/s, {value} of the usual "
        "{usual}B/s.",
        "Le dernier test de {account} ({role}) depuis {appliance} a atteint {speed}o/s, soit {value} des {usual}o/s "
        "habituels.",
    ),
    annotation_queries={
        "account_address": ACCOUNT_ADDRESS,
        "speed": number(
            'azure_migrate_storage_upload_throughput_bytes_per_second{appliance="$appliance",account="$account"}',
            NumberFormat.BYTES,
        ),
        "usual": number(
            f'{MEDIAN_THROUGHPUT}{{appliance="$appliance",account="$account"}}',
            NumberFormat.BYTES,
        ),
    },
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "The newest upload benchmark is far below the median of the account's previous benchmarks.",
        "Le dernier test d'envoi est bien en dessous de la médiane des tests précédents du compte.",
    ),
    impact=_SLOW_IMPACT,
    fix=(network.STORAGE_SLOW,),
    links=(SLOW_REPLICATION,),
    diagnosis=_BENCHMARK,
    runbook_queries=(MEDIAN_THROUGHPUT,),
    cases=(
        Case(
            "100 MiB/s for hours, then 20",
            {_THROUGHPUT: "104857600x200 20971520x60"},
            "4h",
            (ExpectedAlert(value="20%", results={"speed": "20Mi", "usual": "100Mi"}),),
        ),
        Case("slightly slower than before", {_THROUGHPUT: "104857600x200 62914560x60"}, "4h"),
        Case(
            "machines replicate, and the benchmark takes the fifth that it may have",
            {_THROUGHPUT: "104857600x200 20971520x60", _LIMIT: "_x200 20971520x60"},
            "4h",
        ),
        Case(
            "it does not even get the share that it may have",
            {_THROUGHPUT: "104857600x200 20971520x60", _LIMIT: "_x200 52428800x60"},
            "4h",
            (ExpectedAlert(value="20%", results={"speed": "20Mi", "usual": "100Mi"}),),
        ),
        Case("a first start without history, on a slow line", {_THROUGHPUT: "1048576x200"}, "3h"),
        Case("the benchmark is skipped because of its budget", {_THROUGHPUT: "104857600x200 stale"}, "4h"),
    ),
)
TOO_SLOW: Final = Alert(
    name="StorageTooSlow",
    component=Component.STORAGE,
    expr=f"max by (appliance, account, role) ({_UNLIMITED}) < $threshold",
    labels=_LABELS,
    summary=Text("Uploads are too slow for any schedule.", "Les envois sont trop lents pour tout calendrier."),
    description=Text(
        "The last benchmark of {account} ({role}) from {appliance} reached {value}B/s.",
        "Le dernier test de {account} ({role}) depuis {appliance} a atteint {value}o/s.",
    ),
    annotation_queries={"account_address": ACCOUNT_ADDRESS},
    value_format=NumberFormat.BYTES,
    meaning=Text(
        "The newest upload benchmark is below the minimum of the values file. No document says how much is enough: at "
        "1 MB/s, the longest pause between two cycles, 12 hours, transfers 43 GB.",
        "Le dernier test d'envoi est sous le minimum du fichier de valeurs. Aucun document ne dit combien suffit : à "
        "1 Mo/s, la plus longue pause entre deux cycles, 12 heures, transfère 43 Go.",
    ),
    impact=_SLOW_IMPACT,
    fix=(network.STORAGE_SLOW,),
    links=(SLOW_REPLICATION,),
    diagnosis=_BENCHMARK,
    cases=(
        Case("100 kB/s", {_THROUGHPUT: "100000x60"}, "40m", (ExpectedAlert(value="97.66ki"),)),
        Case("a healthy line at its limit: 1 MB/s", {_THROUGHPUT: "1000000x60"}, "40m"),
        Case("no benchmark has completed yet", {_UP: "1x60"}, "40m"),
    ),
)

# --- roles -----------------------------------------------------------------------------------------------------------

_ROLE: Final = "azure_migrate_discovered_role_assigned"
_ROLE_SERIES: Final = series("discovered_role_assigned", resource="migratersa1")
ROLE_MISSING: Final = Alert(
    name="ReplicationRoleMissing",
    component=Component.STORAGE,
    expr=f"""count by (appliance, account) (
  label_replace(max by (appliance, resource, identity, azure_role) ({_ROLE}) == 0, "account", "$1", "resource", "(.+)")
)""",
    labels=("appliance", "account"),
    summary=Text(
        "An identity lacks a role on the storage account of the replication.",
        "Il manque un rôle à une identité sur le compte de stockage de la réplication.",
    ),
    description=Text(
        "On {account}, the role {roles} is missing for: {identities} ({appliance}).",
        "Sur {account}, le rôle {roles} manque à : {identities} ({appliance}).",
    ),
    annotation_queries={
        "roles": AnnotationQuery(
            f'{_ROLE}{{appliance="$appliance",resource="$account"}} == 0', Text("?", "?"), label="azure_role"
        ),
        "identities": AnnotationQuery(
            f'group by (identity) ({_ROLE}{{appliance="$appliance",resource="$account"}} == 0)',
            Text("?", "?"),
            label="identity",
            limit=2,
        ),
    },
    meaning=Text(
        "Projects made since 2024 have no key vault: the appliance and the vault reach the account with roles of their "
        "own. Discovery reads the assignments, also those of groups and of scopes above. With a custom role nothing is "
        "claimed.",
        "Les projets créés depuis 2024 n'ont pas de coffre de clés : l'appliance et le coffre de récupération accèdent "
        "au compte par leurs propres rôles. La découverte lit les attributions, celles des groupes et des étendues "
        "supérieures comprises. Avec un rôle personnalisé, rien n'est affirmé.",
    ),
    impact=Text(
        "Replication cannot be enabled, or cycles fail when they write to the account.",
        "La réplication ne peut pas être activée, ou les cycles échouent en écrivant dans le compte.",
    ),
    fix=(appliance.ROLE_MISSING,),
    runbook_queries=(f"{_ROLE} == 0",),
    cases=(
        Case(
            "the vault's identity has none",
            {_ROLE_SERIES: "0x120"},
            "90m",
            (
                ExpectedAlert(
                    {"account": "migratersa1"},
                    results={"roles": "Contributor", "identities": "vault"},
                ),
            ),
        ),
        Case("every role is there", {_ROLE_SERIES: "1x120"}, "90m"),
    ),
)

ALERTS: Final = (CACHE, GATEWAY, REPLICATION, THROTTLED, SLOWER_THAN_USUAL, TOO_SLOW, ROLE_MISSING)
