"""`explain` takes what people paste: blocks of the portal, JSON, PowerShell, alerts; any language, whole or cut."""

# ruff: noqa: RUF001 - typography and scripts of other languages are what is tested

import html
import json
import textwrap

import pytest

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data.other_languages import MESSAGES
from azure_migrate_exporter.failures.pasted import MAX_PASTED, Recognition, recognize
from azure_migrate_exporter.failures.pasted.codes import find_codes
from azure_migrate_exporter.failures.pasted.plain_text import decode
from tests.documented import CODES, ENGLISH, FRENCH

JOB = {
    "properties": {
        "scenarioName": "EnableMigration",
        "state": "Failed",
        "errors": [
            {
                "serviceErrorDetails": {"code": "110034", "message": "Migration requirements could not be retrieved."},
                "providerErrorDetails": {"errorCode": 31475, "errorMessage": "Insufficient permissions."},
                "taskId": "EnableProtectionTask",
            }
        ],
    }
}
MACHINE = {
    "properties": {
        "machineName": "web-1011",
        "healthErrors": [
            {"errorCode": "1028", "errorMessage": "An internal error occurred. ['Generate Snapshot Hung']"},
            {
                "errorCode": "110084",
                "errorMessage": "No successful test migration has been done on the virtual machine",
            },
        ],
    }
}

READINESS = "Cannot replicate this virtual machine with current VMware configuration."
STRANGERS: dict[str, tuple[str, dict[str, str]]] = {
    "a block of the portal, label and value on lines of their own": (
        """Error ID
110088
Error Message
The operation cannot be completed because the storage account '/subscriptions/0/migrategreglsa56597' is not available.
Possible causes
The storage account was moved to a different resource group or was deleted.
First Seen At
11/4/2020, 3:51:16 PM""",
        {"boot_diagnostics_account_unavailable": "110088"},
    ),
    "a list in an issue, with the provider's own code": (
        """- Error ID: 110034
- Error Message: Migration requirements could not be retrieved.
- Provider error: Provider error code: 31475 Provider error message: Insufficient permissions to start the replication.
""",
        {"vcenter_privileges_missing": "110034"},
    ),
    "the job's JSON": (json.dumps(JOB, indent=2), {"vcenter_privileges_missing": "110034"}),
    "a machine's JSON": (
        json.dumps(MACHINE),
        {"snapshot_hung": "text", "test_migration_missing": "text 110084"},
    ),
    "JSON within JSON": (json.dumps({"task": json.dumps(JOB)}), {"vcenter_privileges_missing": "110034"}),
    "Format-List": (
        """ErrorCode                : 181008
ErrorMessage             : VM: web01. Error: Encountered timeout event
                           'DisposeArtefacts
                           Timeout' in the state
PossibleCaus             : The component is down.
""",
        {"dispose_artefacts_timed_out": "text 181008"},
    ),
    "Format-Table": (
        """
ErrorCode ErrorMessage                    CreationTimeUtc
--------- ------------                    ---------------
     1011 The upload of data for disk...  4/11/2026 09:12:44
      572 An internal error occurred.     4/11/2026 10:12:44
""",
        {"disk_upload_timed_out": "cut 1011", "consolidate_disks_failed": "572"},
    ),
    "a hash table": (
        "@{ErrorCode=566; ErrorMessage=No disksnapshots were found for the snapshot replication}",
        {"no_disk_snapshots": "text 566"},
    ),
    "a grid, separated by tabs": (
        "Name\tError ID\tHealth\nweb01\t1022\tCritical\nweb02\t1018\tCritical",
        {"host_connection_refused": "1022", "change_tracking_reset": "1018"},
    ),
    "a table in Markdown": ("| Error ID | 181008 |\n|--|--|\n", {"dispose_artefacts_timed_out": "181008"}),
    "CSV": ('"machine","Error code"\n"web01","633"\n', {"snapshot_operations_throttled": "633"}),
    "a row of the article": (
        "**542**:StorageAccountNotFound | You moved the storage account",
        {"storage_account_not_found": "542"},
    ),
    "HTML": (
        "<li>An internal error occurred. [&#39;Failed to consolidate the disks on VM [Reasons]&#39;]</li>",
        {"consolidate_disks_failed": "text"},
    ),
    "HTML, escaped twice": (
        "virtual machine web01 didn&amp;#39;t complete: <b>Error&nbsp;ID:</b> 1011",
        {
            "disk_upload_timed_out": "1011",
        },
    ),
    "labels of an alert": (
        'azure_migrate_replication_errors{code="572",failure="consolidate_disks_failed",vm="web01"} 1',
        {"consolidate_disks_failed": "name 572"},
    ),
    "an alert's message": ("AzureMigrateSnapshotHung vm=web01 failure=snapshot_hung", {"snapshot_hung": "name"}),
    "a message and another error's code": (
        "Error ID: 1011. Error: An internal error occurred. [Another task is already in progress]",
        {"another_task_in_progress": "text", "disk_upload_timed_out": "1011"},
    ),
    "the code that two failures share": (
        "Error ID: 181008 VM: 'web01'. Error: No disksnapshots were found for the snapshot replication",
        {"no_disk_snapshots": "text 181008"},
    ),
    "a carrier and the message inside it": (
        "1028:VMwareGenericFailure An internal error occurred. [Cannot connect to the host (1004109)]",
        {"cannot_connect_to_host": "text"},
    ),
    "a carrier alone": ("Error code: 1028", {"vmware_generic": "1028"}),
    "readiness with its cause": (
        f"{READINESS} Possible causes: CBT cannot be enabled because snapshots are already present on the VM.",
        {"snapshots_present": "text"},
    ),
    "readiness with another cause": (
        f"{READINESS} Possible causes: Raw disk attached in physical mode isn't supported.",
        {"physical_mode_disk": "text"},
    ),
    "readiness alone": (
        READINESS,
        {"snapshots_present": "general"},
    ),
    "cut by a column": ("An internal error occurred. [Failed to conso...", {"consolidate_disks_failed": "cut"}),
    "cut within the brackets": (
        "An internal error occurred. [Another task is alre",
        {"another_task_in_progress": "cut"},
    ),
    "cut at the beginning": ("pshot configuration was detected.']", {"invalid_snapshot_configuration": "cut"}),
    "cut in the middle of the upload's message": (
        "The upload of data for disk [ds1] web01/web01.vmdk, 6000C29 of virtual machine…",
        {"disk_upload_timed_out": "cut"},
    ),
    "no apostrophe": (
        "The upload of data for disk d1 of virtual machine web01 didnt complete in time",
        {"disk_upload_timed_out": "text"},
    ),
    "wrapped within words": (
        "An internal error occurred. [Memory alloc\n    ation failed. Out of mem\n    ory.]",
        {"nfc_out_of_memory": "text"},
    ),
}
"""What people paste, and what is in it: failure id, and by what it is recognised."""

LABELS = [
    *("Error ID: {}", "Error code {}", "error-code={}", "ErrorCode : {}", '"errorCode": "{}"', '"errorCode":{}'),
    *("ServiceErrorDetailCode : {}", "ProviderErrorDetailErrorCode : {}", "Code : {}"),
    *("**Error ID:** {}", "Provider error code: {}", "ProviderErrorCode: {}", "Error ID\n{}", "Error ID\r\n\r\n{}"),
    *("<errorCode>{}</errorCode>", "ID d’erreur : {}", "ID d'erreur\u00a0: {}", "Code d’erreur : {}", "Fehler-ID: {}"),
    *("Fehlercode: {}", "Identificador del error: {}", "Código de error: {}", "ID do erro: {}", "ID de erro: {}"),
    *(
        "Código de erro: {}",
        "ID errore: {}",
        "Codice errore: {}",
        "Codice di errore: {}",
        "Fout-id: {}",
        "Foutcode: {}",
    ),
    *("Fel-ID: {}", "Felkod: {}", "Identyfikator błędu: {}", "Kod błędu: {}", "ID chyby: {}", "Kód chyby: {}"),
    *(
        "Hibakód: {}",
        "Hata kimliği: {}",
        "Hata kodu: {}",
        "Идентификатор ошибки: {}",
        "Код ошибки: {}",
        "エラー ID: {}",
    ),
    *("エラー コード：{}", "오류 ID: {}", "오류 코드: {}", "错误 ID：{}", "错误代码：{}", "錯誤 ID： {}", "錯誤碼 {}"),
    "Error ID：１８１００８",
]
"""How the portal, in its languages, and tools name a code."""

NO_CODES = [
    *("HTTP 508", "HTTP error 508", "HTTP status code: 508", "https error code 542", "status code 572"),
    *(
        "508 Loop Detected",
        "KB 1012",
        "KB1012",
        "VMware KB 1012384",
        "port 1022",
        "TCP 1022",
        "event 566",
        "Event ID: 566",
    ),
    *("Event ID 1011", "web-1011", "web1011", "srv-1011-a", "1011-web", "machine 1011", "10.10.1.572", "1011 MB"),
    *("181008 files copied", "exit code 1003", "System error 1003 has occurred.", "Windows error code 1018"),
    *("Win32 error: 1022", "1,011", "1.011", "6000C293-1028", "error in 572 of 1011 blocks of the copy"),
    *("host 10.1.1.7 gave up after 572 tries of a copy", "StorageAccountNotFound", '{"code": 508}'),
    '{"error":{"code":"StorageAccountNotFound","message":"not found"}}',
]
"""Numbers that are no codes of Azure Migrate, and a word that Resource Manager uses for any account."""


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_people_paste_is_recognised(stranger: str) -> None:
    pasted, expected = STRANGERS[stranger]
    assert {found.failure.id: how(found) for found in recognize(pasted)} == expected


def how(found: Recognition) -> str:
    """By what a failure was recognised, in the words of the table."""
    words = {
        "name": found.name,
        "text": found.message and not found.general_message,
        "general": found.general_message,
        "cut": found.cut_message,
        found.code: bool(found.code),
    }
    return " ".join(word for word, holds in words.items() if holds)


@pytest.mark.parametrize("label", LABELS)
def test_a_labelled_number_is_a_code_wherever_it_stands(label: str) -> None:
    text = label.format(181008)
    for pasted in (text, f"  {text}  ", f"2026-11-04 10:31 web01 port 443\n{text}\nHTTP 508, 3 of 566 disks"):
        assert find_codes(pasted) == ("181008",), pasted


@pytest.mark.parametrize(("code", "failure"), CODES)
def test_a_number_by_itself_is_a_code(code: str, failure: str) -> None:
    for pasted in (code, f" {code}\n", f"({code})", f"#{code}", f'"{code}"'):
        assert [found.failure.id for found in recognize(pasted)] == [failure]


@pytest.mark.parametrize("text", NO_CODES)
def test_a_number_that_is_no_code_and_a_general_word_are_not_recognised(text: str) -> None:
    assert recognize(text) == ()


@pytest.mark.parametrize(
    ("failure", "message"),
    [(failure, message) for messages in MESSAGES.values() for failure, texts in messages.items() for message in texts],
)
def test_a_message_in_another_language_is_recognised(failure: str, message: str) -> None:
    pasted = f"[{message.replace('…', 'xyz')}]"
    assert [found.failure.id for found in recognize(pasted)] == [failure]
    assert [found.failure.id for found in recognize(pasted.upper())] == [failure]


@pytest.mark.parametrize(("failure", "message"), ENGLISH + FRENCH)
class TestEveryDocumentedMessage:
    def recognised(self, pasted: str) -> list[str]:
        return [found.failure.id for found in recognize(pasted)]

    def test_survives_html(self, failure: str, message: str) -> None:
        assert self.recognised(html.escape(message)) == [failure]
        assert self.recognised(html.escape(html.escape(message))) == [failure]

    def test_survives_json(self, failure: str, message: str) -> None:
        for pasted in (
            json.dumps({"m": message}),
            json.dumps(json.dumps([message])),
            json.dumps(message, ensure_ascii=False),
        ):
            assert self.recognised(pasted) == [failure]

    def test_survives_a_narrow_terminal(self, failure: str, message: str) -> None:
        assert self.recognised(textwrap.fill(message, 24, initial_indent="  ", subsequent_indent="    ")) == [failure]

    def test_survives_lost_or_typographic_marks(self, failure: str, message: str) -> None:
        assert self.recognised(message.replace("'", "").replace("’", "")) == [failure]
        assert self.recognised(message.replace("'", "’")) == [failure]

    def test_is_found_within_other_text(self, failure: str, message: str) -> None:
        assert self.recognised(
            f"Hi all, since 10:31 we see this on port 1022:\n> {message}\nAny idea? KB 1012 did not help."
        ) == [failure]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_standard_input_may_be_in_the_encodings_of_powershell(encoding: str) -> None:
    data = ("\ufeff" if encoding == "utf-16-be" else "") + "Error ID: 181008"
    assert find_codes(decode(data.encode(encoding))) == ("181008",)
    assert decode(b"\xff\xfeE") == "\ufffd"


def test_only_the_beginning_of_a_huge_text_is_searched() -> None:
    assert recognize(" " * MAX_PASTED + "Error ID: 181008") == ()


def test_a_code_alone_may_mean_another_error_in_a_job() -> None:
    assert [found.other_in_jobs for found in recognize("1011")] == [True]
    assert [found.other_in_jobs for found in recognize("181008")] == [False]
    assert [found.other_in_jobs for found in recognize("1011:DiskUploadTimedOut")] == [False]


def test_every_documented_number_stands_for_a_failure() -> None:
    for failure in CATALOGUE.values():
        for code in failure.codes:
            (found,) = recognize(f"Error ID: {code.number}")
            assert found.failure.id == code.shared_with or found.failure is failure
