"""Sections `credential`: who asks Microsoft Entra ID for a token, wherever an Azure service takes one."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from azure_migrate_exporter.config.base import LocalPath, Model, Name, Secret, told_by

Authority = Annotated[str, Field(pattern=r"^https://[^\s/?#]+/?$")]


class _Credential(Model):
    authority: Authority | None = None
    """Address of Entra ID outside the public cloud, for instance `https://login.microsoftonline.us`."""


class DefaultCredential(_Credential):
    """What the surroundings offer: environment variables, workload identity, managed identity, `az login`."""

    type: Literal["default"]
    """Tries each of them in turn, so a failure takes longer and says less than with one that is named."""
    client_id: Name | None = None
    """Client id of a user-assigned managed identity, where the machine has more than one."""


class ManagedIdentity(Model):
    """The identity of the Azure or Azure Arc machine that the exporter runs on. It has no secret."""

    type: Literal["managed_identity"]
    """Needs nothing else."""
    client_id: Name | None = None
    """Client id of a user-assigned identity; the system-assigned one if left out."""


class ClientSecret(_Credential):
    """An application (service principal) with a secret."""

    type: Literal["client_secret"]
    """Needs `tenant_id`, `client_id` and `client_secret`."""
    tenant_id: Name
    """Directory (tenant) id."""
    client_id: Name
    """Application (client) id."""
    client_secret: Secret
    """The secret's value, not its id."""


class ClientCertificate(_Credential):
    """An application (service principal) with a certificate."""

    type: Literal["client_certificate"]
    """Needs `tenant_id`, `client_id` and `certificate_file`."""
    tenant_id: Name
    """Directory (tenant) id."""
    client_id: Name
    """Application (client) id."""
    certificate_file: LocalPath
    """PEM or PKCS#12 file that holds the certificate and its private key."""
    password: Secret | None = None
    """Password of the file, where it has one."""


class WorkloadIdentity(_Credential):
    """A Kubernetes service account that an application trusts."""

    type: Literal["workload_identity"]
    """Takes what is left out from the variables that the cluster's webhook sets."""
    tenant_id: Name | None = None
    """Directory (tenant) id; `AZURE_TENANT_ID` if left out."""
    client_id: Name | None = None
    """Application (client) id; `AZURE_CLIENT_ID` if left out."""
    token_file: LocalPath | None = None
    """File with the service account's token; `AZURE_FEDERATED_TOKEN_FILE` if left out."""


class AzureCli(Model):
    """The account that is logged in with `az login`: for trying things out."""

    type: Literal["azure_cli"]
    """Needs the program `az` on the path."""
    tenant_id: Name | None = None
    """Directory (tenant) id; the login's own if left out."""


Credential = Annotated[
    Annotated[DefaultCredential, Tag("(default)")]
    | Annotated[ManagedIdentity, Tag("(managed_identity)")]
    | Annotated[ClientSecret, Tag("(client_secret)")]
    | Annotated[ClientCertificate, Tag("(client_certificate)")]
    | Annotated[WorkloadIdentity, Tag("(workload_identity)")]
    | Annotated[AzureCli, Tag("(azure_cli)")],
    told_by(
        "type",
        "default",
        "managed_identity",
        "client_secret",
        "client_certificate",
        "workload_identity",
        "azure_cli",
    ),
]
"""One way to get a token, chosen by `type`."""
