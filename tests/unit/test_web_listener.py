"""What is said of an address that cannot be listened on, in the words of each system."""

import errno
import os
import socket

import pytest

from azure_migrate_exporter.web.listener import _text


def windows_error(number: int, sentence: str, code: int | None = None) -> OSError:
    """An exception as Windows raises it, with its number in `winerror`; Linux never sets that."""
    error = OSError(number if code is None else code, sentence)
    error.winerror = number  # type: ignore[attr-defined]  # only Windows has the attribute
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(98, "Address already in use"), "Address already in use"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), "Permission denied"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("no number at all"), "no number at all"),
        (
            windows_error(10048, "Normalerweise nur einmal"),
            "Normalerweise nur einmal (WSAEADDRINUSE)",
        ),
        (windows_error(10013, "Une tentative d'accès", 13), "Une tentative d'accès (WSAEACCES)"),
        (
            windows_error(10049, "The address is not valid"),
            "The address is not valid (WSAEADDRNOTAVAIL)",
        ),
        (windows_error(10099, "A number of a later Windows"), "A number of a later Windows"),
        (windows_error(5, "Access is denied", 13), "Access is denied"),
        (socket.gaierror(11001, "getaddrinfo failed"), "getaddrinfo failed (WSAHOST_NOT_FOUND)"),
    ],
)
def test_the_text_is_the_systems_with_the_name_of_a_winsock_number(error: OSError, text: str) -> None:
    assert _text(error) == text
