"""US Government, China and a private cloud: what is found there is checked there, and no text names another cloud."""

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.discovery.findings import Account, Findings, FoundAppliance, Resource
from azure_migrate_exporter.collectors.discovery.targets import discovered_targets
from azure_migrate_exporter.commands.discovered_config import document
from azure_migrate_exporter.config.amqp import PUBLIC_CLOUD as PUBLIC_NAMESPACES
from azure_migrate_exporter.config.clouds import CLOUDS, CustomCloud
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.keyvault import PUBLIC_CLOUD as PUBLIC_VAULTS
from azure_migrate_exporter.config.loader import parse
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.runtime.blackboard import Discovered
from generate.files import generated

STACK = {
    "resource_manager": "https://management.stack.example.com",
    "audience": "https://management.core.stack.example.com",
    "authority": "https://login.stack.example.com",
    "blob_suffix": "blob.stack.example.com",
    "servicebus_suffix": "servicebus.stack.example.com",
    "keyvault_suffix": "vault.stack.example.com",
}
ADDRESSES = {
    "us_government": CLOUDS["us_government"],
    "china": CLOUDS["china"],
    "stack": CustomCloud.model_validate(STACK),
}
EVERY_CLOUD = pytest.mark.parametrize("cloud", ADDRESSES)
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SECRET = {"type": "client_secret", "tenant_id": "t", "client_id": "c", "client_secret": {"env": "SECRET"}}
NAMES = {"account": "migratelsa1", "namespace": "migratesbns1", "vault": "migratekv1"}
SUFFIX = re.compile(
    r"\b(blob\.core|servicebus|vault|vaultcore|management|login|core)\."
    r"(windows|azure|usgovcloudapi|chinacloudapi|microsoftonline|microsoftazure)\.(net|com|cn|us)"
)
"""Host names of a cloud of Microsoft's."""


def wanted(cloud: str, **more: Any) -> DiscoverySettings:
    values = {"subscription": SUBSCRIPTION, "project": "p", "credential": SECRET, **more}
    return DiscoverySettings.model_validate({**values, "cloud": STACK if cloud == "stack" else cloud})


def resource(kind: str, name: str) -> Resource:
    return Resource(ArmId(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/{kind}/{name}"), "region")


def findings() -> Findings:
    place = ArmId(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v")
    account = Account("cache", resource("Microsoft.Storage/storageAccounts", NAMES["account"]))
    appliance = FoundAppliance("paris", place, place, "legacy", "region", 1, (account,))
    appliance = dataclasses.replace(
        appliance,
        servicebus=resource("Microsoft.ServiceBus/namespaces", NAMES["namespace"]),
        key_vault=resource("Microsoft.KeyVault/vaults", NAMES["vault"]),
    )
    return Findings(None, place, "region", private=False, appliances=(appliance,), notes=())


def found(cloud: str, **more: Any) -> Discovered:
    return discovered_targets(findings(), wanted(cloud, **more))


@EVERY_CLOUD
def test_what_discovery_finds_has_the_addresses_of_the_cloud(cloud: str) -> None:
    (appliance,) = found(cloud).appliances
    addresses = ADDRESSES[cloud]
    (account,), (bus,), (vault,) = appliance.storage, appliance.servicebus, appliance.keyvaults
    assert (account.account, account.host) == ("migratelsa1", f"migratelsa1.{addresses.blob_suffix}")
    assert (bus.resource, bus.host) == ("migratesbns1", f"migratesbns1.{addresses.servicebus_suffix}")
    assert (vault.resource, vault.host) == ("migratekv1", f"migratekv1.{addresses.keyvault_suffix}")


@EVERY_CLOUD
def test_the_credential_that_discovery_hands_on_asks_the_entra_id_of_the_cloud(cloud: str) -> None:
    discovered = found(cloud)
    (appliance,) = discovered.appliances
    for one in (appliance.storage[0], appliance.servicebus[0]):
        assert one.credential is not None
        assert getattr(one.credential, "authority", None) == ADDRESSES[cloud].authority
    assert discovered.vault is not None
    assert discovered.vault.addresses == ADDRESSES[cloud]


@EVERY_CLOUD
def test_an_authority_of_its_own_and_an_identity_without_one_are_handed_on_as_they_are(cloud: str) -> None:
    own = {**SECRET, "authority": "https://login.own.example.com"}
    (appliance,) = found(cloud, credential=own).appliances
    assert appliance.storage[0].credential == wanted(cloud, credential=own).credential
    managed = {"type": "managed_identity"}
    (appliance,) = found(cloud, credential=managed).appliances
    assert appliance.storage[0].credential == wanted(cloud, credential=managed).credential


def test_in_the_public_cloud_names_stay_short_and_no_authority_is_named() -> None:
    (appliance,) = found("public").appliances
    assert appliance.servicebus[0].namespace == "migratesbns1"
    assert appliance.keyvaults[0].vault == "migratekv1"
    assert appliance.storage[0].endpoint is None
    assert getattr(appliance.storage[0].credential, "authority", None) is None


@EVERY_CLOUD
def test_tokens_are_for_the_resource_manager_of_the_cloud(cloud: str) -> None:
    addresses = ADDRESSES[cloud]
    audience = addresses.audience or addresses.resource_manager
    assert addresses.scope == f"{audience}/.default"
    assert addresses.resource_manager != CLOUDS["public"].resource_manager


@EVERY_CLOUD
def test_a_found_configuration_can_be_loaded_and_names_the_cloud_alone(cloud: str, tmp_path: Path) -> None:
    text = document([(wanted(cloud), findings())], datetime(2026, 1, 1, tzinfo=UTC))
    (appliance,) = parse(text, tmp_path / "exporter.yml").appliances
    addresses = ADDRESSES[cloud]
    assert appliance.storage[0].host == f"migratelsa1.{addresses.blob_suffix}"
    assert appliance.servicebus[0].host == f"migratesbns1.{addresses.servicebus_suffix}"
    assert appliance.keyvaults[0].host == f"migratekv1.{addresses.keyvault_suffix}"
    assert CLOUDS["public"].blob_suffix not in text


def test_a_short_name_is_of_the_public_cloud_and_a_full_one_of_any() -> None:
    text = """
appliances:
  - name: paris
    servicebus:
      - {namespace: migratesbns1, connection_string: {file: sb}}
      - {namespace: migratesbns2.servicebus.usgovcloudapi.net, connection_string: {file: sb}}
    eventhubs: [{namespace: migrateehns1.servicebus.chinacloudapi.cn, hub: h, connection_string: {file: sb}}]
    keyvaults: [{vault: migratekv1}, {vault: migratekv2.vault.azure.cn}]
"""
    (appliance,) = parse(text, Path("exporter.yml")).appliances
    assert [
        *(one.host for one in (*appliance.servicebus, *appliance.eventhubs)),
        *(one.host for one in appliance.keyvaults),
    ] == [
        f"migratesbns1.{PUBLIC_NAMESPACES}",
        "migratesbns2.servicebus.usgovcloudapi.net",
        "migrateehns1.servicebus.chinacloudapi.cn",
        f"migratekv1.{PUBLIC_VAULTS}",
        "migratekv2.vault.azure.cn",
    ]


def test_no_text_of_a_failure_or_condition_names_a_host_of_a_cloud() -> None:
    failures = [repr(failure) for failure in CATALOGUE.values()]
    assert not SUFFIX.findall("\n".join([*failures, *(repr(cause) for cause in CONDITIONS.values())]))


def test_no_rule_runbook_or_dashboard_names_a_host_of_a_cloud() -> None:
    schema = re.compile(r'"\$schema": "[^"]+"')  # the name of a template's format, the same in every cloud
    files = {name: schema.sub("", text) for name, text in generated().items() if not name.startswith("docs/")}
    assert {name: SUFFIX.findall(text) for name, text in files.items() if SUFFIX.search(text)} == {}
