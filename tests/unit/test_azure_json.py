"""Tolerant reads of Azure's JSON: a value has the expected form, or it is absent."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from azure_migrate_exporter.azure import json_fields, off_azure, site_recovery
from azure_migrate_exporter.azure.arm_id import KEY_VAULT, STORAGE_ACCOUNT, ArmId
from azure_migrate_exporter.azure.health_errors import health_errors, job_errors
from azure_migrate_exporter.azure.migration_item import read_details, read_item
from azure_migrate_exporter.collectors.replication import event_counters

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
JUNK: tuple[Any, ...] = (None, "", "text", 7, -1, 1e400, float("nan"), True, [], [None, 3, "x"], {}, {"a": {"b": 1}})


@pytest.mark.parametrize(
    "implausible",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+05:30",
        "1601-01-01T00:00:00Z",
        "1753-01-01T01:01:01Z",
        "1999-01-22T05:44:30.5Z",
        "9999-12-31T23:59:59.9999999",
        "9999-12-31T23:59:59.9999999Z",
        "2027-01-15T07:59:00",
        "2027-01-15T13:30:00Z",
        "2027-01-15",
        "yesterday",
        *JUNK,
    ],
)
def test_an_implausible_timestamp_is_none(implausible: Any) -> None:
    assert json_fields.past_timestamp(implausible, NOW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-15T07:59:00Z", NOW - 60),
        ("2027-01-15T07:59:00.1234567Z", NOW - 60 + 0.123456),
        ("2027-01-15T08:59:00+01:00", NOW - 60),
        ("2027-01-15T08:04:00Z", NOW),  # a clock that is a little ahead
    ],
)
def test_a_plausible_timestamp_is_read_in_unix_seconds(text: str, expected: float) -> None:
    assert json_fields.past_timestamp(text, NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("2028-01-15T08:00:00Z", NOW + 365 * 86400), ("9999-12-31T23:59:59.9999999", None)]
)
def test_an_expiry_may_lie_ahead_unless_it_means_never(text: str, expected: float | None) -> None:
    assert json_fields.expiry_timestamp(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("InitialSeedingInProgress", "initial_seeding_in_progress"),
        ("NONE", "none"),
        ("OK", "ok"),
        ("VmHealth", "vm_health"),
        ("MigrationIrCompletion", "migration_ir_completion"),
        ("VM Health", "vm_health"),
        ("Replication cycle of web01 failed: see C:\\x", "other"),
        ("x" * 65, "other"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_enumerations_word_is_a_label_value_and_a_sentence_is_other(text: Any, expected: str) -> None:
    assert json_fields.enum_label(text) == expected


def test_a_name_becomes_a_label_as_it_is_and_of_a_very_long_one_the_beginning() -> None:
    assert json_fields.label("Büro 1") == "Büro 1"
    assert json_fields.label("x" * 10_000) == "x" * json_fields.MAX_LABEL
    assert json_fields.label(7) == ""


def test_a_lone_surrogate_and_nul_are_replaced() -> None:
    assert json_fields.text("a\ud83db") == "a?b"
    assert json_fields.text("a\0b") == "a\N{REPLACEMENT CHARACTER}b"
    assert json_fields.name(" two\n lines\t") == "two lines"


ACCOUNT = (
    "/subscriptions/7c943c1b-5122-4097-90c8-861411bdd574/resourceGroups/rg"
    "/providers/Microsoft.Storage/storageAccounts/migratelsa1"
)


@pytest.mark.parametrize(
    ("written", "kind", "valid"),
    [
        (ACCOUNT, "", True),
        (ACCOUNT.upper(), "", True),
        (f"{ACCOUNT}/blobServices/default", "", True),
        (ACCOUNT, STORAGE_ACCOUNT, True),
        (ACCOUNT.replace("resourceGroups", "RESOURCEGROUPS"), STORAGE_ACCOUNT, True),
        (f"{ACCOUNT}/blobServices/default", STORAGE_ACCOUNT, False),
        (ACCOUNT, KEY_VAULT, False),
        (ACCOUNT.replace("migratelsa1", "not_an_account"), STORAGE_ACCOUNT, False),
        (ACCOUNT.replace("/resourceGroups/rg", ""), STORAGE_ACCOUNT, False),
        (ACCOUNT.replace("7c943c1b", "mine"), "", False),
        (f"@evil.example{ACCOUNT}", "", False),
        (f"{ACCOUNT}?x=1", "", False),
        (f"{ACCOUNT}\n", "", False),
        (ACCOUNT.replace("/rg/", "//"), "", False),
        ("", "", False),
        (None, "", False),
    ],
)
def test_an_id_is_one_of_something_in_a_subscription(written: Any, kind: str, valid: bool) -> None:  # noqa: FBT001
    found = json_fields.arm_id(written, kind)
    assert found == (ArmId(written) if valid else None)


def test_names_in_ids_are_found_in_any_case() -> None:
    resource = "/Subscriptions/A/resourceGroups/B/providers/X/vaults/V/ReplicationFabrics/Paris/y/Z/"
    assert ArmId(resource).segment("replicationFabrics") == "Paris"
    assert json_fields.resource_name(resource) == "z"
    assert ArmId(resource).segment("z") == ""
    assert json_fields.resource_name(None) == ""


def test_a_number_is_finite_and_not_negative() -> None:
    assert [json_fields.number(value) for value in (0, 3, 2.5, -1, "3", None, True, 1e400, float("nan"), 10**400)] == [
        0.0,
        3.0,
        2.5,
        *[None] * 7,
    ]
    assert [json_fields.ratio(value) for value in (0, 48, 100, 101)] == [0, 0.48, 1, None]


FIELDS = (
    "id", "name", "properties", "machineName", "health", "healthErrors", "migrationState", "replicationStatus",
    "providerSpecificDetails", "vmwareMachineId", "gatewayOperationDetails", "applianceMonitoringDetails", "state",
    "hostName", "protectedDisks", "diskPath", "capacityInBytes", "ramDetails", "capacity", "datastoreSnapshot",
    "dataStoreName", "errorCode", "errorMessage", "innerHealthErrors", "customDetails", "vmwareSiteId", "draIdentifier",
    "lastHeartBeat", "providerVersionDetails", "agentDetails", "lastHeartBeatUtc", "issues", "severity",
    "protectedItemsHealth", "errors", "serviceErrorDetails", "providerErrorDetails", "scenarioName", "endTime",
)  # fmt: skip


def nonsense() -> Iterator[dict[str, Any]]:
    """Objects with every field that is read, and in each of them every kind of junk, three levels deep."""
    for value in JUNK:
        inner = dict.fromkeys(FIELDS, value)
        yield inner
        middle = dict.fromkeys(FIELDS, inner)
        yield middle
        yield dict.fromkeys(FIELDS, middle)
        yield {field: [inner, value] for field in FIELDS}
        yield {"id": "/a/b", "name": "b", "properties": middle}
        yield {"id": "/a/b", "name": "b", "properties": {**middle, "providerSpecificDetails": inner}}


def test_no_nonsense_raises() -> None:
    for value in nonsense():
        read_item(value)
        read_details(value)
        site_recovery.read_fabric(value)
        site_recovery.read_provider(value, NOW)
        site_recovery.read_vault_health(value)
        off_azure.read_site(value, NOW)
        event_counters.event_entry(value, NOW)
        event_counters.event_labels(value)
        event_counters.job_entry(value, NOW)
        event_counters.job_labels(value, value)


def error(code: Any = None, message: str = "", *inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"errorCode": code, "errorMessage": message, "innerHealthErrors": list(inner), **more}


HUNG = "An internal error occurred. [Generate Snapshot Hung]"
VAGUE = "An internal error occurred."


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([], set()),
        ([error("572", HUNG)], {("572", "snapshot_hung")}),
        ([error("1028", HUNG)], {("1028", "snapshot_hung")}),
        ([error("1028", VAGUE)], {("1028", "vmware_generic")}),
        ([error("1028", VAGUE, error("572"))], {("572", "consolidate_disks_failed")}),
        ([error("1028", VAGUE, error(None, HUNG))], {("1028", "snapshot_hung")}),
        ([error("4711", VAGUE, error("4712", VAGUE))], {("4711", "unknown"), ("4712", "unknown")}),
        ([error("181008", VAGUE, error("4712", VAGUE))], {("181008", "dispose_artefacts_timed_out")}),
        ([error(None, VAGUE)], {("", "unknown")}),
        ([error(181008, VAGUE)], {("181008", "dispose_artefacts_timed_out")}),
        ([error(None, VAGUE, recoveryProviderErrorMessage=HUNG)], {("", "snapshot_hung")}),
        ([error(None, VAGUE, summaryMessage=HUNG)], {("", "snapshot_hung")}),
        # A possible cause is not what happened, unless there is no other text.
        ([error("1022", VAGUE, possibleCauses=HUNG)], {("1022", "snapshot_hung")}),
        ([error(None, HUNG, possibleCauses="[Memory allocation failed. Out of memory.]")], {("", "snapshot_hung")}),
        ([error("572"), error("1012")], {("572", "consolidate_disks_failed"), ("1012", "disk_download_timed_out")}),
        ([error("572"), error("572")], {("572", "consolidate_disks_failed")}),
    ],
)
def test_an_error_is_what_its_most_exact_level_says(errors: list[Any], expected: set[tuple[str, str]]) -> None:
    assert health_errors(errors) == expected


def test_errors_within_errors_end() -> None:
    deep = error("572")
    for _ in range(5000):
        deep = error(None, "", deep)
    assert health_errors([deep]) == {("", "unknown")}


def test_a_job_has_an_error_of_the_service_and_one_of_its_provider() -> None:
    service = {"code": "110034", "message": VAGUE}
    provider = {"errorCode": 31475, "errorMessage": VAGUE}
    errors = [{"serviceErrorDetails": service, "providerErrorDetails": provider}]
    failure = "vcenter_privileges_missing"
    assert job_errors(errors) == {("110034", failure), ("31475", failure)}
    assert job_errors([{"serviceErrorDetails": None}]) == set()


def test_a_short_number_of_a_job_is_no_code_of_a_cycle() -> None:
    documented = {"code": 1010, "message": "An internal error occurred. [Upload of disks timed out]"}
    assert job_errors([{"serviceErrorDetails": {"code": "1010", "message": "The job failed."}}]) == {
        ("1010", "unknown")
    }
    assert health_errors([{"errorCode": "1010", "errorMessage": "The cycle failed."}]) == {
        ("1010", "disk_upload_timed_out")
    }
    assert len(job_errors([{"serviceErrorDetails": documented}])) == 1


def gateway(state: str, milliseconds: Any) -> dict[str, Any]:
    return {"gatewayOperationDetails": {"state": state, "timeElapsed": milliseconds, "hostName": None}}


@pytest.mark.parametrize(
    ("machine", "disks", "expected"),
    [
        (("DeltaReplication Completed", 0), [("DeltaReplication Completed", 422035)], 422.035),
        (("DeltaReplication Completed", 0), [("DeltaReplication Completed", 1000 * n) for n in (7, 9, 8)], 9.0),
        (("DeltaReplication Completed", 60000), [("DeltaReplication Completed", None)], 60.0),
        (("DeltaReplication Completed", 0), [("DeltaReplication Completed", 0)], None),
        (("DeltaReplication InProgress", 30000), [("DeltaReplication Completed", 9000)], None),
        (
            ("DeltaReplication Completed", 0),
            [("DeltaReplication Completed", 9000), ("DeltaReplication InProgress", 9000)],
            None,
        ),
        (("InitialReplication Completed", 0), [("InitialReplication Completed", 9000)], None),
        (("DeltaReplication Failed", 0), [("DeltaReplication Failed", 9000)], None),
    ],
)
def test_the_length_of_a_cycle_stands_on_the_disks(
    machine: tuple[str, Any], disks: list[tuple[str, Any]], expected: float | None
) -> None:
    specific = {**gateway(*machine), "protectedDisks": [gateway(*disk) for disk in disks]}
    assert read_details({"properties": {"providerSpecificDetails": specific}}).cycle_duration == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vcenter-4a_5015f6d8-FC84-afdf-de47-1eab79330f00", "5015f6d8-fc84-afdf-de47-1eab79330f00"),
        ("Vcenter_web01", "vcenter_web01"),
        ("5015f6d8-fc84-afdf-de47-1eab79330f00", "5015f6d8-fc84-afdf-de47-1eab79330f00"),
    ],
)
def test_the_instance_uuid_ends_an_items_name(name: str, expected: str) -> None:
    made = read_item({"id": f"/x/{name}", "name": name})
    assert made is not None
    assert made.vm_id == expected


def test_every_field_of_the_junk_is_tried() -> None:
    assert len(list(itertools.islice(nonsense(), 1000))) == 6 * len(JUNK)
