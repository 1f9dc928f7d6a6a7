"""Service Bus and Event Hubs through a real forward proxy, and to a name of which one address is dead."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.amqp import eventhubs, servicebus
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.metrics import (
    EVENTHUBS_PHASE_DURATION,
    EVENTHUBS_UP,
    SERVICEBUS_PHASE_DURATION,
    SERVICEBUS_UP,
)
from azure_migrate_exporter.reasons import Reason
from tests.integration.amqp import LINKED, key_file, run
from tests.integration.conftest import PROXY_USERS
from tests.integration.proxied import through
from tests.lab.amqp import HUB, NAMESPACE, SUBSCRIPTION, TOPIC, LabBroker
from tests.lab.ca import LabCA
from tests.lab.forward_proxy import ForwardProxy
from tests.lab.name_server import NameServer
from tests.lab.tcp import Fault, TcpListener
from tests.measured import Measured

WRONG = {"exporter": "guessed"}
THROUGH_PROXY = LINKED - {"dns"} | {"proxy"}
HOST = f"{NAMESPACE}.example"

Make = Callable[..., Collector]


@pytest.fixture
def values(broker: LabBroker, lab_ca: LabCA, tmp_path: Path) -> Mapping[str, Any]:
    return {
        "namespace": NAMESPACE,
        "endpoint": broker.web_endpoint,
        "transport": "websocket",
        "ca_file": lab_ca.bundle,
        "connection_string": key_file(tmp_path, broker),
    }


@pytest.fixture
def listing(values: Mapping[str, Any], broker: LabBroker, tmp_path: Path) -> Mapping[str, Any]:
    """No entity is configured, and AMQP is spoken on its own port: only the listing may use a proxy."""
    anything = {"topic": None, "subscription": None, "management_endpoint": broker.management_endpoint}
    secret = key_file(tmp_path, broker, broker.full_key)
    return {**values, **anything, "endpoint": broker.endpoint, "transport": "amqp", "connection_string": secret}


def peek(values: Mapping[str, Any], proxy: ProxySettings, **changes: Any) -> Collector:
    entity = {"topic": TOPIC, "subscription": SUBSCRIPTION}
    settings = ServiceBusSettings.model_validate({**entity, **values, **changes})
    return servicebus.create(Target(NAMESPACE, "site1", settings, proxy=proxy), Context())


def read(values: Mapping[str, Any], proxy: ProxySettings, **changes: Any) -> Collector:
    settings = EventHubSettings.model_validate({**values, "hub": HUB, **changes})
    return eventhubs.create(Target(NAMESPACE, "site1", settings, proxy=proxy), Context())


@pytest.fixture(params=[peek, read], ids=["servicebus", "eventhubs"])
def make(request: pytest.FixtureRequest, values: Mapping[str, Any]) -> Make:
    """Makes a collector with these settings and that section `proxy`."""
    return lambda proxy, **changes: request.param(values, proxy, **changes)


def up(seen: Measured) -> object:
    return next(value for (metric, _), value in seen.samples.items() if metric in {SERVICEBUS_UP, EVENTHUBS_UP})


def phases(seen: Measured) -> set[str]:
    metrics = {SERVICEBUS_PHASE_DURATION, EVENTHUBS_PHASE_DURATION}
    return {values[-1] for metric, values in seen.samples if metric in metrics}


def port(endpoint: str) -> int:
    return int(endpoint.rpartition(":")[2])


# --- a proxy on the way ----------------------------------------------------------------------------------------------


async def test_a_websocket_goes_through_a_proxy_for_the_look_and_for_the_sdk(
    broker: LabBroker, make: Make, open_proxy: ForwardProxy, tmp_path: Path
) -> None:
    seen = await run(broker, make(through(open_proxy, tmp_path)))
    assert (seen.reason, seen.message, up(seen)) == (None, "", 1)
    assert phases(seen) - {"peek", "read"} == THROUGH_PROXY
    assert (await open_proxy.logged("CONNECT", f"localhost:{port(broker.web_endpoint)}")).status == 200
    assert len(await open_proxy.ended(3)) == broker.record.connections == 3  # the path, the redirect, the SDK


async def test_a_proxy_that_wants_a_password_gets_it(
    broker: LabBroker, make: Make, proxy_with_password: ForwardProxy, tmp_path: Path
) -> None:
    seen = await run(broker, make(through(proxy_with_password, tmp_path, PROXY_USERS)))
    assert (seen.reason, seen.message, up(seen)) == (None, "", 1)
    assert {request.user for request in await proxy_with_password.ended(1)} == {"exporter"}


@pytest.mark.parametrize(
    ("users", "message"), [(None, "wants credentials (407)"), (WRONG, "refuses the credentials (407)")]
)
async def test_without_the_right_password_the_reason_is_proxy(
    broker: LabBroker,
    make: Make,
    proxy_with_password: ForwardProxy,
    tmp_path: Path,
    users: dict[str, str] | None,
    message: str,
) -> None:
    seen = await run(broker, make(through(proxy_with_password, tmp_path, users)))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.PROXY, 0, {"proxy"})
    assert f"the proxy 127.0.0.1:{proxy_with_password.port} {message}" in seen.message
    assert "guessed" not in seen.message


async def test_a_proxy_that_inspects_tls_is_tls_and_the_hint_names_it(
    broker: LabBroker, make: Make, intercepting_proxy: ForwardProxy, tmp_path: Path
) -> None:
    seen = await run(broker, make(through(intercepting_proxy, tmp_path)))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.TLS, 0, {"proxy", "connect"})
    assert f"does the proxy 127.0.0.1:{intercepting_proxy.port} inspect TLS?" in seen.message


async def test_a_proxy_that_inspects_tls_works_once_its_ca_is_trusted(
    broker: LabBroker, make: Make, intercepting_proxy: ForwardProxy, tmp_path: Path
) -> None:
    seen = await run(broker, make(through(intercepting_proxy, tmp_path), ca_file=intercepting_proxy.ca_file))
    assert (seen.reason, seen.message, up(seen)) == (None, "", 1)


async def test_a_proxy_that_is_not_reached_is_named(broker: LabBroker, make: Make) -> None:
    seen = await run(broker, make(ProxySettings(url="http://127.0.0.1:1")))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.PROXY, 0, set())
    assert "the proxy 127.0.0.1:1 is not reached: " in seen.message


async def test_amqp_on_its_own_port_never_uses_a_proxy(broker: LabBroker, make: Make) -> None:
    proxy = ProxySettings(url="http://127.0.0.1:1")
    seen = await run(broker, make(proxy, endpoint=broker.endpoint, transport="amqp"))
    assert (seen.reason, seen.message, up(seen)) == (None, "", 1)
    assert phases(seen) - {"peek", "read"} == LINKED


async def test_entities_are_listed_through_the_proxy(
    broker: LabBroker, values: Mapping[str, Any], open_proxy: ForwardProxy, tmp_path: Path
) -> None:
    anything = {
        "topic": None,
        "subscription": None,
        "management_endpoint": broker.management_endpoint,
        "connection_string": key_file(tmp_path, broker, broker.full_key),
    }
    seen = await run(broker, peek(values, through(open_proxy, tmp_path), **anything))
    assert (seen.reason, seen.message, up(seen)) == (None, "", 1)
    assert len(await open_proxy.ended(4)) == broker.record.connections == 4


@pytest.mark.parametrize(
    ("users", "message"), [(None, "wants credentials (407)"), (WRONG, "refuses the credentials (407)")]
)
async def test_a_listing_without_the_right_password_is_proxy_although_amqp_takes_none(
    broker: LabBroker,
    listing: Mapping[str, Any],
    proxy_with_password: ForwardProxy,
    tmp_path: Path,
    users: dict[str, str] | None,
    message: str,
) -> None:
    seen = await run(broker, peek(listing, through(proxy_with_password, tmp_path, users)))
    assert (seen.reason, up(seen)) == (Reason.PROXY, 0)
    assert f"the proxy 127.0.0.1:{proxy_with_password.port} {message}" in seen.message
    assert "guessed" not in seen.message


async def test_a_listing_through_a_proxy_that_inspects_tls_is_tls_and_the_hint_names_it(
    broker: LabBroker, listing: Mapping[str, Any], intercepting_proxy: ForwardProxy, tmp_path: Path
) -> None:
    seen = await run(broker, peek(listing, through(intercepting_proxy, tmp_path)))
    assert (seen.reason, up(seen)) == (Reason.TLS, 0)
    assert f"does the proxy 127.0.0.1:{intercepting_proxy.port} inspect TLS?" in seen.message


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://proxy.invalid:3128"])
async def test_a_listing_through_a_proxy_that_is_not_reached_names_it(
    broker: LabBroker, listing: Mapping[str, Any], address: str
) -> None:
    seen = await run(broker, peek(listing, ProxySettings(url=address)))
    assert (seen.reason, up(seen)) == (Reason.PROXY, 0)
    assert f"the proxy {address.removeprefix('http://')} is not reached: " in seen.message


# --- two addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["amqp", "websocket"])
async def test_a_name_of_which_the_first_address_is_dead_is_up(
    lab_ca: LabCA,
    make: Make,
    name_server: NameServer,
    transport: str,
    tmp_path: Path,
) -> None:
    async with LabBroker(lab_ca, identities=(HOST,)) as named:
        endpoint = named.endpoint if transport == "amqp" else named.web_endpoint
        async with TcpListener(host="127.0.0.9", port=port(endpoint)) as dead:
            await dead.switch(Fault.DROPPED)
            name_server.set_addresses(HOST, dead.host, "127.0.0.1")
            changes = {
                "endpoint": f"sb://{HOST}:{port(endpoint)}",
                "transport": transport,
                "connection_string": key_file(tmp_path, named),
            }
            seen = await run(named, make(ProxySettings(), **changes))
            assert (seen.reason, seen.message, up(seen)) == (None, "", 1)
        assert named.record.hostnames == [named.host]
        assert all(name.startswith(f"sb://{named.host}/") for name in named.record.token_names)


async def test_the_certificate_is_verified_for_the_name_and_not_for_the_address_that_is_connected_to(
    broker: LabBroker, make: Make, name_server: NameServer
) -> None:
    name_server.set_addresses(HOST, "127.0.0.1")  # for which the certificate is valid, and for the name it is not
    changes = {"endpoint": f"sb://{HOST}:{port(broker.endpoint)}", "transport": "amqp"}
    seen = await run(broker, make(ProxySettings(), **changes))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.TLS, 0, {"dns", "connect"})
    assert f"not valid for '{HOST}'" in seen.message


async def test_a_name_server_that_is_silent_is_dns(broker: LabBroker, make: Make, name_server: NameServer) -> None:
    name_server.silent = True
    seen = await run(broker, make(ProxySettings(), endpoint=f"sb://{HOST}:443"))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.DNS, 0, set())
