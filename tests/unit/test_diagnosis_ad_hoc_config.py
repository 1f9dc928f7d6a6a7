"""Flags in place of a configuration: what they make, and the one line that each mistake gets."""

import socket
from pathlib import Path

import pytest

from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.diagnosis.ad_hoc_config import AdHocConfig, build_settings

SECRET = "sv=2026-10-06&sig=TOPSECRET%3D"


@pytest.fixture
def sas(tmp_path: Path) -> Path:
    file = tmp_path / "sas"
    file.write_text(SECRET, encoding="utf-8")
    return file


def made(given: AdHocConfig) -> ApplianceSettings:
    (appliance,) = build_settings(given).appliances
    return appliance


def errors(given: AdHocConfig) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refusal:
        build_settings(given)
    assert "TOPSECRET" not in str(refusal.value)
    return refusal.value.errors


@pytest.mark.parametrize(
    ("account", "role"),
    [("migratelsa1", "cache"), ("migrategwsa1", "gateway"), ("migratersa1", "replication"), ("own", "replication")],
)
def test_an_account_has_the_role_that_its_name_tells(account: str, role: str, sas: Path) -> None:
    (made_of,) = made(AdHocConfig(account, None, sas)).storage
    assert (made_of.account, made_of.role) == (account, role)
    assert (made_of.container, made_of.url) == ("azure-migrate-exporter", f"https://{account}.blob.core.windows.net")
    assert made_of.sas is not None
    assert made_of.sas.read() == SECRET


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "https://migratelsa1.blob.core.usgovcloudapi.net",
            ("migratelsa1", "azure-migrate-exporter", "https://migratelsa1.blob.core.usgovcloudapi.net"),
        ),
        (
            "https://migratelsa1.blob.core.windows.net/tests",
            ("migratelsa1", "tests", "https://migratelsa1.blob.core.windows.net"),
        ),
        (
            "https://localhost:10000/migratelsa1",
            ("migratelsa1", "azure-migrate-exporter", "https://localhost:10000/migratelsa1"),
        ),
    ],
)
def test_an_address_names_account_and_container(address: str, expected: tuple[str, str, str], sas: Path) -> None:
    (storage,) = made(AdHocConfig(address, None, sas)).storage
    assert (storage.account, storage.container, storage.url) == expected
    (storage,) = made(AdHocConfig(address, "mine", sas)).storage
    assert storage.container == "mine"


@pytest.mark.parametrize(
    ("vault", "host", "port"),
    [
        ("migratekv1", "migratekv1.vault.azure.net", 443),
        ("migratekv1.vault.usgovcloudapi.net", "migratekv1.vault.usgovcloudapi.net", 443),
        ("https://migratekv1.vault.azure.net/", "migratekv1.vault.azure.net", 443),
        ("https://127.0.0.1:8443/", "127.0.0.1", 8443),
    ],
)
def test_a_vault_is_a_name_or_the_uri_that_the_portal_shows(vault: str, host: str, port: int) -> None:
    (keyvault,) = made(AdHocConfig(vault=vault)).keyvaults
    assert (keyvault.host, keyvault.port) == (host, port)


def test_the_appliance_is_this_machine() -> None:
    assert made(AdHocConfig(vault="migratekv1")).name == socket.gethostname()


def test_only_the_named_checks_run(sas: Path) -> None:
    assert not AdHocConfig().given
    assert AdHocConfig(vault="v").collectors == {"keyvault"}
    assert AdHocConfig("a", None, sas, "v").collectors == {"storage", "keyvault"}


class TestMistakes:
    def test_a_sas_on_the_command_line(self, sas: Path) -> None:
        (line,) = errors(AdHocConfig(f"https://migratelsa1.blob.core.windows.net/c?{SECRET}", None, sas))
        assert line.startswith("--storage-account: a SAS never goes on the command line")

    def test_no_sas(self) -> None:
        assert errors(AdHocConfig("migratelsa1"))[0].startswith("--storage-account needs --sas-file")

    def test_a_sas_for_no_account(self, sas: Path) -> None:
        assert errors(AdHocConfig(None, None, sas)) == ("--container and --sas-file go with --storage-account",)

    def test_a_sas_file_that_does_not_exist(self, tmp_path: Path) -> None:
        (line,) = errors(AdHocConfig("migratelsa1", None, tmp_path / "none"))
        assert line == f"--sas-file: the secret file {tmp_path / 'none'} cannot be read: No such file or directory"

    def test_a_name_that_is_none(self, sas: Path) -> None:
        assert errors(AdHocConfig("Migrate LSA", None, sas))[0].startswith("--storage-account: write the bare name")
        assert errors(AdHocConfig("migratelsa1", "a b", sas))[0].startswith("--container: not a container name")

    @pytest.mark.parametrize("vault", ["https://x:99999/", "https://[/", "https://"])
    def test_an_address_that_is_none(self, vault: str) -> None:
        (line,) = errors(AdHocConfig(vault=vault))
        assert line.startswith(("an address cannot be read", "--vault: "))
