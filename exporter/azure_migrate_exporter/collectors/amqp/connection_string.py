"""Connection strings of Service Bus and Event Hubs: read, compared with the configuration, and never shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

from azure_migrate_exporter.azure.shared_access import is_signature, moment
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK

_NAME: Final = "the connection string"
_TOKEN_TYPE: Final = "SharedAccessSignature "  # noqa: S105 - what a signature begins with


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


def wants_websocket(text: str) -> bool:
    """Whether `text` has the part `TransportType=AmqpWebSockets`, as those of .NET do."""
    return _parts(text).get("transporttype", "").lower().startswith("amqpweb")


def parse(text: str, host: str, entity: str | None) -> ConnectionString:
    """The parts of `text`, which must be for the namespace `host` and, if it names one, for `entity` (a path).

    Raises `CheckError` (unauthenticated) that says what is wrong with it, without any of its secrets.
    """
    parts = _parts(text.replace("&amp;", "&"))
    signature = parts.get("sharedaccesssignature", "")
    found = ConnectionString(
        _host(parts.get("endpoint", "")),
        parts.get("entitypath", "").strip("/"),
        parts.get("sharedaccesskeyname", ""),
        parts.get("sharedaccesskey", ""),
        signature if not signature or signature.startswith(_TOKEN_TYPE) else _TOKEN_TYPE + signature,
    )
    problem = _problem(found, host, entity)
    if problem:
        raise CheckError(Reason.UNAUTHENTICATED, f"{_NAME} {problem}")
    return found


def _parts(text: str) -> Mapping[str, str]:
    """Values by name in lower case. The first equals sign separates a name from its value."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""


def _problem(found: ConnectionString, host: str, entity: str | None) -> str | None:
    if not found.host:
        return "has no Endpoint=sb://…: copy all of it, from the portal's page of the shared access policy"
    if not found.signature and not (found.key_name and found.key):
        return "has neither SharedAccessKeyName and SharedAccessKey nor SharedAccessSignature: copy all of it"
    if found.host != host:
        return f"is for the namespace {found.host}, but {host} is configured: correct one of them"
    if entity and found.entity and not f"{entity}/".lower().startswith(f"{found.entity}/".lower()):
        return f"is for the entity {found.entity}, but {entity} is configured: correct one of them"
    return _problem_of_signature(found.signature) if found.signature else None


def _problem_of_signature(signature: str) -> str | None:
    fields = {name: values[0] for name, values in parse_qs(signature.removeprefix(_TOKEN_TYPE)).items()}
    ends = fields.get("se", "")
    if ends.isascii() and ends.isdigit() and len(ends) < 12 and int(ends) <= SYSTEM_CLOCK.time():
        return f"holds a signature that ended at {moment(int(ends))}: make a new one"
    if missing := [name for name in ("sr", "sig", "se", "skn") if name not in fields]:
        return f"holds a signature without the parts {missing}: copy all of it"
    if not is_signature(fields["sig"]):
        return "holds a signature that is encoded twice or cut: its sig is not 32 bytes of base64; copy it as it is"
    return None
