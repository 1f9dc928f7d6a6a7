"""A configuration built from flags, for use on the appliance with nothing but a container's SAS."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationError

from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.reasons import CheckError

ROLES: Final = {"migratelsa": "cache", "migrategwsa": "gateway"}
"""Role of an account by the prefix of its name. Any other account is that of a project made since 2024."""
OTHER_ROLE: Final = "replication"

_FLAG_OF: Final = {
    "account": "--storage-account",
    "endpoint": "--storage-account",
    "container": "--container",
    "vault": "--vault",
    "port": "--vault",
}
_SAS_ON_COMMAND_LINE: Final = (
    "--storage-account: a SAS never goes on the command line, where everyone on this machine can read it: put what "
    "follows the question mark into a file, and name that with --sas-file"
)


@dataclass(frozen=True, slots=True)
class AdHocConfig:
    """Flags that take the place of a configuration file."""

    storage_account: str | None = None
    """Name, or address of an account outside the public cloud."""
    container: str | None = None
    sas_file: Path | None = None
    vault: str | None = None
    """Name, host name, or the URI that the portal shows."""

    @property
    def given(self) -> bool:
        """Whether any flag is set."""
        return any((self.storage_account, self.container, self.sas_file, self.vault))

    @property
    def collectors(self) -> frozenset[str]:
        """The collectors that the flags configure."""
        return frozenset({"storage"} if self.storage_account else ()) | frozenset({"keyvault"} if self.vault else ())


def build_settings(ad_hoc: AdHocConfig) -> Settings:
    """The configuration that the flags describe. Raises `ConfigError` with a line for each error.

    The appliance is this machine, whose network the checks run in.
    """
    errors = list(_errors(ad_hoc))
    if errors:
        raise ConfigError(errors)
    try:
        appliance = {
            "name": platform.node(),
            "storage": list(_storage(ad_hoc)),
            "keyvaults": list(_vaults(ad_hoc)),
        }
        made = Settings.model_validate({"appliances": [appliance]})
        for account in made.appliances[0].storage:
            if account.sas is not None:
                account.sas.read()
    except ValidationError as error:
        raise ConfigError([_problem(details) for details in error.errors(include_input=False)]) from error
    except CheckError as error:
        raise ConfigError([f"--sas-file: {error.message}"]) from error
    except ValueError as error:
        raise ConfigError([f"an address cannot be read: {error}"]) from error
    return made


def _errors(ad_hoc: AdHocConfig) -> Iterator[str]:
    if ad_hoc.storage_account and "?" in ad_hoc.storage_account:
        yield _SAS_ON_COMMAND_LINE
    elif ad_hoc.storage_account and ad_hoc.sas_file is None:
        yield "--storage-account needs --sas-file: a file with the SAS of the container, and nothing else in it"
    if ad_hoc.storage_account is None and (ad_hoc.container or ad_hoc.sas_file):
        yield "--container and --sas-file go with --storage-account"


def _storage(ad_hoc: AdHocConfig) -> Iterator[dict[str, Any]]:
    if ad_hoc.storage_account is None:
        return
    named = _place(ad_hoc.storage_account)
    role = next((role for beginning, role in ROLES.items() if named["account"].startswith(beginning)), OTHER_ROLE)
    given = {"container": ad_hoc.container} if ad_hoc.container else {}
    yield {"role": role, "sas": {"file": str(ad_hoc.sas_file)}, **named, **given}


def _place(text: str) -> dict[str, str]:
    """Account, endpoint and container, as far as a name or an address contains them.

    The host's first label is the account, and the path is the container; where one host serves several accounts, as an
    emulator does, the path is the account.
    """
    address = _address(text)
    if address is None:
        return {"account": text}
    path = address.path.strip("/")
    account, _, domain = (address.hostname or "").partition(".")
    if not domain.startswith("blob."):
        return {"account": path, "endpoint": text}
    found = {"account": account, "endpoint": f"{address.scheme}://{address.netloc}"}
    return {**found, "container": path} if path else found


def _vaults(ad_hoc: AdHocConfig) -> Iterator[dict[str, Any]]:
    if ad_hoc.vault is None:
        return
    address = _address(ad_hoc.vault)
    if address is None:
        yield {"vault": ad_hoc.vault}
    else:
        yield {"vault": address.hostname or "", "port": address.port or 443}


def _address(text: str) -> SplitResult | None:
    return urlsplit(text) if "://" in text else None


def _problem(details: Mapping[str, Any]) -> str:
    flag = next((_FLAG_OF[step] for step in reversed(details["loc"]) if step in _FLAG_OF), "--storage-account")
    return f"{flag}: {details['msg'].removeprefix('Value error, ')}"
