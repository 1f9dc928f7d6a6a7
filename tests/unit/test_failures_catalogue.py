"""The catalogue is complete, points only to known documents, and knows nothing of the rest of the package."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from azure_migrate_exporter import failures
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import Place, place
from azure_migrate_exporter.failures.data.other_languages import MESSAGES
from azure_migrate_exporter.failures.model import PLACEHOLDERS, Article, Failure, Link, Projects, Signal, Source, Text
from azure_migrate_exporter.failures.normalization import normalize
from tests.documented import ARTICLE

LATER = [
    "disk_download_timed_out",
    "replication_component_timed_out",
    "host_connection_refused",
    "change_tracking_reset",
    "snapshots_present",
    "change_id_unavailable",
    "no_disk_snapshots",
    "physical_mode_disk",
    "resync_snapshot_missing",
    "storage_account_not_found",
    "state_container_not_found",
    "snapshot_operations_throttled",
    "key_vault_permissions",
    "file_too_large",
    "cannot_connect_to_host",
    "change_tracker_save_failed",
    "snapshot_file_unopenable",
    "vmware_generic",
]
ELSEWHERE = [
    "test_migration_missing",
    "target_name_taken",
    "boot_diagnostics_account_unavailable",
    "vcenter_privileges_missing",
]

KNOWN_FWLINKS = {
    2125430, 2138888, 2138889, 2138890, 2138891, 2138966, 2138967, 2138969, 2138970, 2138971, 2138972, 2139104, 2139203,
    2142917, 2143208, 2166464, 2380904,
}  # fmt: skip
BROADCOM = re.compile(r"https://knowledge\.broadcom\.com/external/article(?:/|\?legacyId=)(\d+)")
KNOWN_VMWARE_ARTICLES = {"1004109", "1012384", "1020128", "2042742", "2048201", "316392", "320557"}

ARTICLE_NUMBER = re.compile(r"(?:KB|Broadcom)\s+(\d+)")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
EVERY_FAILURE = pytest.mark.parametrize("failure", CATALOGUE.values(), ids=list(CATALOGUE))


def texts(failure: Failure) -> Iterator[Text]:
    """Everything of a failure that a person reads."""
    yield from (failure.title, failure.summary)
    for cause in failure.causes:
        yield cause.text
    for step in failure.fix:
        yield step.text
    for check in failure.checks:
        yield check.signal.question
    for link in failure.documents:
        yield link.title


def commands(failure: Failure) -> Iterator[str]:
    for step in failure.fix:
        yield from step.commands


def all_links() -> dict[str, Link]:
    return {name: value for name, value in vars(links).items() if isinstance(value, Link)}


def all_signals() -> dict[str, Signal]:
    return {name: value for name, value in vars(evidence).items() if isinstance(value, Signal)}


def test_it_holds_exactly_the_documented_failures() -> None:
    assert list(CATALOGUE)[: len(ARTICLE)] == [*ARTICLE]
    assert set(CATALOGUE) == {*ARTICLE, *LATER, *ELSEWHERE}
    assert [id_ for id_, failure in CATALOGUE.items() if failure.since is Article.Y2020] == [*ARTICLE]
    assert {id_ for id_, failure in CATALOGUE.items() if failure.since is Article.ELSEWHERE} == set(ELSEWHERE)


def test_no_code_stands_for_two_failures_unless_it_says_so() -> None:
    owners = [code.number for failure in CATALOGUE.values() for code in failure.codes if code.shared_with is None]
    assert len(owners) == len(set(owners))
    shared = [code for failure in CATALOGUE.values() for code in failure.codes if code.shared_with]
    assert [(code.number, code.shared_with) for code in shared] == [("181008", "dispose_artefacts_timed_out")]


def test_no_pattern_belongs_to_two_failures() -> None:
    owners: dict[str, str] = {}
    for failure in CATALOGUE.values():
        messages = [*failure.general, *failure.english, *failure.french]
        messages += [text for translated in MESSAGES.values() for text in translated.get(failure.id, ())]
        for text in (*messages, *failure.symbols):
            assert owners.setdefault(normalize(text), failure.id) == failure.id
            assert all(len(normalize(part)) > 5 or not part.isascii() for part in text.split("…"))


def test_every_translated_message_belongs_to_a_documented_failure() -> None:
    assert {failure for messages in MESSAGES.values() for failure in messages} <= set(CATALOGUE)


def test_only_what_has_a_document_is_called_documented() -> None:
    """The sources that readers rely on most: what the article says, what it leaves to VMware, and what is inferred."""
    causes = {f"{f.id}/{c.id}": c.source for f in CATALOGUE.values() for c in f.causes}
    assert {name for name, source in causes.items() if source is Source.INFERENCE} == {
        "key_vault_configure_storage/vault_network",
        "key_vault_generate_sas/vault_network",
        "snapshot_hung/question",
        "snapshot_hung/no_space",
        "snapshot_hung/quiescing",
        "consolidate_disks_failed/no_space",
        "operation_not_allowed/machine_inaccessible",
        "target_name_taken/name_taken",
    }
    vmware = {step.text.en[:21] for f in CATALOGUE.values() for step in f.fix if step.source is Source.VMWARE}
    assert vmware == {
        "Check that {vm} has n",
        "Reset tracking with P",
        "If the host does not ",
        "If a task of {vm} no ",
        "Move {vm} to a datast",
    }


@EVERY_FAILURE
class TestEveryFailure:
    def test_can_be_recognised(self, failure: Failure) -> None:
        assert failure.codes or failure.symbols or failure.english
        assert all(code.articles for code in failure.codes)

    def test_has_causes_each_with_steps_to_follow(self, failure: Failure) -> None:
        assert failure.causes
        assert all(cause.fix for cause in failure.causes)
        ids = [cause.id for cause in failure.causes]
        assert len(ids) == len(set(ids))

    def test_has_something_to_paste(self, failure: Failure) -> None:
        assert any(commands(failure))

    def test_leaves_no_text_empty_or_untrimmed(self, failure: Failure) -> None:
        for text in texts(failure):
            for spoken in filter(None, (text.en, text.fr)):
                assert spoken == " ".join(spoken.split())
            assert text.en
            assert text.fr != ""

    def test_ends_its_sentences(self, failure: Failure) -> None:
        prose = [failure.summary, *(cause.text for cause in failure.causes), *(step.text for step in failure.fix)]
        for text in prose:
            assert text.en.endswith(".")
            assert text.fr is None or text.fr.endswith(".")
        assert not failure.title.en.endswith("..")

    def test_uses_only_placeholders_that_labels_can_fill(self, failure: Failure) -> None:
        for text in texts(failure):
            assert set(PLACEHOLDER.findall(text.en)) <= PLACEHOLDERS
            assert text.fr is None or set(PLACEHOLDER.findall(text.fr)) == set(PLACEHOLDER.findall(text.en))
        for command in commands(failure):
            assert set(PLACEHOLDER.findall(command)) <= PLACEHOLDERS

    def test_quotes_names_that_may_hold_anything(self, failure: Failure) -> None:
        for command in commands(failure):
            for name in PLACEHOLDER.finditer(command):
                assert name[1].endswith("_address") or place(command, name.start()) is not Place.QUOTED

    def test_names_no_retired_cmdlet(self, failure: Failure) -> None:
        assert not [command for command in commands(failure) if "azurerm" in command.lower()]

    def test_points_only_to_known_documents(self, failure: Failure) -> None:
        assert set(failure.documents) <= set(all_links().values())
        for spoken in (spoken for text in texts(failure) for spoken in (text.en, text.fr or "")):
            assert set(ARTICLE_NUMBER.findall(spoken)) <= KNOWN_VMWARE_ARTICLES
            assert "http" not in spoken.replace("https://{appliance}:44368", "")
        assert not [
            command for command in commands(failure) if "http" in command and "{account_address}" not in command
        ]

    def test_follows_a_link_that_its_steps_mention(self, failure: Failure) -> None:
        for step in failure.fix:
            if "below)" in step.text.en:
                assert step.links

    def test_can_be_printed_on_a_windows_console(self, failure: Failure) -> None:
        for spoken in (spoken for text in texts(failure) for spoken in (text.en, text.fr or "")):
            spoken.encode("cp1252")
        "\n".join(commands(failure)).encode("ascii")

    def test_does_not_send_a_legacy_check_to_every_project(self, failure: Failure) -> None:
        for cause in failure.causes:
            generations = {check.signal.projects for check in cause.checks}
            if generations == {Projects.LEGACY}:
                assert Projects.LEGACY in (cause.projects, failure.projects)


@pytest.mark.parametrize("id_", ARTICLE)
def test_a_failure_of_the_french_article_is_complete_in_french(id_: str) -> None:
    missing = [text.en for text in texts(CATALOGUE[id_]) if text.fr is None]
    assert missing == []
    assert CATALOGUE[id_].french
    assert CATALOGUE[id_].in_french


@pytest.mark.parametrize("id_", LATER + ELSEWHERE)
def test_a_later_failure_is_english_and_says_so(id_: str) -> None:
    assert not CATALOGUE[id_].in_french
    assert CATALOGUE[id_].title.into("fr") == CATALOGUE[id_].title.en


def test_every_link_is_known_and_used() -> None:
    redirect = re.compile(r"https://go\.microsoft\.com/fwlink/\?linkid=(\d+)")
    for name, link in all_links().items():
        assert set(ARTICLE_NUMBER.findall(link.title.en)) <= KNOWN_VMWARE_ARTICLES, name
        match = redirect.fullmatch(link.url)
        number = BROADCOM.fullmatch(link.url)
        assert (match and int(match[1]) in KNOWN_FWLINKS) or (number and number[1] in KNOWN_VMWARE_ARTICLES), name
    used = {link for failure in CATALOGUE.values() for link in failure.documents}
    assert used == set(all_links().values())


def test_every_signal_is_used_and_belongs_to_a_collector() -> None:
    known = {*COLLECTORS, "replication", "azuremonitor"}
    every = all_signals()
    assert {signal.collector for signal in every.values()} <= known
    assert len({signal.id for signal in every.values()}) == len(every)
    assert {check.signal for failure in CATALOGUE.values() for check in failure.checks} == set(every.values())


def test_a_symptom_of_the_path_is_checked_along_the_whole_path() -> None:
    path = ["appliance", "gateway_service", "storage_gateway", "storage_replication", "servicebus", "eventhubs"]
    dispose = [check.signal.id for check in CATALOGUE["dispose_artefacts_timed_out"].checks]
    assert dispose == [*path, "keyvault"]
    upload = [check.signal.id for check in CATALOGUE["disk_upload_timed_out"].checks]
    assert upload[:3] == ["appliance", "gateway_service", "storage_cache"]
    assert "keyvault" in upload


def test_it_imports_nothing_else_of_the_package() -> None:
    package = failures.__name__
    for module in pkgutil.walk_packages(failures.__path__, f"{package}."):
        source = Path(importlib.import_module(module.name).__file__ or "").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            foreign = [
                n
                for n in names
                if n.startswith("azure_migrate_exporter")
                and not n.startswith((package, "azure_migrate_exporter.quoting"))
            ]
            assert foreign == [], module.name
