"""The checks of the path, read as answers: appliance, gateway, storage, Service Bus, Event Hubs, key vault, ESXi."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from azure_migrate_exporter.diagnosis.model import Observation, Step, Verdict
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.model import Text
from azure_migrate_exporter.reasons import Reason

OUR_OWN: Final = frozenset({Reason.UNAUTHENTICATED, Reason.NOT_FOUND, Reason.UNSUPPORTED, Reason.INTERNAL})
"""Reasons that tell of our credential, our configuration or a bug of ours, and nothing of the path."""
SLOW: Final = 1_000_000.0
"""Bytes per second under which an upload counts as slow. Nothing documented says how much is enough; at this rate the
longest pause between two cycles, 12 hours, carries 43 GB."""
SERVICE: Final = "asrgwy"
"""Short name of the gateway service."""
OUT_OF_TIME: Final = Text(
    "not finished when the time for the diagnosis was over", "inachevé à la fin du temps accordé au diagnostic"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One collector's run on one target. `cut` if the deadline of the whole ended it before its own."""

    plan: Plan
    run: Run
    cut: bool = False

    @property
    def samples(self) -> Samples:
        """What it measured."""
        return Samples(self.run.blocks)

    @property
    def message(self) -> Text:
        """What it says of its failure."""
        return OUT_OF_TIME if self.cut else Text(self.run.outcome.message)

    @property
    def inconclusive(self) -> bool:
        """Whether it failed for a reason that says nothing about what it was to check."""
        return self.cut or self.run.outcome.reason in OUR_OWN


Reader = Callable[[Asked], tuple[Verdict, Text]]


def observe(step: Step, asked: Asked) -> Observation:
    """What one run says of the signal of its step."""
    settings, collector = asked.plan.target.settings, step.stage.collector
    verdict, seen = _READERS[collector](asked)
    names = {"appliance": asked.plan.target.appliance} | _names(collector, settings, asked.plan.target.name)
    return Observation(step.signals[0], verdict, seen, names, asked.run.outcome.reason)


def _names(collector: str, settings: Any, target: str) -> Mapping[str, str]:
    if collector in {"storage", "storage_benchmark"}:
        return {"account": settings.account}
    if collector in {"servicebus", "eventhubs"}:
        return {"namespace": settings.host.partition(".")[0]}
    if collector == "keyvault":
        return {"vault": settings.host.partition(".")[0]}
    return {"host": target} if collector == "esxi" else {}


def _failure(asked: Asked) -> tuple[Verdict, Text]:
    return Verdict.UNDECIDED if asked.inconclusive else Verdict.FAILED, asked.message


def _appliance(asked: Asked) -> tuple[Verdict, Text]:
    if asked.run.outcome.reason is not None:
        return _failure(asked)
    port = asked.plan.target.settings.port
    return Verdict.OK, Text(f"TCP {port} opens", f"le port TCP {port} s'ouvre")


def _gateway(asked: Asked) -> tuple[Verdict, Text]:
    """A service that is not running is a result; a failed run is not: it only could not look."""
    name = next((n for n in asked.plan.target.settings.services if n.lower() == SERVICE), None)
    if name is None:
        text = f"{SERVICE} is not among the services that the section gateway lists"
        return Verdict.UNDECIDED, Text(text, f"{SERVICE} ne figure pas parmi les services de la section gateway")
    state = asked.samples.state(metrics.GATEWAY_SERVICE_STATE, service=name)
    if state in {None, "unknown"}:
        return Verdict.UNDECIDED, asked.message
    if state != "running":
        text = f"{name} is in the state {state}"
        return Verdict.FAILED, Text(text, f"{name} est dans l'état {state}")
    started = asked.samples.first(metrics.GATEWAY_SERVICE_START_TIME, service=name)
    if started is None:
        return Verdict.OK, Text(f"{name} is running", f"{name} est en cours d'exécution")
    moment = date(started)
    return Verdict.OK, Text(f"{name} is running since {moment}", f"{name} est en cours d'exécution depuis {moment}")


def _storage(asked: Asked) -> tuple[Verdict, Text]:
    """An upload that worked is the answer, also where cleaning up after it was refused."""
    if not asked.samples.first(metrics.STORAGE_UP):
        return _failure(asked)
    seconds = asked.samples.first(metrics.STORAGE_UPLOAD_REQUEST_DURATION) or 0.0
    expires = asked.samples.first(metrics.STORAGE_SAS_EXPIRY)
    until_en = f"; the SAS is valid until {date(expires)}" if expires else ""
    until_fr = f" ; le SAS est valable jusqu'au {date(expires)}" if expires else ""
    if asked.run.outcome.reason is not None:
        until_en = until_fr = f"; {asked.run.outcome.message}"
    return Verdict.OK, Text(
        f"a test upload took {milliseconds(seconds)}{until_en}", f"un envoi d'essai a pris {milliseconds(seconds)}{until_fr}"
    )


def _benchmark(asked: Asked) -> tuple[Verdict, Text]:
    speed = asked.samples.first(metrics.STORAGE_UPLOAD_THROUGHPUT)
    if speed is not None:
        slow = speed < SLOW
        limit_en = f", less than {rate(SLOW)}" if slow else ""
        limit_fr = f", moins que {rate(SLOW)}" if slow else ""
        seen = Text(f"an upload runs at {rate(speed)}{limit_en}", f"un envoi atteint {rate(speed)}{limit_fr}")
        return Verdict.FAILED if slow else Verdict.OK, seen
    if asked.samples.first(metrics.STORAGE_BENCHMARK_SKIPPED):
        seen = Text("skipped: the day's budget of bytes is used up", "omis : le budget d'octets du jour est épuisé")
        return Verdict.NOT_ASKED, seen
    return _failure(asked)


def _phases(up: Metric, duration: Metric) -> Reader:
    def read(asked: Asked) -> tuple[Verdict, Text]:
        if not asked.samples.first(up):
            return _failure(asked)
        times = [f"{labels['phase']} {milliseconds(value)}" for labels, value in asked.samples.all(duration)]
        return Verdict.OK, Text(f"it answers: {', '.join(times)}", f"répond : {', '.join(times)}")

    return read


def _keyvault(asked: Asked) -> tuple[Verdict, Text]:
    """A port that opens and a handshake that fails is a failure: the appliance needs both."""
    if asked.run.outcome.reason is not None:
        return _failure(asked)
    port = asked.plan.target.settings.port
    took = milliseconds(asked.samples.first(metrics.KEYVAULT_TCP_CONNECT_DURATION) or 0.0)
    ends = asked.samples.first(metrics.KEYVAULT_TLS_CERTIFICATE_EXPIRY)
    until_en = f"; its certificate is valid until {date(ends)}" if ends else ""
    until_fr = f" ; son certificat est valable jusqu'au {date(ends)}" if ends else ""
    return Verdict.OK, Text(f"TCP {port} opens in {took}{until_en}", f"le port TCP {port} s'ouvre en {took}{until_fr}")


def _esxi(asked: Asked) -> tuple[Verdict, Text]:
    if asked.run.outcome.reason is not None:
        return _failure(asked)
    port = asked.plan.target.settings.port
    took = milliseconds(asked.samples.first(metrics.ESXI_TCP_CONNECT_DURATION) or 0.0)
    return Verdict.OK, Text(f"TCP {port} opens in {took}", f"le port TCP {port} s'ouvre en {took}")


_READERS: Final[Mapping[str, Reader]] = {
    "appliance": _appliance,
    "gateway": _gateway,
    "storage": _storage,
    "storage_benchmark": _benchmark,
    "servicebus": _phases(metrics.SERVICEBUS_UP, metrics.SERVICEBUS_PHASE_DURATION),
    "eventhubs": _phases(metrics.EVENTHUBS_UP, metrics.EVENTHUBS_PHASE_DURATION),
    "keyvault": _keyvault,
    "esxi": _esxi,
}


def summary(observations: Sequence[Observation], most: int = 5) -> tuple[Text, ...]:
    """Many hosts in few lines: those that fail, each with its name, or one line for all."""
    bad = [o for o in observations if o.verdict is not Verdict.OK]
    if not bad:
        if len(observations) == 1:
            return (observations[0].seen,)
        number = len(observations)
        return (Text(f"the port opens on all of {number} hosts", f"le port s'ouvre sur les {number} hôtes"),)
    lines = [o.seen for o in bad[:most]]
    if rest := len(bad) - most:
        ...
    return tuple(lines)


def date(seconds: float) -> str:
    """A point in time, for a person."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def milliseconds(seconds: float) -> str:
    """A short time."""
    return f"{seconds * 1e3:.1f} ms"


def rate(speed: float) -> str:
    """Bytes per second."""
    return f"{speed / 1e6:.3g} MB/s"
