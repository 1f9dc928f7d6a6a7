"""Faults of Azure: a machine whose cycle fails, and a vault with bad answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.reasons import Reason
from tests.documented import ARTICLE
from tests.lab.arm import Trouble
from tests.lab.faults.fault import Condition, Fault

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter


def _fails_with(failure: str) -> Condition:
    @asynccontextmanager
    async def failing(center: "DataCenter") -> AsyncIterator[None]:
        center.failing.fail(failure)
        yield
        center.failing.heal()

    return failing


def _answers_with(trouble: Trouble) -> Condition:
    @asynccontextmanager
    async def troubled(center: "DataCenter") -> AsyncIterator[None]:
        with center.arm.faults.on(trouble):
            yield

    return troubled


@asynccontextmanager
async def _secret_expires(center: "DataCenter") -> AsyncIterator[None]:
    """Resource Manager no longer accepts the exporter's token, and Entra ID gives no other."""
    center.arm.entra.expired = True
    with center.arm.faults.on(Trouble.TOKEN_EXPIRED):
        yield
    center.arm.entra.expired = False


@asynccontextmanager
async def _heartbeat_stops(center: "DataCenter") -> AsyncIterator[None]:
    (paris, *_) = center.project.appliances
    paris.stop_dra()
    yield
    paris.start_dra()


def _documented(failure: str) -> Fault:
    return Fault(
        f"replication-{failure.replace('_', '-')}",
        "Azure",
        f"a machine's cycle fails: {CATALOGUE[failure].title.en}",
        f'azure_migrate_replication_errors{{failure="{failure}"}} == 1',
        "replication",
        None,
        _fails_with(failure),
    )


FAULTS: Final = (
    *(_documented(failure) for failure in ARTICLE),
    Fault(
        "vault-forbidden",
        "Azure",
        "the exporter's identity has lost its role on the vault",
        'azure_migrate_collector_success{collector="replication"} == 0',
        "replication",
        Reason.FORBIDDEN,
        _answers_with(Trouble.FORBIDDEN),
    ),
    Fault(
        "vault-proxy",
        "Azure",
        "a proxy answers in Azure's place, with a page of its own",
        'azure_migrate_collector_success{collector="replication"} == 0',
        "replication",
        Reason.PROTOCOL,
        _answers_with(Trouble.PROXY),
    ),
    Fault(
        "vault-proxy-refuses",
        "Azure",
        "a proxy refuses the exporter's requests to Azure, with a page of its own",
        'azure_migrate_collector_success{collector="replication"} == 0',
        "replication",
        Reason.PROXY,
        _answers_with(Trouble.PROXY_REFUSES),
    ),
    Fault(
        "entra-secret-expired",
        "Azure",
        "the secret of the exporter's application in Entra ID has expired",
        'azure_migrate_collector_failure_info{collector="replication", reason="identity"} == 1',
        "replication",
        Reason.IDENTITY,
        _secret_expires,
    ),
    Fault(
        "heartbeat-stopped",
        "Azure",
        "the replication agent (DRA) of the appliance paris sends no heartbeat",
        'time() - azure_migrate_agent_heartbeat_timestamp_seconds{appliance="paris", agent="dra"} > 60',
        "replication",
        None,
        _heartbeat_stops,
    ),
)
