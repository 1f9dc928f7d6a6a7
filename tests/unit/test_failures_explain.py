"""`explain` finds what a person asks for and prints an entry that can be followed."""

import itertools
import re

import pytest
from click.testing import CliRunner

from azure_migrate_exporter.cli import main
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import paste, with_finders
from azure_migrate_exporter.failures.explain import WIDTH, Page, explain, fill, find
from azure_migrate_exporter.failures.model import CHOICES, LANGUAGES, PLACEHOLDERS, Language, Source
from tests.documented import CODES, ENGLISH, FRENCH, SYMBOLS

EVERYTHING = list(itertools.product(CATALOGUE, LANGUAGES))
VALUES = {
    "appliance": "app01",
    "account": "migratelsa1",
    "bus_namespace": "migratesbns1",
    "keyvault": "migratekv1",
    "account_address": "migratelsa1.blob.core.usgovcloudapi.net",
    "namespace_address": "migratesbns1.servicebus.usgovcloudapi.net",
    "eventhubs_address": "migrateehns1.servicebus.usgovcloudapi.net",
    "keyvault_address": "migratekv1.vault.usgovcloudapi.net",
    "host": "esx01.example.com",
    "vm": "web01",
    "vm_id": "5015f6d8-fc84-afdf-de47-1eab79330f00",
    "vcenter": "vc01",
    "datastore": "ds1",
}


class TestFind:
    @pytest.mark.parametrize(("failure", "message"), ENGLISH + FRENCH)
    def test_by_message(self, failure: str, message: str) -> None:
        assert find(message) is CATALOGUE[failure]

    @pytest.mark.parametrize(("code", "failure"), CODES + SYMBOLS)
    def test_by_code_or_symbol(self, code: str, failure: str) -> None:
        assert find(code) is CATALOGUE[failure]

    @pytest.mark.parametrize("failure", CATALOGUE)
    def test_by_its_own_id(self, failure: str) -> None:
        assert find(f" {failure.upper()} ") is CATALOGUE[failure]

    @pytest.mark.parametrize("question", ["Error ID: 181008", "ID d’erreur : 181008", "error (181008)"])  # noqa: RUF001 - as typed
    def test_by_a_code_with_a_word_before_it(self, question: str) -> None:
        assert find(question) is CATALOGUE["dispose_artefacts_timed_out"]

    @pytest.mark.parametrize("question", ["", " ", "unknown", "42", "host 10.1.1.7 gave up after 572 tries of a copy"])
    def test_an_undocumented_question_finds_nothing(self, question: str) -> None:
        assert find(question) is None


class TestTheCommand:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        ("question", "failure"), [*CODES, *SYMBOLS, *((text, of) for of, text in ENGLISH + FRENCH)]
    )
    def test_prints_the_entry_of_every_documented_code_symbol_and_message(
        self, question: str, failure: str, language: Language
    ) -> None:
        output = CliRunner().invoke(main, ["explain", question, "--lang", language])
        head, _, entry = output.stdout.partition("\n\n")
        assert (output.exit_code, entry) == (0, explain(CATALOGUE[failure], language))
        assert head.splitlines()[0].rstrip("\u00a0:") == {"en": "Recognised", "fr": "Reconnu"}[language]
        assert head.splitlines()[1].startswith(f"  {failure}  ")

    def test_takes_a_message_without_quotes(self) -> None:
        output = CliRunner().invoke(main, ["explain", "[Generate", "Snapshot", "Hung]"])
        assert (output.exit_code, output.stdout.splitlines()[5]) == (0, "snapshot_hung")
        assert output.stdout.startswith("Recognised:\n  snapshot_hung  by its text\n\nThe creation")

    def test_reads_standard_input(self) -> None:
        pasted = "Error ID: 1011\r\nError: An internal error occurred. [Another task is already in progress]\r\n"
        for data in (pasted.encode(), pasted.encode("utf-16")):
            output = CliRunner().invoke(main, ["explain", "-"], input=data)
            assert output.exit_code == 0
            assert output.stdout.startswith(TWO_FAILURES)
            assert output.stdout.count("\nCauses and fixes") == 2

    def test_prints_three_entries_and_lists_the_others(self) -> None:
        output = CliRunner().invoke(
            main, ["explain", "--lang=fr", *(f"Error code {code}," for code in (508, 563, 566, 572))]
        )
        assert output.stdout.count("\nCauses et solutions") == 3
        assert "\n  azure-migrate-exporter explain consolidate_disks_failed --lang fr\n" in output.stdout

    def test_says_that_a_general_sentence_is_general(self) -> None:
        sentence = "Cannot replicate this virtual machine with current VMware configuration."
        output = CliRunner().invoke(main, ["explain", sentence])
        assert "Azure shows this sentence for other problems too" in output.stdout

    def test_an_undocumented_question_is_one_line(self) -> None:
        output = CliRunner().invoke(main, ["explain", "42"])
        assert (output.exit_code, output.stdout) == (1, "")
        assert output.stderr == (
            "no documented failure has this code or message: paste the whole message with its brackets; if the portal "
            "is not in English, switch the portal to English or paste the code with its label\n"
        )


class TestExplain:
    @pytest.mark.parametrize(("failure", "language"), EVERYTHING)
    def test_every_entry_has_every_step_and_command(self, failure: str, language: Language) -> None:
        entry = CATALOGUE[failure]
        page = explain(entry, language)
        flat = " ".join(page.split())
        assert failure in page
        for step in entry.fix:
            assert all(Page(language, {}).command(command) in page for command in step.commands)
        for words in (entry.summary, *(cause.text for cause in entry.causes), *(step.text for step in entry.fix)):
            assert " ".join(words.into(language).split()) in flat
        for check in entry.checks:
            assert check.signal.command in page
        for link in entry.documents:
            assert link.url in page

    @pytest.mark.parametrize(("failure", "language"), EVERYTHING)
    def test_prose_keeps_to_the_width_and_lines_have_no_trailing_space(self, failure: str, language: Language) -> None:
        page = explain(CATALOGUE[failure], language)
        written = Page(language, {}).command
        commands = {written(command) for step in with_finders(CATALOGUE[failure].fix) for command in step.commands}
        assert page.endswith("\n")
        assert "\n\n\n" not in page
        for line in page.splitlines():
            assert line == line.rstrip()
            assert len(line) <= WIDTH or line.strip() in commands

    @pytest.mark.parametrize(("failure", "language"), EVERYTHING)
    def test_values_fill_every_placeholder(self, failure: str, language: Language) -> None:
        page = explain(CATALOGUE[failure], language, VALUES)
        assert not re.search("{(" + "|".join(PLACEHOLDERS) + ")}", page)
        assert ("{…}" in page) == bool(re.search(r"<\w", page))  # the last line asks for what is still open

    @pytest.mark.parametrize(("failure", "language"), EVERYTHING)
    def test_it_can_be_printed_on_a_windows_console(self, failure: str, language: Language) -> None:
        explain(CATALOGUE[failure], language).encode("cp1252")

    def test_it_is_one_whole_page(self) -> None:
        assert explain(CATALOGUE["host_connection_refused"], values={"host": "esx01", "appliance": "app01"}) == PAGE

    def test_steps_are_numbered_within_their_cause(self) -> None:
        page = explain(CATALOGUE["dispose_artefacts_timed_out"])
        numbers = re.findall(r"^ +(\d+)\.(\d+) ", page, re.MULTILINE)
        causes = CATALOGUE["dispose_artefacts_timed_out"].causes
        assert numbers == [(str(c), str(s)) for c, cause in enumerate(causes, 1) for s, _ in enumerate(cause.fix, 1)]

    def test_a_shared_code_names_the_other_failure_in_both_entries(self) -> None:
        assert "no_disk_snapshots" in explain(CATALOGUE["dispose_artefacts_timed_out"])
        assert "shared with dispose_artefacts_timed_out" in explain(CATALOGUE["no_disk_snapshots"])

    def test_causes_that_only_old_projects_have_are_marked(self) -> None:
        page = explain(CATALOGUE["disk_upload_timed_out"])
        assert page.count("(only projects made before 2024") == 3

    def test_indirect_evidence_is_labelled(self) -> None:
        assert "(indirect evidence)" in " ".join(explain(CATALOGUE["nfc_out_of_memory"]).split())

    @pytest.mark.parametrize("failure", CATALOGUE)
    def test_what_is_left_to_choose_has_a_name_in_the_language_of_the_page(self, failure: str) -> None:
        for language, names in (("en", CHOICES.keys()), ("fr", CHOICES.values())):
            page = explain(CATALOGUE[failure], "fr" if language == "fr" else "en")
            assert set(re.findall(r"<([^\W\d_][\w ]*)>", page)) <= {*names}
        assert not any("'" in name for name in (*CHOICES, *CHOICES.values()))

    @pytest.mark.parametrize(("failure", "language"), EVERYTHING)
    def test_every_cause_and_step_shows_its_source(self, failure: str, language: Language) -> None:
        tags = {
            Source.MICROSOFT: "[Microsoft]",
            Source.VMWARE: "[VMware]",
            Source.INFERENCE: {"en": "[inferred]", "fr": "[déduit]"}[language],
        }
        flat = " ".join(explain(CATALOGUE[failure], language).replace("\u00a0", " ").split())
        shown = [(cause.text, cause.source) for cause in CATALOGUE[failure].causes]
        shown += [(step.text, step.source) for step in CATALOGUE[failure].fix]
        for text, source in shown:
            assert f"{' '.join(text.into(language).split())} {tags[source]}" in flat

    def test_french_punctuation_never_begins_a_line(self) -> None:
        for failure in CATALOGUE.values():
            assert not re.search(r"^\s*[:;?!»]", explain(failure, "fr"), re.MULTILINE)

    def test_an_entry_without_french_says_that_it_is_english(self) -> None:
        assert "n'existe qu'en anglais" in explain(CATALOGUE["no_disk_snapshots"], "fr")
        assert "n'existe qu'en anglais" not in explain(CATALOGUE["snapshot_hung"], "fr")
        assert "What" not in explain(CATALOGUE["snapshot_hung"], "fr")


class TestFill:
    def test_what_has_no_value_stays_visible(self) -> None:
        assert fill("Log on to {appliance} as <user>; {undefined}.", {"vm": "web01"}) == (
            "Log on to {appliance} as <user>; {undefined}."
        )

    def test_a_value_is_never_filled_again(self) -> None:
        assert fill("{vm} on {host}", {"vm": "{host}", "host": "esx01"}) == "{host} on esx01"

    def test_a_name_in_a_command_stays_one_word(self) -> None:
        values = {"vm": "it's; Remove-VM *", "appliance": "Site A's", "vcenter": "vc01.example.com"}
        assert paste("Get-VM -Name {vm}", values) == "Get-VM -Name 'it''s; Remove-VM *'"
        exporter = "azure-migrate-exporter collect"
        assert paste(f"{exporter} gateway {{appliance}}", values) == f'{exporter} gateway "Site A\'s"'
        assert (
            paste(f"{exporter} vsphere {{vcenter}} {{host}}", values) == f"{exporter} vsphere vc01.example.com {{host}}"
        )


TWO_FAILURES = """\
Recognised:
  another_task_in_progress  by its text
  disk_upload_timed_out     by the code 1011
  1011 is a code of replication cycles. In a job of the vault the same number can mean another
  error: there, paste the message.

Another task of the machine is running (Another task is already in progress)
"""

PAGE = """\
The appliance cannot reach an ESXi host (HostConnectionRefused)
---------------------------------------------------------------
host_connection_refused

Code       1022 (article of 2022, 2023, 2026)
Symbol     HostConnectionRefused
Article    since the version of 2022
Projects   all

What happened

  The appliance reads disks from the ESXi host itself, over TCP 902. It cannot resolve the
  host's name, or the port is closed to it.

Causes and fixes, the most upstream first

 1. The name of the host esx01, as vCenter knows it, does not resolve on the appliance.
    [Microsoft]
    How to tell:
      - Does the host's name resolve, and does TCP 902 open? (shows it)
          azure-migrate-exporter collect esxi esx01
    What to do:
      1.1 On the appliance, resolve the name. [Microsoft]
            Resolve-DnsName -Name 'esx01'
      1.2 If it does not resolve, correct the appliance's DNS server, or add a line to its hosts
          file. [Microsoft]
            Add-Content -Path C:\\Windows\\System32\\drivers\\etc\\hosts -Value ('<address> ' + 'esx01')

 2. TCP 902 of the host esx01 is blocked on the way from the appliance. [Microsoft]
    How to tell:
      - Does the host's name resolve, and does TCP 902 open? (shows it)
          azure-migrate-exporter collect esxi esx01
      - Is the machine's ESXi host connected to vCenter? (an early sign)
          azure-migrate-exporter collect vsphere {vcenter}
    What to do:
      2.1 On the appliance, check that TcpTestSucceeded is True. [Microsoft]
            Test-NetConnection -ComputerName 'esx01' -Port 902
      2.2 If it is False, have TCP 902 opened from the appliance app01 to every ESXi host, in
          the network's firewalls and in the host's own. [Microsoft]

Then

  1. Wait for the next cycle of {vm} (at most 12 hours after the last) and check that its health
     becomes normal. A test migration can follow. [Microsoft]
       azure-migrate-exporter collect replication

[Microsoft] and [VMware]: documented there. [inferred]: in no document, concluded from how the
components work or reported by users.

Replace what is in {…} and <…> with your own names.
"""
