"""Key `cloud`: the addresses of one Azure cloud, given by its name or address by address."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from azure_migrate_exporter.config.base import LocalPath, Model, Name
from azure_migrate_exporter.config.credentials import Authority, Credential


def _bare(url: str) -> str:
    return url.rstrip("/")


def _guid(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value, re.IGNORECASE):
        raise ValueError("write the id, as in 00000000-0000-0000-0000-000000000000; not the name")
    return value


Guid = Annotated[str, AfterValidator(_guid)]
"""Id of a subscription or of a Log Analytics workspace."""

Origin = Annotated[str, Field(pattern=r"^https://[^\s/?#]+/?$"), AfterValidator(_bare)]
"""Scheme and host, with a port where it is not 443, and nothing after it."""


class CustomCloud(Model):
    """Addresses of a cloud that is neither public nor national: Azure Stack Hub, an air-gapped cloud, a test."""

    resource_manager: Origin
    """Azure Resource Manager."""
    audience: Origin | None = None
    """Audience of tokens for Resource Manager; its own address if left out."""
    authority: Authority
    """Entra ID, for credentials that name no `authority` of their own."""
    blob_suffix: Name = "blob.core.windows.net"
    """Domain of storage accounts."""
    servicebus_suffix: Name = "servicebus.windows.net"
    """Domain of Service Bus namespaces."""
    keyvault_suffix: Name = "vault.azure.net"
    """Domain of key vaults."""
    logs: Origin = "https://api.loganalytics.io"
    """The query API of Log Analytics."""
    metrics: Origin = "https://{region}.metrics.monitor.azure.com"
    """The batch API of Azure Monitor metrics; `{region}` stands for the region of the resources."""
    metrics_audience: Origin = "https://metrics.monitor.azure.com"
    """Audience of tokens for that API."""

    @property
    def scope(self) -> str:
        """Scope of tokens for Resource Manager."""
        return f"{self.audience or self.resource_manager}/.default"


CLOUDS: Final = {
    "public": CustomCloud(
        resource_manager="https://management.azure.com", authority="https://login.microsoftonline.com"
    ),
    "us_government": CustomCloud(
        resource_manager="https://management.usgovcloudapi.net",
        authority="https://login.microsoftonline.us",
        blob_suffix="blob.core.usgovcloudapi.net",
        servicebus_suffix="servicebus.usgovcloudapi.net",
        keyvault_suffix="vault.usgovcloudapi.net",
        logs="https://api.loganalytics.us",
        metrics="https://{region}.metrics.monitor.azure.us",
        metrics_audience="https://metrics.monitor.azure.us",
    ),
    "china": CustomCloud(
        resource_manager="https://management.chinacloudapi.cn",
        authority="https://login.chinacloudapi.cn",
        blob_suffix="blob.core.chinacloudapi.cn",
        servicebus_suffix="servicebus.chinacloudapi.cn",
        keyvault_suffix="vault.azure.cn",
        logs="https://api.loganalytics.azure.cn",
        metrics="https://{region}.metrics.monitor.azure.cn",
        metrics_audience="https://metrics.monitor.azure.cn",
    ),
}
"""The clouds with a name."""

CloudName = Literal["public", "us_government", "china"]


class AzureAccess(Model):
    """Access of every section that reads from Azure itself: the cloud, the identity, and the CAs to trust."""

    credential: Credential
    """Entra identity of the requests."""
    cloud: CloudName | CustomCloud = "public"
    """`public`, `us_government`, `china`, or the addresses of another."""
    ca_file: LocalPath | None = None
    """PEM file with the certificate authorities to trust, in place of the system's: for a proxy that inspects TLS."""

    @property
    def addresses(self) -> CustomCloud:
        """The addresses of the cloud, whether it is given by name or by address."""
        return CLOUDS[self.cloud] if isinstance(self.cloud, str) else self.cloud

    def with_authority(self, credential: Credential) -> Credential:
        """The credential for a section without the key `cloud`: it names the cloud's Entra ID, unless its own.

        A managed identity and the Azure CLI have no authority to name.
        """
        if self.cloud == "public" or not hasattr(credential, "authority") or credential.authority is not None:
            return credential
        return credential.model_copy(update={"authority": self.addresses.authority})
