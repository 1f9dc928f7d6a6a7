"""Which steps a question takes, in which order, and which of them are settled without asking."""

from pathlib import Path

import pytest

from azure_migrate_exporter.config.loader import parse
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.model import Machine, Question, Verdict
from azure_migrate_exporter.diagnosis.procedure import plan_steps
from azure_migrate_exporter.diagnosis.stages import CHECK_NAMES, STAGES, project_generation
from azure_migrate_exporter.failures.catalogue import CATALOGUE

ORDER = ["appliance", "gateway", "storage", "servicebus", "eventhubs", "keyvault", "esxi", "vsphere", "replication"]

PARIS = """
  - name: paris
    address: appliance
    gateway: {source: local}
    storage:
      - {account: migratelsa1, role: cache, sas: {file: sas}}
      - {account: migrategwsa1, role: gateway, sas: {file: sas}}
    servicebus: [{namespace: migratesbns1, connection_string: {file: sb}}]
    eventhubs: [{namespace: migrateehns1, hub: h, connection_string: {file: sb}}]
    keyvaults: [{vault: migratekv1}]
    esxi: {hosts: [esx01]}
"""
LYON = """
  - name: lyon
    generation: greenfield
    address: other
    gateway: {source: local}
    storage: [{account: migratersa1, role: replication, sas: {file: sas}}]
"""
VCENTER = "vcenters: [{name: vc01, address: vc01, username: u, password: {file: p}}]\n"


def settings(*appliances: str, more: str = VCENTER) -> Settings:
    return parse(f"appliances:{''.join(appliances) or ' []'}\n{more}", Path("exporter.yml"))


def planned(of: Settings, question: Question) -> list[tuple[str, str, str]]:
    """Collector, target and appliance of each step."""
    return [(s.stage.collector, s.target, s.appliance) for s in plan_steps(of, question) if s.skipped is None]


def skipped(of: Settings, question: Question, verdict: Verdict) -> list[str]:
    return [step.stage.collector for step in plan_steps(of, question) if step.skipped is verdict]


def about(failure: str) -> Question:
    return Question(CATALOGUE[failure])


def test_the_stages_are_those_of_the_article_and_the_benchmark_comes_last() -> None:
    assert [stage.collector for stage in STAGES] == [*ORDER, "storage_benchmark"]
    assert [*CHECK_NAMES] == ORDER


def test_a_legacy_appliance_has_every_step_in_the_articles_order() -> None:
    assert planned(settings(PARIS), Question()) == [
        ("appliance", "paris", "paris"),
        ("gateway", "paris", "paris"),
        ("storage", "migrategwsa1", "paris"),
        ("storage", "migratelsa1", "paris"),
        ("servicebus", "migratesbns1", "paris"),
        ("eventhubs", "migrateehns1", "paris"),
        ("keyvault", "migratekv1", "paris"),
        ("esxi", "", "paris"),
        ("vsphere", "vc01", ""),
    ]


@pytest.mark.parametrize(
    ("failure", "account"), [("dispose_artefacts_timed_out", "migrategwsa1"), ("disk_upload_timed_out", "migratelsa1")]
)
def test_an_error_checks_only_the_account_that_it_concerns(failure: str, account: str) -> None:
    accounts = [target for collector, target, _ in planned(settings(PARIS), about(failure)) if collector == "storage"]
    assert accounts == [account]


@pytest.mark.parametrize("failure", ["dispose_artefacts_timed_out", "disk_upload_timed_out"])
def test_a_greenfield_project_has_one_account_and_the_rest_does_not_apply(failure: str) -> None:
    assert [step for step in planned(settings(LYON), about(failure)) if step[0] != "vsphere"] == [
        ("appliance", "lyon", "lyon"),
        ("gateway", "lyon", "lyon"),
        ("storage", "migratersa1", "lyon"),
    ]
    assert skipped(settings(LYON), about(failure), Verdict.NOT_APPLICABLE) == ["servicebus", "eventhubs", "keyvault"]


def test_an_error_of_vcenter_asks_vcenter_alone() -> None:
    assert planned(settings(PARIS, LYON), about("snapshot_hung")) == [("vsphere", "vc01", "")]
    assert planned(settings(PARIS), about("host_connection_refused")) == [
        ("esxi", "", "paris"),
        ("vsphere", "vc01", ""),
    ]


def test_what_no_check_shows_takes_no_step() -> None:
    assert plan_steps(settings(PARIS), about("disk_download_timed_out")) == ()


def test_what_is_missing_is_named_with_the_section_to_add() -> None:
    found = plan_steps(settings("\n  - {name: paris, generation: legacy}", more=""), Question())
    notes = {
        step.stage.collector: step.skip_reason.en
        for step in found
        if step.skipped is Verdict.NOT_CONFIGURED and step.skip_reason
    }
    assert notes["appliance"] == "add the section appliances[].address"
    assert notes["keyvault"] == "add the section appliances[].keyvaults"
    assert notes["vsphere"] == "add the section vcenters"
    assert notes["replication"] == "add the section replication"
    assert "most projects have no namespace of their own" in notes["eventhubs"]
    roles = [step.skip_reason.en for step in found if step.stage.collector == "storage" and step.skip_reason]
    assert roles == [
        "add the section appliances[].storage (role: gateway)",
        "add the section appliances[].storage (role: cache)",
    ]


def test_without_anything_that_tells_the_generation_every_check_is_only_not_configured() -> None:
    bare = settings("\n  - {name: paris}", more="")
    assert project_generation(bare.appliances[0]) == "unknown"
    assert skipped(bare, Question(), Verdict.NOT_APPLICABLE) == []
    assert skipped(bare, Question(), Verdict.NOT_CONFIGURED).count("storage") == 1


def test_the_accounts_imply_the_generation_where_it_is_not_configured() -> None:
    assert project_generation(settings(PARIS).appliances[0]) == "legacy"
    assert project_generation(settings(LYON.replace("generation: greenfield", "port: 1")).appliances[0]) == "greenfield"


def test_the_upload_is_measured_only_on_request() -> None:
    assert skipped(settings(PARIS), about("disk_upload_timed_out"), Verdict.NOT_RUN) == ["storage_benchmark"]
    question = Question(CATALOGUE["disk_upload_timed_out"], benchmark=True)
    assert planned(settings(PARIS), question)[-1] == ("storage_benchmark", "migratelsa1", "paris")
    assert skipped(settings(PARIS), about("dispose_artefacts_timed_out"), Verdict.NOT_RUN) == []


def test_only_what_is_named_is_part_of_it() -> None:
    question = Question(collectors=frozenset({"storage", "keyvault"}))
    assert {step.stage.collector for step in plan_steps(settings(PARIS), question)} == {
        "storage",
        "keyvault",
        "storage_benchmark",
    }


def test_only_the_appliance_that_is_named() -> None:
    assert {appliance for *_, appliance in planned(settings(PARIS, LYON), Question(appliance="lyon"))} == {"lyon", ""}


def test_a_machine_narrows_hosts_and_vcenters_and_both_lists_are_shown() -> None:
    two = VCENTER.replace("]\n", ", {name: vc02, address: vc02, username: u, password: {file: p}}]\n")
    of = settings(PARIS, more=two)
    question = Question(CATALOGUE["dispose_artefacts_timed_out"], Machine("web01", vcenter="vc02", host="esx01"))
    assert ("vsphere", "vc02", "") in planned(of, question)
    assert ("vsphere", "vc01", "") not in planned(of, question)
    assert ("esxi", "esx01", "paris") in planned(of, Question(machine=question.machine))
    assert skipped(of, question, Verdict.NOT_CONFIGURED) == ["replication"]
