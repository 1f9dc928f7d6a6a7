"""The process and Python metrics that all exporters have. Rendered at each scrape."""

import gc
import platform
import sys
import time
from collections.abc import Iterator
from typing import Final

import psutil

from azure_migrate_exporter.exposition.measurements import Block, Value
from azure_migrate_exporter.exposition.metric import Metric, MetricType
from azure_migrate_exporter.exposition.text import families

Samples = dict[tuple[Metric, tuple[str, ...]], Value]


def _gauge(name: str, help: str, *labels: str) -> Metric:  # noqa: A002 - "help" is the term of the format
    return Metric(name, MetricType.GAUGE, help, labels)


def _counter(name: str, help: str, *labels: str) -> Metric:  # noqa: A002
    return Metric(name, MetricType.COUNTER, help, labels)


# Not in the table: all exporters use these names, so they have no prefix.
_CPU: Final = _counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")
_RESIDENT: Final = _gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
_VIRTUAL: Final = _gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.")
_START_TIME: Final = _gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")
_THREADS: Final = _gauge("process_threads", "Number of threads of the process.")
_OPEN_FDS: Final = _gauge("process_open_fds", "Number of open file descriptors; on Windows, of open handles.")
_MAX_FDS: Final = _gauge("process_max_fds", "Maximum number of open file descriptors.")
_PYTHON_INFO: Final = _gauge("python_info", "Python platform information.", "implementation", "version")
_GC_COLLECTIONS: Final = _counter(
    "python_gc_collections_total", "Number of times this generation was collected.", "generation"
)
_GC_COLLECTED: Final = _counter(
    "python_gc_objects_collected_total", "Objects collected during garbage collection.", "generation"
)
_GC_UNCOLLECTABLE: Final = _counter(
    "python_gc_objects_uncollectable_total", "Objects that garbage collection found but could not free.", "generation"
)


def _started() -> float:
    """Start time of the process; the current time if /proc does not show it (systemd's `ProcSubset=pid`)."""
    try:
        return _PROCESS.create_time()
    except OSError:
        return time.time()


_PROCESS: Final = psutil.Process()
_STARTED: Final = _started()
_PYTHON: Final = (platform.python_implementation(), platform.python_version())


def process_families() -> list[tuple[bytes, bytes, bytes]]:
    """The current families: header in the text format, header in OpenMetrics, sample lines."""
    samples: Samples = {(_PYTHON_INFO, _PYTHON): 1.0}
    samples.update(_process())
    for generation, stats in enumerate(gc.get_stats()):
        labels = (str(generation),)
        samples[_GC_COLLECTIONS, labels] = float(stats["collections"])
        samples[_GC_COLLECTED, labels] = float(stats["collected"])
        samples[_GC_UNCOLLECTABLE, labels] = float(stats["uncollectable"])
    return families(Block(samples))


def _process() -> Iterator[tuple[tuple[Metric, tuple[str, ...]], float]]:
    """The samples that the operating system provides."""
    with _PROCESS.oneshot():
        cpu, memory = _PROCESS.cpu_times(), _PROCESS.memory_info()
        yield (_CPU, ()), cpu.user + cpu.system
        yield (_RESIDENT, ()), float(memory.rss)
        yield (_VIRTUAL, ()), float(memory.vms)
        yield (_START_TIME, ()), _STARTED
        yield (_THREADS, ()), float(_PROCESS.num_threads())
        if sys.platform == "win32":
            yield (_OPEN_FDS, ()), float(_PROCESS.num_handles())
        else:
            yield (_OPEN_FDS, ()), float(_PROCESS.num_fds())
        if sys.platform == "linux":
            yield (_MAX_FDS, ()), float(_PROCESS.rlimit(psutil.RLIMIT_NOFILE)[0])
