"""Evidence from Azure: current errors, transfer rates of a cycle, NFC buffers as the appliances report them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import (
    Answer,
    Assessment,
    EvidenceContext,
    Problem,
    to_observation,
)
from azure_migrate_exporter.diagnosis.evidence.formatting import format_rate
from azure_migrate_exporter.diagnosis.model import Machine, Observation, ReportedError, Verdict
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import Signal, Text

_SOURCE: Final = "azure"
_HEALTHY: Final = frozenset({"normal", "none"})
_NO_CYCLE: Final = Text("no cycle is running", "aucun cycle n'est en cours")
_NOT_REPORTED: Final = Text("the appliance has not reported it", "l'appliance ne l'a pas indiqué")


def observe(wanted: Iterable[Signal], answer: Answer, context: EvidenceContext) -> Iterator[Observation]:
    """An observation for each signal."""
    samples = answer.samples
    names = context.machine.names if context.machine else {}
    for signal in wanted:
        if not samples.first(metrics.REPLICATION_UP):
            yield Observation(signal, Verdict.INCONCLUSIVE, answer.message, names, answer.reason)
        else:
            yield to_observation(signal, _ASSESSORS[signal.id](samples, context), names)


def summarize(answer: Answer, context: EvidenceContext) -> Text:
    """The vault, or the machine in question, in one line."""
    samples = answer.samples
    if not samples.first(metrics.REPLICATION_UP):
        return answer.message
    errors = Counter(f"{error.code or '-'} ({error.failure})" for error in reported_errors(samples, context.machine))
    listed = ", ".join(f"{error} x {count}" if count > 1 else error for error, count in errors.items())
    more_en, more_fr = (f"; errors: {listed}", f" ; erreurs : {listed}") if errors else ("", "")
    health = Counter(_health(samples, context.machine))
    if context.machine is None:
        counts = ", ".join(f"{count} {word}" for word, count in health.items()) or "0"
        return Text(f"machines by health: {counts}{more_en}", f"machines par intégrité : {counts}{more_fr}")
    vm = context.machine.vm
    if not health:
        return Text(f"the vault does not list {vm}", f"le coffre ne contient pas {vm}")
    counts, appliance = next(iter(health)), context.machine.appliance or "?"
    return Text(
        f"health of {vm} (appliance {appliance}): {counts}{more_en}",
        f"intégrité de {vm} (appliance {appliance}) : {counts}{more_fr}",
    )


def reported_errors(samples: Samples, machine: Machine | None) -> Iterator[ReportedError]:
    """Current errors of the machine, or of all machines, without harmless ones."""
    for labels, value in samples.all(metrics.REPLICATION_ERRORS, **(machine.own if machine else {})):
        failure = CATALOGUE.get(labels["failure"])
        if value and not (failure and failure.harmless):
            yield ReportedError(labels["vm"], labels["vm_id"], labels["code"], labels["failure"])


def has_errors(samples: Samples, machine: Machine | None) -> bool:
    """Whether Azure shows an error or a health other than normal. A paused machine has no health."""
    unhealthy = not _HEALTHY.issuperset(_health(samples, machine))
    return unhealthy or any(True for _ in reported_errors(samples, machine))


def _health(samples: Samples, machine: Machine | None) -> Iterator[str]:
    own = machine.own if machine else {}
    return (labels["health"] for labels, value in samples.all(metrics.REPLICATION_HEALTH, **own) if value)


def replicating_ids(samples: Samples) -> frozenset[str]:
    """Lower-case ids of the machines in Azure's list."""
    return frozenset(labels["vm_id"].lower() for labels, _ in samples.all(metrics.REPLICATION_INFO))


def _assess_nfc(samples: Samples, context: EvidenceContext) -> Assessment:
    host = context.machine.azure_host if context.machine else ""
    own = {"host": host} if host else {}
    sizes = {labels["host"]: value for labels, value in samples.all(metrics.NFC_BUFFER_CAPACITY, source=_SOURCE, **own)}
    used = {labels["host"]: value for labels, value in samples.all(metrics.NFC_BUFFER_USED, source=_SOURCE, **own)}
    shares = {host: used[host] / size for host, size in sizes.items() if size and host in used}
    if not shares:
        return Verdict.NOT_RUN, _NOT_REPORTED
    problems = [Problem({"host": host}, _filled(host, share)) for host, share in shares.items() if share >= 1]
    return problems or (Verdict.OK, _filled(*max(shares.items(), key=lambda item: item[1])))


def _filled(host: str, share: float) -> Text:
    return Text(f"{share:.0%} of the NFC buffer of {host} is used", f"{share:.0%} du tampon NFC de {host} est utilisé")


def _assess_speeds(samples: Samples, context: EvidenceContext) -> Assessment:
    """Both rates, for a person to compare: neither has a documented limit."""
    uploads = [(labels["vm"], value) for labels, value in samples.all(metrics.REPLICATION_UPLOAD, **context.labels)]
    if not uploads:
        return Verdict.VALUE, _NO_CYCLE
    vm, upload = min(uploads, key=lambda pair: pair[1])
    read_rate = samples.first(metrics.REPLICATION_READ, vm=vm)
    reading = format_rate(read_rate) if read_rate is not None else "?"
    return Verdict.VALUE, Text(
        f"{vm} is read at {reading} and uploaded at {format_rate(upload)}",
        f"{vm} : lecture {reading}, envoi {format_rate(upload)}",
    )


_ASSESSORS: Final[Mapping[str, Callable[[Samples, EvidenceContext], Assessment]]] = {
    evidence.NFC_REPORTED.id: _assess_nfc,
    evidence.SPEEDS.id: _assess_speeds,
}
