"""Discovery against the lab's ARM, with a real credential over TLS: what is found, and the reason if a search fails."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.azure.arm_id import KEY_VAULT, SERVICEBUS_NAMESPACE, STORAGE_ACCOUNT
from azure_migrate_exporter.collectors.discovery.findings import Findings, FoundAppliance, MissingResource
from azure_migrate_exporter.collectors.discovery.resources import naming_hash
from azure_migrate_exporter.collectors.discovery.search import search
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.integration.azure import access, entry
from tests.lab.arm import Generation, Kind, LabArm, LabProject, Trouble
from tests.lab.arm.names import guid
from tests.lab.arm.payload.migrate import BLOB_CONTRIBUTOR, CONTRIBUTOR, READER
from tests.lab.ca import LabCA

Search = Callable[..., Awaitable[Findings]]


@pytest.fixture
async def arm(lab_ca: LabCA) -> AsyncIterator[LabArm]:
    async with LabArm(lab_ca) as running:
        yield running


@pytest.fixture
def project(arm: LabArm) -> LabProject:
    return arm.project("contoso")


@pytest.fixture
def azure_access(arm: LabArm, lab_ca: LabCA, tmp_path: Path) -> dict[str, Any]:
    return access(arm, lab_ca, tmp_path)


@pytest.fixture
def find(project: LabProject, azure_access: dict[str, Any]) -> Search:
    async def run(**more: Any) -> Findings:
        wanted = DiscoverySettings.model_validate(entry(project, azure_access, **more))
        async with connected(wanted) as open_arm:
            return await search(open_arm, wanted)

    return run


async def problem(find: Search, **more: Any) -> CheckError:
    with pytest.raises(CheckError) as caught:
        await find(**more)
    assert "\n" not in caught.value.message
    return caught.value


def accounts(appliance: FoundAppliance) -> dict[str, str]:
    return {account.role: account.resource.id.name for account in appliance.accounts}


# What is found.


async def test_a_project_of_the_older_generation(find: Search, project: LabProject) -> None:
    paris = project.appliance("paris", scale_outs=1)
    paris.machines(7)
    found = await find()
    (appliance,) = found.appliances
    assert (found.vault.name, found.vault_region, found.private) == (project.vault_name, "westeurope", False)
    assert found.project
    assert found.project.name == "contoso"
    assert (appliance.name, appliance.generation, appliance.target_region) == ("paris", "legacy", "francecentral")
    assert appliance.machines == 7
    assert accounts(appliance) == {"cache": paris.cache_account, "gateway": paris.gateway_account}
    assert appliance.servicebus
    assert appliance.key_vault
    assert (appliance.servicebus.id.name, appliance.key_vault.id.name) == (paris.servicebus, paris.key_vault)
    assert {one.region for one in appliance.resources} == {"francecentral"}
    assert [(one.address, one.port) for one in appliance.vcenters] == [(paris.vcenter, 443)]
    assert (appliance.missing, found.notes) == ((), ())


async def test_a_project_made_since_2024_has_one_account_and_nothing_else(find: Search, project: LabProject) -> None:
    lyon = project.appliance("lyon", Generation.GREENFIELD)
    lyon.machine("web01", disks=2)
    (appliance,) = (await find()).appliances
    assert appliance.generation == "greenfield"
    assert accounts(appliance) == {"replication": f"migratersa{naming_hash(lyon.fabric_id)}"}
    assert (appliance.servicebus, appliance.key_vault, appliance.missing) == (None, None, ())


async def test_an_account_of_the_customers_own_is_found_by_its_id(find: Search, project: LabProject) -> None:
    project.private_endpoint = "Enabled"
    project.appliance("lyon", Generation.GREENFIELD, storage_account="stcontosocache").machine("web01")
    found = await find()
    assert found.private
    assert accounts(found.appliances[0]) == {"replication": "stcontosocache"}


async def test_before_any_machine_replicates_the_cache_account_is_found_by_its_name(
    find: Search, project: LabProject
) -> None:
    paris = project.appliance("paris")
    (appliance,) = (await find()).appliances
    assert accounts(appliance)["cache"] == paris.cache_account
    assert appliance.machines == 0


async def test_a_vault_leads_to_its_project_and_its_appliances(find: Search, project: LabProject) -> None:
    project.appliance("paris").machine("web01")
    found = await find(vault=project.vault_name.upper())
    assert found.project
    assert found.project.name.lower() == "contoso"
    assert [one.name for one in found.appliances] == ["paris"]


async def test_two_appliances_of_two_generations_are_distinguished(find: Search, project: LabProject) -> None:
    project.appliance("paris").machine("web01")
    project.appliance("lyon", Generation.GREENFIELD).machine("web02")
    found = {one.name: one for one in (await find()).appliances}
    assert {name: one.generation for name, one in found.items()} == {"lyon": "greenfield", "paris": "legacy"}
    assert set(accounts(found["paris"])) == {"cache", "gateway"}


async def test_lists_in_pages_are_read_to_their_end(find: Search, arm: LabArm, project: LabProject) -> None:
    arm.page_size, arm.empty_pages = 2, 1
    project.appliance("paris").machines(9)
    (appliance,) = (await find()).appliances
    assert appliance.machines == 9
    assert arm.requests.count(Kind.ITEM) == 3, "a few machines stand for all"


# Names of appliances.


@pytest.mark.parametrize("maps", [{"V2"}, {"V3"}, {"V2", "V3"}])
@pytest.mark.parametrize("as_list", [True, False])
async def test_where_sites_cannot_be_read_the_project_has_the_names(
    find: Search, arm: LabArm, project: LabProject, maps: set[str], *, as_list: bool
) -> None:
    project.site_maps, project.site_map_v3_is_a_list = frozenset(maps), as_list
    project.appliance("paris").machine("web01")
    with arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.SITE}):
        (appliance,) = (await find()).appliances
    assert (appliance.name, appliance.vcenters) == ("paris", ())


async def test_without_any_name_the_site_stands_for_its_appliance(
    find: Search, arm: LabArm, project: LabProject
) -> None:
    project.tools = {"ServerMigration"}
    paris = project.appliance("paris")
    with arm.faults.on(Trouble.DELETED, kinds={Kind.SITE}):
        (appliance,) = (await find()).appliances
    assert appliance.name == paris.site


# What does not exist.


async def test_a_computed_name_that_does_not_exist_is_no_finding(find: Search, project: LabProject) -> None:
    paris = project.appliance("paris")
    assert paris.servicebus
    project.deleted |= {paris.servicebus, paris.cache_account}
    (appliance,) = (await find()).appliances
    assert appliance.servicebus is None
    assert set(accounts(appliance)) == {"gateway"}
    assert set(appliance.missing) == {
        MissingResource(STORAGE_ACCOUNT, paris.cache_account),
        MissingResource(SERVICEBUS_NAMESPACE, paris.servicebus),
    }


async def test_a_resource_that_azure_names_and_that_is_gone_is_missing_with_what_names_it(
    find: Search, project: LabProject
) -> None:
    paris = project.appliance("paris")
    paris.machine("web01")
    assert paris.key_vault
    project.deleted |= {paris.key_vault, paris.cache_account}
    (appliance,) = (await find()).appliances
    assert (appliance.key_vault, set(accounts(appliance))) == (None, {"gateway"})
    assert set(appliance.missing) == {
        MissingResource(STORAGE_ACCOUNT, paris.cache_account, "a machine's disk"),
        MissingResource(KEY_VAULT, paris.key_vault, "the container mapping"),
    }


async def test_where_resources_are_hidden_only_what_azure_names_is_taken(
    find: Search, arm: LabArm, project: LabProject
) -> None:
    paris = project.appliance("paris")
    paris.machine("web01")
    with arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.RESOURCES}, scope="/resourcegroups/"):
        found = await find()
    (appliance,) = found.appliances
    assert accounts(appliance) == {"cache": paris.cache_account, "gateway": paris.gateway_account}
    assert appliance.servicebus is None, "its name could only be computed"
    assert [one.name for one in appliance.missing] == [paris.servicebus]
    assert ["cannot be listed" in note for note in found.notes] == [True]


async def test_a_vault_without_appliances_says_so(find: Search) -> None:
    found = await find()
    assert (found.appliances, len(found.notes)) == ((), 1)
    assert "no VMware appliance yet" in found.notes[0]


# Problems: one line each.


async def test_a_name_that_does_not_exist_lists_those_that_do(find: Search) -> None:
    error = await problem(find, project="contosso")
    assert error.reason is Reason.NOT_FOUND
    assert error.message.endswith("has no migrate project 'contosso'; it has: contoso")


async def test_a_project_without_the_migration_tool(find: Search, project: LabProject) -> None:
    project.tools = {"ServerDiscovery"}
    error = await problem(find)
    assert error.reason is Reason.NOT_FOUND
    assert error.message == (
        "the project 'contoso' has no Server Migration solution: add the migration tool to it first"
    )


async def test_two_projects_or_vaults_of_one_name_need_their_group(
    find: Search, arm: LabArm, project: LabProject
) -> None:
    project.appliance("paris")
    twin = arm.project("contoso", subscription=project.subscription)
    twin.group = type(twin.group)(project.subscription, "rg-other")
    twin.appliance("nice")
    for place, name in (({}, "contoso"), ({"vault": project.vault_name}, project.vault_name)):
        error = await problem(find, **place)
        assert error.reason is Reason.NOT_FOUND
        assert error.message.endswith(f"'{name}' in each of rg-contoso, rg-other: give the group")
    assert [one.name for one in (await find(resource_group="RG-OTHER")).appliances] == ["nice"]


TROUBLES: Final = {
    Trouble.FORBIDDEN: (Reason.FORBIDDEN, "403 AuthorizationFailed: The client does not have authorization"),
    Trouble.TOKEN_EXPIRED: (Reason.UNAUTHENTICATED, "401 ExpiredAuthenticationToken"),
    Trouble.THROTTLED: (Reason.THROTTLED, "429 SubscriptionRequestsThrottled"),
    Trouble.UNAVAILABLE: (Reason.UNAVAILABLE, "503 ServiceUnavailable"),
    Trouble.PROXY: (Reason.PROTOCOL, "answers HTTP 200 with text/html, not the service: a proxy or block page?"),
    Trouble.PROXY_REFUSES: (Reason.PROXY, "answers HTTP 403 with text/html, not the service: a proxy or block page?"),
    Trouble.TRUNCATED: (Reason.PROTOCOL, "that is not whole JSON"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("kind", [Kind.RESOURCES, Kind.SOLUTION, Kind.FABRICS, Kind.ITEMS])
async def test_each_trouble_has_its_reason_on_every_step_that_is_needed(
    find: Search, arm: LabArm, project: LabProject, trouble: Trouble, kind: Kind
) -> None:
    project.appliance("paris").machine("web01")
    with arm.faults.on(trouble, kinds={kind}):
        error = await problem(find)
    reason, text = TROUBLES[trouble]
    assert error.reason is reason
    assert text in error.message


@pytest.mark.parametrize("kind", [Kind.SITE, Kind.RESOURCES, Kind.ITEM])
async def test_a_passing_trouble_makes_no_half_finding(
    find: Search, arm: LabArm, project: LabProject, kind: Kind
) -> None:
    project.appliance("paris").machine("web01")
    with arm.faults.on(Trouble.UNAVAILABLE, kinds={kind}, scope="/resourcegroups/", times=1):
        assert (await problem(find)).reason is Reason.UNAVAILABLE
    assert len((await find()).appliances) == 1


async def test_an_expired_secret_is_a_matter_of_our_identity(find: Search, arm: LabArm) -> None:
    arm.entra.expired = True
    error = await problem(find)
    assert error.reason is Reason.IDENTITY
    assert "AADSTS7000222" in error.message
    assert arm.entra.secret not in error.message
    assert arm.requests.count() == 0


# The roles of the identities.

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CUSTOM = "11111111-2222-3333-4444-555555555555"
ROLES = ("Contributor", "Storage Blob Data Contributor")


def roles(appliance: FoundAppliance) -> dict[tuple[str, str], bool]:
    assert {one.account for one in appliance.roles} <= {account.resource.id.name for account in appliance.accounts}
    return {(one.identity, one.role): one.assigned for one in appliance.roles}


def principal(appliance: str) -> str:
    return guid("principal", appliance)


async def test_the_roles_on_the_account_of_a_newer_project(find: Search, project: LabProject) -> None:
    project.appliance("paris", Generation.GREENFIELD)
    (appliance,) = (await find()).appliances
    assert roles(appliance) == {(who, role): True for who in ("appliance", "vault") for role in ROLES}


async def test_an_older_project_needs_none(find: Search, project: LabProject) -> None:
    project.appliance("paris")
    (appliance,) = (await find()).appliances
    assert roles(appliance) == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([], {"Contributor": False, "Storage Blob Data Contributor": False}, id="none"),
        pytest.param([READER], {"Contributor": False, "Storage Blob Data Contributor": False}, id="a reader"),
        pytest.param([CONTRIBUTOR], {"Contributor": True, "Storage Blob Data Contributor": False}, id="one of two"),
        pytest.param([OWNER], {"Contributor": True, "Storage Blob Data Contributor": False}, id="an owner has no data"),
        pytest.param([BLOB_CONTRIBUTOR.upper(), CONTRIBUTOR], dict.fromkeys(ROLES, True), id="in capitals"),
        pytest.param([CUSTOM], {}, id="a custom role may include both"),
        pytest.param([CUSTOM, CONTRIBUTOR], {"Contributor": True}, id="a custom role may include the other"),
    ],
)
async def test_a_role_is_assigned_missing_or_unknown(
    find: Search, project: LabProject, given: list[str], expected: dict[str, bool]
) -> None:
    project.appliance("paris", Generation.GREENFIELD)
    project.role_changes[principal("paris")] = given
    (appliance,) = (await find()).appliances
    assert {role: assigned for (who, role), assigned in roles(appliance).items() if who == "appliance"} == expected


@pytest.mark.parametrize("kind", [Kind.ROLE_ASSIGNMENTS, Kind.PROVIDERS])
async def test_what_may_not_be_read_is_unknown_and_stops_nothing(
    arm: LabArm, find: Search, project: LabProject, kind: Kind
) -> None:
    project.appliance("paris", Generation.GREENFIELD)
    with arm.faults.on(Trouble.FORBIDDEN, kinds={kind}):
        (appliance,) = (await find()).appliances
    assert not any(who == "appliance" for who, _ in roles(appliance))
    assert appliance.accounts
