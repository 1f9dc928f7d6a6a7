"""What `check-config --secrets` says of each file with a secret: how it was saved, and whether it can be right."""

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from azure_migrate_exporter import local_files
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.encoding import EncodingError, saved_as
from azure_migrate_exporter.reasons import CheckError

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OTHER_KINDS: Final = (
    (re.compile(r"(^|[?&])sig="), "a shared access signature"),
    (re.compile(r"Endpoint=sb://", re.IGNORECASE), "a connection string"),
    (re.compile(r"-----BEGIN "), "a certificate or key as PEM"),
)


def secrets_in(value: object, place: str = "") -> Iterator[tuple[str, Secret]]:
    """Place and source of each secret of a configuration."""
    if isinstance(value, Secret):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_in(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from secrets_in(item, f"{place}[{position}]")


def describe_files(settings: BaseModel) -> Iterator[tuple[str, str, bool]]:
    """Place, how the file was saved, and whether it can hold what its key wants. Nothing of a secret is in it."""
    for place, secret in secrets_in(settings):
        if secret.file is None:
            continue
        try:
            text = secret.read()
            how = f"{secret.file} is saved as {saved_as(local_files.read_bytes(secret.file))}"
        except CheckError as error:
            yield place, error.message, False
        except (OSError, EncodingError) as error:
            yield place, f"{secret.file}: {error}", False
        else:
            problem = _wrong_kind(place.rpartition(".")[2], text)
            yield place, f"{how}; {problem}" if problem else how, problem is None


def _wrong_kind(key: str, text: str) -> str | None:
    """What is in the file instead of a password or an application's secret; other keys have a decoder of their own."""
    if key not in {"password", "client_secret"}:
        return None
    if len(text.splitlines()) > 1:
        return f"holds {len(text.splitlines())} lines, and a {key} has one"
    if key == "client_secret" and _ID.fullmatch(text.strip()):
        return "holds the id of the secret: copy its value, which the portal shows once"
    return next((f"holds {kind}, not a {key}" for pattern, kind in _OTHER_KINDS if pattern.search(text)), None)
