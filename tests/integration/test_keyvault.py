"""The key vault collector against a listener with real TLS, through every fault of the path."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors import keyvault
from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.config.keyvault import KeyVaultSettings
from azure_migrate_exporter.exposition.metrics import (
    KEYVAULT_TCP_CONNECT_DURATION,
    KEYVAULT_TCP_UP,
    KEYVAULT_TLS_CERTIFICATE_EXPIRY,
)
from azure_migrate_exporter.reasons import Reason
from tests.lab.ca import LabCA
from tests.lab.tcp import Certificates, Fault, TcpListener
from tests.measured import Measured, measure

VAULT = "migratekv12345"
HOST = f"{VAULT}.vault.azure.net"


@pytest.fixture
def ca(tmp_path: Path) -> LabCA:
    return LabCA(tmp_path / "ca")


@pytest.fixture
async def vault(ca: LabCA, tmp_path: Path) -> AsyncIterator[TcpListener]:
    async with TcpListener(certificates=Certificates.issue(ca, tmp_path, "vault", HOST)) as listener:
        yield listener


async def check(listener: TcpListener, ca: LabCA, *, timeout: float = 20, **changes: Any) -> Measured:
    values = {"vault": VAULT, "address": listener.host, "port": listener.port, "ca_file": ca.bundle, **changes}
    settings = KeyVaultSettings.model_validate(values)
    return await measure(keyvault.create(Target(VAULT, "site1", settings), Context()), timeout=timeout)


async def test_an_open_vault_is_up_and_tells_when_its_certificate_ends(vault: TcpListener, ca: LabCA) -> None:
    seen = await check(vault, ca)
    assert seen.reason is None
    assert seen.value(KEYVAULT_TCP_UP, appliance="site1", keyvault=VAULT) == 1
    duration = seen.value(KEYVAULT_TCP_CONNECT_DURATION)
    assert isinstance(duration, float)
    assert duration > 0
    expiry = seen.value(KEYVAULT_TLS_CERTIFICATE_EXPIRY)
    assert isinstance(expiry, float)
    assert expiry > time.time()


async def test_a_vault_is_named_by_its_host_name_in_other_clouds(ca: LabCA, tmp_path: Path) -> None:
    host = f"{VAULT}.vault.usgovcloudapi.net"
    async with TcpListener(certificates=Certificates.issue(ca, tmp_path, "vault", host)) as listener:
        seen = await check(listener, ca, vault=host)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP, keyvault=VAULT)) == (None, 1)


async def test_a_closed_port_is_refused(vault: TcpListener, ca: LabCA) -> None:
    await vault.switch(Fault.CLOSED)
    seen = await check(vault, ca)
    assert seen.reason is Reason.REFUSED
    assert seen.message == f"connection to 127.0.0.1:{vault.port} refused"
    assert seen.value(KEYVAULT_TCP_UP) == 0
    assert seen.value(KEYVAULT_TCP_CONNECT_DURATION) is None


async def test_dropped_packets_are_a_timeout_with_the_port_down(vault: TcpListener, ca: LabCA) -> None:
    await vault.switch(Fault.DROPPED)
    seen = await check(vault, ca, timeout=0.5)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (Reason.TIMEOUT, 0)


async def test_a_vault_that_is_silent_in_the_handshake_is_a_timeout_with_the_port_up(
    vault: TcpListener, ca: LabCA
) -> None:
    await vault.switch(Fault.SILENT)
    seen = await check(vault, ca, timeout=2)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (Reason.TIMEOUT, 1)


async def test_an_expired_certificate_fails_tls_and_still_tells_its_end(vault: TcpListener, ca: LabCA) -> None:
    await vault.switch(Fault.EXPIRED)
    seen = await check(vault, ca)
    assert seen.reason is Reason.TLS
    assert seen.message == f"the certificate of 127.0.0.1:{vault.port} does not verify: certificate has expired"
    assert seen.value(KEYVAULT_TCP_UP) == 1
    expiry = seen.value(KEYVAULT_TLS_CERTIFICATE_EXPIRY)
    assert isinstance(expiry, float)
    assert expiry < time.time()


async def test_a_strangers_certificate_fails_tls_and_still_tells_its_end(vault: TcpListener, ca: LabCA) -> None:
    await vault.switch(Fault.STRANGER)
    seen = await check(vault, ca)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (Reason.TLS, 1)
    assert seen.value(KEYVAULT_TLS_CERTIFICATE_EXPIRY) is not None


async def test_a_certificate_for_another_name_fails_tls(vault: TcpListener, ca: LabCA) -> None:
    seen = await check(vault, ca, vault="migratekv99999")
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP, keyvault="migratekv99999")) == (Reason.TLS, 1)
    assert "migratekv99999.vault.azure.net" in seen.message


async def test_a_connection_that_is_cut_in_the_handshake_is_a_reset(vault: TcpListener, ca: LabCA) -> None:
    await vault.switch(Fault.RESET)
    seen = await check(vault, ca)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (Reason.RESET, 1)
    assert seen.message == f"127.0.0.1:{vault.port} cut the connection in the TLS handshake"


async def test_a_port_that_does_not_speak_tls_fails_tls(ca: LabCA) -> None:
    async def greet(_: object, writer: Any) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await writer.drain()

    async with TcpListener(greet) as listener:
        seen = await check(listener, ca)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (Reason.TLS, 1)


async def test_without_tls_only_the_port_counts(vault: TcpListener, ca: LabCA) -> None:
    await vault.switch(Fault.EXPIRED)
    seen = await check(vault, ca, tls=False)
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (None, 1)
    assert seen.value(KEYVAULT_TLS_CERTIFICATE_EXPIRY) is None


async def test_a_name_that_does_not_exist_is_dns(ca: LabCA, vault: TcpListener) -> None:
    seen = await check(vault, ca, address=None, vault="vault.invalid")
    assert (seen.reason, seen.value(KEYVAULT_TCP_UP)) == (Reason.DNS, 0)
    assert seen.message.startswith("vault.invalid does not resolve: ")


async def test_a_ca_file_that_is_missing_is_named(vault: TcpListener, ca: LabCA, tmp_path: Path) -> None:
    seen = await check(vault, ca, ca_file=tmp_path / "gone.pem")
    assert (seen.reason, seen.message) == (Reason.TLS, f"the CA file {tmp_path / 'gone.pem'} does not exist")
    assert seen.value(KEYVAULT_TCP_UP) == 0
