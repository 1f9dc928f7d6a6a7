"""What happened to a socket has one reason, whichever system tells it and whatever wraps it.

On Windows asyncio raises OSError with errno 22 and the truth in `winerror`, an attribute that Linux does not have.
"""

import errno
import socket
import ssl
import sys

import aiohttp
import pytest
import requests
import urllib3
from aiohttp.client_reqrep import ConnectionKey
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.eventhub.exceptions import ConnectError
from azure.servicebus.exceptions import ServiceBusConnectionError
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.reasons import OUR_OWN, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.reasons.network import numbered
from azure_migrate_exporter.reasons.windows_numbers import WINDOWS_NUMBERS

KEY = ConnectionKey("account.example", 443, True, True, None, None, None)
NUMBERS = pytest.mark.parametrize("number", WINDOWS_NUMBERS, ids=[name for name, _ in WINDOWS_NUMBERS.values()])


class WinError(OSError):
    """An OSError as Windows' Python makes it: EINVAL for most numbers, and those of Winsock as they are."""

    def __init__(self, number: int) -> None:
        super().__init__(number if number > 10_000 else errno.EINVAL, "Der Remotecomputer hat die Verbindung abgelehnt")
        self.winerror = number

    def __str__(self) -> str:
        return f"[WinError {self.winerror}] {self.strerror}"


def wrapped(error: OSError) -> list[BaseException]:
    """`error` as the libraries in use hand it on."""
    connector = aiohttp.ClientConnectorError(KEY, error)
    pool = urllib3.HTTPSConnectionPool("account.example")
    new = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPConnection("account.example"), str(error))
    new.__cause__ = error
    return [
        error,
        connector,
        ServiceRequestError(str(connector), error=connector),
        ServiceResponseError(str(error), error=error),
        requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, "/", new)),
        ServiceBusConnectionError(message=f"Failed to initiate the connection due to exception: {error}", error=error),
    ]


@NUMBERS
def test_each_number_of_windows_has_its_reason_wrapped_or_not(number: int) -> None:
    expected = WINDOWS_NUMBERS[number][1]
    assert [classify(error) for error in wrapped(WinError(number))] == [expected] * 6


@NUMBERS
def test_a_number_in_a_text_is_enough(number: int) -> None:
    expected = WINDOWS_NUMBERS[number][1]
    text = f"[WinError {number}] Połączenie odrzucone"
    assert classify(ConnectError(f"Failed to initiate the connection due to exception: {text}")) is expected
    assert classify(OSError(f"Multiple exceptions: {text}, {text}")) is expected


@pytest.mark.parametrize(
    "name",
    [
        "ECONNREFUSED",
        "ECONNRESET",
        "ECONNABORTED",
        "ENETRESET",
        "ENOTCONN",
        "ESHUTDOWN",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "EHOSTDOWN",
        "ENETDOWN",
        "EADDRNOTAVAIL",
        "ETIMEDOUT",
        "EMFILE",
        "ENOBUFS",
    ],
)
def test_linux_and_windows_agree(name: str) -> None:
    winsock = {windows.removeprefix("WSA"): reason for windows, reason in WINDOWS_NUMBERS.values()}
    assert classify(OSError(getattr(errno, name), "")) is winsock[name]


@pytest.mark.skipif(sys.platform == "win32", reason="errno.EREMOTEIO is a number of Linux")
def test_a_number_of_linux_is_not_taken_for_one_of_windows() -> None:
    assert errno.EREMOTEIO == 121
    assert classify(OSError(errno.EREMOTEIO, "Remote I/O error")) is Reason.INTERNAL
    assert numbered("[Errno 121] Remote I/O error") is None


def test_the_machine_of_the_exporter_is_no_fault_of_the_path() -> None:
    assert classify(OSError(errno.ENOSPC, "No space left on device")) is Reason.LOCAL
    assert Reason.LOCAL in OUR_OWN


def test_names_and_tls_have_numbers_of_their_own() -> None:
    assert classify(socket.gaierror(11001, "getaddrinfo failed")) is Reason.DNS
    assert classify(ssl.SSLError(1, "[SSL] record layer failure")) is Reason.TLS


@given(st.text())
def test_any_text_has_one_reason_or_none(text: str) -> None:
    assert numbered(text) in {None, *Reason}
    assert numbered(f"[WinError {text}]") in {None, *Reason}
