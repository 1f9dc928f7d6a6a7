"""A collector that sees nothing and needs nobody, for tests of what is to be collected."""

from typing import Any

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.exposition.measurements import Measurements


class Idle(Collector):
    async def collect(self, out: Measurements) -> None:
        pass


def create(_: Target[Any], __: Context) -> Collector:
    return Idle()
