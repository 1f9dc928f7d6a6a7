"""What the sections `servicebus` and `eventhubs` have in common: a namespace, the way to it, and a credential."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from azure_migrate_exporter.config.base import LocalPath, Model, Name, PositiveDuration, Secret
from azure_migrate_exporter.config.credentials import Credential

PUBLIC_CLOUD: Final = "servicebus.windows.net"
PORTS: Final = {"amqp": 5671, "websocket": 443}

Transport = Literal["amqp", "websocket"]


def _namespace(value: str) -> str:
    if not set(value) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"):
        raise ValueError('write the name only, as in "migratesbns1612849844": no sb:// before it and no port after it')
    return value.lower()


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "sb" or not parts.hostname or parts.path.strip("/") or parts.username is not None:
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
    """`amqp` uses TCP 5671, and never a proxy. `websocket` carries the same in HTTPS on TCP 443, for networks that open
    nothing else, or that only a proxy leads out of. Left out, a connection string with `TransportType=AmqpWebSockets`
    decides."""
    connection_string: Secret | None = None
    """Connection string of a shared access policy with the right Listen: `Endpoint=sb://…;SharedAccessKeyName=…;…`."""
    credential: Credential | None = None
    """Entra identity with a role that lets it receive from the entity."""
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    """Connect to this host and port instead, for instance a private endpoint: `sb://HOST:PORT`. The certificate must be
    valid for that host."""
    ca_file: LocalPath | None = None
    """PEM file with the certificate authorities to trust, in place of the system's."""
    timeout: PositiveDuration = 15.0
    """Time that one check may take. Keep it some seconds below the collector's timeout, so that the check itself can
    say how far it came."""

    @model_validator(mode="after")
    def _one_credential(self) -> "AmqpSettings":
        if (self.connection_string is None) == (self.credential is None):
            raise ValueError("give exactly one of connection_string and credential")
        return self

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.name or self.resource

    @property
    def resource(self) -> str:
        """What its metrics call it: label `namespace`."""
        return self.namespace.partition(".")[0]

    @property
    def host(self) -> str:
        """Full host name of the namespace: what tokens are for."""
        return self.namespace if "." in self.namespace else f"{self.namespace}.{PUBLIC_CLOUD}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to over the configured transport."""
        return self.address_over(self.transport)

    def address_over(self, transport: Transport) -> tuple[str, int]:
        """Host and port to connect to."""
        parts = urlsplit(self.endpoint or f"sb://{self.host}")
        return parts.hostname or self.host, parts.port or PORTS[transport]
