"""Azure's own view: the errors that it shows now, the speeds of a cycle, the NFC buffer as the appliances tell it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.reading import Answer, Asked, Bad, Case, judged, rate
from azure_migrate_exporter.diagnosis.model import Machine, Observation, Reported, Verdict
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import Signal, Text

_SOURCE: Final = "azure"
_WELL: Final = frozenset({"normal", "none"})
_NO_CYCLE: Final = Text("no cycle is running", "aucun cycle n'est en cours")
_NOT_TOLD: Final = Text("the appliance has not told it", "l'appliance ne l'a pas indiqué")


def read(wanted: Iterable[Signal], asked: Asked, case: Case) -> Iterator[Observation]:
    """What Azure says of each signal."""
    samples = asked.samples
    names = case.machine.names if case.machine else {}
    for signal in wanted:
        if not samples.first(metrics.REPLICATION_UP):
            yield Observation(signal, Verdict.UNDECIDED, asked.message, names, asked.reason)
        else:
            yield judged(signal, _ANSWERS[signal.id](samples, case), names)


def headline(asked: Asked, case: Case) -> Text:
    """The vault, or the machine, in one line."""
    samples = asked.samples
    if not samples.first(metrics.REPLICATION_UP):
        return asked.message
    errors = Counter(f"{error.code or '-'} ({error.failure})" for error in reported(samples, case.machine))
    listed = ", ".join(f"{error} x {count}" if count > 1 else error for error, count in errors.items())
    more_en, more_fr = (f"; errors: {listed}", f" ; erreurs : {listed}") if errors else ("", "")
    health = Counter(_health(samples, case.machine))
    if case.machine is None:
        said = ", ".join(f"{count} {word}" for word, count in health.items()) or "0"
        return Text(f"machines by health: {said}{more_en}", f"machines par intégrité : {said}{more_fr}")
    vm = case.machine.vm
    if not health:
        return Text(f"the vault does not list {vm}", f"le coffre ne contient pas {vm}")
    said, appliance = next(iter(health)), case.machine.appliance or "?"
    return Text(
        f"health of {vm} (appliance {appliance}): {said}{more_en}",
        f"intégrité de {vm} (appliance {appliance}) : {said}{more_fr}",
    )


def reported(samples: Samples, machine: Machine | None) -> Iterator[Reported]:
    """The errors that Azure shows now, of the machine or of all, without those of healthy replication."""
    for labels, value in samples.all(metrics.REPLICATION_ERRORS, **(machine.own if machine else {})):
        failure = CATALOGUE.get(labels["failure"])
        if value and not (failure and failure.harmless):
            yield Reported(labels["vm"], labels["vm_id"], labels["code"], labels["failure"])


def complains(samples: Samples, machine: Machine | None) -> bool:
    """Whether Azure shows an error, or a health that is not normal; a paused machine has none."""
    unwell = not _WELL.issuperset(_health(samples, machine))
    return unwell or any(True for _ in reported(samples, machine))


def _health(samples: Samples, machine: Machine | None) -> Iterator[str]:
    own = machine.own if machine else {}
    return (labels["health"] for labels, value in samples.all(metrics.REPLICATION_HEALTH, **own) if value)


def replicating(samples: Samples) -> frozenset[str]:
    """Ids, in lower case, of the machines that Azure lists."""
    return frozenset(labels["vm_id"].lower() for labels, _ in samples.all(metrics.REPLICATION_INFO))


def _nfc(samples: Samples, case: Case) -> Answer:
    host = case.machine.azure_host if case.machine else ""
    own = {"host": host} if host else {}
    sizes = {labels["host"]: value for labels, value in samples.all(metrics.NFC_BUFFER_CAPACITY, source=_SOURCE, **own)}
    used = {labels["host"]: value for labels, value in samples.all(metrics.NFC_BUFFER_USED, source=_SOURCE, **own)}
    shares = {host: used[host] / size for host, size in sizes.items() if size and host in used}
    if not shares:
        return Verdict.NOT_ASKED, _NOT_TOLD
    bad = [Bad({"host": host}, _filled(host, share)) for host, share in shares.items() if share >= 1]
    return bad or (Verdict.OK, _filled(*max(shares.items(), key=lambda item: item[1])))


def _filled(host: str, share: float) -> Text:
    return Text(f"{share:.0%} of the NFC buffer of {host} is used", f"{share:.0%} du tampon NFC de {host} est utilisé")


def _speeds(samples: Samples, case: Case) -> Answer:
    """Both speeds, for a person to compare: neither has a documented limit."""
    uploads = [(labels["vm"], value) for labels, value in samples.all(metrics.REPLICATION_UPLOAD, **case.labels)]
    if not uploads:
        return Verdict.VALUE, _NO_CYCLE
    vm, upload = min(uploads, key=lambda pair: pair[1])
    read_speed = samples.first(metrics.REPLICATION_READ, vm=vm)
    reading = rate(read_speed) if read_speed is not None else "?"
    return Verdict.VALUE, Text(
        f"{vm} is read at {reading} and uploaded at {rate(upload)}", f"{vm} : lecture {reading}, envoi {rate(upload)}"
    )


_ANSWERS: Final[Mapping[str, Callable[[Samples, Case], Answer]]] = {
    evidence.NFC_REPORTED.id: _nfc,
    evidence.SPEEDS.id: _speeds,
}
