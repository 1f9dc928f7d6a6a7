"""Shared access signatures (SAS), of blob storage and of Service Bus alike."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Final

_SIGNATURE_BYTES: Final = 32


def is_signature(text: str) -> bool:
    """Whether `text` can be a signature: 32 bytes (HMAC-SHA256) in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == _SIGNATURE_BYTES
    except (binascii.Error, ValueError):
        return False


def moment(seconds: float) -> str:
    """A time for a message, as in ``2026-11-23 at 02:14 UTC``."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d at %H:%M} UTC"
