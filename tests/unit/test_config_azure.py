"""Sections discovery and azure_monitor, and the clouds: what they accept, and the line that a mistake gets."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.config.clouds import CLOUDS, AzureAccess, CustomCloud
from azure_migrate_exporter.config.credentials import ClientSecret, ManagedIdentity
from azure_migrate_exporter.config.loader import ConfigError, parse
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.proxy import DIRECT

FILE: Final = Path("exporter.yml")
ID: Final = "00000000-0000-0000-0000-000000000001"
OTHER: Final = "00000000-0000-0000-0000-000000000002"
WHO: Final = {"type": "managed_identity"}
ACCOUNT: Final = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/migratelsa1"


def settings(**sections: Any) -> Settings:
    return parse(yaml.safe_dump(sections, sort_keys=False), FILE)


def mistakes(**sections: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings(**sections)
    return [line.partition(": ")[2] for line in caught.value.errors]


def discovery(**more: Any) -> dict[str, Any]:
    return {"subscription": ID, "credential": WHO, **more}


def monitor(**more: Any) -> dict[str, Any]:
    return {"name": "m", "credential": WHO, **more}


def test_a_discovery_begins_at_a_project_or_at_a_vault() -> None:
    found = settings(discovery=[discovery(project="contoso"), discovery(vault="v1", name="mine")]).discovery
    assert [entry.target for entry in found] == ["contoso", "mine"]
    for wrong in (discovery(), discovery(project="p", vault="v")):
        assert mistakes(discovery=[wrong]) == ["discovery[0]: give exactly one of project and vault"]


def test_what_is_found_is_not_benchmarked_unless_that_is_asked_for() -> None:
    (entry,) = settings(discovery=[discovery(project="p")]).discovery
    assert (entry.storage.enabled, entry.storage.benchmark.enabled) == (True, False)


def test_the_name_of_a_subscription_is_no_id() -> None:
    assert mistakes(discovery=[discovery(project="p", subscription="Production")]) == [
        "discovery[0].subscription: write the id, as in 00000000-0000-0000-0000-000000000000; not the name"
    ]


def test_two_discoveries_need_two_names() -> None:
    assert mistakes(discovery=[discovery(project="p"), discovery(project="p")]) == [
        "discovery[1].name: discovery[0] has this name already; give each its own"
    ]


def test_azure_monitor_reads_something() -> None:
    assert mistakes(azure_monitor=[monitor()]) == [
        "azure_monitor[0]: nothing to read: give resources, discovery or workspaces"
    ]


def test_resources_are_of_three_types_and_in_a_region() -> None:
    good = {"id": ACCOUNT, "region": "francecentral"}
    assert settings(azure_monitor=[monitor(resources=[good])]).azure_monitor[0].resources[0].appliance == ""
    virtual_machine = ACCOUNT.replace("Microsoft.Storage/storageAccounts", "Microsoft.Compute/virtualMachines")
    (wrong,) = mistakes(azure_monitor=[monitor(resources=[{**good, "id": virtual_machine}])])
    assert wrong.startswith("azure_monitor[0].resources[0].id: not the id of a storage account, Service Bus namespace")
    (wrong,) = mistakes(azure_monitor=[monitor(resources=[{**good, "region": "France Central"}])])
    assert wrong.startswith("azure_monitor[0].resources[0].region: ")


def test_a_discovery_that_is_named_exists() -> None:
    wrong = mistakes(discovery=[discovery(project="p")], azure_monitor=[monitor(discovery=["q"])])
    assert wrong == ["azure_monitor[0].discovery[0]: no discovery 'q' is configured; there are: p"]


def test_nothing_is_paid_for_twice_within_a_section_or_in_two() -> None:
    bus = ACCOUNT.replace("Microsoft.Storage/storageAccounts", "Microsoft.ServiceBus/namespaces")
    one, other = ({"id": id_, "region": "francecentral", "appliance": "paris"} for id_ in (ACCOUNT, bus))
    same = {**one, "id": ACCOUNT.upper().replace("/SUBSCRIPTIONS", "/Subscriptions")}
    workspace = {"name": "w", "id": ID}
    first = monitor(resources=[one, other, same], discovery=["p"], workspaces=[workspace])
    second = monitor(
        name="n", resources=[same], discovery=["p"], workspaces=[{**workspace, "name": "x"}, {"name": "w", "id": OTHER}]
    )
    assert mistakes(discovery=[discovery(project="p")], azure_monitor=[first, second]) == [
        f"azure_monitor[{place}: azure_monitor[0].{known} already; remove one of them"
        for place, known in (
            ("0].resources[2]", "resources[0] reads this resource for this appliance"),
            ("1].resources[0]", "resources[0] reads this resource for this appliance"),
            ("1].discovery[0]", "discovery[0] reads what this discovery finds"),
            ("1].workspaces[0]", "workspaces[0] asks this workspace"),
            ("1].workspaces[1]", "workspaces[0] has this name"),
        )
    ]


def test_a_resource_may_be_read_for_each_of_two_appliances() -> None:
    uses = [{"id": ACCOUNT, "region": "francecentral", "appliance": name} for name in ("paris", "lyon")]
    sections = [monitor(resources=uses[:1]), monitor(name="n", resources=uses[1:])]
    assert len(settings(azure_monitor=sections).azure_monitor) == 2


@pytest.mark.parametrize("collector", ["azure_metrics", "azure_logs"])
@pytest.mark.parametrize("key", ["interval", "retry_interval"])
def test_what_is_billed_is_not_asked_for_more_often_than_once_a_minute(collector: str, key: str) -> None:
    assert mistakes(schedules={collector: {key: "30s"}}) == [
        f"schedules.{collector}.{key}: each of these calls is billed: write at least 60s"
    ]
    settings(schedules={collector: {key: "60s"}})


# Clouds.


def test_a_cloud_goes_by_its_name_or_by_its_addresses() -> None:
    assert AzureAccess(credential=ManagedIdentity(type="managed_identity")).addresses is CLOUDS["public"]
    custom = {"resource_manager": "https://arm.lab.example/", "authority": "https://login.lab.example"}
    (entry,) = settings(discovery=[discovery(project="p", cloud=custom)]).discovery
    assert entry.addresses.scope == "https://arm.lab.example/.default"
    assert entry.addresses.blob_suffix == "blob.core.windows.net"


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"cloud": "germany"}, "discovery[0].cloud"),
        (
            {"cloud": {"resource_manager": "http://arm.lab.example", "authority": "https://login.lab.example"}},
            "discovery[0].cloud",
        ),
    ],
)
def test_a_cloud_that_is_none_is_refused(wrong: dict[str, Any], place: str) -> None:
    assert all(line.startswith(place) for line in mistakes(discovery=[discovery(project="p", **wrong)]))


@pytest.mark.parametrize("name", CLOUDS)
def test_every_address_of_a_cloud_is_its_own(name: str) -> None:
    endings = {"public": (".com", ".io", ".net"), "us_government": (".us", ".net"), "china": (".cn",)}
    for key, address in CLOUDS[name].model_dump(exclude_none=True).items():
        assert address.endswith(endings[name]), key


async def test_a_credential_asks_the_authority_of_its_cloud_unless_it_names_one(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    asked = {
        "type": "client_secret",
        "tenant_id": "t",
        "client_id": "c",
        "client_secret": {"file": tmp_path / "secret"},
    }
    for more, authority in (
        ({}, CLOUDS["china"].authority),
        ({"authority": "https://own.example"}, "https://own.example"),
    ):
        built = credentials.build(
            ClientSecret.model_validate({**asked, **more}), AzureTransport(DIRECT), CLOUDS["china"].authority
        )
        async with built:
            assert built._client._authority == authority  # type: ignore[attr-defined]


def test_a_custom_cloud_may_have_another_audience() -> None:
    cloud = CustomCloud(
        resource_manager="https://arm.lab.example",
        authority="https://login.lab.example",
        audience="https://management.core.example",
    )
    assert cloud.scope == "https://management.core.example/.default"


def test_a_benchmark_that_makes_way_needs_a_vault_that_knows_the_machines() -> None:
    account = {
        "account": "migratelsa1",
        "role": "cache",
        "sas": {"file": "sas"},
        "benchmark": {"share_while_replicating": 0},
    }
    appliances = [{"name": "paris", "storage": [account]}]
    (line,) = mistakes(appliances=appliances)
    assert line == (
        "appliances[0].storage[0].benchmark.share_while_replicating: only a vault knows which machines replicate: "
        "add the section replication or discovery"
    )
    settings(appliances=appliances, discovery=[discovery(project="p", resource_group="g")])
