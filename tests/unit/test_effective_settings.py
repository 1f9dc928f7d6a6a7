"""Settings with what was found: explicit wins, nothing is checked twice under one name, and generations apply."""

from pathlib import Path
from typing import Any, Final

import yaml

from azure_migrate_exporter.config.azure_monitor import MonitoredResource
from azure_migrate_exporter.config.loader import parse
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.engine.applicability import check_applicability
from azure_migrate_exporter.engine.effective_settings import merge_discovered
from azure_migrate_exporter.engine.plan import plans
from azure_migrate_exporter.exposition.metrics import CHECK_APPLICABLE
from azure_migrate_exporter.runtime.blackboard import Blackboard, Discovered

ID: Final = "00000000-0000-0000-0000-000000000001"
WHO: Final = {"type": "managed_identity"}
FOUND: Final = ApplianceSettings.model_validate(
    {
        "name": "Paris",
        "generation": "legacy",
        "storage": [{"account": "migratelsa1", "role": "cache", "credential": WHO, "benchmark": {"enabled": False}}],
        "servicebus": [{"namespace": "migratesbns1", "credential": WHO}],
        "keyvaults": [{"vault": "migratekv1"}],
    }
)


def settings(**sections: Any) -> Settings:
    discovery = [{"name": name, "subscription": ID, "project": name, "credential": WHO} for name in ("p1", "p2")]
    return parse(yaml.safe_dump({"discovery": discovery, **sections}), Path("exporter.yml"))


def inventory(*appliances: ApplianceSettings, **more: Any) -> Blackboard:
    board = Blackboard()
    board.publish_discovered("p1", Discovered(appliances, **more))
    return board


def targets(asked: Settings, board: Blackboard) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for plan in plans(asked, board):
        found.setdefault(plan.spec.name, []).append((plan.target.name, plan.target.appliance))
    return found


def test_what_is_found_is_checked_as_if_it_were_written() -> None:
    assert targets(settings(), inventory(FOUND)) == {
        "storage": [("migratelsa1", "Paris")],
        "servicebus": [("migratesbns1", "Paris")],
        "keyvault": [("migratekv1", "Paris")],
        "discovery": [("p1", ""), ("p2", "")],
    }


def test_without_a_discovery_nothing_changes() -> None:
    asked = Settings()
    assert merge_discovered(asked, inventory(FOUND)) is asked


def test_what_is_written_wins_and_gains_what_it_lacks() -> None:
    written = {
        "name": "paris",
        "address": "10.0.0.4",
        "storage": [{"account": "migratelsa1", "role": "cache", "sas": {"env": "SAS"}}],
    }
    (appliance,) = merge_discovered(settings(appliances=[written]), inventory(FOUND)).appliances
    assert (appliance.name, appliance.address, appliance.generation) == ("paris", "10.0.0.4", "legacy")
    assert [account.sas is not None for account in appliance.storage] == [True]
    assert [bus.namespace for bus in appliance.servicebus] == ["migratesbns1"]


def test_a_generation_that_is_written_decides_what_applies() -> None:
    (appliance,) = merge_discovered(
        settings(appliances=[{"name": "paris", "generation": "greenfield"}]), inventory(FOUND)
    ).appliances
    assert (appliance.generation, appliance.servicebus, appliance.keyvaults) == ("greenfield", (), ())
    assert len(appliance.storage) == 1


def test_an_account_of_two_appliances_is_tested_for_each_under_a_name_of_its_own() -> None:
    lyon = FOUND.model_copy(update={"name": "lyon", "servicebus": (), "keyvaults": ()})
    assert targets(settings(), inventory(FOUND, lyon))["storage"] == [
        ("migratelsa1", "Paris"),
        ("migratelsa1-lyon", "lyon"),
    ]


def test_two_projects_may_have_an_appliance_of_the_same_name() -> None:
    board = inventory(FOUND)
    other = ApplianceSettings.model_validate(
        {
            "name": "paris",
            "generation": "greenfield",
            "storage": [{"account": "migratersa2", "role": "replication", "credential": WHO}],
        }
    )
    board.publish_discovered("p2", Discovered((other,)))
    (appliance,) = merge_discovered(settings(), board).appliances
    assert [account.account for account in appliance.storage] == ["migratelsa1", "migratersa2"]
    assert appliance.generation == "legacy"


def test_what_applies_follows_the_generation_that_was_found() -> None:
    greenfield = ApplianceSettings(name="lyon", generation="greenfield")
    block = check_applicability(merge_discovered(settings(), inventory(FOUND, greenfield)).appliances)
    assert {labels: value for (metric, labels), value in block.samples.items() if metric is CHECK_APPLICABLE} == {
        **{(name, check): 1.0 for name in ("Paris", "lyon") for check in ("gateway", "storage", "esxi")},
        **{("Paris", check): 1.0 for check in ("servicebus", "keyvault")},
        **{("lyon", check): 0.0 for check in ("servicebus", "keyvault")},
    }


def test_a_vault_that_is_found_is_watched_once() -> None:
    found = VaultSettings.model_validate({"subscription": ID, "resource_group": "rg", "vault": "v1", "credential": WHO})
    board = inventory(vault=found)
    board.publish_discovered("p2", Discovered(vault=found))
    assert [vault.vault for vault in merge_discovered(settings(), board).replication] == ["v1"]
    written = {"subscription": ID, "resource_group": "RG", "vault": "V1", "credential": WHO, "name": "mine"}
    assert [vault.target for vault in merge_discovered(settings(replication=[written]), board).replication] == ["mine"]
    elsewhere = {**written, "resource_group": "rg2", "name": "v1"}
    assert [vault.target for vault in merge_discovered(settings(replication=[elsewhere]), board).replication] == [
        "v1",
        "v1-rg",
    ]


def test_platform_metrics_are_read_of_what_is_found_and_what_is_written_wins() -> None:
    account = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts"
    found = tuple(MonitoredResource(id=f"{account}/a{n}", region="francecentral", appliance="paris") for n in (1, 2))
    written = {"id": f"{account}/A1", "region": "francecentral", "appliance": "mine"}
    asked = settings(
        azure_monitor=[{"name": "m", "credential": WHO, "discovery": ["p1"], "resources": [written]}],
    )
    (plan,) = (plan for plan in plans(asked, inventory(resources=found)) if plan.spec.name == "azure_metrics")
    assert [(one.id[-2:], one.appliance) for one in plan.target.settings.resources] == [("A1", "mine"), ("a2", "paris")]
    assert "azure_metrics" not in targets(
        settings(azure_monitor=[{"name": "m", "credential": WHO, "discovery": ["p1"]}]), Blackboard()
    )


def test_a_resource_that_two_sections_find_is_read_by_the_first_and_one_that_is_listed_by_none_of_them() -> None:
    account = f"/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts"
    found = tuple(MonitoredResource(id=f"{account}/a{n}", region="francecentral", appliance="paris") for n in (1, 2, 3))
    board = inventory(resources=found[:2])
    shared = found[1].model_copy(update={"appliance": "lyon"})
    board.publish_discovered("p2", Discovered(resources=(*found[1:], shared)))
    sections = [
        {"name": "one", "credential": WHO, "discovery": ["p1"]},
        {"name": "two", "credential": WHO, "discovery": ["p2"]},
        {"name": "three", "credential": WHO, "resources": [{"id": found[0].id, "region": "francecentral"}]},
    ]
    reads = {
        plan.target.name: [(one.id[-2:], one.appliance) for one in plan.target.settings.resources]
        for plan in plans(settings(azure_monitor=sections), board)
        if plan.spec.name == "azure_metrics"
    }
    assert reads == {"one": [("a2", "paris")], "two": [("a3", "paris"), ("a2", "lyon")], "three": [("a1", "")]}
