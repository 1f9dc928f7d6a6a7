"""Connection strings of Service Bus and Event Hubs: read, compared with the configuration, and never shown."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

from azure_migrate_exporter.reasons import CheckError, Reason


@dataclass(frozen=True, slots=True)
class ConnectionString:
    """The parts of `Endpoint=sb://…;…`: a policy's name and key, or a signature, and the entity they are for."""

    host: str
    entity: str
    key_name: str
    key: str = field(repr=False)
    signature: str = field(repr=False)

    @property
    def credential(self) -> AzureNamedKeyCredential | AzureSasCredential:
        """What the SDKs take."""
        if self.signature:
            return AzureSasCredential(self.signature)
        return AzureNamedKeyCredential(self.key_name, self.key)

    def at(self, host: str) -> str:
        """A connection string with the same secret, for another host and port."""
        key = f"SharedAccessKeyName={self.key_name};SharedAccessKey={self.key}"
        return f"Endpoint=sb://{host}/;{f'SharedAccessSignature={self.signature}' if self.signature else key}"


def parse(text: str, host: str, entity: str | None) -> ConnectionString:
    """The parts of `text`, which must be for the namespace `host` and, if it names one, for `entity` (a path).

    Raises `CheckError` (unauthenticated) that says what is wrong with it, without any of its secrets.
    """
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    parts = {name.strip().lower(): value.strip() for name, _, value in pairs}
    found = ConnectionString(
        urlsplit(parts.get("endpoint", "")).hostname or "",
        parts.get("entitypath", ""),
        parts.get("sharedaccesskeyname", ""),
        parts.get("sharedaccesskey", ""),
        parts.get("sharedaccesssignature", ""),
    )
    problem = _problem(found, host, entity)
    if problem:
        raise CheckError(Reason.UNAUTHENTICATED, f"the connection string {problem}")
    return found


def _problem(found: ConnectionString, host: str, entity: str | None) -> str | None:
    if not found.host:
        return "has no Endpoint=sb://…: copy all of it, from the portal's page of the shared access policy"
    if not found.signature and not (found.key_name and found.key):
        return "has neither SharedAccessKeyName and SharedAccessKey nor SharedAccessSignature: copy all of it"
    if found.host != host:
        return f"is for the namespace {found.host}, but {host} is configured: correct one of them"
    if entity and found.entity and not f"{entity}/".lower().startswith(f"{found.entity}/".lower()):
        return f"is for the entity {found.entity}, but {entity} is configured: correct one of them"
    return _expired(found.signature)


def _expired(signature: str) -> str | None:
    ends = parse_qs(signature).get("se", [""])[0]
    if not ends.isdigit() or int(ends) > time.time():
        return None
    return (
        f"holds a signature that ended at {datetime.fromtimestamp(int(ends), UTC):%Y-%m-%d %H:%M} UTC: make a new one"
    )
