"""vCenter's answers, from one look at it: what is wrong now with hosts, datastores, tasks, snapshots and tracking.

One look does not see everything: whether a task moves, which tasks failed before, and whether a tracking identity
changed takes a memory. Where that is so, the answer says it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.reading import Answer, Asked, Bad, Case, date, judged
from azure_migrate_exporter.diagnosis.model import Machine, Observation, Verdict
from azure_migrate_exporter.diagnosis.samples import Labels, Samples
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Signal, Text
from azure_migrate_exporter.reasons import Reason

LITTLE_SPACE: Final = 0.05
"""Part of a datastore that is free, under which a snapshot is in danger."""
NEAR_END: Final = 0.95
"""Progress from which on a snapshot that is being made counts as hung (article: it stops at 95 or 99 %)."""
CREATE: Final = "create_snapshot"

_NOT_TOLD: Final = Text("vCenter does not tell it", "vCenter ne l'indique pas")


class View:
    """One look at one vCenter, narrowed to the machine that is asked about."""

    def __init__(self, asked: Asked, case: Case) -> None:
        self.asked = asked
        self.case = case
        self.vcenter = asked.plan.target.name
        self.samples: Samples = asked.samples

    def of_machines(self, metric: Metric) -> Iterator[tuple[Labels, float]]:
        """A metric of machines: of the one that is asked about, or of all."""
        return self.samples.all(metric, **self.case.labels)

    def of(self, metric: Metric, label: str) -> Iterator[tuple[str, float]]:
        """A metric of hosts or datastores: that of the machine, or all. Gives the name and the value."""
        machine = self.case.machine
        wanted = {"host": machine.host, "datastore": machine.datastore}[label] if machine else ""
        own = {label: wanted} if wanted else {}
        return ((found[label], value) for found, value in self.samples.all(metric, **own))


def read(wanted: Iterable[Signal], asked: Asked, case: Case) -> Iterator[Observation]:
    """What vCenter says of each signal."""
    view = View(asked, case)
    names = {"vcenter": view.vcenter} | (case.machine.names if case.machine else {})
    answers = bool(view.samples.first(metrics.VCENTER_UP))
    for signal in wanted:
        if not answers:
            ours = asked.inconclusive or asked.reason is Reason.FORBIDDEN  # vCenter has no firewall that says so
            down = signal is evidence.VCENTER and not ours
            verdict = Verdict.FAILED if down else Verdict.UNDECIDED
            yield Observation(signal, verdict, asked.message, names, asked.reason)
            continue
        observation = judged(signal, _ANSWERS[signal.id](view), names)
        if asked.reason is not None and observation.verdict is Verdict.OK and signal is not evidence.VCENTER:
            # Something was hidden from us, so that nothing wrong was seen proves nothing.
            observation = Observation(signal, Verdict.UNDECIDED, asked.message, names, asked.reason)
        yield observation


def headline(asked: Asked, case: Case) -> Text:
    """The vCenter, or the machine, in one line."""
    view = View(asked, case)
    if not view.samples.first(metrics.VCENTER_UP):
        return asked.message
    if case.machine is not None:
        return _portrait(view, case.machine)
    machines = view.samples.first(metrics.VSPHERE_MACHINES, scope="seen") or 0
    hosts = len({labels["host"] for labels, _ in view.samples.all(metrics.VSPHERE_HOST_CONNECTION_STATE)})
    return Text(
        f"it answers: {machines:.0f} machines, {hosts} hosts", f"répond : {machines:.0f} machines, {hosts} hôtes"
    )


def _portrait(view: View, machine: Machine) -> Text:
    count = next((value for _, value in view.of_machines(metrics.VSPHERE_VM_SNAPSHOTS)), None)
    tracking = next((value for _, value in view.of_machines(metrics.VSPHERE_VM_CBT_ENABLED)), None)
    place = machine.host or "?"
    shown_en, shown_fr = [f"{machine.vm} on {place}"], [f"{machine.vm} sur {place}"]
    if count is not None:
        shown_en.append(f"{count:.0f} snapshots")
        shown_fr.append(f"{count:.0f} instantanés")
    if tracking is not None:
        shown_en.append(f"change tracking {'on' if tracking else 'off'}")
        shown_fr.append(f"suivi des blocs {'actif' if tracking else 'inactif'}")
    return Text(", ".join(shown_en), ", ".join(shown_fr))


# --- the answers -----------------------------------------------------------------------------------------------------


def _vcenter(view: View) -> Answer:
    return Verdict.OK, headline(view.asked, view.case)


def _host_connection(view: View) -> Answer:
    host = view.case.machine.host if view.case.machine else ""
    own = {"host": host} if host else {}
    states = {
        labels["host"]: labels["state"]
        for labels, value in view.samples.all(metrics.VSPHERE_HOST_CONNECTION_STATE, **own)
        if value
    }
    if not states:
        return Verdict.NOT_ASKED, _NOT_TOLD
    return [
        Bad({"host": host}, Text(f"{host} is {state}", f"{host} : {state}"))
        for host, state in states.items()
        if state != "connected"
    ]


def _datastore_space(view: View) -> Answer:
    sizes = dict(view.of(metrics.DATASTORE_CAPACITY, "datastore"))
    free = {n: size / sizes[n] for n, size in view.of(metrics.DATASTORE_FREE, "datastore") if sizes.get(n)}
    bad = [Bad({"datastore": name}, _free(name, share)) for name, share in free.items() if share < LITTLE_SPACE]
    if not free:
        return Verdict.NOT_ASKED, _NOT_TOLD
    return bad or (Verdict.OK, _free(*min(free.items(), key=lambda item: item[1])))


def _free(name: str, share: float) -> Text:
    return Text(f"{name} has {share:.0%} free", f"{name} : {share:.0%} libre")


def _nfc_disks(view: View) -> Answer:
    sizes = dict(view.of(metrics.NFC_BUFFER_CAPACITY, "host"))
    used = {host: size / sizes[host] for host, size in view.of(metrics.NFC_BUFFER_USED, "host") if sizes.get(host)}
    if not used:
        section = "vcenters[].replication"
        return Verdict.NOT_ASKED, Text(
            f"nothing tells which snapshots are the replication's: see {section}",
            f"rien ne dit quels instantanés sont ceux de la réplication : voir {section}",
        )
    bad = [Bad({"host": host}, _in_flight(host, share)) for host, share in used.items() if share >= 1]
    return bad or (Verdict.OK, _in_flight(*max(used.items(), key=lambda item: item[1])))


def _in_flight(host: str, share: float) -> Text:
    return Text(
        f"disks in flight on {host} take {share:.0%} of its NFC buffer",
        f"les disques en cours sur {host} prennent {share:.0%} de sa mémoire tampon NFC",
    )


def _task_stalled(view: View) -> Answer:
    """A task in the queue may be known to stall; one that runs is judged by its age, for one look sees no movement."""
    bad, old = [], []
    for labels, stalled in view.of_machines(metrics.VSPHERE_TASK_STALLED):
        task = _Task(view, labels)
        if stalled or task.hangs:
            bad.append(Bad({"vm": task.vm}, task.text))
        elif task.age > view.asked.plan.target.settings.tasks.stalled_after:
            old.append(task.text)
    if bad or not old:
        return bad
    return Verdict.VALUE, Text(
        f"{old[0].en}: look again, to see whether it moves",
        f"{old[0].into('fr')} : regardez encore une fois si elle avance",
    )


class _Task:
    """A running task: what it is, how far, and for how long (both times are on vCenter's clock)."""

    def __init__(self, view: View, labels: Labels) -> None:
        own = {name: labels[name] for name in ("vm", "vm_id", "operation")}
        began = view.samples.first(metrics.VSPHERE_TASK_START_TIMESTAMP, **own)
        looked = view.samples.first(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, **own)
        self.vm, self._operation = labels["vm"], labels["operation"]
        self._progress = view.samples.first(metrics.VSPHERE_TASK_PROGRESS, **own)
        self.age = looked - began if looked is not None and began is not None else 0.0
        self._limit: float = view.asked.plan.target.settings.tasks.stalled_near_end_after

    @property
    def hangs(self) -> bool:
        """Whether it is a snapshot at the place where the article's hung ones stop, older than the configured time."""
        return self._operation == CREATE and (self._progress or 0) >= NEAR_END and self.age > self._limit

    @property
    def text(self) -> Text:
        """In words."""
        at = "" if self._progress is None else f" {self._progress:.0%}"
        what = self._operation.replace("_", " ")
        return Text(
            f"{what} of {self.vm} is at{at or ' no progress'}, {self.age:.0f} s after its start",
            f"{what} de {self.vm} en est à{at or ' aucun progrès'}, {self.age:.0f} s après son début",
        )


def _running_tasks(view: View) -> Answer:
    """One task of a machine is its cycle, two are in each other's way; but to an error that says so one is enough."""
    tasks = [labels for labels, _ in view.of_machines(metrics.VSPHERE_TASK_STALLED)]
    number = Counter(labels["vm"] for labels in tasks)
    enough = 1 if view.case.names(evidence.RUNNING_TASKS) else 2
    return [
        Bad({"vm": vm}, _listed(vm, [labels["operation"].replace("_", " ") for labels in tasks if labels["vm"] == vm]))
        for vm, count in number.items()
        if count >= enough
    ]


def _listed(vm: str, operations: list[str]) -> Text:
    return Text(f"{vm} has running: {', '.join(operations)}", f"{vm}, en cours : {', '.join(operations)}")


def _task_fault(_: View) -> Answer:
    counter = metrics.VSPHERE_TASK_FAILURES.name
    return Verdict.NOT_ASKED, Text(
        f"one look sees no task that ended before; a running exporter counts them ({counter})",
        f"un seul regard ne voit pas les tâches déjà finies ; un exportateur qui tourne les compte ({counter})",
    )


def _flag(metric: Metric, en: str, fr: str, untold: Answer) -> Callable[[View], Answer]:
    """Machines on which a metric is not zero; `untold` is the answer where no machine has it."""

    def answer(view: View) -> Answer:
        values = [(labels["vm"], value) for labels, value in view.of_machines(metric)]
        bad = [Bad({"vm": vm}, Text(en.format(vm), fr.format(vm))) for vm, value in values if value]
        return bad if values else untold

    return answer


def _snapshots(view: View) -> Answer:
    """Snapshots are normal during a cycle; to a failure that names them they are a sign."""
    holders = [(labels, value) for labels, value in view.of_machines(metrics.VSPHERE_VM_SNAPSHOTS) if value]
    if view.case.machine is not None and view.case.names(evidence.SNAPSHOTS):
        return [Bad({"vm": labels["vm"]}, _oldest(view, labels, value)) for labels, value in holders]
    if len(holders) == 1:
        return Verdict.VALUE, _oldest(view, *holders[0])
    number = len(holders)
    return Verdict.VALUE, Text(f"{number} machines have snapshots", f"{number} machines ont des instantanés")


def _oldest(view: View, labels: Labels, value: float) -> Text:
    own = {"vm": labels["vm"], "vm_id": labels["vm_id"]}
    made = view.samples.first(metrics.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, **own)
    since_en = f", the oldest of {date(made)}" if made is not None else ""
    since_fr = f", le plus ancien du {date(made)}" if made is not None else ""
    return Text(
        f"{labels['vm']} has {value:.0f} snapshots{since_en}", f"{labels['vm']} a {value:.0f} instantanés{since_fr}"
    )


def _tracking(view: View) -> Answer:
    """A machine that does not replicate needs no tracking, so only those that do are judged."""
    flags = list(view.of_machines(metrics.VSPHERE_VM_CBT_ENABLED))
    if not flags:
        return Verdict.NOT_ASKED, _NOT_TOLD
    off = [labels for labels, value in flags if not value]
    if view.case.machine is None:
        if not view.case.replicating:
            return Verdict.VALUE, Text(f"off on {len(off)} machines", f"inactif sur {len(off)} machines")
        off = [labels for labels in off if labels["vm_id"].lower() in view.case.replicating]
    return [
        Bad({"vm": labels["vm"]}, Text(f"it is off for {labels['vm']}", f"il est inactif pour {labels['vm']}"))
        for labels in off
    ]


_reset = _flag(metrics.VSPHERE_VM_CBT_RESETS, "the tracking of {} was reset", "le suivi de {} a été réinitialisé", [])


def _identity(view: View) -> Answer:
    if (answer := _reset(view)) or view.case.remembers:
        return answer
    return Verdict.NOT_ASKED, Text(
        "a reset shows only beside an earlier look: give the exporter's --state.path",
        "une réinitialisation ne se voit qu'à côté d'un regard antérieur : donnez le --state.path de l'exportateur",
    )


_ANSWERS: Final[Mapping[str, Callable[[View], Answer]]] = {
    evidence.VCENTER.id: _vcenter,
    evidence.HOST_CONNECTION.id: _host_connection,
    evidence.DATASTORE_SPACE.id: _datastore_space,
    evidence.NFC_DISKS.id: _nfc_disks,
    evidence.TASK_STALLED.id: _task_stalled,
    evidence.RUNNING_TASKS.id: _running_tasks,
    evidence.TASK_FAULT.id: _task_fault,
    evidence.CONSOLIDATION_NEEDED.id: _flag(
        metrics.VSPHERE_VM_CONSOLIDATION_NEEDED,
        "{} needs consolidation",
        "{} doit être consolidée",
        (Verdict.NOT_ASKED, _NOT_TOLD),
    ),
    evidence.INVALID_SNAPSHOT_DISKS.id: _flag(
        metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS,
        "a disk in a snapshot of {} has a wrong size",
        "un disque d'un instantané de {} a une taille fausse",
        (Verdict.OK, Text("there is no snapshot to look at", "il n'y a pas d'instantané à regarder")),
    ),
    evidence.SNAPSHOTS.id: _snapshots,
    evidence.CBT_ENABLED.id: _tracking,
    evidence.CBT_IDENTITY.id: _identity,
}
