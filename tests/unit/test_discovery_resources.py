"""Names that Azure Migrate gives, ids in two spellings, and the maps of appliances in JSON within JSON."""

import json
from typing import Any

import pytest

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.json_fields import region
from azure_migrate_exporter.azure.site_recovery import VMWARE_FABRIC, VMWARE_MAPPING, ContainerMapping, Fabric
from azure_migrate_exporter.collectors.discovery.project import site_map
from azure_migrate_exporter.collectors.discovery.resources import (
    ApplianceResources,
    Machines,
    ResourceIndex,
    generated_number,
    naming_hash,
)

FABRIC = Fabric(
    ArmId("/Subscriptions/s/vaults/v/replicationFabrics/f"),
    VMWARE_FABRIC,
    ArmId("/sites/AzMigratePWSHTc8d1site"),
    None,
    "normal",
    frozenset(),
)


def test_the_hash_is_that_of_the_names_in_microsofts_documentation() -> None:
    assert naming_hash("AzMigratePWSHTc8d1site" + "centraluseuap") == 846827101
    assert [naming_hash(text) for text in ("", "polygenelubricants")] == [0, 2**31]


def test_a_name_that_azure_migrate_gave_holds_its_number() -> None:
    names = ("migratelsa846827101", "MigrateSBNS7", "migratersa", "stcontoso1")
    assert [generated_number(name) for name in names] == [846827101, 7, None, None]


def test_ids_that_differ_in_case_are_equal_and_keep_what_azure_wrote() -> None:
    capital, small = ArmId("/Subscriptions/S/resourceGroups/RG"), ArmId("/subscriptions/s/resourcegroups/rg")
    assert capital == small
    assert len({capital, small}) == 1
    assert (str(capital), capital.group, capital.subscription) == ("/Subscriptions/S/resourceGroups/RG", "RG", "S")
    assert capital != "/Subscriptions/S/resourceGroups/RG"


def test_an_id_has_a_type_and_lies_within_another() -> None:
    account = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a")
    assert (account.type, account.name) == ("microsoft.storage/storageaccounts", "a")
    assert ArmId(f"{account}/blobServices/default").type == "microsoft.storage/storageaccounts/blobservices"
    assert ArmId("/subscriptions/s").type == ""
    assert ArmId(f"{account}/x".upper()).within(account)
    assert not ArmId(f"{account}b").within(account)


def test_an_id_has_an_ancestor_by_the_type_of_the_child() -> None:
    machine = ArmId("/Subscriptions/s/VMwareSites/Paris/Machines/m")
    assert machine.ancestor("machines") == ArmId("/subscriptions/s/vmwaresites/paris")
    assert machine.ancestor("disks") is None


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ([{"ApplianceName": "paris", "SiteId": "/s/1"}], [("paris", "/s/1")]),
        ([{"paris": {"SiteId": "/s/1"}}, {"lyon": {"SiteId": "/s/2"}}], [("paris", "/s/1"), ("lyon", "/s/2")]),
        ({"paris": {"SiteId": "/s/1"}, "lyon": {"SiteId": None}}, [("paris", "/s/1"), ("lyon", "")]),
        ([], []),
    ],
)
def test_a_map_of_appliances_has_several_forms(value: Any, pairs: list[tuple[str, str]]) -> None:
    assert list(site_map(json.dumps(value))) == pairs


@pytest.mark.parametrize("text", [None, "", "{not json"])
def test_a_map_that_cannot_be_read_names_no_appliance(text: str | None) -> None:
    assert list(site_map(text)) == []


def test_a_region_is_written_as_ids_have_it() -> None:
    assert region("France Central") == "francecentral"


def test_without_a_mapping_nothing_is_guessed() -> None:
    found = ApplianceResources(FABRIC, None, Machines(), ResourceIndex())
    assert (found.accounts, found.servicebus, found.missing) == ([], None, [])


def test_the_number_of_a_sibling_is_tried_before_the_computed_one() -> None:
    gateway = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/migrategwsa7")
    index = ResourceIndex()
    mapping = ContainerMapping(FABRIC.id, VMWARE_MAPPING, "legacy", "centraluseuap", gateway, None)
    missing = {one.name for one in ApplianceResources(FABRIC, mapping, Machines(), index).missing}
    assert missing == {"migratelsa7", "migrategwsa7", "migratesbns7"}
    computed = ContainerMapping(FABRIC.id, VMWARE_MAPPING, "legacy", "centraluseuap", None, None)
    missing = {one.name for one in ApplianceResources(FABRIC, computed, Machines(), index).missing}
    assert missing == {f"{prefix}846827101" for prefix in ("migratelsa", "migrategwsa", "migratesbns")}
