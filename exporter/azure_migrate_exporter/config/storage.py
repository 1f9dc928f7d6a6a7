"""Section `appliances[].storage`: the storage accounts that the appliance uploads to, and their tests."""

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ByteSize, Field, model_validator

from azure_migrate_exporter.config.base import LocalPath, Model, Name, PositiveDuration, Token, split_url
from azure_migrate_exporter.config.credentials import Credential

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB


def _account_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]{3,24}", value):
        raise ValueError('write the bare name of the account, as in "migratelsa1612849844": 3 to 24 of a-z and 0-9')
    return value


def _container_name(value: str) -> str:
    if not re.fullmatch(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*", value):
        raise ValueError("not a container name: 3 to 63 of a-z, 0-9 and single hyphens between them")
    return value


ContainerName = Annotated[str, AfterValidator(_container_name)]


def _endpoint(value: str) -> str:
    parts = split_url(value)
    if parts is None or parts.scheme not in {"https", "http"} or parts.username is not None:
        raise ValueError('write the account\'s address, as in "https://NAME.blob.core.usgovcloudapi.net"')
    if parts.query or parts.fragment:
        raise ValueError("the address ends before the question mark; a SAS goes to `sas`, which reads it from a file")
    return value.rstrip("/")


class BenchmarkSettings(Model):
    """The article's `azcopy bench`: an upload that is measured and deleted. It ends as soon as its rate is known within
    3 % (confidence 95 %), at the latest when everything is sent or the time is up.
    """

    enabled: bool = True
    """Whether it runs. The small test upload each minute does not depend on it."""
    blobs: Annotated[int, Field(ge=1, le=1000)] = 10
    """Number of blobs that a run sends at most."""
    blob_size: Annotated[ByteSize, Field(ge=64 * 1024, le=4 * GIB)] = ByteSize(64 * MIB)
    """Size of each blob, for example `64MiB`. The upload needs 1 MiB of memory whatever the size."""
    connections: Annotated[int, Field(ge=1, le=32)] = 8
    """Number of parallel connections."""
    max_rate: Annotated[float, Field(ge=1, le=1_000_000)] | None = None
    """Mbit/s that the upload never exceeds, so that replication keeps the rest of the line. The throughput that is
    measured is then at most this, which fires no alert. At least `1`; no limit if left out."""
    share_while_replicating: Annotated[float, Field(ge=0, le=1)] = 1.0
    """What the upload takes at most of the line while machines of the appliance replicate, as a share of the throughput
    that was last measured while none did. `0` postpones it until none does; `1` takes what it gets. Less than `1` needs
    the section `replication` or `discovery`, whose vaults know the machines; as long as none of them knows the
    appliance, no benchmark runs. With shards, the appliance's key `vault` keeps the two together."""
    max_duration: Annotated[PositiveDuration, Field(le=120)] = 60.0
    """Time after which a slow upload stops; its throughput is still valid. At most `2m`. Accounts are measured one
    after another, and the timeout in `schedules.storage_benchmark` includes the wait."""
    daily_budget: ByteSize = ByteSize(4 * GIB)
    """Bytes that benchmarks may send in one UTC day. A run that might exceed it is skipped, not failed. The count
    survives a restart only with a state directory."""

    @model_validator(mode="after")
    def _run_fits_daily_budget(self) -> "BenchmarkSettings":
        if self.enabled and self.run_size > self.daily_budget:
            raise ValueError("daily_budget is smaller than one run (blobs x blob_size), so none would ever start")
        return self

    @property
    def run_size(self) -> int:
        """Bytes of one run that does not reach `max_duration`."""
        return self.blobs * int(self.blob_size)


class StorageSettings(Model):
    """One account. Give exactly one of `sas`, `account_key` and `credential`."""

    name: Name | None = None
    """Name of the target; the account's name if left out."""
    account: Annotated[str, AfterValidator(_account_name)]
    """Name of the storage account, without the domain."""
    role: Literal["cache", "gateway", "replication"]
    """The use of the account by Azure Migrate: `migratelsa…`, `migrategwsa…` or `migratersa…`."""
    container: ContainerName = "azure-migrate-exporter"
    """Container for the tests. Create it beforehand and use it for nothing else. On an account with soft delete,
    deleted blobs are billed until their retention ends."""
    sas: Token | None = None
    """Shared access signature of the container, with the permissions Create, Write, Delete and List."""
    account_key: Token | None = None
    """Key of the account. It gives access to everything in the account: prefer another credential."""
    credential: Credential | None = None
    """Entra identity with the role Storage Blob Data Contributor on the container."""
    endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    """Address of the account outside the public cloud; `https://ACCOUNT.blob.core.windows.net` if left out."""
    ca_file: LocalPath | None = None
    """PEM file with the certificate authorities to trust, in place of the system's."""
    benchmark: BenchmarkSettings = BenchmarkSettings()
    """The upload that is measured."""

    @model_validator(mode="after")
    def _exactly_one_credential(self) -> "StorageSettings":
        if sum(source is not None for source in (self.sas, self.account_key, self.credential)) != 1:
            raise ValueError("give exactly one of sas, account_key and credential")
        if self.credential is not None and not self.url.startswith("https://"):
            raise ValueError("a token is never sent over http://: write https:// in endpoint")
        return self

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.name or self.resource

    @property
    def resource(self) -> str:
        """Value of the label `account`."""
        return self.account

    @property
    def url(self) -> str:
        """Address of the account."""
        return self.endpoint or f"https://{self.account}.blob.core.windows.net"

    @property
    def host(self) -> str:
        """Host name of the account."""
        return urlsplit(self.url).hostname or self.account
