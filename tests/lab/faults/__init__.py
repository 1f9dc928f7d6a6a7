"""Every fault that can be switched on in the data centre, and what the exporter shows then."""

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
