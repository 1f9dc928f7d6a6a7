"""Conditions without an Azure error: early signs of failures, and faults of the exporter, each with its fix."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from azure_migrate_exporter.failures.data import appliance, capacity, cycles, network, operation
from azure_migrate_exporter.failures.model import Cause


def _causes(module: ModuleType) -> tuple[Cause, ...]:
    return tuple(value for name, value in vars(module).items() if isinstance(value, Cause) and not name.startswith("_"))


CONDITIONS: Final[Mapping[str, Cause]] = MappingProxyType(
    {cause.id: cause for module in (operation, appliance, network, capacity, cycles) for cause in _causes(module)}
)
"""By id, in the order of the source."""
