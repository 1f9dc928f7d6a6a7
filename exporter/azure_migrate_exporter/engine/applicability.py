"""Which checks of the article apply to an appliance, by its generation of project."""

from collections.abc import Iterable
from typing import Final

from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metrics import CHECK_APPLICABLE

ALWAYS: Final = ("gateway", "storage", "esxi")
LEGACY_ONLY: Final = {"servicebus": "servicebus", "keyvault": "keyvaults"}
"""Check → section of an appliance that configures it."""


def check_applicability(appliances: Iterable[ApplianceSettings]) -> Block:
    """`check_applicable` of `appliances`. No sample if the generation is unknown and the section is empty."""
    out = Measurements()
    for appliance in appliances:
        for check in ALWAYS:
            out.set(CHECK_APPLICABLE, 1, appliance=appliance.name, check=check)
        for check, section in LEGACY_ONLY.items():
            applies = _applies(appliance, section)
            if applies is not None:
                out.set(CHECK_APPLICABLE, applies, appliance=appliance.name, check=check)
    return out.block()


def _applies(appliance: ApplianceSettings, section: str) -> bool | None:
    if appliance.generation == "unknown":
        return True if getattr(appliance, section) else None
    return appliance.generation == "legacy"
