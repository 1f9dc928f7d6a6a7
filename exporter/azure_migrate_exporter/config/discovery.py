"""Section `discovery`: projects and vaults whose appliances and resources are found in Azure, then checked."""

from typing import Literal, Self

from pydantic import model_validator

from azure_migrate_exporter.config.base import LocalPath, Model, Name
from azure_migrate_exporter.config.clouds import AzureAccess, Guid
from azure_migrate_exporter.config.credentials import Credential
from azure_migrate_exporter.config.storage import BenchmarkSettings, ContainerName


class FoundStorage(Model):
    """How the storage accounts that are found are tested. Create the container in each of them beforehand."""

    enabled: bool = True
    """Whether they are tested at all."""
    credential: Credential | None = None
    """Entra identity with the role Storage Blob Data Contributor on the container; the discovery's if left out."""
    container: ContainerName = "azure-migrate-exporter"
    """Container for the tests, as in [StorageSettings](#storagesettings)."""
    ca_file: LocalPath | None = None
    """PEM file with the certificate authorities to trust, in place of the system's; the discovery's if left out."""
    benchmark: BenchmarkSettings = BenchmarkSettings(enabled=False)
    """The measured upload: off by default, as it sends gigabytes."""


class FoundServiceBus(Model):
    """How the Service Bus namespaces of legacy projects are checked."""

    enabled: bool = True
    """Whether they are checked at all."""
    credential: Credential | None = None
    """Entra identity with the role Azure Service Bus Data Receiver, or Data Owner where no entity is given and entities
    have to be listed; the discovery's if left out."""
    topic: Name | None = None
    """Topic that the subscription belongs to; the article peeks at "Snapshot Manager"."""
    subscription: Name | None = None
    """Subscription to peek at; the first that can be listed if left out."""
    transport: Literal["amqp", "websocket"] = "amqp"
    """`amqp` uses TCP 5671, `websocket` TCP 443."""
    ca_file: LocalPath | None = None
    """PEM file with the certificate authorities to trust, in place of the system's; the discovery's if left out."""

    @model_validator(mode="after")
    def _subscription_needs_topic(self) -> Self:
        if self.subscription is not None and self.topic is None:
            raise ValueError("a subscription needs the topic that it belongs to")
        return self


class FoundKeyVault(Model):
    """How the key vaults of legacy projects are checked. No identity is needed."""

    enabled: bool = True
    """Whether they are checked at all."""
    tls: bool = True
    """Whether to make a TLS handshake once TCP is open, and to read when the certificate ends."""
    ca_file: LocalPath | None = None
    """PEM file of the CAs to trust, for a proxy that inspects TLS; that of the discovery if left out."""


class DiscoverySettings(AzureAccess):
    """One migrate project, or one vault: its appliances are checked as if they were listed under `appliances`.

    Least privilege: the role Reader on the resource group, for the discovery itself. Entries under `appliances` win
    over what is found; addresses, the gateway service and vCenters have to be written there.
    """

    name: Name | None = None
    """Name of the target; that of the project or vault if left out."""
    subscription: Guid
    """Id of the subscription."""
    resource_group: Name | None = None
    """Name of the resource group; needed where two projects or vaults of the subscription have the same name."""
    project: Name | None = None
    """Name of the migrate project."""
    vault: Name | None = None
    """Name of the Recovery Services vault, in place of a project."""
    replication: bool = True
    """Whether to read the replication of the vault, as if it were listed under `replication`."""
    storage: FoundStorage = FoundStorage()
    """How storage accounts are tested."""
    servicebus: FoundServiceBus = FoundServiceBus()
    """How Service Bus namespaces are checked."""
    keyvault: FoundKeyVault = FoundKeyVault()
    """How key vaults are checked."""

    @model_validator(mode="after")
    def _project_or_vault(self) -> Self:
        if (self.project is None) == (self.vault is None):
            raise ValueError("give exactly one of project and vault")
        return self

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.name or self.project or self.vault or ""
