"""The lab's ARM as the real SDK sees it: pages, models, times, failures, and the path from project to resources."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.rest import HttpRequest
from azure.mgmt.recoveryservicessiterecovery import models

from tests.clock import FakeClock
from tests.integration.lab.arm import Client, fetched, listed
from tests.lab.arm import BadTime, Generation, Kind, LabArm, LabMachine, LabProject, Stage, Where
from tests.lab.arm.names import naming_hash


@pytest.fixture
def web01(project: LabProject) -> LabMachine:
    return project.appliance("paris", scale_outs=1).machine("web01", disks=2)


async def plain(client: Client, path: str, version: str) -> Any:
    """What the SDK has no operation for."""
    response = await client.send_request(HttpRequest("GET", path, params={"api-version": version}))
    response.raise_for_status()
    return response.json()


def details(item: models.MigrationItem) -> models.VMwareCbtMigrationDetails:
    assert item.properties
    found = item.properties.provider_specific_details
    assert isinstance(found, models.VMwareCbtMigrationDetails)
    return found


# Lists and items.


async def test_a_list_comes_in_pages_that_the_client_follows(arm: LabArm, client: Client, project: LabProject) -> None:
    machines = project.appliance("paris").machines(10)
    arm.page_size, arm.empty_pages = 4, 2
    assert [item.name for item in await listed(client, project)] == [machine.item for machine in machines]
    assert arm.requests.count(Kind.ITEMS) == 5
    assert [seen.status for seen in arm.requests.of(Kind.ITEMS)] == [200] * 5
    assert arm.connections == 1


async def test_a_list_has_neither_disks_nor_monitoring_and_a_get_has_both(client: Client, web01: LabMachine) -> None:
    (item,) = await listed(client, web01.appliance.project)
    light = details(item)
    assert (light.protected_disks, light.vm_nics, light.appliance_monitoring_details) == ([], [], None)
    assert light.gateway_operation_details
    full = details(await fetched(client, web01))
    assert full.protected_disks
    assert [disk.capacity_in_bytes for disk in full.protected_disks] == [disk.capacity for disk in web01.disks]
    assert full.protected_disks[0].log_storage_account_id
    assert full.protected_disks[0].log_storage_account_id.endswith(web01.appliance.cache_account)
    assert full.appliance_monitoring_details


async def test_a_container_lists_its_own_machines(client: Client, web01: LabMachine) -> None:
    project = web01.appliance.project
    lyon = project.appliance("lyon")
    other = lyon.machine("db01")
    items = client.replication_migration_items.list_by_replication_protection_containers(
        project.resource_group, project.vault_name, lyon.fabric, lyon.container
    )
    assert [item.name async for item in items] == [other.item]


async def test_what_the_sdk_does_not_know_comes_through(client: Client, web01: LabMachine) -> None:
    item = await fetched(client, web01)
    assert item.properties
    assert item.properties["replicationTier"] == "Standard"
    assert "RelocateReplication" in (item.properties.allowed_operations or [])
    web01.overlay = {"migrationState": "Levitating", "providerSpecificDetails": {"instanceType": "VMwareNext"}}
    (item,) = await listed(client, web01.appliance.project)
    assert item.properties
    assert item.properties.migration_state == "Levitating"
    assert type(item.properties.provider_specific_details) is models.MigrationProviderSpecificSettings


async def test_units_are_those_of_the_wire(client: Client, web01: LabMachine, clock: FakeClock) -> None:
    await clock.advance(3600 + 60)
    full = details(await fetched(client, web01))
    gateway = full.gateway_operation_details
    assert gateway
    assert (gateway.state, gateway.progress_percentage) == ("DeltaReplication InProgress", 25)
    assert (gateway.time_elapsed, gateway.time_remaining) == (60_000, 180_000)
    assert gateway.upload_speed == web01.speed
    assert gateway.host_name == f"vcenter01.lab.example_{web01.host}"
    monitoring = full.appliance_monitoring_details
    assert monitoring
    assert monitoring.ram_details
    assert monitoring.ram_details.capacity == 2 * 32768
    assert monitoring.esxi_nfc_buffer
    assert (monitoring.esxi_nfc_buffer.capacity, monitoring.esxi_nfc_buffer.process_utilization) == (32, 8.0)
    assert monitoring.disks_replication_details
    assert monitoring.disks_replication_details.process_utilization == 2.0
    assert monitoring.disks_replication_details.total_utilization is None
    assert full.delta_sync_progress_percentage == 25


async def test_progress_moves_with_the_clock(client: Client, project: LabProject, clock: FakeClock) -> None:
    machine = project.appliance("paris").machine("db01", stage=Stage.SEEDING)
    for percent in (0, 25, 50):
        full = details(await fetched(client, machine))
        assert (full.initial_seeding_progress_percentage, full.last_recovery_point_id) == (percent, None)
        await clock.advance(machine.pace.seeding / 4)


async def test_ids_join_only_without_regard_to_case_and_by_the_dra_identifier(
    client: Client, web01: LabMachine
) -> None:
    appliance = web01.appliance
    project = appliance.project
    (item,) = await listed(client, project)
    assert item.id
    assert item.id.startswith("/Subscriptions/")
    assert item.properties
    assert details(item).vmware_machine_id == f"{appliance.site_id}/machines/{web01.item}"
    assert appliance.site_id.startswith("/subscriptions/")
    providers = client.replication_recovery_services_providers.list(project.resource_group, project.vault_name)
    (provider,) = [one async for one in providers]
    assert provider.properties
    assert provider.name != provider.properties.dra_identifier
    assert (item.properties.recovery_services_provider_id or "").endswith(provider.properties.dra_identifier or "?")


# Time.


async def test_idle_and_endless_times_are_sentinels(client: Client, web01: LabMachine) -> None:
    project = web01.appliance.project
    (item,) = await listed(client, project)
    assert item.properties
    assert item.properties.current_job
    assert item.properties.current_job.start_time
    assert item.properties.current_job.start_time.year == 1753
    web01.migrate()
    (job,) = [one async for one in client.replication_jobs.list(project.resource_group, project.vault_name)]
    assert job.properties
    assert job.properties.end_time == datetime(1, 1, 1)  # noqa: DTZ001 - it has no zone
    (provider,) = [
        one
        async for one in client.replication_recovery_services_providers.list(project.resource_group, project.vault_name)
    ]
    assert provider.properties
    expiry = provider.properties.provider_version_expiry_date
    assert expiry
    assert (expiry.year, expiry.tzinfo) == (9999, None)


@pytest.mark.parametrize("bad_time", BadTime)
async def test_the_time_of_a_recovery_point_may_be_wrong(client: Client, web01: LabMachine, bad_time: BadTime) -> None:
    web01.bad_time = bad_time
    received: Any = details(await fetched(client, web01)).last_recovery_point_received
    now = datetime.fromtimestamp(web01.began, UTC)
    expected = {
        BadTime.NONE: now,
        BadTime.YEAR_1: datetime(1, 1, 1),  # noqa: DTZ001
        BadTime.YEAR_1753: datetime(1753, 1, 1, 1, 1, 1, tzinfo=UTC),
        BadTime.YEAR_1999: datetime(1999, 1, 22, 5, 44, 30, 500000, tzinfo=UTC),
        BadTime.YEAR_9999: datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
        BadTime.AHEAD: now + timedelta(hours=5.5),
        BadTime.NO_ZONE: now.replace(tzinfo=None),
        BadTime.EMPTY: "",
    }
    assert received == expected[bad_time]


async def test_recovery_points_are_listed(client: Client, web01: LabMachine, clock: FakeClock) -> None:
    await clock.advance(2 * 3600)
    appliance = web01.appliance
    project = appliance.project
    points = client.migration_recovery_points.list_by_replication_migration_items(
        project.resource_group, project.vault_name, appliance.fabric, appliance.container, web01.item
    )
    names = [point.name async for point in points]
    assert len(names) == 2
    assert (details(await fetched(client, web01)).last_recovery_point_id or "").endswith(names[-1] or "?")


# Failures.


@pytest.mark.parametrize("where", [Where.HEALTH_ERRORS, Where.INNER, Where.PROVIDER])
async def test_an_error_is_where_it_was_put(client: Client, web01: LabMachine, where: Where) -> None:
    web01.fail("snapshot_hung", lang="fr", where=where)
    (item,) = await listed(client, web01.appliance.project)
    assert item.properties
    assert item.properties.health == models.ProtectionHealth.CRITICAL
    (error,) = item.properties.health_errors or []
    inner = error.inner_health_errors or []
    texts = {
        Where.HEALTH_ERRORS: error.error_message,
        Where.INNER: inner[0].error_message if inner else None,
        Where.PROVIDER: error.recovery_provider_error_message,
    }
    assert [place for place, text in texts.items() if text and "[Suspension" in text] == [where]
    assert error.customer_resolvability == "AllowedByNobodyYet"


async def test_an_error_comes_with_its_event_and_goes_with_another(
    client: Client, web01: LabMachine, clock: FakeClock
) -> None:
    project = web01.appliance.project
    web01.fail("disk_upload_timed_out", where=Where.EVENT)
    (item,) = await listed(client, project)
    assert item.properties
    assert (item.properties.health, item.properties.health_errors) == (models.ProtectionHealth.CRITICAL, [])
    (event,) = [one async for one in client.replication_events.list(project.resource_group, project.vault_name)]
    seen = event.properties
    assert seen
    assert (seen.event_type, seen.severity) == ("VmHealth", "Critical")
    assert seen.description == "Replication cycle failed for disk"
    assert seen.affected_object_correlation_id == item.properties.event_correlation_id
    assert isinstance(seen.provider_specific_details, models.VMwareCbtEventDetails)
    assert seen.provider_specific_details.migration_item_name == web01.item
    assert [error.error_code for error in seen.health_errors or []] == ["1011"]
    again = await client.replication_events.get(project.resource_group, project.vault_name, event.name or "")
    assert again.as_dict() == event.as_dict()
    await clock.advance(1)
    web01.heal()
    events = [one async for one in client.replication_events.list(project.resource_group, project.vault_name)]
    assert [one.properties and one.properties.severity for one in events] == ["OK", "Critical"]


async def test_a_job_has_its_errors_in_a_get_alone(client: Client, web01: LabMachine) -> None:
    project = web01.appliance.project
    web01.fail("vcenter_privileges_missing")
    (light,) = [one async for one in client.replication_jobs.list(project.resource_group, project.vault_name)]
    assert light.properties
    assert (light.properties.state, light.properties.errors, light.properties.tasks) == ("Failed", [], [])
    full = (await client.replication_jobs.get(project.resource_group, project.vault_name, light.name or "")).properties
    assert full
    (error,) = full.errors or []
    assert error.service_error_details
    assert error.provider_error_details
    assert (error.service_error_details.code, error.provider_error_details.error_code) == ("110034", 31475)
    assert len(full.tasks or []) == 1


async def test_the_vaults_health_counts_what_is_ill(client: Client, web01: LabMachine, clock: FakeClock) -> None:
    project = web01.appliance.project
    web01.appliance.machine("db01")
    web01.fail("snapshot_operations_throttled")
    web01.appliance.stop_dra()
    await clock.advance(3600)
    health = (await client.replication_vault_health.get(project.resource_group, project.vault_name)).properties
    assert health
    assert health.protected_items_health
    assert health.protected_items_health.resource_count == 2
    assert [issue.summary_code for issue in health.protected_items_health.issues or []] == ["633"]
    assert health.fabrics_health
    assert [issue.severity for issue in health.fabrics_health.issues or []] == ["Critical"]


async def test_heartbeats_grow_old_when_their_agents_stop(client: Client, web01: LabMachine, clock: FakeClock) -> None:
    appliance = web01.appliance
    project = appliance.project
    appliance.stop_dra()
    appliance.stop_discovery()
    await clock.advance(7200)
    now = datetime.fromtimestamp(clock.time(), UTC)
    providers = client.replication_recovery_services_providers.list(project.resource_group, project.vault_name)
    (provider,) = [one async for one in providers]
    assert provider.properties
    assert provider.properties.last_heart_beat
    assert now - provider.properties.last_heart_beat == timedelta(hours=2, seconds=47)
    assert provider.properties.connection_status == "Disconnected"
    site = await plain(client, appliance.site_id, "2020-01-01")
    heartbeat = datetime.fromisoformat(site["properties"]["agentDetails"]["lastHeartBeatUtc"])
    assert now - heartbeat == timedelta(hours=2, seconds=460)


# Discovery.


async def test_the_project_leads_to_the_vault_and_to_the_sites(client: Client, web01: LabMachine) -> None:
    appliance = web01.appliance
    project = appliance.project
    solutions = f"{project.id}/solutions"
    migration = await plain(client, f"{solutions}/Servers-Migration-ServerMigration", "2018-09-01-preview")
    found = migration["properties"]["details"]["extendedDetails"]["vaultId"]
    assert found != project.vault_id
    assert found.lower() == project.vault_id.lower()
    vault = await plain(client, found, "2025-02-01")
    assert vault["properties"]["privateEndpointStateForSiteRecovery"] == "None"
    discovery = await plain(client, f"{solutions}/Servers-Discovery-ServerDiscovery", "2018-09-01-preview")
    maps = discovery["properties"]["details"]["extendedDetails"]
    assert json.loads(maps["applianceNameToSiteIdMapV3"])[0]["paris"]["SiteId"] == appliance.site_id
    assert json.loads(maps["applianceNameToSiteIdMapV2"])[0]["SiteId"] != appliance.site_id
    assert (await plain(client, appliance.site_id, "2020-01-01"))["properties"]["applianceName"] == "paris"
    fabrics = client.replication_fabrics.list(project.resource_group, project.vault_name)
    (fabric,) = [one async for one in fabrics]
    assert fabric.properties
    assert isinstance(fabric.properties.custom_details, models.VMwareV2FabricSpecificDetails)
    assert fabric.properties.custom_details.vmware_site_id == appliance.site_id
    assert fabric.properties.custom_details.process_servers == []


async def test_the_mapping_tells_the_generation(client: Client, project: LabProject) -> None:
    legacy = project.appliance("paris")
    greenfield = project.appliance("lyon", Generation.GREENFIELD)
    mappings = client.replication_protection_container_mappings.list(project.resource_group, project.vault_name)
    found = [one.properties and one.properties.provider_specific_details async for one in mappings]
    old, new = found
    assert isinstance(old, models.VMwareCbtProtectionContainerMappingDetails)
    assert isinstance(new, models.VMwareCbtProtectionContainerMappingDetails)
    assert (old.key_vault_id or "").endswith(f"migratekv{naming_hash(legacy.site + 'francecentral')}")
    assert old.storage_account_sas_secret_name == f"{legacy.gateway_account}-gwySas"
    assert (new.key_vault_id, new.service_bus_connection_string_secret_name) == (None, None)
    assert (new.storage_account_id or "").endswith(f"migratersa{naming_hash(greenfield.fabric_id)}")


async def test_resources_are_found_by_group_by_tag_by_id_and_by_a_graph_query(
    client: Client, web01: LabMachine
) -> None:
    appliance = web01.appliance
    project = appliance.project
    ours = {f"{kind}{appliance.hash}" for kind in ("migratelsa", "migrategwsa", "migratesbns", "migratekv")}
    listed = await plain(client, f"{project.group.id}/resources", "2021-04-01")
    assert ours < {one["name"] for one in listed["value"]}
    assert not any("properties" in one for one in listed["value"])
    tagged = f"{project.group.id}/resources?$filter=tagName eq 'Migrate Project' and tagValue eq 'contoso'"
    assert ours < {one["name"] for one in (await plain(client, tagged, "2021-04-01"))["value"]}
    account = project.group.resource("Microsoft.Storage/storageAccounts", appliance.cache_account)
    assert "blob" in (await plain(client, account, "2023-05-01"))["properties"]["primaryEndpoints"]

    query = (
        'resources | where name matches regex "^migrate(lsa|gwsa|rsa|sbns|kv)[0-9]+$" '
        "| project id, name, type, location, tags, resourceGroup"
    )
    body = {"subscriptions": [project.subscription], "query": query}
    address = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    response = await client.send_request(HttpRequest("POST", address, json=body))
    response.raise_for_status()
    assert {row["name"] for row in response.json()["data"]} == ours


async def test_no_appliance_of_another_kind_is_listed(client: Client, web01: LabMachine) -> None:
    project = web01.appliance.project
    assert [one async for one in client.replication_appliances.list(project.resource_group, project.vault_name)] == []
    policies = client.replication_policies.list(project.resource_group, project.vault_name)
    assert [one.name async for one in policies] == [web01.appliance.policy]
    containers = client.replication_protection_containers.list(project.resource_group, project.vault_name)
    assert [one.name async for one in containers] == [web01.appliance.container]
