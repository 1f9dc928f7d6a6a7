"""The checks of the path, read as answers: appliance, gateway, storage, Service Bus, Event Hubs, key vault, ESXi."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from azure_migrate_exporter.diagnosis.evidence.reading import Asked, date, enumerated, milliseconds, rate
from azure_migrate_exporter.diagnosis.model import Observation, Verdict
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.model import Signal, Text

SERVICE: Final = "asrgwy"
"""Short name of the gateway service."""
SLOW: Final = 1_000_000.0
"""Bytes per second under which an upload counts as slow. Nothing documented says how much is enough; at this rate the
longest pause between two cycles, 12 hours, carries 43 GB."""

Reader = Callable[[Asked], tuple[Verdict, Text]]


def read(signal: Signal, asked: Asked) -> Observation:
    """What one run says of the signal that its collector answers."""
    target = asked.plan.target
    verdict, seen = _READERS[signal.collector](asked)
    names = {"appliance": target.appliance, **_names(signal.collector, target.settings)}
    return Observation(signal, verdict, seen, names, asked.reason)


def summary(observations: Sequence[Observation]) -> Text:
    """Many hosts in one line: those that fail, or how many are well."""
    bad = [observation.seen for observation in observations if observation.verdict is not Verdict.OK]
    if bad or len(observations) == 1:
        return enumerated(bad or [observations[0].seen])
    number = len(observations)
    return Text(f"the port opens on all {number} hosts", f"le port s'ouvre sur les {number} hôtes")


def _names(collector: str, settings: Any) -> Mapping[str, str]:
    if collector in {"storage", "storage_benchmark"}:
        return {"account": settings.account}
    if collector in {"servicebus", "eventhubs"}:
        return {"namespace": settings.host.partition(".")[0]}
    if collector == "keyvault":
        return {"vault": settings.host.partition(".")[0]}
    return {"host": settings.host} if collector == "esxi" else {}


# --- one reader a collector ------------------------------------------------------------------------------------------


def _failure(asked: Asked) -> tuple[Verdict, Text]:
    return Verdict.UNDECIDED if asked.inconclusive else Verdict.FAILED, asked.message


def _appliance(asked: Asked) -> tuple[Verdict, Text]:
    if asked.run.outcome.reason is not None:
        return _failure(asked)
    port = asked.plan.target.settings.port
    return Verdict.OK, Text(f"TCP {port} opens", f"le port TCP {port} s'ouvre")


def _gateway(asked: Asked) -> tuple[Verdict, Text]:
    """A service that does not run is a result; a run that failed is none: it could not look."""
    name = next((name for name in asked.plan.target.settings.services if name.lower() == SERVICE), None)
    if name is None:
        return Verdict.UNDECIDED, Text(
            f"{SERVICE} is not among the services that the section gateway lists",
            f"{SERVICE} ne figure pas parmi les services de la section gateway",
        )
    state = asked.samples.state(metrics.GATEWAY_SERVICE_STATE, service=name)
    if state in {None, "unknown"}:
        return Verdict.UNDECIDED, asked.message
    started = asked.samples.first(metrics.GATEWAY_SERVICE_START_TIME, service=name)
    since_en, since_fr = (f" since {date(started)}", f" depuis le {date(started)}") if started else ("", "")
    seen = Text(f"{name}: {state}{since_en}", f"{name} : {state}{since_fr}")
    return Verdict.OK if state == "running" else Verdict.FAILED, seen


def _storage(asked: Asked) -> tuple[Verdict, Text]:
    """An upload that worked is the answer, also where cleaning up after it was refused."""
    if not asked.samples.first(metrics.STORAGE_UP):
        return _failure(asked)
    took = milliseconds(asked.samples.first(metrics.STORAGE_UPLOAD_REQUEST_DURATION) or 0.0)
    if asked.run.outcome.reason is not None:
        note_en = note_fr = f"; {asked.run.outcome.message}"
    elif ends := asked.samples.first(metrics.STORAGE_SAS_EXPIRY):
        note_en, note_fr = f"; the SAS is valid until {date(ends)}", f" ; SAS valable jusqu'au {date(ends)}"
    else:
        note_en = note_fr = ""
    return Verdict.OK, Text(f"a test upload took {took}{note_en}", f"envoi d'essai en {took}{note_fr}")


def _benchmark(asked: Asked) -> tuple[Verdict, Text]:
    speed = asked.samples.first(metrics.STORAGE_UPLOAD_THROUGHPUT)
    if speed is None:
        if not asked.samples.first(metrics.STORAGE_BENCHMARK_SKIPPED):
            return _failure(asked)
        return Verdict.NOT_ASKED, Text("the day's budget of bytes is used up", "le budget d'octets du jour est épuisé")
    if speed >= SLOW:
        return Verdict.OK, Text(f"an upload reaches {rate(speed)}", f"un envoi atteint {rate(speed)}")
    return Verdict.FAILED, Text(
        f"an upload reaches {rate(speed)}, less than {rate(SLOW)}",
        f"un envoi n'atteint que {rate(speed)}, moins que {rate(SLOW)}",
    )


def _phases(up: Metric, duration: Metric) -> Reader:
    def reader(asked: Asked) -> tuple[Verdict, Text]:
        if not asked.samples.first(up):
            return _failure(asked)
        times = ", ".join(f"{labels['phase']} {milliseconds(took)}" for labels, took in asked.samples.all(duration))
        return Verdict.OK, Text(f"it answers: {times}", f"répond : {times}")

    return reader


def _port(duration: Metric, expiry: Metric | None = None) -> Reader:
    """A port that opens; where a handshake follows, one that fails is a failure too: the appliance needs both."""

    def reader(asked: Asked) -> tuple[Verdict, Text]:
        if asked.run.outcome.reason is not None:
            return _failure(asked)
        port, took = asked.plan.target.settings.port, milliseconds(asked.samples.first(duration) or 0.0)
        ends = asked.samples.first(expiry) if expiry else None
        note_en = f"; its certificate is valid until {date(ends)}" if ends else ""
        note_fr = f" ; certificat valable jusqu'au {date(ends)}" if ends else ""
        return Verdict.OK, Text(
            f"TCP {port} opens in {took}{note_en}", f"le port TCP {port} s'ouvre en {took}{note_fr}"
        )

    return reader


_READERS: Final[Mapping[str, Reader]] = {
    "appliance": _appliance,
    "gateway": _gateway,
    "storage": _storage,
    "storage_benchmark": _benchmark,
    "servicebus": _phases(metrics.SERVICEBUS_UP, metrics.SERVICEBUS_PHASE_DURATION),
    "eventhubs": _phases(metrics.EVENTHUBS_UP, metrics.EVENTHUBS_PHASE_DURATION),
    "keyvault": _port(metrics.KEYVAULT_TCP_CONNECT_DURATION, metrics.KEYVAULT_TLS_CERTIFICATE_EXPIRY),
    "esxi": _port(metrics.ESXI_TCP_CONNECT_DURATION),
}
