"""Row by row: each documented message, code and symbol is recognised as its own failure, and as no other."""

# ruff: noqa: RUF001 - French typography is what is tested

import pytest

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import MAX_TEXT, UNKNOWN, classify, matches
from tests.documented import CODES, ENGLISH, FRENCH, SYMBOLS


@pytest.mark.parametrize(("failure", "message"), ENGLISH + FRENCH)
def test_a_documented_message_is_its_own_failure_and_no_other(failure: str, message: str) -> None:
    assert matches(message) == [failure]
    assert classify(None, message) == failure


@pytest.mark.parametrize(("code", "failure"), CODES)
def test_a_documented_code_alone_is_enough(code: str, failure: str) -> None:
    assert classify(code) == classify(int(code)) == classify(f" {code}\n", "", None) == failure


@pytest.mark.parametrize(("symbol", "failure"), SYMBOLS)
def test_a_symbol_is_recognised_as_code_in_any_case(symbol: str, failure: str) -> None:
    assert classify(symbol) == classify(symbol.upper()) == failure


@pytest.mark.parametrize(("symbol", "failure"), [row for row in SYMBOLS if row[1] != "vmware_generic"])
def test_a_symbol_is_recognised_inside_a_message(symbol: str, failure: str) -> None:
    assert matches(f"The cycle failed: {symbol}.") == [failure]


def test_every_failure_is_reached_by_a_code_a_symbol_or_a_message() -> None:
    reached = {failure for failure, _ in ENGLISH} | {failure for _, failure in CODES + SYMBOLS}
    assert reached == set(CATALOGUE)


def test_every_code_and_symbol_of_the_catalogue_has_a_row_here() -> None:
    codes = {code.number for failure in CATALOGUE.values() for code in failure.codes}
    assert codes == {code for code, _ in CODES}
    symbols = " ".join(symbol for symbol, _ in SYMBOLS)
    assert all(symbol in symbols.replace(" ", "") for failure in CATALOGUE.values() for symbol in failure.symbols)


class TestAmbiguity:
    def test_the_message_distinguishes_the_two_failures_of_181008(self) -> None:
        by_id = dict(ENGLISH)
        assert classify("181008", by_id["no_disk_snapshots"]) == "no_disk_snapshots"
        assert classify("181008", by_id["dispose_artefacts_timed_out"]) == "dispose_artefacts_timed_out"
        assert classify("181008", "Something else.") == "dispose_artefacts_timed_out"

    def test_a_symbol_takes_precedence_over_the_number_beside_it(self) -> None:
        assert classify("181008:NoDiskSnapshotsFound") == "no_disk_snapshots"

    @pytest.mark.parametrize(("failure", "message"), ENGLISH + FRENCH)
    def test_the_text_inside_the_generic_carrier_decides(self, failure: str, message: str) -> None:
        assert classify("1028:VMwareGenericFailure", message) == failure
        assert classify("1028", f"1028:VMwareGenericFailure {message}") == failure

    def test_the_carrier_is_the_answer_only_if_its_text_is_not_documented(self) -> None:
        assert classify("1028", "An internal error occurred. [The licence has expired]") == "vmware_generic"

    def test_the_providers_message_decides_if_the_outer_one_is_not_documented(self) -> None:
        assert classify("1011", "An internal error occurred.", "", "[Generate Snapshot Hung]") == "snapshot_hung"

    def test_the_outer_message_decides_over_the_inner_one(self) -> None:
        assert (
            classify(None, "Encountered an error while trying to fetch change blocks", "Cannot connect to the host")
            == "fetch_changed_blocks"
        )

    def test_the_reason_inside_a_failed_consolidation_does_not_replace_it(self) -> None:
        message = "[Failed to consolidate the disks on VM [Another task is already in progress]]"
        assert classify(None, message) == "consolidate_disks_failed"
        assert matches(message) == ["consolidate_disks_failed", "another_task_in_progress"]


class TestGeneralMessages:
    READINESS = "Cannot replicate this virtual machine with current VMware configuration."

    @pytest.mark.parametrize(
        ("causes", "failure"),
        [
            ("Change tracking can't be enabled because snapshots are already present on the VM.", "snapshots_present"),
            ("Raw disk attached in physical mode isn't supported by snapshot replication.", "physical_mode_disk"),
            ("The disk is marked as an independent disk.", "change_id_unavailable"),
            ("The virtual machine has an encrypted disk.", UNKNOWN),
            ("", "snapshots_present"),
        ],
    )
    def test_the_possible_causes_decide_before_the_general_sentence(self, causes: str, failure: str) -> None:
        assert classify(None, self.READINESS, "", causes) == failure
        assert classify("ProtectionReadinessError", self.READINESS, causes) == failure

    def test_a_number_decides_if_the_causes_are_not_documented(self) -> None:
        assert classify("31453", self.READINESS, "Something else.") == "snapshots_present"

    @pytest.mark.parametrize(
        ("code", "failure"),
        [
            ("StorageAccountNotFound", UNKNOWN),
            ("ResourceNotFound: StorageAccountNotFound", UNKNOWN),
            ("542", "storage_account_not_found"),
            ("542:StorageAccountNotFound", "storage_account_not_found"),
        ],
    )
    def test_a_word_of_resource_manager_counts_only_with_its_number(self, code: str, failure: str) -> None:
        assert classify(code, "The storage account was not found.") == failure


class TestTypography:
    @pytest.mark.parametrize(
        "message",
        [
            "suspension de la génération de l'instantané",
            "SUSPENSION DE LA GÉNÉRATION DE L’INSTANTANÉ",
            "Suspension\u00a0de la\u202fgénération de l‘instantané",
            "Suspension  de la\r\n\tgénération de l’instantané",
            "Suspension de la ge\u0301ne\u0301ration de l’instantane\u0301",
            "Suspension de la generation de l'instantane",
            "\ufeffSus\u00adpension de la gé\u200bnération de l´instantané",
        ],
    )
    def test_any_way_of_typing_it_is_the_same_message(self, message: str) -> None:
        assert classify(None, f"Une erreur interne s’est produite. [{message}]") == "snapshot_hung"

    @pytest.mark.parametrize("marks", ["«\u00a0{}\u00a0»", "«\u202f{}\u202f»", "“{}”", "„{}“", "'{}'", "{}", "‘{}’"])
    def test_any_quotation_marks_are_the_same(self, marks: str) -> None:
        event = marks.format("DisposeArtefactsTimeout")
        assert matches(f"Événement d’expiration du délai {event} rencontré dans l’état") == [
            "dispose_artefacts_timed_out"
        ]

    def test_a_contraction_may_be_written_out(self) -> None:
        message = dict(ENGLISH)["disk_upload_timed_out"]
        assert classify(None, message.replace("didn't", "didn’t")) == "disk_upload_timed_out"
        assert classify(None, message.replace("didn't", "did not")) == "disk_upload_timed_out"


class TestUnknown:
    @pytest.mark.parametrize(
        "code", [None, "", " ", "0", 0, -1, "999999", "SRSVMHealthChanged", "10.10.1.572", "1011x"]
    )
    def test_an_undocumented_code_is_unknown(self, code: str | int | None) -> None:
        assert classify(code) == UNKNOWN

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "An internal error occurred.",
            "An internal error occurred. []",
            "Une erreur interne s’est produite. [Mot inconnu]",
            "The last replication cycle for the virtual machine 'web01' failed. Encountered timeout event.",
            "upload of data for disk",
            "The upload of data for disk d1 of virtual machine web01 completed.",
            "memory allocation failed",
            "<html><body>502 Bad Gateway</body></html>",
            "\x00\ud800\udfff\U0010ffff",
            "内部エラーが発生しました",
        ],
    )
    def test_an_undocumented_text_is_unknown(self, text: str) -> None:
        assert matches(text) == []
        assert classify("999999", text, None) == UNKNOWN

    @pytest.mark.parametrize(
        "piece",
        [
            "upload of data for disk of virtual machine ",
            "upload of data for disk ",
            "memory allocation failed ",
            "chargement des données du disque de la machine virtuelle ",
            "é",
            "[",
            "(" * 50,
            "\ufdfa",  # one character that decomposes into eighteen
        ],
    )
    def test_a_very_long_text_is_answered(self, piece: str) -> None:
        assert classify(piece * 200_000, piece * 200_000) == UNKNOWN

    def test_a_message_beyond_the_limit_is_not_searched(self) -> None:
        assert classify(None, "x" * MAX_TEXT + "Generate Snapshot Hung") == UNKNOWN
        assert classify(None, "x" * (MAX_TEXT - 22) + "Generate Snapshot Hung") == "snapshot_hung"
