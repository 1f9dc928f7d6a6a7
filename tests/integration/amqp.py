"""What the tests of Service Bus and Event Hubs share: a broker, and proof that a check leaves nothing behind."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.clock import until
from tests.lab.amqp import Key, LabBroker

PREFLIGHT = {"dns", "connect", "tls"}


def secret_file(directory: Path, text: str) -> dict[str, str]:
    """A secret as the settings take it."""
    file = directory / "connection-string"
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
    left = {task for task in asyncio.all_tasks() - tasks if not broker.owns(task)}
    assert not left, f"tasks left behind: {left}"
    gc.collect()  # what was not closed warns when it is collected, and here a warning fails the test


def _sockets_to(broker: LabBroker) -> list[object]:
    ports = {urlsplit(url).port for url in (broker.endpoint, broker.plain_endpoint, broker.web_endpoint)}
    connections = psutil.Process().net_connections("tcp")
    return [c for c in connections if c.raddr and c.raddr.port in ports]
