"""What the tests of Service Bus and Event Hubs share: secrets, a fault table, and proof that nothing is left behind."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.reasons import Reason
from tests.clock import until
from tests.lab.amqp import Key, LabBroker
from tests.measured import Measured, measure

PREFLIGHT = {"dns", "connect", "tls"}
OPENED = {*PREFLIGHT, "open"}
ADMITTED = {*OPENED, "token"}
LINKED = {*ADMITTED, "link"}
SHORT = "2s"
"""The deadline of a check that is known to meet silence."""


@dataclass(frozen=True)
class Case:
    """A fault of the broker, and what an operator has to see of it."""

    fault: str
    value: str | int
    reason: Reason
    phases: set[str]
    says: str
    timeout: str = "15s"

    def __str__(self) -> str:
        return f"{self.fault}-{self.value}"


PATH_CASES = (
    Case("accept", "silent", Reason.TIMEOUT, {"dns", "connect"}, "nothing answers the TLS handshake", SHORT),
    Case("accept", "silent_after_tls", Reason.TIMEOUT, PREFLIGHT, "TLS works, but then", SHORT),
    Case("accept", "close", Reason.RESET, {"dns", "connect"}, "cut the connection in the TLS handshake"),
    Case("certificate", "stranger", Reason.TLS, {"dns", "connect"}, "does not verify: unable to get local issuer"),
    Case("certificate", "other_name", Reason.TLS, {"dns", "connect"}, "not valid for 'localhost'"),
    Case("certificate", "expired", Reason.TLS, {"dns", "connect"}, "certificate has expired"),
    Case("sasl", "no_mechanism", Reason.PROTOCOL, PREFLIGHT, "does not speak AMQP as the service does"),
    Case("sasl", "refused", Reason.UNAUTHENTICATED, PREFLIGHT, "turns every client away"),
    Case("cbs", 401, Reason.UNAUTHENTICATED, OPENED, "InvalidSignature: The token has an invalid signature."),
    Case("cbs", 403, Reason.FORBIDDEN, OPENED, "add the right Listen"),
    Case("cbs", 404, Reason.NOT_FOUND, OPENED, "correct the name"),
    Case("cbs", 429, Reason.THROTTLED, OPENED, "the service limits the rate"),
    Case("cbs", 500, Reason.UNAVAILABLE, OPENED, "out of service: The service was unable to process the request"),
    Case("cbs", 503, Reason.UNAVAILABLE, OPENED, "out of service: The service is unavailable"),
    Case("cbs", "local_auth_disabled", Reason.UNAUTHENTICATED, OPENED, "for instance a managed identity"),
    Case("cbs", "address_refused", Reason.FORBIDDEN, OPENED, "or use the private endpoint: Ip has been prevented"),
    Case("cbs", "no_public_access", Reason.FORBIDDEN, OPENED, "admit its address in the namespace's networking"),
    Case("cbs", "silent", Reason.TIMEOUT, OPENED, "in phase token", SHORT),
    *(
        Case(frame, condition, reason, phases, says)
        for frame, phases in (("close", OPENED), ("end", OPENED), ("attach", ADMITTED))
        for condition, reason, says in (
            ("amqp:not-found", Reason.NOT_FOUND, "correct the name"),
            ("amqp:unauthorized-access", Reason.FORBIDDEN, "add the right Listen"),
            ("amqp:resource-limit-exceeded", Reason.FULL, "a quota of"),
            ("amqp:internal-error", Reason.UNAVAILABLE, "out of service: The lab refuses: amqp:internal-error."),
            ("amqp:connection:forced", Reason.RESET, "The lab refuses: amqp:connection:forced."),
            ("com.microsoft:entity-disabled", Reason.UNAVAILABLE, "out of service"),
            ("com.microsoft:server-busy", Reason.THROTTLED, "the service limits the rate"),
            ("com.microsoft:timeout", Reason.TIMEOUT, "gave up on"),
            ("com.microsoft:of-tomorrow", Reason.UNSUPPORTED, "The lab refuses: com.microsoft:of-tomorrow."),
        )
    ),
)
"""Faults of the path to an entity, which look the same to both services and over both transports."""
UPGRADE_CASES = (
    Case("accept", "http", Reason.PROTOCOL, PREFLIGHT, "refuses the WebSocket"),
    Case("upgrade", 404, Reason.PROTOCOL, PREFLIGHT, "refuses the WebSocket"),
    Case("upgrade", 503, Reason.UNAVAILABLE, PREFLIGHT, "refuses the WebSocket"),
)
"""Faults of the WebSocket that carries AMQP."""


def secret_file(directory: Path, text: str) -> dict[str, str]:
    """A secret as the settings take it."""
    file = directory / "secret"
    file.write_text(text, encoding="utf-8")
    return {"file": str(file)}


def key_file(directory: Path, broker: LabBroker, key: Key | None = None) -> dict[str, str]:
    """The connection string of one of the broker's keys; that which may only listen if none is given."""
    return secret_file(directory, broker.connection_string(key or broker.listen_key))


@asynccontextmanager
async def nothing_left(broker: LabBroker) -> AsyncIterator[None]:
    """The block ends with no task and no client's socket more than it began with, and with nothing to warn of."""
    tasks = asyncio.all_tasks()
    yield
    await until(lambda: not _sockets_to(broker))
    await until(lambda: all(broker.owns(task) for task in asyncio.all_tasks() - tasks))
    gc.collect()  # what was not closed warns when it is collected, and here a warning fails the test


async def run(broker: LabBroker, collector: Collector) -> Measured:
    """One run, which leaves nothing behind and shows no secret."""
    async with nothing_left(broker):
        seen = await measure(collector)
    assert not any(key.secret in seen.message for key in broker.namespace.keys.values())
    return seen


def _sockets_to(broker: LabBroker) -> list[object]:
    ports = {urlsplit(url).port for url in (broker.endpoint, broker.plain_endpoint, broker.web_endpoint)}
    places = {("127.0.0.1", port) for port in ports}
    return [c for c in psutil.Process().net_connections("tcp") if tuple(c.raddr) in places]
