"""A Service Bus and Event Hubs namespace on the wire."""

from collections.abc import AsyncIterator

import pytest

from tests.lab.amqp import LabBroker
from tests.lab.ca import LabCA


@pytest.fixture
async def broker(lab_ca: LabCA) -> AsyncIterator[LabBroker]:
    async with LabBroker(lab_ca) as broker:
        yield broker
