"""Whatever JSON arrives from Resource Manager, no reader of it raises, and what it reads can be exported."""

import json
from collections.abc import Callable
from math import isfinite
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.azure.health_errors import health_errors, job_errors, main_failure
from azure_migrate_exporter.azure.migration_item import MigrationItem, read_details, read_item
from azure_migrate_exporter.azure.off_azure import read_site, read_vcenter
from azure_migrate_exporter.azure.retry_after import MAX_DELAY, retry_delay
from azure_migrate_exporter.azure.site_recovery import (
    ContainerMapping,
    Fabric,
    Provider,
    read_fabric,
    read_mapping,
    read_provider,
    read_vault_health,
)
from azure_migrate_exporter.collectors.discovery.project import site_map
from azure_migrate_exporter.collectors.replication.event_counters import (
    event_entry,
    event_labels,
    job_entry,
    job_labels,
)
from azure_migrate_exporter.collectors.replication.machine_store import MachineStore
from azure_migrate_exporter.collectors.replication.once_counter import OnceCounter
from azure_migrate_exporter.exposition.measurements import Measurements
from tests.clock import FakeClock
from tests.generated import generated
from tests.lab.arm import LabProject, Stage, Where
from tests.lab.arm.payload import migrate, records, vault
from tests.lab.arm.payload.item import full_item, listed_item
from tests.properties.json_values import TEXTS, VALUES, changed

NOW: Final = 1_800_000_000.0


def payloads() -> dict[str, Any]:
    """One object of each kind, as the lab sends it."""
    project = LabProject("contoso", FakeClock(NOW))
    paris = project.appliance("paris")
    web = paris.machine("web", disks=2, stage=Stage.DELTA)
    web.fail("snapshot_hung", where=Where.INNER)
    paris.machine("db").fail("key_vault_generate_sas", where=Where.JOB)
    history, vault_id = project.history, project.vault_id
    return {
        "listed item": listed_item(web, NOW),
        "item": full_item(web, NOW),
        "event": records.event(vault_id, history.events[0]),
        "job": records.full_job(vault_id, history.jobs[0]),
        "fabric": vault.fabric(paris, NOW),
        "provider": vault.provider(paris, NOW),
        "mapping": vault.mapping(paris),
        "health": vault.vault_health(project, NOW),
        "site": migrate.site(paris, NOW),
        "vcenter": migrate.vcenter(paris),
    }


PAYLOADS: Final = payloads()
ANYTHING: Final = st.sampled_from(sorted(PAYLOADS)).flatmap(lambda kind: changed(PAYLOADS[kind])) | VALUES
"""An object of any kind with changes, or any other JSON."""

READERS: Final[tuple[Callable[[Any], object], ...]] = (
    read_item,
    read_details,
    read_fabric,
    lambda value: read_provider(value, NOW),
    read_mapping,
    read_vcenter,
    health_errors,
    lambda value: main_failure(job_errors(value)),
)
OBJECT_READERS: Final[tuple[Callable[[dict[str, Any]], object], ...]] = (
    read_vault_health,
    lambda value: read_site(value, NOW),
    lambda value: (event_entry(value, NOW), event_labels(value)),
    lambda value: (job_entry(value, NOW), job_labels(value, value)),
)


def test_every_payload_is_readable_without_changes() -> None:
    assert isinstance(read_item(PAYLOADS["listed item"]), MigrationItem)
    assert read_details(PAYLOADS["item"]).disks
    assert isinstance(read_fabric(PAYLOADS["fabric"]), Fabric)
    assert isinstance(read_provider(PAYLOADS["provider"], NOW), Provider)
    assert isinstance(read_mapping(PAYLOADS["mapping"]), ContainerMapping)
    assert read_vault_health(PAYLOADS["health"]).issues
    assert read_site(PAYLOADS["site"], NOW).appliance == "paris"
    assert read_vcenter(PAYLOADS["vcenter"]) is not None
    assert event_labels(PAYLOADS["event"])[2] == "key_vault_generate_sas"
    assert job_labels(PAYLOADS["job"], PAYLOADS["job"])[2] == "key_vault_generate_sas"


@generated(200)
@given(ANYTHING)
def test_no_json_makes_a_reader_raise(value: Any) -> None:
    for read in (*READERS, *(OBJECT_READERS if isinstance(value, dict) else ())):
        read(value)


@generated(100)
@given(listed=changed(PAYLOADS["listed item"]), details=changed(PAYLOADS["item"]))
def test_every_machine_that_is_read_can_be_exported(listed: Any, details: Any) -> None:
    store = MachineStore("vault", (), {})
    item = read_item(listed)
    if item is None:
        return
    store.apply_item(item, NOW, 0.0)
    store.finish_list([item])
    store.apply_details(item.id.lower(), read_details(details), NOW, NOW)
    store.render(1)
    out = Measurements()
    store.load.write(out, "vault", store.names.of_item, NOW)
    for block in (*store.blocks(), out.block()):
        assert all(chunk.decode() for chunk in block.chunks.values())
        assert all(isinstance(value, float) and isfinite(value) for value in block.samples.values())
    assert json.loads(json.dumps(store.dump(), allow_nan=False)) == store.dump()


@generated(100)
@given(VALUES | TEXTS | VALUES.map(json.dumps))
def test_no_map_of_sites_raises(value: Any) -> None:
    assert all(isinstance(part, str) for pair in site_map(value) for part in pair)


@generated(100)
@given(st.dictionaries(st.sampled_from(["primed", "newest", "names", "counts"]), VALUES))
def test_no_saved_state_keeps_events_from_being_counted(saved: dict[str, Any]) -> None:
    counter = OnceCounter(saved)
    counter.new_entries([event_entry(PAYLOADS["event"], NOW)], NOW)
    counter.finish_poll(NOW)
    assert OnceCounter(json.loads(json.dumps(counter.dump(), allow_nan=False))).counts == counter.counts


@generated(100)
@given(st.sampled_from([200, 403, 429, 500, 503]), TEXTS | st.floats().map(str) | st.integers().map(str))
def test_no_header_demands_a_delay_beyond_the_longest(status: int, header: str) -> None:
    delay = retry_delay(status, {"Retry-After": header}, NOW)
    assert delay is None or 0 <= delay <= MAX_DELAY
