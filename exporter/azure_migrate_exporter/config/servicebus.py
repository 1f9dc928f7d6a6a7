"""Section `appliances[].servicebus`: the Service Bus namespace of a legacy project, and the entity to peek."""

from typing import Annotated

from pydantic import AfterValidator, model_validator

from azure_migrate_exporter.config.amqp import AmqpSettings
from azure_migrate_exporter.config.base import Name, split_url


def _https(value: str) -> str:
    parts = split_url(value)
    if parts is None or parts.scheme != "https" or parts.path.strip("/") or parts.username is not None:
        raise ValueError('write host and port, as in "https://10.0.0.4:443"')
    return value.rstrip("/")


class ServiceBusSettings(AmqpSettings):
    """One namespace and one entity of it: `topic` with `subscription`, or `queue`, for which the Listen right suffices.

    If omitted, the `EntityPath` of the connection string is used (a queue, or `TOPIC/Subscriptions/SUBSCRIPTION`), or
    else the first subscription (of `topic`, if given) or queue that can be listed. Listing requires the Manage right,
    or the role Azure Service Bus Data Owner.
    """

    topic: Name | None = None
    """Topic that the subscription belongs to; the article peeks at "Snapshot Manager"."""
    subscription: Name | None = None
    """Subscription to peek."""
    queue: Name | None = None
    """Queue to peek, instead of a subscription."""
    management_endpoint: Annotated[str, AfterValidator(_https)] | None = None
    """Address of the management API, if it is not the namespace itself: `https://HOST:PORT`."""

    @property
    def management_host(self) -> str:
        """Host, and port if it is not 443, of the management REST API."""
        return (self.management_endpoint or f"https://{self.host}").removeprefix("https://")

    @model_validator(mode="after")
    def _one_entity(self) -> "ServiceBusSettings":
        if self.queue is not None and (self.topic is not None or self.subscription is not None):
            raise ValueError("give either queue, or topic and subscription")
        if self.subscription is not None and self.topic is None:
            raise ValueError("a subscription needs the topic that it belongs to")
        return self
