"""Sections `credential`: the identity that requests tokens from Microsoft Entra ID."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from azure_migrate_exporter.config.base import LocalPath, Model, Name, Secret, Token, discriminated_by

Authority = Annotated[str, Field(pattern=r"^https://[^\s/?#]+/?$")]


class _Credential(Model):
    authority: Authority | None = None
    """Address of Entra ID outside the public cloud, for instance `https://login.microsoftonline.us`."""


class DefaultCredential(_Credential):
    """The first that works of: environment variables, workload identity, managed identity, `az login`."""

    type: Literal["default"]
    """Tries each in turn, so a failure takes longer and is less precise than with an explicit type."""
    client_id: Name | None = None
    """Client id of a user-assigned managed identity, if the machine has more than one."""


class ManagedIdentity(Model):
    """The managed identity of the Azure or Azure Arc machine that the exporter runs on. It has no secret."""

    type: Literal["managed_identity"]
    """Requires no other key."""
    client_id: Name | None = None
    """Client id of a user-assigned identity; the system-assigned one if left out."""


class ClientSecret(_Credential):
    """An application (service principal) with a secret."""

    type: Literal["client_secret"]
    """Requires `tenant_id`, `client_id` and `client_secret`."""
    tenant_id: Name
    """Directory (tenant) id."""
    client_id: Name
    """Application (client) id."""
    client_secret: Token
    """The secret's value, not its id."""


class ClientCertificate(_Credential):
    """An application (service principal) with a certificate."""

    type: Literal["client_certificate"]
    """Requires `tenant_id`, `client_id` and `certificate_file`."""
    tenant_id: Name
    """Directory (tenant) id."""
    client_id: Name
    """Application (client) id."""
    certificate_file: LocalPath
    """PEM or PKCS#12 file that holds the certificate and its private key."""
    password: Secret | None = None
    """Password of the file, if it has one."""


class WorkloadIdentity(_Credential):
    """A Kubernetes service account that an application trusts."""

    type: Literal["workload_identity"]
    """Omitted keys are taken from the variables that the webhook of the cluster sets."""
    tenant_id: Name | None = None
    """Directory (tenant) id; `AZURE_TENANT_ID` if left out."""
    client_id: Name | None = None
    """Application (client) id; `AZURE_CLIENT_ID` if left out."""
    token_file: LocalPath | None = None
    """File with the service account's token; `AZURE_FEDERATED_TOKEN_FILE` if left out."""


class AzureCli(Model):
    """The user that is logged in with `az login`; for trials."""

    type: Literal["azure_cli"]
    """Requires the program `az` on the path."""
    tenant_id: Name | None = None
    """Directory (tenant) id; the login's own if left out."""


Credential = Annotated[
    Annotated[DefaultCredential, Tag("(default)")]
    | Annotated[ManagedIdentity, Tag("(managed_identity)")]
    | Annotated[ClientSecret, Tag("(client_secret)")]
    | Annotated[ClientCertificate, Tag("(client_certificate)")]
    | Annotated[WorkloadIdentity, Tag("(workload_identity)")]
    | Annotated[AzureCli, Tag("(azure_cli)")],
    discriminated_by(
        "type",
        "default",
        "managed_identity",
        "client_secret",
        "client_certificate",
        "workload_identity",
        "azure_cli",
    ),
]
"""A credential, selected by its `type`."""
