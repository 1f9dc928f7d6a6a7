"""Finding an entity to peek at, over the management REST API (HTTPS). It takes the right Manage."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import HttpResponseError
from azure.servicebus.aio.management import ServiceBusAdministrationClient

from azure_migrate_exporter.collectors.amqp.check import Access
from azure_migrate_exporter.collectors.amqp.connection_string import ConnectionString
from azure_migrate_exporter.collectors.amqp.sdk import closing
from azure_migrate_exporter.collectors.amqp.servicebus import Entity
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.network.answer import stranger
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

_DETAIL: Final = re.compile(r"<Detail>([^<]*)")
_NO_RIGHT: Final = (
    "Listen rights cannot list entities: configure topic and subscription, or queue; or use a policy with the right "
    "Manage (for an Entra identity the role Azure Service Bus Data Owner)"
)
_FEED: Final = b"http://www.w3.org/2005/Atom"
_ENTRY: Final = b"<entry"
_SERVICE_BUS: Final = b"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"


class _FeedTransport(AzureTransport):
    """Lets through what Service Bus lists, and refuses every other answer with status 200."""

    async def send(self, request: Any, **config: Any) -> Any:
        """See `AzureTransport.send`."""
        response = await super().send(request, **config)
        body = response.body()
        if response.status_code == 200 and (_FEED not in body or (_ENTRY in body and _SERVICE_BUS not in body)):
            raise stranger(urlsplit(request.url).netloc, response.status_code, response.headers)
        return response


async def first_entity(settings: ServiceBusSettings, access: Access) -> Entity:
    """The first subscription (of the configured topic, if there is one), or else the first queue.

    Raises `CheckError`: forbidden if the credential may not list, not_found if there is nothing to peek at.
    """
    host = settings.management_host
    client = _client(host, settings, access)
    try:
        async with closing(client):
            found = await _first(client, settings.topic)
    except Exception as error:
        reason, sentence = _explain(error)
        if reason is Reason.INTERNAL:
            raise
        text = _NO_RIGHT if reason is Reason.FORBIDDEN else f"entities cannot be listed: {one_line(sentence)}"
        raise CheckError(reason, f"{host}: {text}") from error
    if found is None:
        missing = f"the topic {settings.topic} has no subscription" if settings.topic else "it has no entity"
        raise CheckError(Reason.NOT_FOUND, f"there is nothing to peek at in {settings.host}: {missing}")
    return found


def _client(host: str, settings: ServiceBusSettings, access: Access) -> ServiceBusAdministrationClient:
    transport = _FeedTransport(access.proxies, client_context(settings.ca_file))
    options: dict[str, Any] = {"retry_total": 0, "transport": transport}
    if not isinstance(access.secret, ConnectionString):
        return ServiceBusAdministrationClient(host, access.secret, **options)
    # A key can only be passed like this: what the client takes as a credential is none of the SDK's public classes.
    return ServiceBusAdministrationClient.from_connection_string(access.secret.at(host), **options)


async def _first(client: ServiceBusAdministrationClient, topic: str | None) -> Entity | None:
    topics = [topic] if topic else [found.name async for found in client.list_topics()]
    for name in topics:
        async for subscription in client.list_subscriptions(name):
            return Entity(subscription.name, name)
    if topic is None:
        async for queue in client.list_queues():
            return Entity(queue.name)
    return None


def _explain(error: Exception) -> tuple[Reason, str]:
    """The reason, and the service's sentence: it alone distinguishes a key that may not list from a wrong one."""
    if not isinstance(error, HttpResponseError) or error.response is None:
        return classify(error), str(error)
    found = _DETAIL.search(error.response.text())
    sentence = found[1] if found else str(error)
    return Reason.FORBIDDEN if "claim" in sentence else classify(error), sentence
