"""Finding an entity to peek at, over the management REST API (HTTPS). It takes the right Manage."""

import re
from typing import Any, Final

from azure.core.exceptions import HttpResponseError
from azure.servicebus.aio.management import ServiceBusAdministrationClient

from azure_migrate_exporter.collectors.amqp.check import Way
from azure_migrate_exporter.collectors.amqp.connection_string import ConnectionString
from azure_migrate_exporter.collectors.amqp.entity import Entity
from azure_migrate_exporter.collectors.amqp.sdk import closed
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

_DETAIL: Final = re.compile(r"<Detail>([^<]*)")
_NO_RIGHT: Final = (
    "Listen rights cannot list entities: configure topic and subscription, or queue; or use a policy with the right "
    "Manage (for an Entra identity the role Azure Service Bus Data Owner)"
)


async def first_entity(settings: ServiceBusSettings, way: Way) -> Entity:
    """The first subscription (of the configured topic, if there is one), or else the first queue.

    Raises `CheckError`: forbidden if the credential may not list, not_found if there is nothing to peek at.
    """
    host = settings.management_host
    client = _client(host, settings, way)
    try:
        async with closed(client):
            found = await _first(client, settings.topic)
    except Exception as error:
        reason, sentence = _what_it_means(error)
        if reason is Reason.INTERNAL:
            raise
        text = _NO_RIGHT if reason is Reason.FORBIDDEN else f"entities cannot be listed: {one_line(sentence)}"
        raise CheckError(reason, f"{host}: {text}") from error
    if found is None:
        missing = f"the topic {settings.topic} has no subscription" if settings.topic else "it has no entity"
        raise CheckError(Reason.NOT_FOUND, f"there is nothing to peek at in {settings.host}: {missing}")
    return found


def _client(host: str, settings: ServiceBusSettings, way: Way) -> ServiceBusAdministrationClient:
    options: dict[str, Any] = {"retry_total": 0}
    if settings.ca_file is not None:
        options["connection_verify"] = str(settings.ca_file)
    if not isinstance(way.access, ConnectionString):
        return ServiceBusAdministrationClient(host, way.access, **options)
    # The one way to hand over a key: what it takes as a credential is none of the SDK's public classes.
    return ServiceBusAdministrationClient.from_connection_string(way.access.at(host), **options)


async def _first(client: ServiceBusAdministrationClient, topic: str | None) -> Entity | None:
    topics = [topic] if topic else [found.name async for found in client.list_topics()]
    for name in topics:
        async for subscription in client.list_subscriptions(name):
            return Entity(subscription.name, name)
    if topic is None:
        async for queue in client.list_queues():
            return Entity(queue.name)
    return None


def _what_it_means(error: Exception) -> tuple[Reason, str]:
    """The reason, and the service's sentence: it alone tells a key that may not list from a wrong one."""
    if not isinstance(error, HttpResponseError) or error.response is None:
        return classify(error), str(error)
    found = _DETAIL.search(error.response.text())
    sentence = found[1] if found else str(error)
    return Reason.FORBIDDEN if "claim" in sentence else classify(error), sentence
