"""Lists in pages: `value`, and `nextLink` while there is more."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

Thing = TypeVar("Thing")


def encode(value: Any) -> bytes:
    """JSON as ARM writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Listing(Generic[Thing]):
    """The entries of a LIST, and how one is written. Only the entries of the requested page are."""

    things: Sequence[Thing]
    write: Callable[[Thing], bytes]


def listing(values: Iterable[dict[str, Any]]) -> Listing[dict[str, Any]]:
    """A list of finished objects."""
    return Listing(list(values), encode)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins; as text it is the skip token."""

    empties: int
    """Empty pages that are still to come before the first entry."""
    offset: int = 0

    @classmethod
    def read(cls, token: str) -> "Place":
        """The place of a skip token. Raises ValueError for any other text."""
        empties, _, offset = token.partition("-")
        return cls(int(empties), int(offset))

    def __str__(self) -> str:
        return f"{self.empties}-{self.offset}"


def page(listed: Listing[Any], place: Place, size: int, link: str) -> bytes:
    """The body of one page; the next skip token is added to the URL `link`."""
    end = place.offset if place.empties else place.offset + size
    following = Place(max(0, place.empties - 1), end)
    more = bool(place.empties) or end < len(listed.things)
    values = b",".join(listed.write(thing) for thing in listed.things[place.offset : end])
    next_link = f"{link}&skipToken={quote(str(following))}" if more else None
    return b'{"value":[' + values + b'],"nextLink":' + encode(next_link) + b"}"
