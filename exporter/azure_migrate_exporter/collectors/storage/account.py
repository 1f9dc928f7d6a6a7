"""One account as both tests see it: secrets in, a `Door` out, and errors that say what to change."""

import asyncio
import base64
import binascii
import contextlib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.collectors.storage import sas
from azure_migrate_exporter.collectors.storage.container_access import SCOPE, Door, Key
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.azure import error_code
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

SILENCE: Final = 10.0
"""Seconds in which a connection must be open, TLS included."""


class Account:
    """The way to one container. Secrets are read again for each run; an Entra credential keeps its token."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._credential: AsyncTokenCredential | None = None
        self._sas: sas.Sas | None = None

    @property
    def place(self) -> str:
        """The container's address, for messages."""
        return f"{self._settings.url}/{self._settings.container}"

    @property
    def sas_expires(self) -> float | None:
        """When the SAS that was last read expires, in Unix seconds."""
        return self._sas.expires if self._sas else None

    async def door(self) -> Door:
        """The way in, after a connection that only shows that it is open.

        That connection names the phase and the reason better than the SDK: see `collectors.connect`. Raises
        `CheckError`.
        """
        key = await self._key()
        url = urlsplit(self.place)
        tls = client_context(self._settings.ca_file) if url.scheme == "https" else None
        await self._knock(tls)
        return Door(url, self._settings, tls, key)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Turn what goes wrong inside into a `CheckError` that says what was tried, where, and what came back."""
        try:
            yield
        except CheckError:
            raise
        except Exception as error:
            reason = classify(error)
            if reason is Reason.INTERNAL:
                raise
            raise self.refusal(reason, f"{what} {self.place}: {_said(error)}") from error

    def refusal(self, reason: Reason, text: str) -> CheckError:
        """An error for `reason`; a SAS that has run out is the reason, whatever the service calls it."""
        expires = self.sas_expires
        if expires is None or expires > time.time() or reason not in {Reason.FORBIDDEN, Reason.UNAUTHENTICATED}:
            return CheckError(reason, text)
        moment = datetime.fromtimestamp(expires, UTC)
        return CheckError(Reason.UNAUTHENTICATED, f"{text}; the SAS expired on {moment:%Y-%m-%d at %H:%M} UTC")

    async def forget(self) -> None:
        """Drop the Entra credential, so that the next run builds it from the newest secret."""
        credential, self._credential = self._credential, None
        if credential is not None:
            await credential.close()

    async def _key(self) -> Key:
        settings = self._settings
        if settings.sas is not None:
            self._sas = sas.parse(settings.sas.read())
            return AzureSasCredential(self._sas.query)
        if settings.account_key is not None:
            return AzureNamedKeyCredential(settings.account, _account_key(settings.account_key))
        assert settings.credential is not None  # noqa: S101 - the settings hold exactly one of the three
        credential = self._credential or credentials.build(
            settings.credential,
            AzureTransport(Proxies(), client_context(settings.ca_file)),
        )
        self._credential = credential
        await credentials.token(credential, SCOPE)
        return credential

    async def _knock(self, tls: ssl.SSLContext | None) -> None:
        url = urlsplit(self._settings.url)
        port = url.port or (443 if tls else 80)
        try:
            async with asyncio.timeout(SILENCE), connect(url.hostname or "", port, tls=tls):
                pass
        except TimeoutError as error:
            raise CheckError(Reason.TIMEOUT, f"{self._settings.url} gave no answer within {SILENCE:g} s") from error


def _account_key(secret: Secret) -> str:
    key = secret.read()
    with contextlib.suppress(binascii.Error, ValueError):
        if len(base64.b64decode(key, validate=True)) >= 32:
            return key
    raise CheckError(Reason.UNAUTHENTICATED, "the account key is not base64, or not whole: copy key1 or key2 as it is")


def _said(error: Exception) -> str:
    """What came back, on one line: status and code of an answer, or what the socket did."""
    status = getattr(error, "status_code", None)
    first_line = one_line(str(error).partition("\n")[0])
    return f"{status} {error_code(error)}: {first_line}" if status else first_line or type(error).__name__
