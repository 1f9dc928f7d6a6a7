"""zstd of the standard library, and its backport for the Pythons that do not have it."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["zstd"]
