"""TLS contexts: the name that is verified, and files that cannot be used."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.network.certificates import certificate_expiry
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.tls import (
    NamedContext,
    client_context,
    tls_failure,
    unverified_context,
)
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import deadline_in
from tests.lab.ca import LabCA
from tests.lab.tcp import Certificates, TcpListener

NAME = "contoso.servicebus.windows.net"


@pytest.fixture
def ca(tmp_path: Path) -> LabCA:
    return LabCA(tmp_path / "ca")


@pytest.fixture
async def bus(ca: LabCA, tmp_path: Path) -> AsyncIterator[TcpListener]:
    async with TcpListener(certificates=Certificates.issue(ca, tmp_path, "bus", NAME)) as listener:
        yield listener


async def test_a_named_context_verifies_its_name_whatever_address_is_connected_to(bus: TcpListener, ca: LabCA) -> None:
    async with connect("127.0.0.1", bus.port, tls=NamedContext.verifying(NAME, ca.bundle)) as writer:
        assert certificate_expiry(writer.get_extra_info("ssl_object")) > 0


async def test_a_named_context_refuses_the_certificate_of_another_name(bus: TcpListener, ca: LabCA) -> None:
    with pytest.raises(CheckError, match="fabrikam") as caught:
        async with connect("127.0.0.1", bus.port, tls=NamedContext.verifying("fabrikam.example", ca.bundle)):
            pass
    assert caught.value.reason is Reason.TLS


async def test_a_named_context_trusts_no_other_ca(bus: TcpListener, tmp_path: Path) -> None:
    other = LabCA(tmp_path / "other")
    for bundle in (other.bundle, None):
        with pytest.raises(CheckError) as caught:
            async with connect("127.0.0.1", bus.port, tls=NamedContext.verifying(NAME, bundle)):
                pass
        assert caught.value.reason is Reason.TLS


@pytest.mark.parametrize("make", [client_context, lambda path: NamedContext.verifying(NAME, path)])
def test_a_ca_file_that_cannot_be_used_is_named(make: object, tmp_path: Path) -> None:
    assert callable(make)
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for path, said in ((tmp_path / "gone.pem", "does not exist"), (empty, "holds no PEM certificate")):
        with pytest.raises(CheckError, match=said) as caught:
            make(path)
        assert (caught.value.reason, str(path) in caught.value.message) == (Reason.TLS, True)


def test_a_client_certificate_that_cannot_be_used_is_ours(tmp_path: Path, ca: LabCA) -> None:
    with pytest.raises(CheckError, match="cannot be used with the key") as caught:
        client_context(ca.bundle, tmp_path / "gone.pem", tmp_path / "gone.key")
    assert caught.value.reason is Reason.UNAUTHENTICATED


async def test_a_certificate_can_be_looked_at_without_trust(bus: TcpListener) -> None:
    async with connect("127.0.0.1", bus.port, tls=unverified_context()) as writer:
        assert certificate_expiry(writer.get_extra_info("ssl_object")) > 0


def test_what_is_no_matter_of_tls_is_left_to_others() -> None:
    assert tls_failure(OSError(28, "No space left on device"), "x:1") is None
    assert tls_failure(OSError(113, "No route to host"), "x:1") is None


async def test_a_silent_handshake_ends_at_the_deadline_with_the_host_in_its_message(ca: LabCA) -> None:
    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with TcpListener(never) as listener:
        with deadline_in(0.75), pytest.raises(CheckError) as caught:
            async with connect("127.0.0.1", listener.port, tls=client_context(ca.bundle)):
                pass
    text = f"no TLS with 127.0.0.1:{listener.port}: no answer to the handshake in 0.5 s"
    assert (caught.value.reason, caught.value.message) == (Reason.TIMEOUT, text)
