"""What the exporter says of its own process, read back by prometheus-client's parsers."""

import os
import platform
import time

import psutil
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from tests.wine_limit import wine_limit


def body(*, openmetrics: bool) -> str:
    return b"".join(Page(process_families).response(openmetrics=openmetrics)).decode()


def test_the_standard_names_are_there_with_values_of_this_process() -> None:
    values = {sample.name: sample.value for family in parse_text(body(openmetrics=False)) for sample in family.samples}
    assert values["process_resident_memory_bytes"] > 1e6
    assert (
        values["process_virtual_memory_bytes"] > 1e6
    )  # Windows counts what is committed: it may be less than resident
    assert 0 < values["process_cpu_seconds_total"] <= sum(os.times()[:2]) + 1
    assert values["process_start_time_seconds"] == psutil.Process().create_time() <= time.time()
    assert values["process_threads"] >= 1
    assert values["python_info"] == 1


@wine_limit("counts no handles of a process")
def test_open_descriptors_are_counted() -> None:
    (family,) = [one for one in parse_text(body(openmetrics=False)) if one.name == "process_open_fds"]
    assert family.samples[0].value >= 3


def test_both_formats_are_valid_and_say_the_same() -> None:
    text = {family.name: family.type for family in parse_text(body(openmetrics=False))}
    openmetrics = {family.name: family.type for family in parse_openmetrics(body(openmetrics=True))}  # type: ignore[no-untyped-call]
    assert text == openmetrics
    assert {"process_cpu_seconds", "python_gc_collections"} <= text.keys()


def test_the_python_version_is_a_label() -> None:
    (info,) = [family for family in parse_text(body(openmetrics=False)) if family.name == "python_info"]
    assert info.samples[0].labels["version"] == platform.python_version()
