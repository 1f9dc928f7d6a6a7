"""Faults of what the appliance only has to reach: the key vault, and port 902 of the ESXi hosts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from azure_migrate_exporter.reasons import Reason
from tests.lab.faults.fault import Condition, Fault
from tests.lab.tcp import Fault as Network
from tests.lab.tcp import TcpListener

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter


def _network(listener: Callable[["DataCenter"], TcpListener], fault: Network) -> Condition:
    """What is wrong with a listener."""

    @asynccontextmanager
    async def condition(center: "DataCenter") -> AsyncIterator[None]:
        await listener(center).switch(fault)
        yield
        await listener(center).switch(Network.NONE)

    return condition


@asynccontextmanager
async def _host_name_unknown(center: "DataCenter") -> AsyncIterator[None]:
    """The name under which vCenter lists a host resolves nowhere (the top-level domain is reserved for that)."""
    host = center.vcenter.hosts[-1]
    await host.admin.update(host.reference, {"name": "esxi-04.datacentre.invalid"})
    yield
    await host.admin.update(host.reference, {"name": host.name})


FAULTS: Final = (
    Fault(
        "vault-closed",
        "key vault",
        "nothing listens on the key vault's port 443",
        "azure_migrate_keyvault_tcp_up == 0",
        "keyvault",
        Reason.REFUSED,
        _network(lambda center: center.vault, Network.CLOSED),
    ),
    Fault(
        "vault-dropped",
        "key vault",
        "a firewall drops every packet to the key vault",
        "azure_migrate_keyvault_tcp_up == 0",
        "keyvault",
        Reason.TIMEOUT,
        _network(lambda center: center.vault, Network.DROPPED),
    ),
    Fault(
        "vault-certificate-expired",
        "key vault",
        "the key vault shows a certificate that has ended",
        "azure_migrate_keyvault_tls_certificate_expiry_timestamp_seconds < time()",
        "keyvault",
        Reason.TLS,
        _network(lambda center: center.vault, Network.EXPIRED),
    ),
    Fault(
        "esxi-port-closed",
        "ESXi hosts",
        "TCP 902 of one ESXi host is closed",
        "azure_migrate_esxi_tcp_up == 0",
        "esxi",
        Reason.REFUSED,
        _network(lambda center: center.hosts[0], Network.CLOSED),
    ),
    Fault(
        "esxi-name-unknown",
        "vCenter",
        "the name under which vCenter lists an ESXi host does not resolve",
        "azure_migrate_esxi_tcp_up == 0",
        "esxi",
        Reason.DNS,
        _host_name_unknown,
    ),
)
