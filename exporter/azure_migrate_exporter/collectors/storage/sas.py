"""A shared access signature of blob storage: what an operator pasted, and what can be said of it before it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from azure_migrate_exporter.azure.shared_access import is_signature, moment
from azure_migrate_exporter.reasons import CheckError, Reason

_CLOCK_TOLERANCE: Final = 300.0
"""Seconds within which the service, and not this machine's clock, says whether a signature is valid."""

_PERMISSIONS: Final = {"c": "Create", "w": "Write", "d": "Delete", "l": "List"}
_LABEL: Final = "SharedAccessSignature="
_NO_UPLOAD: Final = "lets nothing be uploaded (the service calls that AuthorizationPermissionMismatch)"


@dataclass(frozen=True, slots=True)
class Sas:
    """`query` goes behind the question mark of every address. `fields` are its parts, decoded."""

    query: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)

    @property
    def expires(self) -> float | None:
        """The earlier end of the signature (`se`) and of the key that it was made with (`ske`), in Unix seconds."""
        return min((end for name in ("se", "ske") if (end := self._time(name)) is not None), default=None)

    @property
    def missing(self) -> str:
        """The permissions that the tests need and `sp` lacks, in words; empty if all are there or it has no `sp`."""
        granted = self.fields.get("sp")
        lacking = [name for letter, name in _PERMISSIONS.items() if granted is not None and letter not in granted]
        return f"the SAS lacks {' and '.join(lacking)} (sp={granted})" if lacking else ""

    def check(self, scheme: str, now: float) -> None:
        """Raises `CheckError` if no request with it can work. `scheme` is that of the account's address.

        The reason is `forbidden` for permissions, else `unauthenticated`.
        """
        if problem := self._out_of_time(now) or self._not_for_this(scheme):
            raise CheckError(Reason.UNAUTHENTICATED, f"the SAS {problem}")
        granted = self.fields.get("sp")
        if granted is not None and not {*granted} & {"c", "w"}:
            raise CheckError(Reason.FORBIDDEN, f"{self.missing}: it {_NO_UPLOAD}")

    def _out_of_time(self, now: float) -> str:
        begins, ends, key_ends = (self._time(name) for name in ("st", "se", "ske"))
        if ends is not None and ends < now - _CLOCK_TOLERANCE:
            return f"expired on {moment(ends)}: make a new one"
        if key_ends is not None and key_ends < now - _CLOCK_TOLERANCE:
            return f"was made with a user delegation key that expired on {moment(key_ends)}: make a new one"
        if begins is not None and begins > now + _CLOCK_TOLERANCE:
            return f"is not valid before {moment(begins)}: wait, or make one without a start"
        return ""

    def _not_for_this(self, scheme: str) -> str:
        resource, types, services, protocols = (self.fields.get(name) for name in ("sr", "srt", "ss", "spr"))
        if resource is not None and resource != "c":
            return f"is for less than the container (sr={resource}): make one for the container (sr=c)"
        if types is not None and "o" not in types:
            return f"is not for objects (srt={types}): make one that allows Object"
        if services is not None and "b" not in services:
            return f"is not for blobs (ss={services}): make one that allows Blob"
        if protocols == "https" and scheme == "http":
            return "is for https only (spr=https), and the endpoint is http://"
        return ""

    def _time(self, name: str) -> float | None:
        """ISO 8601 in UTC: a date, or a time to the minute or the second."""
        try:
            found = datetime.fromisoformat(self.fields.get(name, ""))
        except ValueError:
            return None
        try:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except OverflowError:
            return None


def parse(text: str, container_url: str) -> Sas:
    """The signature in `text`: a bare token, or a whole address or connection string for the container at that URL.

    Raises `CheckError` (unauthenticated) for what can be none; the text is never in the message.
    """
    query = text.replace("&amp;", "&")
    if _LABEL in query:
        query = query.partition(_LABEL)[2].partition(";")[0]
    query = (_query_of_address(query, container_url) if "://" in query else query).removeprefix("?")
    if query.split() != [query]:
        raise CheckError(Reason.UNAUTHENTICATED, "the SAS has white space in it: copy it in one piece")
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    if "=" not in query and "%3d" in query.lower():
        text = "the SAS is encoded once more as a whole (%3D in place of =): copy it as the portal shows it"
        raise CheckError(Reason.UNAUTHENTICATED, text)
    if missing := [name for name in ("sv", "sig") if name not in fields]:
        text = f"this is no SAS, it lacks the parts {missing}; copy the whole token, and not the key"
        raise CheckError(Reason.UNAUTHENTICATED, text)
    if not is_signature(fields["sig"]):
        text = "the SAS is encoded twice or cut: its sig is not 32 bytes of base64; copy the whole token as it is"
        raise CheckError(Reason.UNAUTHENTICATED, text)
    return Sas(query, fields)


def _query_of_address(address: str, container_url: str) -> str:
    try:
        given, wanted = urlsplit(address), urlsplit(container_url)
        known = f"{wanted.netloc}{wanted.path}".lower()
        same = f"{known}/".startswith(f"{given.netloc}{given.path}".lower().rstrip("/") + "/")
    except ValueError:
        same = False
    if not same:
        text = "the SAS is a whole address: keep what follows its question mark, and check that it is for"
        raise CheckError(Reason.UNAUTHENTICATED, f"{text} {container_url}")
    return given.query
