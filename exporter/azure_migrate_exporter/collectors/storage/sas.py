"""A container's shared access signature as an operator pastes it: with or without the question mark."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from azure_migrate_exporter.reasons import CheckError, Reason


@dataclass(frozen=True, slots=True)
class Sas:
    """`query` goes behind the question mark of every address. `expires` is in Unix seconds, if the token says."""

    query: str
    expires: float | None

    def __repr__(self) -> str:
        return f"Sas(expires={self.expires})"


def parse(text: str) -> Sas:
    """The signature in `text`. Raises `CheckError` (unauthenticated) for what can be none; it never quotes it."""
    query = text.removeprefix("?")
    if "://" in query:
        raise CheckError(Reason.UNAUTHENTICATED, "the SAS is a whole address: keep what follows its question mark")
    if query.split() != [query]:
        raise CheckError(Reason.UNAUTHENTICATED, "the SAS has white space in it: copy it in one piece")
    fields = parse_qs(query)
    if missing := [name for name in ("sv", "sig") if name not in fields]:
        text = f"this is no SAS, it lacks the parts {missing}; copy the whole token, and not the key"
        raise CheckError(Reason.UNAUTHENTICATED, text)
    return Sas(query, _time(fields.get("se", [""])[0]))


def _time(text: str) -> float | None:
    """ISO 8601 in UTC: a date, or a time to the minute or the second."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
