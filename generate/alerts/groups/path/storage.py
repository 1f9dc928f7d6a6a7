"""The storage accounts: reachable, fast enough, not limited, and tested by us with a credential that lasts."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import network, operation, path
from azure_migrate_exporter.failures.model import Cause, Failure, Text
from generate.alerts.groups.evidence import failed, not_the_path
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, SLOW, reason
from generate.alerts.groups.shared.samples import fails, series
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

_LABELS: Final = ("appliance", "account", "role")
MEDIAN: Final = "azure_migrate:storage_upload_throughput:median"
"""Recorded: the median of an account's benchmarks over the window `history`."""


def _ours(role: str, account: str = "migratelsa1") -> str:
    return f'appliance="paris",account="{account}",role="{role}"'


def _labels(role: str, account: str = "migratelsa1") -> dict[str, str]:
    return {"appliance": "paris", "account": account, "role": role}


def _failed(why: str, samples: str) -> dict[str, str]:
    return {fails("storage", "migratelsa1", why, target="the cache of Paris"): samples}


# --- reachable -------------------------------------------------------------------------------------------------------


def _unreachable(name: str, role: str, which: Text, cause: Cause, failure: Failure) -> Alert:
    up = f"azure_migrate_storage_up{{{_ours(role)}}}"
    return Alert(
        name=name,
        component=Component.STORAGE,
        expr=f"""min by (appliance, account, role) (azure_migrate_storage_up{{role="{role}"}}) == 0
unless on (appliance, account)
{not_the_path("storage", "account")}""",
        labels=_LABELS,
        summary=Text(
            f"An appliance cannot upload to its {which.en}.", f"Une appliance ne peut rien envoyer à son {which.fr}."
        ),
        description=Text(
            f"The test upload to the {which.en} {{account}} of {{appliance}} fails: {{reason}}.",
            f"L'envoi d'essai vers le {which.fr} {{account}} de {{appliance}} échoue : {{reason}}.",
        ),
        live={"reason": reason("storage", appliance="$appliance", resource="$account")},
        failure=failure,
        meaning=Text(
            "A few bytes cannot be written to the account from the appliance's network. The reason tells where it "
            "breaks: dns, refused, timeout, tls, forbidden (the account's firewall), full. Trouble with the credential "
            "of the test, and a busy account, have alerts of their own.",
            "Quelques octets ne peuvent pas être écrits dans le compte depuis le réseau de l'appliance. La raison "
            "dit où cela casse : dns, refused, timeout, tls, forbidden (le pare-feu du compte), full. L'identifiant "
            "du test et un compte trop occupé ont leurs propres alertes.",
        ),
        impact=Text(
            f"Cycles of this appliance fail, with {failure.codes[-1].number} sooner or later ({failure.id}).",
            f"Les cycles de cette appliance échouent, tôt ou tard avec {failure.codes[-1].number} ({failure.id}).",
        ),
        fix=(cause,),
        dashboard=Dashboard.CONNECTIVITY,
        diagnosis=("azure-migrate-exporter collect storage {account}",),
        queries=(
            "sum by (account, reason) (increase(azure_migrate_storage_upload_failures_total[1h]))",
            "avg_over_time(azure_migrate_storage_up[1h])",
        ),
        cases=(
            Case(
                "a firewall drops the packets",
                {up: "1x2 0x20", **_failed("timeout", "_x2 1x20")},
                "10m",
                (Fires(_labels(role), live={"reason": "timeout"}),),
            ),
            Case(
                "two accounts, of which one is refused",
                {up: "1x20", f"azure_migrate_storage_up{{{_ours(role, 'migratersa2')}}}": "0x20"},
                "10m",
                (Fires(_labels(role, "migratersa2")),),
            ),
            Case(
                "the signature of our test has ended: the account may be well",
                {up: "0x20", **_failed("unauthenticated", "1x20")},
                "10m",
            ),
            Case("the account is busy", {up: "0x20", **_failed("throttled", "1x20")}, "10m"),
            Case("the network was away for two minutes", {up: "1x4 0x1 1x20"}, "8m"),
            Case("the exporter restarts", {up: "1x4 _x3 1x20"}, "12m"),
            Case("the account was taken out of the configuration", {up: "0x1 stale"}, "10m"),
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

# --- limited, slow ---------------------------------------------------------------------------------------------------


def _refused(test: str) -> str:
    """The counter of uploads that were refused as too many."""
    return series("storage_upload_failures_total", **_labels("cache"), test=test, reason="throttled")


THROTTLED: Final = Alert(
    name="StorageThrottled",
    component=Component.STORAGE,
    expr=f"""(
  min by (appliance, account, role) (azure_migrate_storage_up) == 0
  and on (appliance, account)
  {failed("storage", "account", 'reason="throttled"')}
)
or max by (appliance, account, role) (
  increase(azure_migrate_storage_upload_failures_total{{reason="throttled"}}[$window])
) > $threshold""",
    labels=_LABELS,
    summary=Text("A storage account is too busy.", "Un compte de stockage est trop occupé."),
    description=Text(
        "The account {account} ({role}) of {appliance} answers that it is too busy.",
        "Le compte {account} ({role}) de {appliance} répond qu'il est trop occupé.",
    ),
    meaning=Text(
        "Azure Storage answers 503 (server busy) or 429 to uploads: a limit of the account or of its partition is "
        "reached. The network is sound.",
        "Azure Storage répond 503 (serveur occupé) ou 429 aux envois : une limite du compte ou de sa partition est "
        "atteinte. Le réseau est sain.",
    ),
    impact=Text(
        "Uploads are repeated, cycles take longer, and some time out (1011).",
        "Les envois sont répétés, les cycles durent plus longtemps et certains expirent (1011).",
    ),
    fix=(network.STORAGE_THROTTLED,),
    documents=(SLOW,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect storage {account}",),
    queries=('sum by (account) (increase(azure_migrate_storage_upload_failures_total{reason="throttled"}[1h]))',),
    cases=(
        Case(
            "every test upload is refused as too much",
            {f"azure_migrate_storage_up{{{_ours('cache')}}}": "0x40", **_failed("throttled", "1x40")},
            "30m",
            (Fires(_labels("cache")),),
        ),
        Case(
            "half of the blocks of a benchmark are refused",
            {
                f"azure_migrate_storage_up{{{_ours('cache')}}}": "1x40",
                _refused("benchmark"): "0+5x40",
            },
            "30m",
            (Fires(_labels("cache")),),
        ),
        Case(
            "one refused block a day",
            {
                f"azure_migrate_storage_up{{{_ours('cache')}}}": "1x40",
                _refused("probe"): "0x5 1x40",
            },
            "30m",
        ),
        Case(
            "a path that is broken",
            {f"azure_migrate_storage_up{{{_ours('cache')}}}": "0x40", **_failed("timeout", "1x40")},
            "30m",
        ),
    ),
)

_SPEED: Final = Live(
    'azure_migrate_storage_upload_throughput_bytes_per_second{appliance="$appliance",account="$account"}',
    Text("?", "?"),
    form=Form.BYTES,
)
_USUAL: Final = Live(f'{MEDIAN}{{appliance="$appliance",account="$account"}}', Text("?", "?"), form=Form.BYTES)
_THROUGHPUT: Final = f"azure_migrate_storage_upload_throughput_bytes_per_second{{{_ours('cache')}}}"
_SLOW_IMPACT: Final = Text(
    "Cycles take longer than their schedule, recovery points grow old, and large disks may never finish (1011).",
    "Les cycles débordent leur calendrier, les points de récupération vieillissent, et les grands disques risquent de "
    "ne jamais finir (1011).",
)

SLOWER_THAN_USUAL: Final = Alert(
    name="StorageSlowerThanUsual",
    component=Component.STORAGE,
    expr=f"""max by (appliance, account, role) (azure_migrate_storage_upload_throughput_bytes_per_second)
  / on (appliance, account, role)
  {MEDIAN} < $threshold""",
    labels=_LABELS,
    summary=Text("Uploads are much slower than they used to be.", "Les envois sont bien plus lents que d'habitude."),
    description=Text(
        "The last benchmark of {account} ({role}) from {appliance} reached {speed}B/s, {value} of the usual "
        "{usual}B/s.",
        "Le dernier test de {account} ({role}) depuis {appliance} a atteint {speed}o/s, soit {value} des {usual}o/s "
        "habituels.",
    ),
    live={"speed": _SPEED, "usual": _USUAL},
    value=Form.PERCENT,
    meaning=Text(
        "The newest upload benchmark is far below the median of the account's own history.",
        "Le dernier test d'envoi est bien en dessous de la médiane du compte.",
    ),
    impact=_SLOW_IMPACT,
    fix=(network.STORAGE_SLOW,),
    documents=(SLOW,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect storage_benchmark {account}",),
    queries=(MEDIAN,),
    cases=(
        Case(
            "100 MiB/s for hours, then 20",
            {_THROUGHPUT: "104857600x200 20971520x60"},
            "4h",
            (Fires(_labels("cache"), value="20%", live={"speed": "20Mi", "usual": "100Mi"}),),
        ),
        Case("a little slower today", {_THROUGHPUT: "104857600x200 62914560x60"}, "4h"),
        Case("a first start without history, on a slow line", {_THROUGHPUT: "1048576x200"}, "3h"),
        Case("the benchmark was skipped for the budget", {_THROUGHPUT: "104857600x200 stale"}, "4h"),
    ),
)
BELOW_FLOOR: Final = Alert(
    name="StorageTooSlow",
    component=Component.STORAGE,
    expr="max by (appliance, account, role) (azure_migrate_storage_upload_throughput_bytes_per_second) < $threshold",
    labels=_LABELS,
    summary=Text("Uploads are too slow for any schedule.", "Les envois sont trop lents pour tout calendrier."),
    description=Text(
        "The last benchmark of {account} ({role}) from {appliance} reached {value}B/s.",
        "Le dernier test de {account} ({role}) depuis {appliance} a atteint {value}o/s.",
    ),
    value=Form.BYTES,
    meaning=Text(
        "The newest upload benchmark is below the floor of the values file. Nothing documented says how much is "
        "enough: at 1 MB/s the longest pause between two cycles, 12 hours, carries 43 GB.",
        "Le dernier test d'envoi est sous le plancher du fichier de valeurs. Rien de documenté ne dit combien "
        "suffit : à 1 Mo/s, la plus longue pause entre deux cycles, 12 heures, transporte 43 Go.",
    ),
    impact=_SLOW_IMPACT,
    fix=(network.STORAGE_SLOW,),
    documents=(SLOW,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect storage_benchmark {account}",),
    cases=(
        Case(
            "100 kB a second",
            {_THROUGHPUT: "100000x60"},
            "40m",
            (Fires(_labels("cache"), value="97.66ki"),),
        ),
        Case("a healthy line at its limit: 1 MB a second", {_THROUGHPUT: "1000000x60"}, "40m"),
        Case("no benchmark has ended yet", {f"azure_migrate_storage_up{{{_ours('cache')}}}": "1x60"}, "40m"),
    ),
)

# --- our own tests ---------------------------------------------------------------------------------------------------

BENCHMARK_SKIPPED: Final = Alert(
    name="BenchmarkSkipped",
    component=Component.EXPORTER,
    expr="max by (appliance, account, role) (azure_migrate_storage_benchmark_skipped) == 1",
    labels=_LABELS,
    summary=Text(
        "The upload benchmark does not fit into its budget.", "Le test de débit ne tient pas dans son budget."
    ),
    description=Text(
        "Benchmarks of {account} ({role}) from {appliance} are left out: the day's budget of bytes is used up.",
        "Les tests de {account} ({role}) depuis {appliance} sont omis : le budget d'octets du jour est épuisé.",
    ),
    meaning=Text(
        "The exporter sends no more bytes for its benchmark than the configuration allows in a day, and runs that "
        "might not fit are skipped.",
        "L'exportateur n'envoie pas plus d'octets pour son test que la configuration n'en permet par jour ; les tests "
        "qui risquent de dépasser sont omis.",
    ),
    impact=Text(
        "A line that gets slow is noticed later. The small test upload each minute goes on.",
        "Une ligne qui ralentit se remarque plus tard. Le petit envoi d'essai de chaque minute continue.",
    ),
    fix=(operation.BENCHMARK_SKIPPED,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.CONNECTIVITY,
    queries=("azure_migrate_storage_benchmark_budget_used_bytes / azure_migrate_storage_benchmark_budget_bytes",),
    cases=(
        Case(
            "skipped for thirteen hours",
            {f"azure_migrate_storage_benchmark_skipped{{{_ours('cache')}}}": "1x800"},
            "13h",
            (Fires(_labels("cache")),),
        ),
        Case(
            "the last run of the day is skipped",
            {f"azure_migrate_storage_benchmark_skipped{{{_ours('cache')}}}": "0x60 1x360 0x360"},
            "8h",
        ),
    ),
)
SIGNATURE_EXPIRING: Final = Alert(
    name="TestSignatureExpiring",
    component=Component.EXPORTER,
    expr="min by (appliance, account, role) (azure_migrate_storage_sas_expiry_timestamp_seconds) - time() < "
    "$within_seconds",
    labels=_LABELS,
    summary=Text(
        "The signature of the exporter's own upload tests ends soon.",
        "La signature des tests d'envoi de l'exportateur expire bientôt.",
    ),
    description=Text(
        "The shared access signature for {account} ({role}) ends in {value}.",
        "La signature d'accès partagé pour {account} ({role}) expire dans {value}.",
    ),
    value=Form.DURATION,
    meaning=Text(
        "The signature holds the time of its end, and it is near. Only the exporter's tests use it; the appliance has "
        "its own.",
        "La signature porte l'heure de son expiration, et elle est proche. Seuls les tests de l'exportateur "
        "l'utilisent ; l'appliance a la sienne.",
    ),
    impact=Text(
        "Replication is not concerned. From then on the exporter cannot tell whether the account can be reached.",
        "La réplication n'est pas concernée. Ensuite, l'exportateur ne pourra plus dire si le compte est joignable.",
    ),
    fix=(operation.SIGNATURE_EXPIRING,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.CONNECTIVITY,
    cases=(
        Case(
            "it ends in two days",
            {f"azure_migrate_storage_sas_expiry_timestamp_seconds{{{_ours('cache')}}}": "180000x200"},
            "2h",
            (Fires(_labels("cache"), value="2d 0h 0m 0s"),),
        ),
        Case(
            "it ends in a month",
            {f"azure_migrate_storage_sas_expiry_timestamp_seconds{{{_ours('cache')}}}": "2592000x200"},
            "2h",
        ),
        Case("another credential has no end", {f"azure_migrate_storage_up{{{_ours('cache')}}}": "1x200"}, "2h"),
    ),
)

PATH: Final = (CACHE, GATEWAY, REPLICATION, THROTTLED, SLOWER_THAN_USUAL, BELOW_FLOOR)
OWN_TESTS: Final = (BENCHMARK_SKIPPED, SIGNATURE_EXPIRING)
