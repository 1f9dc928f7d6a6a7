"""Pages of the list of machines: one whose bytes did not change is not parsed again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from azure_migrate_exporter.azure.json_fields import Json
from azure_migrate_exporter.azure.migration_item import MigrationItem, read_item

_DIGEST_SIZE = 16


@dataclass(slots=True)
class ItemPages:
    """The pages of the newest list, by the digest of their bytes, with the very same machines for the same bytes."""

    _known: Mapping[bytes, Json] = field(default_factory=dict)
    _listed: dict[bytes, Json] = field(default_factory=dict)
    _unread: tuple[bytes, Any] | None = None
    """Digest and content of the last page, if its machines are not read yet."""

    def decode(self, content: bytes) -> Any:
        """The JSON of an answer. In the place of the values of a known page are its machines. Raises ValueError."""
        digest = blake2b(content, digest_size=_DIGEST_SIZE).digest()
        known = self._known.get(digest)
        if known is not None:
            self._unread, self._listed[digest] = None, known
            return known
        page = json.loads(content)
        self._unread = digest, page
        return page

    @staticmethod
    def read(value: Any) -> MigrationItem | None:
        """The machine of a value; None if the value is none."""
        return value if isinstance(value, MigrationItem) else read_item(value)

    def keep(self, items: Sequence[MigrationItem]) -> None:
        """Keep the machines that were read from the last page."""
        if self._unread is not None:
            digest, page = self._unread
            self._listed[digest] = {"value": list(items), "nextLink": page.get("nextLink")}
            self._unread = None

    def finish_list(self) -> None:
        """Forget the pages of earlier lists."""
        self._known, self._listed = self._listed, {}
