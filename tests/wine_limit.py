"""Tests that run on Windows, and not in Wine, which lacks what they need."""

import ctypes
import sys
from typing import Final

import pytest

UNDER_WINE: Final = sys.platform == "win32" and hasattr(ctypes.CDLL("ntdll"), "wine_get_version")


def wine_limit(lacks: str) -> pytest.MarkDecorator:
    """Skips a test in Wine, which `lacks` something; docs/windows.md lists what."""
    return pytest.mark.skipif(UNDER_WINE, reason=f"Wine {lacks}")
