"""Targets from findings: the sections that an operator would have written for them."""

from azure_migrate_exporter.collectors.discovery.findings import Account, Findings, FoundAppliance, Resource
from azure_migrate_exporter.config.azure_monitor import MonitoredResource
from azure_migrate_exporter.config.clouds import CLOUDS
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.keyvault import KeyVaultSettings
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.runtime.blackboard import Discovered

PUBLIC = CLOUDS["public"]


def discovered_targets(findings: Findings, wanted: DiscoverySettings) -> Discovered:
    """What is checked, with the options of `wanted`."""
    return Discovered(
        appliances=tuple(_appliance(one, wanted) for one in findings.appliances),
        vault=_vault(findings, wanted) if wanted.replication else None,
        resources=tuple(
            MonitoredResource(id=str(resource.id), region=resource.region, appliance=one.name)
            for one in findings.appliances
            for resource in one.resources
            if resource.region
        ),
    )


def _vault(findings: Findings, wanted: DiscoverySettings) -> VaultSettings:
    return VaultSettings(
        subscription=findings.vault.subscription,
        resource_group=findings.vault.group,
        vault=findings.vault.name,
        credential=wanted.credential,
        cloud=wanted.cloud,
        ca_file=wanted.ca_file,
    )


def _appliance(found: FoundAppliance, wanted: DiscoverySettings) -> ApplianceSettings:
    bus, vault = found.servicebus, found.key_vault
    return ApplianceSettings(
        name=found.name,
        generation=found.generation,
        storage=tuple(_storage(account, wanted) for account in found.accounts) if wanted.storage.enabled else (),
        servicebus=(_servicebus(bus, wanted),) if bus and wanted.servicebus.enabled else (),
        keyvaults=(_key_vault(vault, wanted),) if vault and wanted.keyvault.enabled else (),
    )


def _storage(account: Account, wanted: DiscoverySettings) -> StorageSettings:
    options = wanted.storage
    name = account.resource.id.name.lower()
    return StorageSettings(
        account=name,
        role=account.role,
        container=options.container,
        credential=wanted.with_authority(options.credential or wanted.credential),
        endpoint=blob_endpoint(name, wanted),
        ca_file=options.ca_file or wanted.ca_file,
        benchmark=options.benchmark,
    )


def _servicebus(namespace: Resource, wanted: DiscoverySettings) -> ServiceBusSettings:
    options = wanted.servicebus
    return ServiceBusSettings(
        namespace=host_name(namespace, wanted.addresses.servicebus_suffix, PUBLIC.servicebus_suffix),
        transport=options.transport,
        topic=options.topic,
        subscription=options.subscription,
        credential=wanted.with_authority(options.credential or wanted.credential),
        ca_file=options.ca_file or wanted.ca_file,
    )


def _key_vault(vault: Resource, wanted: DiscoverySettings) -> KeyVaultSettings:
    options = wanted.keyvault
    return KeyVaultSettings(
        vault=host_name(vault, wanted.addresses.keyvault_suffix, PUBLIC.keyvault_suffix),
        tls=options.tls,
        ca_file=options.ca_file or wanted.ca_file,
    )


def blob_endpoint(account: str, wanted: DiscoverySettings) -> str | None:
    """The account's address; None in the public cloud, whose addresses are the default."""
    suffix = wanted.addresses.blob_suffix
    return None if suffix == PUBLIC.blob_suffix else f"https://{account}.{suffix}"


def host_name(resource: Resource, suffix: str, public: str) -> str:
    """The short name in the public cloud, the full host name in any other."""
    name = resource.id.name.lower()
    return name if suffix == public else f"{name}.{suffix}"
