"""What an operator may write about a storage account, and the one line that each mistake gets."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.credentials import Credential
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.runtime.blackboard import Blackboard

SAS = {"sas": {"env": "SAS"}}
BASE = {"account": "migratelsa1612849844", "role": "cache"}


def settings(**changes: Any) -> StorageSettings:
    return StorageSettings.model_validate({**BASE, **(SAS if not changes.keys() & CREDENTIALS else {}), **changes})


CREDENTIALS = {"sas", "account_key", "credential"}


def mistakes(**changes: Any) -> list[tuple[str, str]]:
    """Place and text of each error."""
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in caught.value.errors(include_input=False)]


def test_defaults_are_the_articles_test() -> None:
    benchmark = settings().benchmark
    assert (benchmark.blobs, int(benchmark.blob_size), benchmark.connections) == (10, 64 * 2**20, 8)
    assert settings().url == "https://migratelsa1612849844.blob.core.windows.net"
    assert settings().container == "azure-migrate-exporter"


def test_sizes_and_durations_are_written_for_people() -> None:
    benchmark = settings(benchmark={"blob_size": "16MiB", "daily_budget": "1GB", "max_duration": "1m30s"}).benchmark
    assert (int(benchmark.blob_size), int(benchmark.daily_budget)) == (16 * 2**20, 10**9)
    assert benchmark.max_duration == 90


@pytest.mark.parametrize(
    "credentials",
    [
        {"sas": None},
        {**SAS, "account_key": {"env": "KEY"}},
        {**SAS, "credential": {"type": "default"}},
    ],
)
def test_there_is_exactly_one_credential(credentials: dict[str, Any]) -> None:
    assert mistakes(**credentials) == [("", "Value error, give exactly one of sas, account_key and credential")]


def test_a_token_is_never_sent_over_http() -> None:
    found = mistakes(credential={"type": "default"}, endpoint="http://localhost/x")
    assert found == [("", "Value error, a token is never sent over http://: write https:// in endpoint")]


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("migratelsa1.blob.core.windows.net", 'write the bare name of the account, as in "migratelsa1612849844"'),
        ("MigrateLsa1", 'write the bare name of the account, as in "migratelsa1612849844"'),
    ],
)
def test_an_account_is_its_bare_name(account: str, message: str) -> None:
    [(place, text)] = mistakes(account=account)
    assert (place, text) == ("account", f"Value error, {message}: 3 to 24 of a-z and 0-9")


@pytest.mark.parametrize("container", ["ab", "-test", "test-", "te--st", "Test", "a" * 64, "test\n"])
def test_a_container_has_a_name_that_the_service_takes(container: str) -> None:
    assert [place for place, _ in mistakes(container=container)] == ["container"]


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("migratelsa1", "write the account's address"),
        ("ftp://x", "write the account's address"),
        ("https://", "write the account's address"),
        ("https://user:password@x", "write the account's address"),
        ("https://x/c?sv=1&sig=abc", "the address ends before the question mark"),
    ],
)
def test_an_endpoint_is_an_address_and_holds_no_secret(endpoint: str, message: str) -> None:
    [(place, text)] = mistakes(endpoint=endpoint)
    assert place == "endpoint"
    assert message in text
    assert "password" not in text
    assert "sig=abc" not in text


def test_a_budget_that_no_run_fits_in_is_a_mistake() -> None:
    [(place, text)] = mistakes(benchmark={"blob_size": "1GiB"})
    assert place == "benchmark"
    assert text == "Value error, daily_budget is smaller than one run (blobs x blob_size), so none would ever start"
    settings(benchmark={"blob_size": "1GiB", "enabled": False})


@pytest.mark.parametrize(
    ("max_rate", "message"),
    [
        (0, "Input should be greater than or equal to 1"),
        (-5, "Input should be greater than or equal to 1"),
        ("20Mbit/s", "Input should be a valid number, unable to parse string as a number"),
    ],
)
def test_a_rate_is_a_number_of_mbit_per_second(max_rate: object, message: str) -> None:
    assert mistakes(benchmark={"max_rate": max_rate}) == [("benchmark.max_rate", message)]
    assert settings(benchmark={"max_rate": 20}).benchmark.max_rate == 20


@pytest.mark.parametrize(
    ("share", "message"),
    [
        (50, "Input should be less than or equal to 1"),
        (-0.1, "Input should be greater than or equal to 0"),
        ("50%", "Input should be a valid number, unable to parse string as a number"),
    ],
)
def test_a_share_of_the_line_is_between_nothing_and_all(share: object, message: str) -> None:
    assert mistakes(benchmark={"share_while_replicating": share}) == [("benchmark.share_while_replicating", message)]
    assert settings(benchmark={"share_while_replicating": 0}).benchmark.share_while_replicating == 0


def test_a_switched_off_benchmark_has_no_target() -> None:
    off = {**BASE, **SAS, "account": "migrategwsa1612849844", "role": "gateway", "benchmark": {"enabled": False}}
    appliance = {"name": "paris", "storage": [{**BASE, **SAS}, off]}
    whole = Settings.model_validate({"appliances": [appliance]})
    targets = {
        name: [target.name for target in COLLECTORS[name].targets(whole, Blackboard())]
        for name in ("storage", "storage_benchmark")
    }
    assert targets == {
        "storage": ["migratelsa1612849844", "migrategwsa1612849844"],
        "storage_benchmark": ["migratelsa1612849844"],
    }


@pytest.mark.parametrize(
    "credential",
    [
        {"type": "default"},
        {"type": "default", "client_id": "c", "authority": "https://login.microsoftonline.us"},
        {"type": "managed_identity"},
        {"type": "client_secret", "tenant_id": "t", "client_id": "c", "client_secret": {"env": "S"}},
        {"type": "client_certificate", "tenant_id": "t", "client_id": "c", "certificate_file": "a.pem"},
        {"type": "workload_identity"},
        {"type": "azure_cli"},
    ],
)
def test_every_kind_of_credential_can_be_written(credential: dict[str, Any]) -> None:
    parsed: Credential = TypeAdapter(Credential).validate_python(credential)
    assert parsed.type == credential["type"]


@pytest.mark.parametrize(
    "credential",
    [
        {"type": "password"},
        {},
        {"type": "client_secret", "tenant_id": "t", "client_id": "c", "client_secret": "plain"},
        {"type": "managed_identity", "tenant_id": "t"},
        {"type": "default", "authority": "http://login.microsoftonline.com"},
    ],
)
def test_what_is_no_credential_is_refused(credential: dict[str, Any]) -> None:
    assert mistakes(credential=credential)
