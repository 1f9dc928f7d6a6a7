"""A collector that measures nothing, for tests of the plan."""

from typing import Any

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.exposition.measurements import Measurements


class Idle(Collector):
    async def collect(self, out: Measurements) -> None:
        pass


def create(_: Target[Any], __: Context) -> Collector:
    return Idle()
