"""How the demo derives the state of each check from the metrics page alone."""

from tests.lab.check_status import CheckStatus, CheckTracker, Sample, of_target, parse_samples
from tests.lab.findings import findings


def page(*, success: int, **runs: int) -> list[Sample]:
    where = 'collector="storage",target="migratelsa1"'
    lines = [f"azure_migrate_collector_success{{{where}}} {success}"]
    lines += [f'azure_migrate_collector_runs_total{{{where},result="{name}"}} {count}' for name, count in runs.items()]
    return parse_samples("# TYPE azure_migrate_collector_runs_total counter\n" + "\n".join(lines) + "\n")


def check(result: str, since: float) -> list[CheckStatus]:
    return [CheckStatus("storage", "migratelsa1", result, since)]


def test_the_newest_reason_is_the_one_whose_counter_increased() -> None:
    tracker = CheckTracker()
    assert tracker.update(page(success=1, success_=1), 10) == check("success", 10)
    assert tracker.update(page(success=0, timeout=1), 20) == check("timeout", 20)
    assert tracker.update(page(success=0, timeout=1, throttled=1), 30) == check("throttled", 30)
    assert tracker.update(page(success=0, timeout=2, throttled=1), 40) == check("timeout", 40)


def test_an_unchanged_result_keeps_its_time() -> None:
    tracker = CheckTracker()
    tracker.update(page(success=0, timeout=1), 10)
    assert tracker.update(page(success=0, timeout=2), 20) == check("timeout", 10)
    assert tracker.update(page(success=0, timeout=2), 30) == check("timeout", 10)


def test_a_check_that_disappears_from_the_page_is_not_shown() -> None:
    tracker = CheckTracker()
    tracker.update(page(success=1), 10)
    assert tracker.update([], 20) == []


def test_the_series_of_a_target_have_its_name_as_a_label() -> None:
    series = [Sample("storage_up", {"account": "a"}, 1), Sample("storage_up", {"account": "b"}, 0)]
    assert [found.text for found in findings("storage", list(of_target(series, "b")))] == ["no upload"]


def test_a_stopped_gateway_service_is_wrong_though_its_check_works() -> None:
    states = {"running": 0.0, "stopped": 1.0}
    series = [
        Sample("gateway_service_state", {"windows_service": "asrgwy", "state": state}, value)
        for state, value in states.items()
    ]
    assert [(found.text, found.wrong) for found in findings("gateway", series)] == [("asrgwy stopped", True)]


def test_a_vcenter_shows_only_what_is_wrong() -> None:
    series = [
        Sample("vsphere_machines", {"scope": "seen"}, 12),
        Sample("vsphere_vm_cbt_enabled", {"vm": "server-01"}, 1),
        Sample("vsphere_vm_cbt_enabled", {"vm": "server-02"}, 0),
        Sample("vsphere_task_stalled", {"vm": "server-03", "operation": "create_snapshot"}, 1),
        Sample("nfc_buffer_used_bytes", {"host": "esxi-01"}, 32),
        Sample("nfc_buffer_capacity_bytes", {"host": "esxi-01"}, 32),
        Sample("datastore_free_bytes", {"datastore": "one"}, 50),
        Sample("datastore_capacity_bytes", {"datastore": "one"}, 100),
    ]
    assert [found.text for found in findings("vsphere", series)] == [
        "12 machines",
        "create snapshot of server-03 is stuck",
        "changed block tracking off: server-02",
        "NFC buffer of esxi-01 100% used",
    ]
