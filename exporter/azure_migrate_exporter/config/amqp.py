"""Settings common to the sections `servicebus` and `eventhubs`: namespace, transport, address and credential."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from azure_migrate_exporter.config.base import LocalPath, Model, Name, PositiveDuration, Token, split_url
from azure_migrate_exporter.config.credentials import Credential

PUBLIC_CLOUD: Final = "servicebus.windows.net"
PORTS: Final = {"amqp": 5671, "websocket": 443}

Transport = Literal["amqp", "websocket"]


def _namespace(value: str) -> str:
    if not set(value) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"):
        raise ValueError('write the name only, as in "migratesbns1612849844": no sb:// before it and no port after it')
    return value.lower()


def _endpoint(value: str) -> str:
    parts = split_url(value)
    if parts is None or parts.scheme != "sb" or parts.path.strip("/") or parts.username is not None:
        raise ValueError('write host and port, as in "sb://10.0.0.4:5671"')
    return value.rstrip("/")


class AmqpSettings(Model):
    """One namespace. Give exactly one of `connection_string` and `credential`."""

    name: Name | None = None
    """Name of the target; the namespace's short name if left out."""
    namespace: Annotated[Name, AfterValidator(_namespace)]
    """Short name (`migratesbns…`) for the public cloud, or the full host name (`….servicebus.usgovcloudapi.net`) for
    any."""
    transport: Transport = "amqp"
    """`amqp` uses TCP 5671, and never a proxy. `websocket` carries AMQP over HTTPS on TCP 443, for networks that allow
    nothing else, or that only a proxy leads out of. If omitted, `TransportType=AmqpWebSockets` in the connection string
    selects `websocket`."""
    connection_string: Token | None = None
    """Connection string of a shared access policy with the Listen right: `Endpoint=sb://…;SharedAccessKeyName=…;…`."""
    credential: Credential | None = None
    """Entra identity with a role that allows it to receive from the entity."""
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    """Connect to this host and port instead, for instance a private endpoint: `sb://HOST:PORT`. The certificate must be
    valid for that host."""
    ca_file: LocalPath | None = None
    """PEM file with the certificate authorities to trust, in place of the system's."""
    timeout: PositiveDuration = 15.0
    """Maximum time of one check. Keep it some seconds below the timeout of the collector, so that the check can report
    the phase that it reached."""

    @model_validator(mode="after")
    def _exactly_one_credential(self) -> "AmqpSettings":
        if (self.connection_string is None) == (self.credential is None):
            raise ValueError("give exactly one of connection_string and credential")
        return self

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.name or self.resource

    @property
    def resource(self) -> str:
        """Value of the label `namespace`."""
        return self.namespace.partition(".")[0]

    @property
    def host(self) -> str:
        """Full host name of the namespace, which is the audience of tokens."""
        return self.namespace if "." in self.namespace else f"{self.namespace}.{PUBLIC_CLOUD}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to over the configured transport."""
        return self.address_over(self.transport)

    def address_over(self, transport: Transport) -> tuple[str, int]:
        """Host and port to connect to."""
        parts = urlsplit(self.endpoint or f"sb://{self.host}")
        return parts.hostname or self.host, parts.port or PORTS[transport]
