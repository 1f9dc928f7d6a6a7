"""What a collector may write, and what is refused as our own mistake."""

import math
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from azure_migrate_exporter.exposition.measurements import LeanBlock, Measurements
from azure_migrate_exporter.exposition.metric import TABLE, Metric, MetricType, gauge
from azure_migrate_exporter.exposition.metrics import GATEWAY_SERVICE_STATE, KEYVAULT_TCP_UP
from azure_migrate_exporter.exposition.text import render


def test_writing_a_series_again_replaces_its_value() -> None:
    out = Measurements()
    out.set(KEYVAULT_TCP_UP, 0, appliance="a", keyvault="v")
    out.set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault="v")
    assert b'keyvault_tcp_up{appliance="a",keyvault="v"} 1.0\n' in render(out.blocks())


def test_a_state_set_shows_every_state() -> None:
    out = Measurements()
    out.state(GATEWAY_SERVICE_STATE, ("running", "stopped"), "stopped", appliance="a", windows_service="asrgwy")
    assert sorted(out.block().samples.values()) == [0.0, 1.0]


def test_a_block_is_a_copy_that_later_writes_do_not_reach() -> None:
    out = Measurements()
    out.set(KEYVAULT_TCP_UP, 0, appliance="a", keyvault="v")
    before = out.block()
    out.set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault="v")
    assert list(before.samples.values()) == [0.0]


def test_a_lean_block_says_the_same_without_keeping_its_samples() -> None:
    def write(out: Measurements) -> None:
        for vault in ("v", "w"):
            out.set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault=vault)

    whole = Measurements()
    write(whole)
    lean = LeanBlock(write)
    assert lean.samples == whole.block().samples
    assert len(lean.samples) == 2
    assert lean.chunks == whole.block().chunks


@pytest.mark.parametrize(("value", "text"), [(math.inf, b"+Inf"), (-math.inf, b"-Inf"), (math.nan, b"NaN")])
def test_special_numbers_are_written_as_the_format_asks(value: float, text: bytes) -> None:
    out = Measurements()
    out.set(KEYVAULT_TCP_UP, value, appliance="a", keyvault="v")
    assert render(out.blocks()).endswith(text + b"\n")


def test_a_missing_label_is_refused() -> None:
    with pytest.raises(TypeError, match="needs the label 'keyvault'"):
        Measurements().set(KEYVAULT_TCP_UP, 1, appliance="a")


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(TypeError, match=r"has no label \['host'\]"):
        Measurements().set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault="v", host="h")


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        gauge("keyvault_tcp_up", "again", "appliance", "vault")


@pytest.mark.parametrize("metric", TABLE.values(), ids=lambda metric: metric.name)
def test_every_row_of_the_table_follows_the_naming_rules(metric: Metric) -> None:
    assert metric.name.startswith("azure_migrate_")
    assert metric.name.endswith("_total") == (metric.type is MetricType.COUNTER)
    assert metric.help.endswith(".")
    assert not {"le", "quantile", "instance", "job"} & set(metric.labels)
    assert not any(metric.name.endswith(f"_{unit}") for unit in ("ms", "milliseconds", "kb", "mb", "percent"))


@pytest.mark.parametrize("value", ["web\ud83d01", "web\x0001", None, 7, b"\xff", ["a"], {"b": 1}])
def test_a_label_from_outside_is_made_valid_where_it_enters(value: Any) -> None:
    out = Measurements()
    out.set(KEYVAULT_TCP_UP, 1, appliance="a", keyvault=value)
    assert len(list(text_string_to_metric_families(render(out.blocks()).decode()))) == 1
