"""Evidence from the checks of the path: appliance, gateway, storage, Service Bus, Event Hubs, key vault, ESXi."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from azure_migrate_exporter.diagnosis.evidence.answer import Answer, enumerate_texts
from azure_migrate_exporter.diagnosis.evidence.formatting import format_milliseconds, format_rate, format_time
from azure_migrate_exporter.diagnosis.model import Observation, Verdict
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.model import Signal, Text
from azure_migrate_exporter.reasons import Reason

SERVICE: Final = "asrgwy"
"""Short name of the gateway service."""
MIN_UPLOAD_RATE: Final = 1_000_000.0
"""Bytes per second below which an upload counts as slow. No limit is documented; at this rate the longest interval
between two cycles, 12 hours, transfers 43 GB."""
AT_THE_LIMIT: Final = 0.9
"""Part of its own limit from which an upload is not slow: the line carries at least that much."""
_SKIPPED: Final = {
    "budget": Text("the daily byte budget is used up", "le budget d'octets du jour est épuisé"),
    "replicating": Text(
        "it makes way for machines that replicate (share_while_replicating)",
        "il laisse la ligne aux machines qui répliquent (share_while_replicating)",
    ),
    "unknown": Text(
        "no vault reports whether machines replicate, for which it makes way (share_while_replicating)",
        "aucun coffre ne dit si des machines répliquent, auxquelles il laisse la ligne (share_while_replicating)",
    ),
}
"""What is said of a benchmark that was skipped, by cause."""

Assessor = Callable[[Answer], tuple[Verdict, Text]]


def observe(signal: Signal, answer: Answer) -> Observation:
    """The observation of the signal that the collector answers."""
    target = answer.plan.target
    verdict, seen = _ASSESSORS[signal.collector](answer)
    names = {"appliance": target.appliance, **_names(signal.collector, target.settings)}
    missing = signal.collector == "gateway" and _gateway_state(answer) == "not_found"
    return Observation(signal, verdict, seen, names, Reason.NOT_FOUND if missing else answer.reason)


def summarize(observations: Sequence[Observation]) -> Text:
    """Many hosts in one line: those that fail, or the number of hosts that work."""
    failing = [observation.seen for observation in observations if observation.verdict is not Verdict.OK]
    if failing or len(observations) == 1:
        return enumerate_texts(failing or [observations[0].seen])
    number = len(observations)
    return Text(f"the port opens on all {number} hosts", f"le port s'ouvre sur les {number} hôtes")


def _names(collector: str, settings: Any) -> Mapping[str, str]:
    if collector in {"storage", "storage_benchmark"}:
        return {"account": settings.account, "account_address": settings.host}
    if collector in {"servicebus", "eventhubs"}:
        address = "namespace_address" if collector == "servicebus" else "eventhubs_address"
        return {"bus_namespace": settings.host.partition(".")[0], address: settings.host}
    if collector == "keyvault":
        return {"keyvault": settings.host.partition(".")[0], "keyvault_address": settings.host}
    if collector == "gateway":
        return {"windows_service": SERVICE}
    return {"host": settings.host} if collector == "esxi" else {}


# --- one assessor a collector ----------------------------------------------------------------------------------------


def _assess_failure(answer: Answer) -> tuple[Verdict, Text]:
    return Verdict.INCONCLUSIVE if answer.inconclusive else Verdict.FAILED, answer.message


def _assess_appliance(answer: Answer) -> tuple[Verdict, Text]:
    if answer.run.outcome.reason is not None:
        return _assess_failure(answer)
    port = answer.plan.target.settings.port
    return Verdict.OK, Text(f"TCP {port} opens", f"le port TCP {port} s'ouvre")


def _assess_gateway(answer: Answer) -> tuple[Verdict, Text]:
    """A service that is not running is a result; a failed run is not: the state is unknown."""
    name = _gateway_name(answer)
    if name is None:
        return Verdict.INCONCLUSIVE, Text(
            f"{SERVICE} is not among the services that the section gateway lists",
            f"{SERVICE} ne figure pas parmi les services de la section gateway",
        )
    state = _gateway_state(answer)
    if state in {None, "unknown"}:
        return Verdict.INCONCLUSIVE, answer.message
    started = answer.samples.first(metrics.GATEWAY_SERVICE_START_TIME, windows_service=name)
    since_en, since_fr = (
        (f" since {format_time(started)}", f" depuis le {format_time(started)}") if started else ("", "")
    )
    seen = Text(f"{name}: {state}{since_en}", f"{name} : {state}{since_fr}")
    return Verdict.OK if state == "running" else Verdict.FAILED, seen


def _gateway_name(answer: Answer) -> str | None:
    """The gateway service as the configuration spells it."""
    return next((name for name in answer.plan.target.settings.services if name.lower() == SERVICE), None)


def _gateway_state(answer: Answer) -> str | None:
    name = _gateway_name(answer)
    return answer.samples.state(metrics.GATEWAY_SERVICE_STATE, windows_service=name) if name else None


def _assess_storage(answer: Answer) -> tuple[Verdict, Text]:
    """A successful upload counts, even where deleting the test blob was refused."""
    if not answer.samples.first(metrics.STORAGE_UP):
        return _assess_failure(answer)
    took = format_milliseconds(answer.samples.first(metrics.STORAGE_UPLOAD_REQUEST_DURATION) or 0.0)
    if answer.run.outcome.reason is not None:
        note_en = note_fr = f"; {answer.run.outcome.message}"
    elif ends := answer.samples.first(metrics.STORAGE_SAS_EXPIRY):
        note_en, note_fr = (
            f"; the SAS is valid until {format_time(ends)}",
            f" ; SAS valable jusqu'au {format_time(ends)}",
        )
    else:
        note_en = note_fr = ""
    return Verdict.OK, Text(f"a test upload took {took}{note_en}", f"envoi d'essai en {took}{note_fr}")


def _assess_benchmark(answer: Answer) -> tuple[Verdict, Text]:
    speed = answer.samples.first(metrics.STORAGE_UPLOAD_THROUGHPUT)
    if speed is None:
        cause = answer.samples.state(metrics.STORAGE_BENCHMARK_SKIPPED, "cause")
        return (Verdict.NOT_RUN, _SKIPPED[cause]) if cause else _assess_failure(answer)
    limit = answer.samples.first(metrics.STORAGE_BENCHMARK_LIMIT)
    if limit is not None and speed >= limit * AT_THE_LIMIT:
        rate = format_rate(speed)
        return Verdict.OK, Text(f"an upload reaches its limit, {rate}", f"un envoi atteint sa limite, {rate}")
    if speed >= MIN_UPLOAD_RATE:
        return Verdict.OK, Text(f"an upload reaches {format_rate(speed)}", f"un envoi atteint {format_rate(speed)}")
    return Verdict.FAILED, Text(
        f"an upload reaches {format_rate(speed)}, less than {format_rate(MIN_UPLOAD_RATE)}",
        f"un envoi n'atteint que {format_rate(speed)}, moins que {format_rate(MIN_UPLOAD_RATE)}",
    )


def _phases_assessor(up: Metric, duration: Metric) -> Assessor:
    def assess(answer: Answer) -> tuple[Verdict, Text]:
        if not answer.samples.first(up):
            return _assess_failure(answer)
        times = ", ".join(
            f"{labels['phase']} {format_milliseconds(took)}" for labels, took in answer.samples.all(duration)
        )
        return Verdict.OK, Text(f"it answers: {times}", f"répond : {times}")

    return assess


def _port_assessor(duration: Metric, expiry: Metric | None = None) -> Assessor:
    """A port that opens. A failed TLS handshake is a failure too: the appliance needs both."""

    def assess(answer: Answer) -> tuple[Verdict, Text]:
        if answer.run.outcome.reason is not None:
            return _assess_failure(answer)
        port, took = answer.plan.target.settings.port, format_milliseconds(answer.samples.first(duration) or 0.0)
        ends = answer.samples.first(expiry) if expiry else None
        note_en = f"; its certificate is valid until {format_time(ends)}" if ends else ""
        note_fr = f" ; certificat valable jusqu'au {format_time(ends)}" if ends else ""
        return Verdict.OK, Text(
            f"TCP {port} opens in {took}{note_en}", f"le port TCP {port} s'ouvre en {took}{note_fr}"
        )

    return assess


_ASSESSORS: Final[Mapping[str, Assessor]] = {
    "appliance": _assess_appliance,
    "gateway": _assess_gateway,
    "storage": _assess_storage,
    "storage_benchmark": _assess_benchmark,
    "servicebus": _phases_assessor(metrics.SERVICEBUS_UP, metrics.SERVICEBUS_PHASE_DURATION),
    "eventhubs": _phases_assessor(metrics.EVENTHUBS_UP, metrics.EVENTHUBS_PHASE_DURATION),
    "keyvault": _port_assessor(metrics.KEYVAULT_TCP_CONNECT_DURATION, metrics.KEYVAULT_TLS_CERTIFICATE_EXPIRY),
    "esxi": _port_assessor(metrics.ESXI_TCP_CONNECT_DURATION),
}
