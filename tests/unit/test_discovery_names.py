"""Names that Azure Migrate gives, ids that it writes in two ways, and the maps of appliances in JSON within JSON."""

import json
from typing import Any

import pytest

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.discovery.contents import NO_MAPPING, Fabric, Machines, Mapping, region
from azure_migrate_exporter.collectors.discovery.existing import Existing
from azure_migrate_exporter.collectors.discovery.locate import _pairs
from azure_migrate_exporter.collectors.discovery.names import naming_hash, number_of
from azure_migrate_exporter.collectors.discovery.resources import resources

FABRIC = Fabric(ArmId("/Subscriptions/s/vaults/v/replicationFabrics/f"), ArmId("/sites/AzMigratePWSHTc8d1site"), None)


def test_the_hash_is_that_of_the_names_in_microsofts_documentation() -> None:
    assert naming_hash("AzMigratePWSHTc8d1site" + "centraluseuap") == 846827101
    assert [naming_hash(text) for text in ("", "polygenelubricants")] == [0, 2**31]


def test_a_name_tells_its_number_if_azure_migrate_gave_it() -> None:
    names = ("migratelsa846827101", "MigrateSBNS7", "migratersa", "stcontoso1")
    assert [number_of(name) for name in names] == [846827101, 7, None, None]


def test_ids_that_differ_in_case_are_equal_and_keep_what_azure_wrote() -> None:
    capital, small = ArmId("/Subscriptions/S/resourceGroups/RG"), ArmId("/subscriptions/s/resourcegroups/rg")
    assert capital == small
    assert len({capital, small}) == 1
    assert (str(capital), capital.group, capital.subscription) == ("/Subscriptions/S/resourceGroups/RG", "RG", "S")
    assert capital != "/Subscriptions/S/resourceGroups/RG"


def test_an_id_tells_its_type_and_what_it_is_within() -> None:
    account = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a")
    assert (account.type, account.name) == ("microsoft.storage/storageaccounts", "a")
    assert ArmId(f"{account}/blobServices/default").type == "microsoft.storage/storageaccounts/blobservices"
    assert ArmId("/subscriptions/s").type == ""
    assert ArmId(f"{account}/x".upper()).within(account)
    assert not ArmId(f"{account}b").within(account)


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
    assert list(_pairs(json.dumps(value))) == pairs


@pytest.mark.parametrize("text", [None, "", "{not json"])
def test_a_map_that_is_none_names_nobody(text: str | None) -> None:
    assert list(_pairs(text)) == []


def test_a_region_is_written_as_ids_have_it() -> None:
    assert region("France Central") == "francecentral"


def test_without_a_mapping_nothing_is_guessed() -> None:
    found = resources(FABRIC, NO_MAPPING, Machines(), Existing())
    assert (found.accounts, found.servicebus, found.missing) == ([], None, [])


def test_the_number_of_a_sibling_is_tried_before_the_computed_one() -> None:
    gateway = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/migrategwsa7")
    existing = Existing()
    mapping = Mapping("legacy", "centraluseuap", gateway, None)
    missing = {one.name for one in resources(FABRIC, mapping, Machines(), existing).missing}
    assert missing == {"migratelsa7", "migrategwsa7", "migratesbns7"}
    computed = Mapping("legacy", "centraluseuap", None, None)
    missing = {one.name for one in resources(FABRIC, computed, Machines(), existing).missing}
    assert missing == {f"{prefix}846827101" for prefix in ("migratelsa", "migrategwsa", "migratesbns")}
