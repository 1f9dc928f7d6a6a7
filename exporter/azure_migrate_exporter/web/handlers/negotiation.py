"""Content negotiation by `Accept` and `Accept-Encoding` (RFC 9110, sections 12.5.1 and 12.5.3)."""

from collections.abc import Iterator
from typing import Final

from azure_migrate_exporter.exposition.encodings import Encoding

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def accepts_openmetrics(accept: str) -> bool:
    """Whether OpenMetrics 1.0.0 is accepted with at least the quality of text. A wildcard alone means text."""
    openmetrics = text = 0.0
    for media_type, parameters, quality in _ranges(accept):
        version = parameters.get("version")
        if media_type == "application/openmetrics-text" and version in (None, "1.0.0"):
            openmetrics = max(openmetrics, quality)
        elif media_type == "text/plain" and version in (None, "0.0.4"):
            text = max(text, quality)
    return openmetrics > 0 and openmetrics >= text


def content_encoding(accept_encoding: str) -> Encoding:
    """The encoding of the highest quality, and among equals the smallest body; ``*`` alone means gzip.

    zstd only where it is named: a client that takes anything may still be older than zstd.
    """
    named = {coding: quality for coding, _, quality in _ranges(accept_encoding)}
    qualities = {
        Encoding.ZSTD: named.get("zstd", 0.0),
        Encoding.GZIP: named.get("gzip", named.get("*", 0.0)),
        Encoding.IDENTITY: named.get("identity", 0.0),
    }
    best = max(qualities, key=qualities.__getitem__)
    return best if qualities[best] > 0 else Encoding.IDENTITY


def _ranges(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Name, parameters and quality of each element of the header. Skips those whose quality is none."""
    for element in header.lower().split(","):
        name, *pairs = (part.strip() for part in element.split(";"))
        parameters = {key.strip(): value.strip(' "') for key, _, value in (pair.partition("=") for pair in pairs)}
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            continue
        if name and 0 <= quality <= 1:
            yield name, parameters, quality
