"""Loading a configuration: every error at once, with its place and line, and never with a value."""

from pathlib import Path

import pytest

from azure_migrate_exporter.commands.check_config import check
from azure_migrate_exporter.config.base import Secret, parse_duration
from azure_migrate_exporter.config.loader import ConfigError, load, parse
from azure_migrate_exporter.reasons import CheckError, Reason

FILE = Path("exporter.yml")
NOWHERE = Path("/nowhere/key")


def errors(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return caught.value.errors


def test_all_errors_come_at_once_in_the_order_of_their_lines() -> None:
    text = """
appliances:
  - name: paris
    port: 99999
    adress: 10.0.0.1
    storage:
      - {account: migratelsa1, role: cash, sas: {file: x}}
schedules:
  keyvault: {interval: 5 minutes}
"""
    assert [line.split(": ", 2)[:2] for line in errors(text)] == [
        ["exporter.yml:4", "appliances[0].port"],
        ["exporter.yml:5", "appliances[0].adress"],
        ["exporter.yml:7", "appliances[0].storage[0].role"],
        ["exporter.yml:9", "schedules.keyvault.interval"],
    ]


def test_a_secret_written_into_the_file_is_refused_without_being_repeated() -> None:
    found = "\n".join(
        errors("appliances: [{name: a, storage: [{account: migratelsa1, role: cache, sas: '?sig=TOPSECRET'}]}]")
    )
    assert "a secret is never written here: give {file: PATH} or {env: NAME}" in found
    assert "TOPSECRET" not in found


def test_a_key_written_twice_is_an_error() -> None:
    assert errors("appliances:\n  - name: a\n    name: b\n") == (
        "exporter.yml:3: appliances[0].name: the key is written twice; keep one",
    )


def test_broken_yaml_is_one_line_with_its_place() -> None:
    (line,) = errors("appliances: [}\n")
    assert line.startswith("exporter.yml:1: not valid YAML:")


def test_a_list_at_the_top_is_refused() -> None:
    assert errors("- a\n") == ("exporter.yml:1: the file must hold a mapping, as in the examples",)


def test_an_empty_file_is_an_empty_configuration() -> None:
    assert parse("", FILE).appliances == ()


def test_a_schedule_for_a_collector_that_does_not_exist_is_refused() -> None:
    (line,) = errors("schedules: {keyvalt: {interval: 5s}}")
    assert "keyvalt" in line


def test_two_targets_of_one_name_are_refused_with_both_places() -> None:
    text = """
appliances:
  - {name: a, keyvaults: [{vault: migratekv1}]}
  - {name: b, keyvaults: [{vault: migratekv1.vault.azure.net}]}
"""
    (line,) = errors(text)
    assert "appliances[1].keyvaults[0]" in line
    assert "appliances[0].keyvaults[0]" in line
    assert "name" in line


def test_a_greenfield_project_has_no_service_bus_and_no_key_vault() -> None:
    (line,) = errors("appliances: [{name: a, generation: greenfield, keyvaults: [{vault: v}]}]")
    assert line.startswith("exporter.yml:1: appliances[0].keyvaults: a greenfield project has no replication key vault")


def test_an_esxi_check_that_names_no_configured_vcenter_is_refused() -> None:
    (line,) = errors("appliances: [{name: a, esxi: {vcenters: [vc9]}}]")
    assert "vc9" in line


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yml: cannot be read: No such file or directory"):
        load(tmp_path / "absent.yml")


def test_relative_files_start_at_the_configuration_file(tmp_path: Path) -> None:
    (tmp_path / "sas").write_text("?sv=1&sig=x")
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: a, storage: [{account: migratelsa1, role: cache, sas: {file: sas}}]}]")
    (account,) = load(file).appliances[0].storage
    assert account.sas is not None
    assert account.sas.read() == "?sv=1&sig=x"


def test_check_config_looks_for_the_files_that_the_configuration_names(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yml"
    file.write_text("appliances: [{name: a, storage: [{account: migratelsa1, role: cache, sas: {file: sas}}]}]")
    (line,) = check(file)
    assert line == (
        f"{file}: appliances[0].storage[0].sas: the secret file {tmp_path / 'sas'} cannot be read: "
        "No such file or directory"
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1d", 86400),
        ("1.5s", 1.5),
        ("2w", 1209600),
        ("1y", 31536000),
        ("0", 0),
        ("1y2w3d", 33004800),
    ],
)
def test_durations_are_written_as_prometheus_writes_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", 5, None, "5 s", "m", "-5s", "1s1h"])
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


def test_a_secret_is_read_again_at_each_use(tmp_path: Path) -> None:
    file = tmp_path / "key"
    secret = Secret(file=file)
    file.write_text("first\n")
    assert secret.read() == "first"
    file.write_text("second\n")
    assert secret.read() == "second"


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (Secret(env="AME_TEST_UNSET"), "the environment variable AME_TEST_UNSET is not set or empty"),
        (Secret(file=NOWHERE), f"the secret file {NOWHERE} cannot be read: No such file or directory"),
    ],
)
def test_a_secret_that_is_not_there_says_where_it_looked(secret: Secret, message: str) -> None:
    with pytest.raises(CheckError) as caught:
        secret.read()
    assert caught.value.reason is Reason.UNAUTHENTICATED
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("appliances: [{name: a, prot: 1}]", "appliances[0].prot: unknown key; did you mean port?"),
        ("appliances: [{address: a}]", "appliances[0].name: this key is required"),
        ("appliances: [{name: 12}]", "appliances[0].name: write a text, in quotes if it looks like a number"),
        ("appliances: [{name: a, port: https}]", "appliances[0].port: write a whole number"),
        ("appliances: [{name: a, port: 99999}]", "appliances[0].port: must be 65535 or less"),
        ("appliances: [{name: a, port: 0}]", "appliances[0].port: must be 1 or more"),
        ("appliances: [{name: a, keyvaults: [{vault: v, tls: maybe}]}]", "keyvaults[0].tls: write true or false"),
        ("appliances: [{name: a, generation: new}]", "generation: must be 'legacy', 'greenfield' or 'unknown'"),
        (
            "azure_monitor: [{name: a, credential: {tipe: default}}]",
            "client_certificate, workload_identity or azure_cli",
        ),
        (
            "azure_monitor: [{name: a, credential: {type: client_certificate, client_id: c, certificate_file: f}}]",
            "azure_monitor[0].credential.tenant_id: this key is required",
        ),
    ],
)
def test_a_mistake_is_told_in_words_that_say_what_to_write(text: str, message: str) -> None:
    (line,) = errors(text)
    assert line.startswith("exporter.yml:1: ")
    assert line.endswith(message)
