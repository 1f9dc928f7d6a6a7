"""Section `appliances[].esxi`: the ESXi hosts that the appliance reaches on TCP 902."""

from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from azure_migrate_exporter.config.base import Host, Model, Name, Port


class EsxiSettings(Model):
    """Hosts to check: listed, or taken from a configured vCenter.

    Requires no privilege: the check resolves the name and opens a TCP connection.
    """

    hosts: tuple[Host, ...] = ()
    """Host names or addresses."""
    vcenters: tuple[Name, ...] = ()
    """Names of entries of `vcenters`: every host of theirs is checked."""
    port: Port = 902
    """TCP port of the host's NFC service."""

    @model_validator(mode="after")
    def _something_to_check(self) -> Self:
        if not self.hosts and not self.vcenters:
            raise ValueError("nothing to check: list hosts, or name a vCenter under vcenters")
        return self


@dataclass(frozen=True, slots=True)
class EsxiTarget:
    """One host of an appliance."""

    host: str
    port: int
