"""Pages of the list of machines: a machine whose bytes did not change is not parsed again.

msgspec, because it alone cuts a page into its entries without making objects of them. What it does not accept is parsed
whole, as any answer.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import msgspec

from azure_migrate_exporter.azure.json_parser import parse
from azure_migrate_exporter.azure.migration_item import MigrationItem, read_item
from azure_migrate_exporter.reasons import CheckError, Reason

_DIGEST_SIZE: Final = 16


class _Page(msgspec.Struct):
    """A page with its entries as they were written."""

    value: list[msgspec.Raw]
    nextLink: Any = None  # noqa: N815 - Azure's name


_PAGE: Final = msgspec.json.Decoder(_Page)


@dataclass(slots=True)
class ItemPages:
    """The machines of the newest list by the digest of their bytes: the very same machine for the same bytes."""

    _known: dict[bytes, MigrationItem | None] = field(default_factory=dict)
    _listed: dict[bytes, MigrationItem | None] = field(default_factory=dict)

    @staticmethod
    def decode(content: bytes) -> Any:
        """The JSON of an answer, in which the entries of a page are not parsed yet. Raises ValueError."""
        try:
            content.decode()
            page = _PAGE.decode(content)
        except (UnicodeDecodeError, msgspec.DecodeError):
            return parse(content)
        return {"value": page.value, "nextLink": page.nextLink}

    def read(self, value: Any) -> MigrationItem | None:
        """The machine of an entry; None if the entry is none. Raises `CheckError` (protocol) for what is no JSON."""
        if not isinstance(value, msgspec.Raw):
            return read_item(value)
        digest = blake2b(value, digest_size=_DIGEST_SIZE).digest()
        found = self._known[digest] if digest in self._known else _parsed(value)
        self._listed[digest] = found
        return found

    def start_list(self) -> None:
        """Forget what was read of a list that did not end."""
        self._listed = {}

    def finish_list(self) -> None:
        """Forget the machines of earlier lists."""
        self._known = self._listed


def _parsed(entry: msgspec.Raw) -> MigrationItem | None:
    try:
        return read_item(parse(bytes(entry)))
    except (ValueError, RecursionError) as error:
        raise CheckError(Reason.PROTOCOL, f"items: a machine of the list is not whole JSON: {error}") from error
