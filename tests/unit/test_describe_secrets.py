"""`check-config --secrets`: signatures, keys and connection strings decoded offline, one line each, never shown."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from click.testing import CliRunner

from azure_migrate_exporter.cli import main

KEY = base64.b64encode(b"k" * 64).decode()
SIGNATURE = base64.b64encode(b"s" * 32).decode()


def container_sas(days: float, permissions: str = "cwdl") -> str:
    return generate_container_sas(
        "migratelsa1",
        "azure-migrate-exporter",
        KEY,
        permission=ContainerSasPermissions.from_string(permissions),
        expiry=datetime.now(UTC) + timedelta(days=days, hours=1),
    )


def bus_signature(ends: int) -> str:
    return (
        "Endpoint=sb://migratesbns1.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature "
        f"sr=migratesbns1.servicebus.windows.net&sig={quote(SIGNATURE, safe='')}&se={ends}&skn=listen"
    )


def described(directory: Path, kind: str, secret: str) -> tuple[int, str]:
    (directory / "secret").write_text(secret, encoding="utf-8")
    section = {
        "sas": "storage: [{account: migratelsa1, role: cache, sas: {file: secret}}]",
        "account_key": "storage: [{account: migratelsa1, role: cache, account_key: {file: secret}}]",
        "connection_string": "servicebus: [{namespace: migratesbns1, queue: q, connection_string: {file: secret}}]",
    }[kind]
    (directory / "exporter.yml").write_text(f"appliances: [{{name: paris, {section}}}]", encoding="utf-8")
    result = CliRunner().invoke(main, ["check-config", "--secrets", str(directory / "exporter.yml")])
    assert SIGNATURE not in result.output
    assert KEY not in result.output
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        ("cwdl", "SAS of a container: Create, Write, Delete, List; until "),
        ("racwdl", "SAS of a container: Read, Add, Create, Write, Delete, List; until "),
        ("cw", "; the SAS lacks Delete and List (sp=cw)"),
    ],
)
def test_a_sas_says_its_rights_and_its_end(tmp_path: Path, permissions: str, words: str) -> None:
    code, output = described(tmp_path, "sas", container_sas(30, permissions))
    assert code == 0
    assert "appliances[0].storage[0].sas: " in output
    assert words in output
    assert "(30 d left)" in output


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (container_sas(-3), "the SAS expired on "),
        (container_sas(30, "rl"), "it lets nothing be uploaded"),
        (container_sas(30)[:-20], "encoded twice or cut"),
        (quote(container_sas(30)), "the SAS is encoded once more as a whole"),
        ("hunter2", "this is no SAS"),
    ],
    ids=["expired", "no upload", "cut", "encoded as a whole", "no SAS"],
)
def test_a_sas_that_cannot_work_is_an_error(tmp_path: Path, secret: str, words: str) -> None:
    code, output = described(tmp_path, "sas", secret)
    assert code == 1
    assert words in output
    assert "hunter2" not in output


def test_an_account_key_says_how_much_it_allows(tmp_path: Path) -> None:
    assert described(tmp_path, "account_key", KEY)[0] == 0
    assert "account key of 64 bytes, with all rights on the whole account" in described(tmp_path, "account_key", KEY)[1]
    assert described(tmp_path, "account_key", "not base64 at all!")[0] == 1


@pytest.mark.parametrize(
    ("secret", "code", "words"),
    [
        (
            f"Endpoint=sb://migratesbns1.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey={KEY}",
            0,
            "policy listen of migratesbns1.servicebus.windows.net for the whole namespace, with its key",
        ),
        (bus_signature(4_000_000_000), 0, "signature of the policy listen of migratesbns1.servicebus.windows.net"),
        (bus_signature(1_600_000_000), 1, "a signature that ended at 2020-09-13"),
        (
            "Endpoint=sb://other.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b",
            1,
            "is for the namespace",
        ),
    ],
)
def test_a_connection_string_says_what_it_is_for(tmp_path: Path, secret: str, code: int, words: str) -> None:
    seen, output = described(tmp_path, "connection_string", secret)
    assert seen == code
    assert words in output


@pytest.mark.parametrize(
    ("data", "said", "code"),
    [
        (b"a password", "is saved as UTF-8\n", 0),
        (b"\xef\xbb\xbfa password\r\n", "is saved as UTF-8 with byte order mark, lines end with CRLF\n", 0),
        ("a password\r\n".encode("utf-16"), "is saved as UTF-16, lines end with CRLF\n", 0),
        ("a password".encode("utf-16-le"), "is saved as UTF-16: save it as UTF-8\n", 1),
        (b"a password\nanother one\n", "is saved as UTF-8; holds 2 lines, and a password has one\n", 1),
        (b"sv=2024&sig=a password", "is saved as UTF-8; holds a shared access signature, not a password\n", 1),
        (b"-----BEGIN PRIVATE KEY----- a password", "holds a certificate or key as PEM, not a password\n", 1),
    ],
)
def test_each_secret_file_is_said_as_it_was_saved(tmp_path: Path, data: bytes, said: str, code: int) -> None:
    (tmp_path / "secret").write_bytes(data)
    config = tmp_path / "exporter.yml"
    config.write_text("vcenters: [{name: vc, address: vc.example, username: u, password: {file: secret}}]")
    result = CliRunner().invoke(main, ["check-config", str(config), "--secrets"])
    assert result.exit_code == code
    assert said in result.output
    assert "vcenters[0].password: " in result.output
    assert "a password" not in result.output.replace("not a password", "").replace("and a password", "")


def test_the_id_of_an_application_secret_is_not_taken_for_its_value(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("0f8fad5b-d9cb-469f-a165-70867728950e\n")
    config = tmp_path / "exporter.yml"
    config.write_text(
        "discovery:\n  - subscription: 0f8fad5b-d9cb-469f-a165-70867728950e\n    project: p\n    credential: "
        "{type: client_secret, tenant_id: t, client_id: c, client_secret: {file: secret}}\n"
    )
    result = CliRunner().invoke(main, ["check-config", str(config), "--secrets"])
    assert result.exit_code == 1
    assert "holds the id of the secret: copy its value, which the portal shows once" in result.output
