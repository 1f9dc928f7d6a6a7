"""Section `vcenters`: the vCenter servers that the appliances read from."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, PlainSerializer, model_validator

from azure_migrate_exporter.config.base import LocalPath, Model, Name, Port, PositiveDuration, Secret


def _host_only(address: str) -> str:
    if "/" in address or address.count(":") == 1:
        raise ValueError("write the host name or address alone: no https://, no path, and the port under port")
    return address.strip("[]")


def _compile(pattern: Any) -> re.Pattern[str]:
    if isinstance(pattern, re.Pattern):
        return pattern
    if not isinstance(pattern, str) or not pattern:
        raise ValueError("not a regular expression: write a text that is not empty, or leave the key out")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error


Regex = Annotated[
    re.Pattern[str], BeforeValidator(_compile), PlainSerializer(lambda regex: regex.pattern, return_type=str)
]
Size = Annotated[ByteSize, Field(gt=0)]


class TaskSettings(Model):
    """When a snapshot or consolidation task counts as stalled."""

    stalled_after: PositiveDuration = 900.0
    """Time without progress, or in the queue without a start."""
    stalled_near_end_after: PositiveDuration = 300.0
    """The same from 95 % on, where the article's hung snapshot stops."""


class ReplicationSettings(Model):
    """How the replication is recognised. The names of Azure Migrate's snapshots are not documented: none is assumed."""

    accounts: tuple[Name, ...] = ()
    """vCenter accounts of the appliances, as in `svc-migrate@vsphere.local`, `CONTOSO\\svc-migrate` or `svc-migrate`.
    Snapshots that they create are the replication's, and no others: one whose author is not known, as it is older than
    the exporter, is not. Works only if the exporter has an account of its own."""
    snapshot_pattern: Regex | None = None
    """Regular expression: a snapshot whose name or description it finds is the replication's."""
    machines: tuple[Regex, ...] = ()
    """Regular expressions: a machine whose whole name matches one replicates. What Azure lists need not be repeated."""


class NfcSettings(Model):
    """The NFC buffer of an ESXi host, which vSphere does not report."""

    buffer: Size = ByteSize(32 << 20)
    """Capacity of each host's buffer: `HostBufferSizeInMB` of the appliance and `maxMemory` of the hosts."""
    per_disk: Size = ByteSize(4 << 20)
    """Memory that the replication of one disk takes."""


class VCenterSettings(Model):
    """One vCenter. Least privilege: the role Read-only on the vCenter itself, propagated, for an account of its own."""

    name: Name
    """Value of the label `vcenter`."""
    address: Annotated[Name, AfterValidator(_host_only)]
    """Host name or address."""
    port: Port = 443
    """TCP port."""
    vaults: tuple[Name, ...] = ()
    """Names of the entries of `replication` or `discovery` that its machines replicate into. Only
    [shards](sharding.md) need them."""
    username: Name
    """Account, as in `exporter@vsphere.local`."""
    password: Secret
    """Its password, read at each login."""
    ca_file: LocalPath | None = None
    """PEM file of the CAs to trust; the system's if left out. vCenter offers its own for download at its start page."""
    certificate_file: LocalPath | None = None
    """PEM file of the server's own certificate: only this one is accepted, whatever its name and issuer."""
    insecure_skip_verify: bool = False
    """Accept any certificate. Anyone on the network path can then read the password."""
    request_timeout: PositiveDuration = 10.0
    """Deadline of one call. It must be well below the timeout of the collector's schedule."""
    tasks: TaskSettings = TaskSettings()
    """Running snapshot and consolidation tasks."""
    replication: ReplicationSettings = ReplicationSettings()
    """Which machines and snapshots are the replication's."""
    nfc: NfcSettings = NfcSettings()
    """The NFC buffer of the hosts."""
    datastore_disk_snapshots_limit: Annotated[int, Field(ge=1)] = 15
    """Disk snapshots that Azure Migrate creates on one datastore at a time."""

    @model_validator(mode="after")
    def _one_kind_of_trust(self) -> Self:
        if sum((self.ca_file is not None, self.certificate_file is not None, self.insecure_skip_verify)) > 1:
            raise ValueError("give at most one of ca_file, certificate_file and insecure_skip_verify")
        return self
