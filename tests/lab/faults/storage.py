"""Faults of the cache storage account of `paris`, and of the path to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from azure_migrate_exporter.reasons import Reason
from tests.lab.blob_proxy import Refusal
from tests.lab.faults.fault import Condition, Fault
from tests.lab.settings import sas
from tests.lab.tcp import Fault as Network

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter

SLOW: Final = 100_000
"""Bytes per second."""


@asynccontextmanager
async def _refused(center: "DataCenter") -> AsyncIterator[None]:
    await center.cache.switch(Network.CLOSED)
    yield
    await center.cache.switch(Network.NONE)


@asynccontextmanager
async def _slow(center: "DataCenter") -> AsyncIterator[None]:
    center.cache.rate = SLOW
    yield
    center.cache.rate = None


def _answer(refusal: Refusal) -> Condition:
    @asynccontextmanager
    async def condition(center: "DataCenter") -> AsyncIterator[None]:
        center.cache.refuse(refusal)
        yield
        center.cache.refuse(None)

    return condition


@asynccontextmanager
async def _sas_expired(center: "DataCenter") -> AsyncIterator[None]:
    center.secret("sas-cache", sas(center, "cache", lifetime=-3600))
    yield
    center.secret("sas-cache", sas(center, "cache"))


_DOWN: Final = 'azure_migrate_storage_up{role="cache"} == 0'

FAULTS: Final = (
    Fault(
        "storage-refused",
        "storage",
        "the cache storage account refuses connections",
        _DOWN,
        "storage",
        Reason.REFUSED,
        _refused,
    ),
    Fault(
        "storage-slow",
        "storage",
        "the path to the cache storage account carries 100 kB a second",
        f'azure_migrate_storage_upload_throughput_bytes_per_second{{role="cache"}} < {2 * SLOW}',
        "storage_benchmark",
        None,
        _slow,
    ),
    Fault(
        "storage-throttled",
        "storage",
        "the cache storage account answers 503, the server is busy",
        _DOWN,
        "storage",
        Reason.THROTTLED,
        _answer(Refusal.THROTTLED),
    ),
    Fault(
        "storage-sas-expired",
        "storage",
        "the shared access signature of the cache storage account has ended",
        _DOWN,
        "storage",
        Reason.UNAUTHENTICATED,
        _sas_expired,
    ),
    Fault(
        "storage-full",
        "storage",
        "the cache storage account has no space left",
        _DOWN,
        "storage",
        Reason.FULL,
        _answer(Refusal.FULL),
    ),
)
