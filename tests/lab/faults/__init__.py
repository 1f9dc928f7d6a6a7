"""Everything that can be switched wrong in the data centre, and what the exporter says of it."""

from typing import Final

from tests.lab.faults import amqp, appliance, azure, network, storage, vsphere
from tests.lab.faults.fault import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    *appliance.FAULTS,
    *storage.FAULTS,
    *amqp.FAULTS,
    *network.FAULTS,
    *vsphere.FAULTS,
    *azure.FAULTS,
)

__all__ = ["FAULTS", "Fault"]
