"""One run of the `storage_benchmark` collector as the product makes it, in a process whose memory can be looked at.

Arguments: the settings of `appliances[].storage` as JSON. Prints what the collector measured as JSON, and by how many
bytes its memory grew.
"""

import asyncio
import json
import os
import sys

from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.collectors.storage.benchmark import create
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    STORAGE_BENCHMARK_BUDGET_USED,
    STORAGE_BENCHMARK_IDLE_LATENCY,
    STORAGE_BENCHMARK_LOADED_LATENCY,
    STORAGE_UPLOAD_THROUGHPUT,
    STORAGE_UPLOADED_BYTES,
)
from tests.bench.process_cost import peak_memory


async def main(settings: StorageSettings) -> None:
    before = peak_memory(os.getpid())
    collector = create(Target(settings.account, "bench", settings), Context())
    out = Measurements()
    await collector.collect(out)
    await collector.close()
    wanted = {
        STORAGE_UPLOAD_THROUGHPUT: "throughput",
        STORAGE_UPLOADED_BYTES: "acknowledged",
        STORAGE_BENCHMARK_BUDGET_USED: "sent",
        STORAGE_BENCHMARK_IDLE_LATENCY: "idle",
        STORAGE_BENCHMARK_LOADED_LATENCY: "loaded",
    }
    samples = {name: value for (metric, _), value in out.block().samples.items() if (name := wanted.get(metric))}
    print(json.dumps({**samples, "memory": peak_memory(os.getpid()) - before}))


if __name__ == "__main__":
    asyncio.run(main(StorageSettings.model_validate_json(sys.argv[1])))
