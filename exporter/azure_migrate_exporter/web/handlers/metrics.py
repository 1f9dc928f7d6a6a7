"""`/metrics`: prepared bytes in the negotiated format and encoding. Never waits for a check."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from aiohttp import hdrs, web

from azure_migrate_exporter.exposition.encodings import Encoding
from azure_migrate_exporter.web.context import CONTEXT
from azure_migrate_exporter.web.handlers.negotiation import OPENMETRICS, TEXT, accepts_openmetrics, content_encoding

CHUNK: Final = 1024 * 1024
"""Bytes per write: few system calls, and little for the transport to buffer."""


class SegmentsResponse(web.StreamResponse):
    """A response whose body is sent segment by segment, without joining it first."""

    def __init__(self, segments: Sequence[bytes], headers: Mapping[str, str], *, head: bool) -> None:
        super().__init__(headers=headers)
        self.content_length = sum(map(len, segments))
        self._segments: Sequence[bytes] = () if head else segments

    async def write_eof(self, data: bytes = b"") -> None:
        """Send the body, once."""
        segments, self._segments = self._segments, ()
        for chunk in chunks(segments):
            await self.write(chunk)
        await super().write_eof(data)


def chunks(segments: Sequence[bytes], limit: int = CHUNK) -> Iterator[bytes | memoryview]:
    """The same bytes in pieces of at most `limit`: small segments joined, large ones cut."""
    small: list[bytes] = []
    size = 0
    for segment in segments:
        if small and size + len(segment) > limit:
            yield b"".join(small)
            small, size = [], 0
        if len(segment) > limit:
            view = memoryview(segment)
            yield from (view[start : start + limit] for start in range(0, len(view), limit))
        else:
            small.append(segment)
            size += len(segment)
    if small:
        yield b"".join(small)


def negotiated(request: web.Request) -> tuple[bool, Encoding]:
    """Whether the client accepts OpenMetrics, and the encoding of the body."""
    accept = ",".join(request.headers.getall(hdrs.ACCEPT, ()))
    encoding = ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))
    return accepts_openmetrics(accept), content_encoding(encoding)


async def metrics(request: web.Request) -> web.StreamResponse:
    """Respond to a scrape."""
    openmetrics, encoding = negotiated(request)
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: OPENMETRICS if openmetrics else TEXT,
        hdrs.VARY: "Accept, Accept-Encoding",
    }
    if encoding is not Encoding.IDENTITY:
        headers[hdrs.CONTENT_ENCODING] = encoding
    segments = request.app[CONTEXT].engine.page.response(openmetrics=openmetrics, encoding=encoding)
    return SegmentsResponse(segments, headers, head=request.method == hdrs.METH_HEAD)
