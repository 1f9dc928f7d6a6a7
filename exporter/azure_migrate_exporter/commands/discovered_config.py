"""The configuration of what a discovery found, as YAML: every value comes from Azure, everything else is a comment.

What the operator still has to add is marked, in a comment or as the file of a secret that does not exist yet.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import yaml

from azure_migrate_exporter.azure.arm_id import KEY_VAULT, SERVICEBUS_NAMESPACE, STORAGE_ACCOUNT
from azure_migrate_exporter.collectors.discovery.findings import (
    Account,
    Findings,
    FoundAppliance,
    MissingResource,
    Resource,
)
from azure_migrate_exporter.collectors.discovery.targets import PUBLIC, blob_endpoint, host_name
from azure_migrate_exporter.config.credentials import Credential
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.settings import Generation

Results = Sequence[tuple[DiscoverySettings, Findings]]

MARK: Final = "<--"
"""Marks everything that the operator has to complete."""

_GENERATIONS: Final = {
    "legacy": "the project has a Service Bus namespace and a replication key vault",
    "greenfield": "the project has neither Service Bus nor key vault, and access by role",
    "unknown": "no container mapping shows it yet: nothing has been replicated",
}
_TYPES: Final = {
    STORAGE_ACCOUNT: "storage account",
    SERVICEBUS_NAMESPACE: "Service Bus namespace",
    KEY_VAULT: "key vault",
}
_PERMISSIONS: Final = "Create, Write, Delete and List"


def document(results: Results, now: datetime) -> str:
    """The configuration file for all results."""
    lines = [
        f"# Found by azure-migrate-exporter discover at {now:%Y-%m-%dT%H:%M:%SZ}.",
        f"# Complete what is marked {MARK}, then try it: azure-migrate-exporter check-config FILE",
    ]
    for _, findings in results:
        lines += ["#", *(f"# {line}" for line in _summary(findings))]
    names = _UniqueNames()
    appliances = [_appliance(one, wanted, names) for wanted, found in results for one in found.appliances]
    lines += ["", *_list("appliances", appliances)]
    lines += ["", *_vcenters(results)]
    lines += ["", *_list("replication", [list(_vault(wanted, found)) for wanted, found in results])]
    lines += ["", *_alternatives(results)]
    return "\n".join(lines) + "\n"


def _summary(findings: Findings) -> Iterator[str]:
    yield f"subscription   {findings.vault.subscription}"
    if findings.project is not None:
        yield f"project        {findings.project.name} in the resource group {findings.project.group}"
    yield f"vault          {findings.vault.name} in the resource group {findings.vault.group}, {findings.vault_region}"
    if findings.private:
        yield "network        private endpoints: run the exporter where their private DNS zones resolve, or it will"
        yield "               see refusals that the appliance does not see"
    else:
        yield "network        public endpoints"
    for one in findings.appliances:
        machines = f"{one.machines} machines" if one.machines != 1 else "1 machine"
        yield f"appliance      {one.name}: {one.generation}, {machines}, to {one.target_region or 'no region yet'}"
    for note in findings.notes:
        yield f"note           {note}"


class _UniqueNames:
    """Names used in the file: two projects may each have an appliance `paris`, two appliances may share an account."""

    def __init__(self) -> None:
        self._used: set[tuple[str, str]] = set()

    def reserve(self, kind: str, name: str, alternative: str) -> str:
        """`name`, or `alternative` if another thing of that kind has it already."""
        chosen = alternative if (kind, name.casefold()) in self._used else name
        self._used.add((kind, chosen.casefold()))
        return chosen


def _appliance(found: FoundAppliance, wanted: DiscoverySettings, names: _UniqueNames) -> list[str]:
    name = names.reserve("appliance", found.name, f"{found.name}-{wanted.target}")
    lines = [
        f"name: {_scalar(name)}",
        f"generation: {found.generation}  # {_GENERATIONS[found.generation]}",
        f"# address: {MARK} host name or address of the appliance, to see that it answers on TCP 44368",
        f"# gateway: {MARK} how to read its Windows services, for instance {{source: local}} on the appliance itself",
    ]
    lines += _list("storage", [_storage(one, name, found.generation, wanted, names) for one in found.accounts])
    lines += _list("servicebus", [_servicebus(one, wanted) for one in (found.servicebus,) if one])
    lines += _list("keyvaults", [_key_vault(one, wanted) for one in (found.key_vault,) if one])
    lines += [f"# {line}" for missing in found.missing for line in _missing(missing)]
    lines.append(f"# esxi: {MARK} {{hosts: […]}}, or {{vcenters: […]}} once a vCenter is configured below")
    return lines


def _storage(
    account: Account, appliance: str, generation: Generation, wanted: DiscoverySettings, names: _UniqueNames
) -> list[str]:
    name = account.resource.id.name.lower()
    lines = [f"account: {_scalar(name)}  # {account.resource.region}", f"role: {account.role}"]
    target = names.reserve("storage", name, f"{name}-{appliance}")
    if target != name:
        lines.append(f"name: {_scalar(target)}  # more than one appliance uses the account")
    endpoint = blob_endpoint(name, wanted)
    if endpoint:
        lines.append(f"endpoint: {endpoint}")
    lines.append(f"# container: azure-migrate-exporter  {MARK} create it, or name another that is for tests only")
    if generation == "legacy":
        lines.append(f"sas: {{file: secrets/{name}.sas}}  # {MARK} of that container, with {_PERMISSIONS}")
    else:
        credential = _credential(wanted.with_authority(wanted.credential))
        lines.append(f"credential: {credential}  # {MARK} needs Storage Blob Data Contributor on the container")
    return lines


def _servicebus(namespace: Resource, wanted: DiscoverySettings) -> list[str]:
    name = host_name(namespace, wanted.addresses.servicebus_suffix, PUBLIC.servicebus_suffix)
    return [
        f"namespace: {_scalar(name)}  # {namespace.region}",
        f"connection_string: {{file: secrets/{namespace.id.name.lower()}.txt}}  # {MARK} of a policy with Listen",
        f"# topic, subscription: {MARK} as Service Bus Explorer shows Snapshot Manager; left out, the first that the",
        "#   policy may list is taken, for which it needs Manage",
    ]


def _key_vault(vault: Resource, wanted: DiscoverySettings) -> list[str]:
    name = host_name(vault, wanted.addresses.keyvault_suffix, PUBLIC.keyvault_suffix)
    return [f"vault: {_scalar(name)}  # {vault.region}"]


def _missing(missing: MissingResource) -> Iterator[str]:
    what = _TYPES.get(missing.type, missing.type)
    if missing.named_by:
        yield f"The {what} {missing.name} is named by {missing.named_by}, but it does not exist: deleted, or moved?"
    else:
        yield f"The {what} should be called {missing.name}, by the usual naming, but none has that name."


def _vcenters(results: Results) -> Iterator[str]:
    replicating = [
        (vcenter, findings.vault.name)
        for _, findings in results
        for appliance in findings.appliances
        for vcenter in appliance.vcenters
    ]
    vaults = {vcenter: sorted({name for one, name in replicating if one == vcenter}) for vcenter, _ in replicating}
    yield f"# vcenters:  {MARK} give each an account of its own with the role Read-only"
    for vcenter, names in vaults.items():
        name = vcenter.address.partition(".")[0]
        yield f"#   - name: {_scalar(name)}"
        yield f"#     address: {_scalar(vcenter.address)}"
        if vcenter.port != 443:
            yield f"#     port: {vcenter.port}"
        yield f"#     vaults: {_flow(names)}"
        yield "#     username: exporter@vsphere.local"
        yield f"#     password: {{file: {_scalar(f'secrets/{name}.txt')}}}"
    if not vaults:
        yield "#   - {name: …, address: …, username: …, password: {file: …}}  # none could be read in Azure"


def _vault(wanted: DiscoverySettings, findings: Findings) -> Iterator[str]:
    yield f"vault: {_scalar(findings.vault.name)}"
    yield f"resource_group: {_scalar(findings.vault.group)}"
    yield f"subscription: {_scalar(findings.vault.subscription)}"
    yield from _access(wanted)


def _alternatives(results: Results) -> Iterator[str]:
    yield "# Instead of appliances and replication above: find the same every hour, and follow the changes."
    yield "# discovery:"
    for wanted, _ in results:
        yield f"#   - subscription: {_scalar(wanted.subscription)}"
        for key in ("project", "vault", "resource_group"):
            value = getattr(wanted, key)
            if value:
                yield f"#     {key}: {_scalar(value)}"
        yield from (f"#     {line}" for line in _access(wanted))
    yield "# With a discovery, Azure's own metrics of what is found can be read too. Azure bills each call."
    yield "# azure_monitor:"
    for wanted, _ in results:
        yield f"#   - name: {_scalar(wanted.target)}"
        yield f"#     discovery: [{_scalar(wanted.target)}]"
        yield from (f"#     {line}" for line in _access(wanted))


def _access(wanted: DiscoverySettings) -> Iterator[str]:
    yield f"credential: {_credential(wanted.credential)}"
    if wanted.cloud != "public":
        cloud = wanted.cloud if isinstance(wanted.cloud, str) else wanted.cloud.model_dump(exclude_defaults=True)
        yield f"cloud: {_flow(cloud)}"
    if wanted.ca_file:
        yield f"ca_file: {_scalar(str(wanted.ca_file))}"


def _credential(credential: Credential) -> str:
    """An identity, with the file of a secret and not the secret."""
    return _flow(credential.model_dump(mode="json", exclude_none=True))


def _list(key: str, entries: Sequence[Sequence[str]]) -> list[str]:
    """A YAML list of mappings, each given as its lines; the first line of each must be a key."""
    if not entries:
        return [] if key != "appliances" else ["appliances: []"]
    lines = [f"{key}:"]
    for first, *rest in entries:
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return lines


def _scalar(value: str) -> str:
    return _flow(value)


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()
