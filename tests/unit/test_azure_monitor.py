"""How calls of Azure Monitor are grouped, and how a counter starts."""

import pytest

from azure_migrate_exporter.azure.json_fields import enum_label
from azure_migrate_exporter.collectors.azuremonitor.counter_totals import MAX_SERIES, CounterTotals
from azure_migrate_exporter.collectors.azuremonitor.platform_metrics import QUERIES, batches
from azure_migrate_exporter.config.azure_monitor import MonitoredResource
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements


def account(name: str, *, subscription: str = "1" * 8, region: str = "francecentral") -> MonitoredResource:
    guid = f"{subscription}-0000-0000-0000-000000000001"
    path = f"/subscriptions/{guid}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/{name}"
    return MonitoredResource(id=path, region=region)


def test_a_call_is_about_one_type_in_one_region_of_one_subscription() -> None:
    mixed = [
        account("a1"),
        account("a2"),
        account("a3", region="westeurope"),
        account("a4", subscription="2" * 8),
    ]
    found = [{where.rpartition("/")[2] for where in batch.ids} for batch in batches(mixed)]
    assert found == [{"a1", "a2"}] * 2 + [{"a3"}] * 2 + [{"a4"}] * 2


def test_every_metric_that_is_read_has_the_labels_that_it_gets() -> None:
    for query in QUERIES:
        for one in query.metrics:
            assert set(one.metric.labels) == {"appliance", query.label} | ({query.split} if query.split else set())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Start replication", "start_replication"),
        ("CompletedWithInformation", "completed_with_information"),
        ("Critical", "critical"),
        ("", ""),
        ("An error message of some length, which has no business in a label value", "other"),
    ],
)
def test_a_word_of_azures_becomes_a_label(text: str, label: str) -> None:
    assert enum_label(text) == label


def exported(totals: CounterTotals) -> list[float]:
    out = Measurements()
    totals.write(out)
    return [value for value in out.block().samples.values() if isinstance(value, float)]


def test_a_series_starts_at_zero_so_that_its_first_increase_is_seen() -> None:
    totals = CounterTotals()
    labels = {"appliance": "paris", "keyvault": "kv"}
    totals.add(metrics.AZURE_KEYVAULT_RESULTS, 3, **labels, code="403")
    assert [exported(totals), exported(totals)] == [[0.0], [3.0]]
    totals.add(metrics.AZURE_KEYVAULT_RESULTS, 2, **labels, code="403")
    assert exported(totals) == [5.0]


def test_label_sets_beyond_the_limit_become_other() -> None:
    totals = CounterTotals()
    for number in range(MAX_SERIES + 5):
        totals.add(metrics.AZURE_KEYVAULT_RESULTS, 1, appliance="paris", keyvault="kv", code=str(number))
    exported(totals)
    values = exported(totals)
    assert (len(values), values[-1]) == (MAX_SERIES + 1, 5.0)
