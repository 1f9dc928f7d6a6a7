"""What `check-config --secrets` says of each signature, key and connection string: decoded offline, never shown."""

import base64
import time
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from azure_migrate_exporter.azure.shared_access import moment
from azure_migrate_exporter.collectors.amqp import connection_string
from azure_migrate_exporter.collectors.storage import sas
from azure_migrate_exporter.config.amqp import AmqpSettings
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.reasons import CheckError

Described = tuple[str, str, bool]
"""Place in the configuration, what the secret is, and whether it can be used."""

_RIGHTS: Final = {
    "r": "Read", "a": "Add", "c": "Create", "w": "Write", "d": "Delete", "x": "Delete version", "y": "Permanent delete",
    "l": "List", "t": "Tags", "m": "Move", "e": "Execute", "o": "Ownership", "p": "Permissions", "f": "Filter by tags",
    "u": "Update", "i": "Immutability policy",
}  # fmt: skip
"""Letters of `sp`."""
_DAY: Final = 86400.0


def describe_secrets(settings: Settings, now: float | None = None) -> Iterator[Described]:
    """Each secret of the storage, Service Bus and Event Hubs sections of the configuration."""
    at = time.time() if now is None else now
    for number, appliance in enumerate(settings.appliances):
        for position, account in enumerate(appliance.storage):
            yield from _of_storage(f"appliances[{number}].storage[{position}]", account, at)
        for section in ("servicebus", "eventhubs"):
            for position, namespace in enumerate(getattr(appliance, section)):
                yield from _of_bus(f"appliances[{number}].{section}[{position}]", namespace, at)


def _of_storage(place: str, settings: StorageSettings, now: float) -> Iterator[Described]:
    if settings.sas is not None:
        try:
            found = sas.parse(settings.sas.read(), f"{settings.url}/{settings.container}")
            text = describe_sas(found.fields, found.expires, now)
            found.check(urlsplit(settings.url).scheme, now)
        except CheckError as error:
            yield f"{place}.sas", error.message, False
        else:
            yield f"{place}.sas", text + (f"; {found.missing}" if found.missing else ""), True
    if settings.account_key is not None:
        try:
            size = len(base64.b64decode(settings.account_key.read(), validate=True))
        except CheckError as error:
            yield f"{place}.account_key", error.message, False
        except ValueError:
            yield f"{place}.account_key", "no account key: it is not base64; copy key1 or key2 as it is", False
        else:
            yield f"{place}.account_key", f"account key of {size} bytes, with all rights on the whole account", True


def describe_sas(fields: Mapping[str, str], expires: float | None, now: float) -> str:
    """Kind, rights and times of a SAS of blob storage, from its decoded parts."""
    kind = "account SAS" if "srt" in fields else "user delegation SAS" if "skoid" in fields else "SAS of a container"
    rights = ", ".join(_RIGHTS.get(letter, letter) for letter in fields.get("sp", ""))
    if "si" in fields:
        rights = rights or f"rights of the stored access policy {fields['si']}"
    begins = f"from {fields['st']} " if "st" in fields else ""
    return f"{kind}: {rights or 'no rights'}; {begins}{_until(expires, now)}"


def _until(expires: float | None, now: float) -> str:
    if expires is None:
        return "no end in it"
    left = (expires - now) / _DAY
    return f"until {moment(expires)} ({left:.0f} d left)" if left >= 0 else f"until {moment(expires)} (expired)"


def _of_bus(place: str, settings: AmqpSettings, now: float) -> Iterator[Described]:
    if settings.connection_string is None:
        return
    place = f"{place}.connection_string"
    try:
        found = connection_string.parse(settings.connection_string.read(), settings.host, None)
    except CheckError as error:
        yield place, error.message, False
        return
    entity = f" for {found.entity}" if found.entity else " for the whole namespace"
    if not found.signature:
        yield place, f"policy {found.key_name} of {found.host}{entity}, with its key", True
        return
    fields = {name: values[0] for name, values in parse_qs(found.signature.partition(" ")[2]).items()}
    ends = fields.get("se", "")
    expires = float(ends) if ends.isascii() and ends.isdigit() else None
    yield place, f"signature of the policy {fields.get('skn')} of {found.host}{entity}; {_until(expires, now)}", True
