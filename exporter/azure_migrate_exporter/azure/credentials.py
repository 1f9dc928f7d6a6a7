"""Entra credentials of azure-identity, built from what an operator wrote. The SDK is imported when one is built."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_migrate_exporter import local_files
from azure_migrate_exporter.config.credentials import (
    AzureCli,
    ClientCertificate,
    ClientSecret,
    Credential,
    DefaultCredential,
    ManagedIdentity,
    WorkloadIdentity,
)
from azure_migrate_exporter.network.answer import NOT_THE_SERVICE
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from azure_migrate_exporter.network.azure_transport import AzureTransport


def build(
    settings: Credential, transport: "AzureTransport", cloud_authority: str | None = None
) -> "AsyncTokenCredential":
    """A credential for the aio clients, which the caller closes, and which closes `transport` unless that is shared.

    It asks for a token once: the engine repeats, on its schedule. `cloud_authority` is asked where the settings name no
    authority. Raises `CheckError` (unauthenticated) for a secret or a file that cannot be read.
    """
    from azure.identity import aio as identity  # noqa: PLC0415 - 0.25 s and 20 MiB, only for those who need it

    common = _given(
        retry_total=0,
        authority=(settings.authority or cloud_authority) if hasattr(settings, "authority") else None,
        transport=transport,
    )
    match settings:
        case DefaultCredential():
            return identity.DefaultAzureCredential(**_given(managed_identity_client_id=settings.client_id), **common)
        case ManagedIdentity():
            return identity.ManagedIdentityCredential(client_id=settings.client_id, **common)
        case ClientSecret():
            secret = settings.client_secret.read()
            return identity.ClientSecretCredential(settings.tenant_id, settings.client_id, secret, **common)
        case ClientCertificate():
            return _certificate(settings, common)
        case WorkloadIdentity():
            return _workload(settings, common)
        case AzureCli():
            return identity.AzureCliCredential(**_given(tenant_id=settings.tenant_id))


async def token(credential: "AsyncTokenCredential", scope: str) -> str:
    """A token for `scope`, asked for before any SDK does, since an SDK's own error does not say that clearly.

    Raises `CheckError`: identity, whatever kept Entra ID from giving one, or proxy. The service itself was not asked.
    """
    try:
        return (await credential.get_token(scope)).token
    except Exception as error:
        text = one_line(str(error))
        if text.startswith(("Unexpected response", "No response content")):  # what the SDK says of JSON without a token
            raise CheckError(Reason.IDENTITY, f"no token from Entra ID: what answers is {NOT_THE_SERVICE}") from error
        unavailable = type(error).__name__ == "CredentialUnavailableError"
        reason = Reason.IDENTITY if unavailable else classify(error)
        if reason is Reason.INTERNAL:
            raise
        reason = Reason.PROXY if reason is Reason.PROXY else Reason.IDENTITY
        raise CheckError(reason, f"no token from Entra ID: {text}") from error


def _given(**options: Any) -> dict[str, Any]:
    """The options that have a value: the SDK takes None for one."""
    return {name: value for name, value in options.items() if value is not None}


def _certificate(settings: ClientCertificate, common: dict[str, Any]) -> "AsyncTokenCredential":
    from azure.identity.aio import CertificateCredential  # noqa: PLC0415 - see build

    file = settings.certificate_file
    secrets = _given(certificate_data=_content(file), password=settings.password and settings.password.read())
    try:
        return CertificateCredential(settings.tenant_id, settings.client_id, **secrets, **common)
    except (ValueError, TypeError) as error:
        text = f"{file} does not hold a certificate with its private key, or its password is wrong"
        raise CheckError(Reason.UNAUTHENTICATED, text) from error


def _workload(settings: WorkloadIdentity, common: dict[str, Any]) -> "AsyncTokenCredential":
    from azure.identity.aio import WorkloadIdentityCredential  # noqa: PLC0415 - see build

    file = settings.token_file or os.environ.get("AZURE_FEDERATED_TOKEN_FILE")
    if file:
        _content(Path(file))
    try:
        return WorkloadIdentityCredential(
            tenant_id=settings.tenant_id, client_id=settings.client_id, token_file_path=file and str(file), **common
        )
    except ValueError as error:
        text = "workload identity needs tenant_id, client_id and token_file, here or in the variables AZURE_…"
        raise CheckError(Reason.UNAUTHENTICATED, text) from error


def _content(file: Path) -> bytes:
    try:
        return local_files.read_bytes(file)
    except OSError as error:
        text = f"the credential's file {file} cannot be read: {error.strerror}"
        raise CheckError(Reason.UNAUTHENTICATED, text) from error
