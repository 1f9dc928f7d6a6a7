"""Several exporters: one that differs, shards that are not all there, one that is gone, an appliance without checks."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Link, Text
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import NAMES, replica, series

_UP: Final = f'up{{job="{NAMES["job"]}",instance="{NAMES["instance"]}"}}'
_OTHER_UP: Final = 'up{job="azure-migrate-exporter",instance="replica:9878"}'
_UNKNOWN: Final = Text("unknown", "inconnu")
_STORAGE: Final = {"collector": "storage", "target": "migratelsa1"}
_SUCCESS: Final = series("collector_success", **_STORAGE)

DIFFER: Final = Alert(
    name="ReplicasDiffer",
    component=Component.EXPORTER,
    expr="""max by (collector, target) (azure_migrate_collector_success)
> min by (collector, target) (azure_migrate_collector_success)""",
    labels=("collector", "target"),
    summary=Text("Two exporters disagree about a target.", "Deux exportateurs sont en désaccord sur une cible."),
    description=Text(
        "The collector {collector} works on {target} from one exporter and fails from {instance}.",
        "Le collecteur {collector} fonctionne sur {target} depuis un exportateur et échoue depuis {instance}.",
    ),
    annotation_queries={
        "instance": AnnotationQuery(
            'azure_migrate_collector_success{collector="$collector",target="$target"} == 0',
            _UNKNOWN,
            label="instance",
            limit=3,
        )
    },
    value_format=NumberFormat.PLAIN,
    meaning=Text(
        "Several exporters check the same target, and the alerts of paths follow the one that reaches it. The other "
        "one has a trouble of its own: its network, its credential or its version.",
        "Plusieurs exportateurs contrôlent la même cible, et les alertes des chemins suivent celui qui l'atteint. "
        "L'autre a un problème propre : son réseau, son identifiant ou sa version.",
    ),
    impact=Text(
        "If the exporter that works stops, nothing checks this target any more.",
        "Si celui qui fonctionne s'arrête, plus rien ne contrôle cette cible.",
    ),
    fix=(operation.REPLICAS_DIFFER,),
    links=(CONFIGURATION,),
    diagnosis=("collect {collector} {target}",),
    cases=(
        Case(
            "the second exporter does not reach the account",
            {_SUCCESS: "1x60", **replica({_SUCCESS: "1x5 0x60"})},
            "40m",
            (ExpectedAlert(_STORAGE, results={"instance": "replica:9878"}),),
        ),
        Case("both do not reach it", {_SUCCESS: "0x60", **replica({_SUCCESS: "0x60"})}, "40m"),
        Case("the second one restarts", {_SUCCESS: "1x60", **replica({_SUCCESS: "1x20 _x2 0x4 1x60"})}, "27m"),
        Case("one exporter, whose check fails", {_SUCCESS: "0x60"}, "40m"),
    ),
)

_INFO: Final = "azure_migrate_exporter_shard_info"


def _shards(**running: str) -> dict[str, str]:
    """Series of exporters: the shard of each by its instance, as in ``a="0/3"``; "*": it stops after 30 minutes."""
    found = {}
    for instance, shard in running.items():
        index, total = shard.rstrip("*").split("/")
        target = f'instance="{instance}",job="azure-migrate-exporter"'
        last = "30" if shard.endswith("*") else "90"
        found[f"up{{{target}}}"] = f"1x{last} stale"
        found[f'{_INFO}{{shard="{index}",total_shards="{total}",{target}}}'] = f"1x{last} stale"
        found[f"azure_migrate_exporter_total_shards{{{target}}}"] = f"{total}x{last} stale"
    return found


_MISMATCH: Final = ExpectedAlert({"total_shards": "3"}, value="2", results={"shards": "0, 2"})
SHARDING: Final = Alert(
    name="ShardingMismatch",
    component=Component.EXPORTER,
    expr=f"""count by (job, total_shards) ({_INFO})
!= on (job, total_shards) (
  max by (job, total_shards) ({_INFO} * on (job, instance) group_left () azure_migrate_exporter_total_shards)
  * max by (job, total_shards) (count by (job, total_shards, shard) ({_INFO}))
)
unless on (job) up{{$exporter_selector}} == 0""",
    labels=("job", "total_shards"),
    summary=Text(
        "The shards of a configuration are not all there, or not once each.",
        "Les fragments d'une configuration ne sont pas tous présents, ou pas une seule fois.",
    ),
    description=Text(
        "{value} exporters (job {job}) are one of {total_shards} shards, and they are the shards {shards}.",
        "{value} exportateurs (tâche {job}) sont un fragment sur {total_shards}, et ce sont les fragments {shards}.",
    ),
    annotation_queries={
        "shards": AnnotationQuery(
            f'group by (shard) ({_INFO}{{job="$job",total_shards="$total_shards"}})', _UNKNOWN, label="shard", limit=10
        )
    },
    value_format=NumberFormat.PLAIN,
    meaning=Text(
        "Each exporter with --shard checks its part of the targets, and nobody checks the part of a shard that is not "
        "there. Two exporters with one number, or with another number of shards, check the same targets. While an "
        "exporter of the job is down, its own alert fires and this one does not.",
        "Chaque exportateur lancé avec --shard contrôle sa part des cibles, et personne ne contrôle celle d'un "
        "fragment absent. Deux exportateurs de même numéro, ou qui ne comptent pas le même nombre de fragments, "
        "contrôlent les mêmes cibles. Tant qu'un exportateur de la tâche est en panne, c'est sa propre alerte qui se "
        "déclenche.",
    ),
    impact=Text(
        "A fault of the targets of a missing shard is not noticed. Targets that two shards check are counted twice.",
        "Une panne des cibles d'un fragment absent passe inaperçue. Les cibles que contrôlent deux fragments comptent "
        "double.",
    ),
    fix=(operation.SHARDING_MISMATCH,),
    links=(Link(Text("Shards", "Fragments"), "sharding.md"),),
    cases=(
        Case("shard 1 of 3 is gone", _shards(a="0/3", b="1/3*", c="2/3"), "60m", (_MISMATCH,)),
        Case(
            "one was left with the old number of shards",
            _shards(a="0/4", b="1/4", c="2/3", d="3/4"),
            "60m",
            (
                ExpectedAlert({"total_shards": "3"}, value="1", results={"shards": "2"}),
                ExpectedAlert({"total_shards": "4"}, value="3", results={"shards": "0, 1, 3"}),
            ),
        ),
        Case(
            "two have the same number",
            _shards(a="0/3", b="1/3", c="1/3"),
            "60m",
            (ExpectedAlert({"total_shards": "3"}, value="3", results={"shards": "0, 1"}),),
        ),
        Case("all are there", _shards(a="0/3", b="1/3", c="2/3"), "60m"),
        Case(
            "two sites, and a shard of one is gone",
            _shards(a="0/2", b="1/2", c="0/2", d="1/2*", e="0/1"),
            "60m",
            (ExpectedAlert({"total_shards": "2"}, value="3", results={"shards": "0, 1"}),),
        ),
        Case(
            "two sites, one with three shards and one with a single exporter",
            _shards(a="0/3", b="1/3", c="2/3", d="0/1"),
            "60m",
        ),
        Case("two exporters that check the same, as replicas", _shards(a="0/1", b="0/1"), "60m"),
        Case(
            "a shard is down: this has its own alert",
            {**_shards(a="0/3", b="1/3*", c="2/3"), 'up{instance="b",job="azure-migrate-exporter"}': "1x30 0x60"},
            "60m",
        ),
        Case(
            "an upgrade replaces all of them",
            {
                **_shards(a="0/3*", b="1/3*", c="2/3*"),
                **{
                    name: samples.replace("1x90", "_x31 1x60").replace("4x90", "_x31 4x60")
                    for name, samples in _shards(d="0/4", e="1/4", f="2/4", g="3/4").items()
                },
            },
            "50m",
        ),
    ),
)

_INTERVAL: Final = series("collector_interval_seconds", **_STORAGE)
_CHECKED: Final = "azure_migrate_collector_interval_seconds"
VANISHED: Final = Alert(
    name="ExporterVanished",
    component=Component.EXPORTER,
    expr=f"""count by (job, instance) (
  group by (job, instance, collector, target) (present_over_time({_CHECKED}[$before:10m]))
  unless on (job, instance) up{{$exporter_selector}}
  unless on (collector, target) {_CHECKED}
) > 0""",
    labels=("job", "instance"),
    summary=Text(
        "An exporter that Prometheus scraped is gone, and nothing checks its targets.",
        "Un exportateur que lisait Prometheus a disparu, et plus rien ne contrôle ses cibles.",
    ),
    description=Text(
        "{instance} (job {job}) is no target of Prometheus any more. {value} targets are not checked: {targets}.",
        "{instance} (tâche {job}) n'est plus une cible de Prometheus. {value} cibles ne sont plus contrôlées : "
        "{targets}.",
    ),
    annotation_queries={
        "targets": AnnotationQuery(
            f'group by (target) (present_over_time({_CHECKED}{{instance="$instance"}}[1d:10m])'
            f" unless on (collector, target) {_CHECKED})",
            _UNKNOWN,
            label="target",
            limit=10,
        )
    },
    value_format=NumberFormat.PLAIN,
    meaning=Text(
        "The release, the shard or the scrape job was removed, or service discovery lost it. Another exporter that "
        "checks the same targets ends this alert, and so does a day.",
        "La version installée, le fragment ou la tâche de collecte a été supprimé, ou la découverte de services l'a "
        "perdu. Un autre exportateur qui contrôle les mêmes cibles met fin à cette alerte, de même qu'un jour.",
    ),
    impact=Text(
        "A fault of these targets is not noticed, and no alert about them fires.",
        "Une panne de ces cibles passe inaperçue, et aucune alerte à leur sujet ne se déclenche.",
    ),
    fix=(operation.EXPORTER_VANISHED,),
    links=(CONFIGURATION,),
    cases=(
        Case(
            "its target is removed from Prometheus",
            {_UP: "1x60 stale", _INTERVAL: "60x60 stale", _OTHER_UP: "1x120"},
            "90m",
            (ExpectedAlert(value="1", results={"targets": "migratelsa1"}),),
        ),
        Case(
            "its pod moves: the next one checks the same targets",
            {_UP: "1x60 stale", _INTERVAL: "60x60 stale", _OTHER_UP: "_x60 1x60", **replica({_INTERVAL: "_x62 60x60"})},
            "90m",
        ),
        Case("it is down: this has its own alert", {_UP: "1x60 0x60", _INTERVAL: "60x60 stale"}, "90m"),
        Case("a target is removed from its configuration", {_UP: "1x120", _INTERVAL: "60x60 stale"}, "90m"),
    ),
)

_APPLICABLE: Final = series("check_applicable", check="storage")
APPLIANCE: Final = Alert(
    name="ApplianceUnchecked",
    component=Component.EXPORTER,
    expr="""group by (appliance) (
  present_over_time(azure_migrate_check_applicable[$before:10m])
  and on (job, instance) up{$exporter_selector} == 1
)
unless on (appliance) azure_migrate_check_applicable""",
    labels=("appliance",),
    summary=Text("Nothing checks an appliance any more.", "Plus rien ne contrôle une appliance."),
    description=Text(
        "The exporter runs, and has no check of the appliance {appliance} any more.",
        "L'exportateur fonctionne, et n'a plus de contrôle de l'appliance {appliance}.",
    ),
    meaning=Text(
        "The appliance was removed from the configuration, or discovery finds it in Azure no longer. A day ends this "
        "alert.",
        "L'appliance a été retirée de la configuration, ou la découverte ne la trouve plus dans Azure. Un jour met fin "
        "à cette alerte.",
    ),
    impact=Text(
        "A fault of the appliance or of its path is not noticed.",
        "Une panne de l'appliance ou de son chemin passe inaperçue.",
    ),
    fix=(operation.APPLIANCE_UNCHECKED,),
    links=(CONFIGURATION,),
    cases=(
        Case(
            "it disappears from the page of a running exporter",
            {_UP: "1x120", _APPLICABLE: "1x60 stale"},
            "90m",
            (ExpectedAlert(),),
        ),
        Case("the exporter restarts", {_UP: "1x60 0x1 1x60", _APPLICABLE: "1x60 _x4 1x60"}, "64m"),
        Case("the exporter is gone: this has its own alert", {_UP: "1x60 stale", _APPLICABLE: "1x60 stale"}, "90m"),
        Case(
            "another exporter checks it now",
            {_UP: "1x120", _APPLICABLE: "1x60 stale", **replica({_APPLICABLE: "_x60 1x60"})},
            "90m",
        ),
    ),
)

ALERTS: Final = (DIFFER, SHARDING, VANISHED, APPLIANCE)
