"""Keys and shared access signatures (SAS) as people paste them, for storage and for Service Bus alike."""

import base64
import binascii
import unicodedata
from datetime import UTC, datetime
from typing import Final

from azure_migrate_exporter.reasons import CheckError, Reason

CLOCK_TOLERANCE: Final = 300.0
"""Seconds within which the service, and not this machine's clock, says whether a signature is valid."""
_QUOTES: Final = ("'", '"')
_SIGNATURE_BYTES: Final = 32


def unquoted(text: str, what: str) -> str:
    """`text` without the quotes of an environment file around it and the HTML in it.

    Raises `CheckError` (unauthenticated) for an invisible character, which `what` (a noun) is said to hold.
    """
    text = text.strip("\ufeff \t\r\n")
    if len(text) > 1 and text[0] == text[-1] and text.startswith(_QUOTES):
        text = text[1:-1].strip()
    invisible = next((char for char in text if unicodedata.category(char) == "Cf"), None)
    if invisible is not None:
        problem = f"has an invisible character in it (U+{ord(invisible):04X}): copy it from where it was made"
        raise CheckError(Reason.UNAUTHENTICATED, f"{what} {problem}")
    return text.replace("&amp;", "&")


def is_signature(text: str) -> bool:
    """Whether `text` can be a signature: 32 bytes (HMAC-SHA256) in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == _SIGNATURE_BYTES
    except (binascii.Error, ValueError):
        return False


def moment(seconds: float) -> str:
    """A time for a message, as in ``2026-11-23 at 02:14 UTC``."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d at %H:%M} UTC"
