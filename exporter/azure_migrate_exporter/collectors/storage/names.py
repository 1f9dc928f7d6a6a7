"""Names of our own blobs. They carry the time of their making, so that any exporter can tell what a crash left behind.

No slash: in an account with a hierarchical namespace a slash would make directories, which nobody deletes.
"""

import re
import secrets
from datetime import UTC, datetime
from typing import Final

PREFIX: Final = "azure-migrate-exporter."
"""What every name begins with. What begins otherwise is not ours."""

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_OURS: Final = re.compile(re.escape(PREFIX) + r"(?:probe|benchmark)\.(\d{8}T\d{6}Z)\.[0-9a-f]{8}(?:\.\d{4})?")


def probe(now: float) -> str:
    """A name that no other collector uses; the same blob is written again and again."""
    return _unique("probe", now)


def benchmark(now: float, blobs: int) -> list[str]:
    """The names of one run: a prefix of its own and a number."""
    prefix = _unique("benchmark", now)
    return [f"{prefix}.{number:04}" for number in range(blobs)]


def _unique(test: str, now: float) -> str:
    return f"{PREFIX}{test}.{datetime.fromtimestamp(now, UTC):{_STAMP}}.{secrets.token_hex(4)}"


def made(name: str) -> float | None:
    """When a blob of ours was named (Unix seconds); None for a name that none of us gave, however alike."""
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
