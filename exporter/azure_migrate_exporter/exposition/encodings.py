"""Content encodings of a page that is put together from runs, each of which is encoded once.

gzip: one member; each run is a sequence of deflate blocks that ends on a byte boundary (``Z_FULL_FLUSH``), so runs can
stand in any order between one header and one trailer (RFC 1951, RFC 1952). zstd: one frame per run (RFC 8878).
"""

import struct
import sys
import zlib
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_LEVEL: Final = 1
"""The fastest: a page compresses well at any level."""

# magic, deflate, no flags, no time, fastest compression, unknown system (RFC 1952)
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
# An empty final block with fixed codes: the end of the deflate stream (RFC 1951).
_DEFLATE_END: Final = b"\x03\x00"


class Encoding(StrEnum):
    """A content coding of RFC 9110 that a page is served in."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"


class Run:
    """Bytes of a page, and their encoded forms. gzip, which Prometheus asks for, is made at once; zstd on first use."""

    def __init__(self, plain: bytes) -> None:
        self.plain: Final = plain
        self.deflated: Final = deflate(plain)

    @cached_property
    def zstd(self) -> bytes:
        """The bytes as one frame."""
        return zstd_frame(self.plain)


def deflate(data: bytes) -> bytes:
    """`data` as deflate blocks that other blocks can follow."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)


def zstd_frame(data: bytes) -> bytes:
    """`data` as a frame that other frames can follow."""
    return zstd.compress(data, ZSTD_LEVEL)


def gzip_member(deflated: Iterable[bytes], checksum: int, length: int) -> tuple[bytes, ...]:
    """A gzip member of `deflated`: runs whose content has this CRC-32 and this length in bytes."""
    return (_GZIP_HEADER, *deflated, _DEFLATE_END, struct.pack("<II", checksum, length & 0xFFFFFFFF))
