"""The pages of an ARM list: their values, and where the next page is."""

from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from azure_migrate_exporter.azure.json_fields import Json
from azure_migrate_exporter.reasons import CheckError, Reason

MAX_PAGES: Final = 500
"""Pages of one list: 10,000 machines, 20 on each."""
_PORTS: Final = {"https": 443, "http": 80}


class Paging:
    """Follows one list. `url` is that of its first page, `name` stands for the list in messages.

    Every method raises `CheckError` (protocol) for an answer that is no page of this list.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._visited: set[str] = set()

    def values(self, page: Json) -> list[Any]:
        """What is on a page."""
        values = page.get("value")
        if not isinstance(values, list):
            raise CheckError(Reason.PROTOCOL, f"{self._name}: the answer has no list")
        return values

    def next_url(self, page: Json) -> str | None:
        """URL of the next page; None after the last one.

        It has the origin of the first page, so that no token is sent anywhere else, and comes only once.
        """
        link = page.get("nextLink")
        if link is None or link == "":
            return None
        if not isinstance(link, str) or not link.isprintable():
            raise CheckError(Reason.PROTOCOL, f"{self._name}: the link to the next page is no text")
        try:
            url = urljoin(self._url, link)
            origins = _origin(self._url), _origin(url)
        except ValueError as error:
            raise CheckError(Reason.PROTOCOL, f"{self._name}: the link to the next page is no URL") from error
        if origins[0] != origins[1]:
            here, there = (f"{scheme}://{host}:{port}" for scheme, host, port in origins)
            raise CheckError(Reason.PROTOCOL, f"{self._name}: the list at {here} continues elsewhere, at {there}")
        self._visited.add(self._url)
        if url in self._visited:
            raise CheckError(Reason.PROTOCOL, f"{self._name}: the link to the next page leads back to an earlier one")
        if len(self._visited) >= MAX_PAGES:
            raise CheckError(Reason.PROTOCOL, f"{self._name}: the list does not end after {MAX_PAGES} pages")
        self._url = url
        return url


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port. Raises ValueError."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
