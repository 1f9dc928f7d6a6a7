"""Everything that can be switched wrong in the data centre, and what the exporter says of it."""

from typing import Final

from tests.lab.faults import amqp, appliance, network, vsphere
from tests.lab.faults.fault import Fault

FAULTS: Final[tuple[Fault, ...]] = (*appliance.FAULTS, *amqp.FAULTS, *network.FAULTS, *vsphere.FAULTS)

__all__ = ["FAULTS", "Fault"]
