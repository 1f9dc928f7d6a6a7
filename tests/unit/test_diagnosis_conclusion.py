"""From observations to the most upstream cause, with the real catalogue."""

from dataclasses import replace

import pytest

from azure_migrate_exporter.diagnosis.conclusion import Conclusion, Finding, Status, conclude
from azure_migrate_exporter.diagnosis.model import Question, ReportedError, Result, Verdict
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import Signal, Strength
from azure_migrate_exporter.reasons import Reason
from tests.observed import seen

OK, FAILED, INCONCLUSIVE = Verdict.OK, Verdict.FAILED, Verdict.INCONCLUSIVE
PATH = (
    evidence.APPLIANCE,
    evidence.GATEWAY_SERVICE,
    evidence.STORAGE_GATEWAY,
    evidence.SERVICEBUS,
    evidence.EVENTHUBS,
    evidence.KEYVAULT,
)
CAUSE_OF = dict(
    zip(
        PATH,
        ("appliance_down", "gateway_stopped", "appliance_storage", "service_bus", "event_hubs", "key_vault"),
        strict=True,
    )
)


def about(failure: str) -> Question:
    return Question(CATALOGUE[failure])


def path(*failing: Signal, appliance: str = "paris") -> list[Result]:
    """A path on which some checks fail; of an appliance that is down the state of its service is unknown."""
    verdicts = dict.fromkeys(PATH, OK) | dict.fromkeys(failing, FAILED)
    if evidence.APPLIANCE in failing:
        verdicts[evidence.GATEWAY_SERVICE] = INCONCLUSIVE
    return [seen(signal, verdict, appliance=appliance) for signal, verdict in verdicts.items()]


def identity(finding: Finding) -> str:
    named = finding.cause or finding.failure
    return named.id if named else ""


def causes(conclusion: Conclusion) -> list[str]:
    return [identity(finding) for finding in conclusion.causes]


def further(conclusion: Conclusion) -> list[str]:
    return [identity(finding) for finding in conclusion.further]


def explained(finding: Finding) -> str | None:
    return finding.failure.id if finding.failure else None


class TestTheMostUpstreamCause:
    @pytest.mark.parametrize("signal", PATH, ids=lambda signal: str(signal.id))
    @pytest.mark.parametrize("question", [Question(), about("dispose_artefacts_timed_out")], ids=["path", "181008"])
    def test_is_the_one_whose_check_fails(self, signal: Signal, question: Question) -> None:
        conclusion = conclude(question, path(signal))
        assert causes(conclusion) == [CAUSE_OF[signal]]
        assert explained(conclusion.causes[0]) == "dispose_artefacts_timed_out"
        assert (conclusion.status, conclusion.status.exit_code) == (Status.CAUSE_FOUND, 1)

    def test_comes_before_all_that_fails_behind_it(self) -> None:
        conclusion = conclude(Question(), path(evidence.GATEWAY_SERVICE, evidence.SERVICEBUS, evidence.KEYVAULT))
        assert causes(conclusion) == ["gateway_stopped"]
        assert further(conclusion) == ["service_bus", "key_vault"]

    def test_is_found_for_each_appliance(self) -> None:
        results = [*path(evidence.KEYVAULT), *path(evidence.APPLIANCE, evidence.KEYVAULT, appliance="lyon")]
        conclusion = conclude(Question(), results)
        causes_by_appliance = [
            (f.cause.id if f.cause else "", f.observation.names["appliance"]) for f in conclusion.causes
        ]
        assert causes_by_appliance == [("key_vault", "paris"), ("appliance_down", "lyon")]

    def test_of_an_appliance_comes_before_what_belongs_to_none(self) -> None:
        stuck = seen(evidence.TASK_STALLED, vm="web01")
        assert causes(conclude(Question(), [*path(evidence.KEYVAULT), stuck])) == ["key_vault"]
        assert causes(conclude(Question(), [*path(), stuck])) == ["snapshot_hung"]

    @pytest.mark.parametrize(
        ("signal", "failure", "cause"),
        [
            (evidence.STORAGE_CACHE, "disk_upload_timed_out", "cache_storage"),
            (evidence.STORAGE_REPLICATION, "dispose_artefacts_timed_out", "appliance_storage"),
            (evidence.HOST_CONNECTION, "operation_not_allowed", "management_agents"),
            (evidence.INVALID_SNAPSHOT_DISKS, "snapshot_disk_size_invalid", "size_zero"),
            (evidence.CBT_ENABLED, "change_id_unavailable", "tracking_off"),
            (evidence.RUNNING_TASKS, "another_task_in_progress", "conflicting_task"),
            (evidence.NFC_REPORTED, "nfc_out_of_memory", "buffer_full"),
            (evidence.NFC_DISKS, "nfc_out_of_memory", "buffer_full"),
            (evidence.TASK_STALLED, "snapshot_hung", None),
            (evidence.CONSOLIDATION_NEEDED, "consolidate_disks_failed", None),
        ],
        ids=lambda value: getattr(value, "id", value),
    )
    def test_of_the_whole_path_is_the_one_that_looks_for_this_first(
        self, signal: Signal, failure: str, cause: str | None
    ) -> None:
        (finding,) = conclude(Question(), [seen(signal)]).causes
        assert (explained(finding), finding.cause.id if finding.cause else None) == (failure, cause)

    def test_of_a_failure_that_azure_reports_is_preferred(self) -> None:
        reported = [ReportedError("web01", "id", "1010", "disk_upload_timed_out")]
        (finding,) = conclude(Question(), path(evidence.SERVICEBUS), reported).causes
        assert explained(finding) == "disk_upload_timed_out"

    @pytest.mark.parametrize(
        ("reason", "cause"), [(Reason.DNS, "host_name"), (Reason.REFUSED, "host_port"), (Reason.TIMEOUT, "host_port")]
    )
    def test_of_a_host_depends_on_how_it_cannot_be_reached(self, reason: Reason, cause: str) -> None:
        results = [seen(evidence.ESXI, reason=reason, host="esx01", appliance="paris")]
        for question in (Question(), about("host_connection_refused")):
            assert causes(conclude(question, results)) == [cause]


def test_an_appliance_whose_gateway_service_runs_is_not_down() -> None:
    results = [
        seen(evidence.APPLIANCE, text="port closed", appliance="paris"),
        seen(evidence.GATEWAY_SERVICE, OK, appliance="paris"),
        seen(evidence.GATEWAY_SERVICE, INCONCLUSIVE, appliance="lyon"),
    ]
    conclusion = conclude(Question(), results)
    assert (conclusion.status, conclusion.causes) == (Status.INCONCLUSIVE, ())
    assert conclusion.inconclusive[0].seen.en == "port closed; yet its gateway service runs"
    others = [results[0], replace(results[1], observations=results[2].observations)]
    assert causes(conclude(Question(), others)) == ["appliance_down"]


class TestStrength:
    def test_direct_evidence_comes_before_indirect_evidence_upstream_of_it(self) -> None:
        results = [seen(evidence.NFC_DISKS, vcenter="vc01", host="esx01"), seen(evidence.TASK_STALLED, vm="web01")]
        conclusion = conclude(Question(), results)
        assert causes(conclusion) == ["snapshot_hung"]
        assert further(conclusion) == ["buffer_full"]
        assert conclusion.further[0].strength is Strength.INDIRECT

    def test_an_early_sign_is_no_cause_of_a_failure_that_is_not_in_question(self) -> None:
        (finding,) = conclude(Question(), [seen(evidence.SNAPSHOTS, vm="web01")]).causes
        assert finding.cause is None
        assert finding.strength is Strength.EARLY

    def test_but_it_is_a_possible_one_of_the_failure_asked_for(self) -> None:
        (finding,) = conclude(about("invalid_snapshot_configuration"), [seen(evidence.SNAPSHOTS, vm="web01")]).causes
        assert finding.cause is not None
        assert finding.strength is Strength.EARLY

    def test_a_condition_is_a_cause_by_itself_and_explains_the_failure_asked_for(self) -> None:
        full = seen(evidence.DATASTORE_SPACE, datastore="ds1")
        (alone,) = conclude(Question(), [full]).causes
        (asked,) = conclude(about("snapshot_hung"), [seen(evidence.TASK_STALLED, OK), full]).causes
        assert (identity(alone), explained(alone), alone.strength) == ("datastore_full", None, Strength.DIRECT)
        assert (identity(asked), explained(asked), asked.strength) == (
            "datastore_full",
            "snapshot_hung",
            Strength.DIRECT,
        )

    @pytest.mark.parametrize(
        ("signal", "reason", "cause"),
        [
            (evidence.GATEWAY_SERVICE, Reason.NOT_FOUND, "gateway_not_found"),
            (evidence.GATEWAY_SERVICE, None, "gateway_stopped"),
            (evidence.STORAGE_CACHE, Reason.FULL, "account_full"),
            (evidence.STORAGE_CACHE, Reason.TIMEOUT, "cache_storage"),
        ],
    )
    def test_the_fix_is_that_of_the_reason(self, signal: Signal, reason: Reason | None, cause: str) -> None:
        assert causes(conclude(Question(), [seen(signal, reason=reason, appliance="paris")])) == [cause]

    def test_a_vcenter_that_is_down_is_said_as_that_and_once(self) -> None:
        down = seen(evidence.VCENTER, text="refused", reason=Reason.REFUSED, vcenter="vc01")
        behind = seen(evidence.TASK_STALLED, INCONCLUSIVE, "refused", vcenter="vc01")
        other_verdict = seen(evidence.GATEWAY_SERVICE, INCONCLUSIVE, "no answer", appliance="paris")
        conclusion = conclude(Question(), [other_verdict, down, behind])
        assert causes(conclusion) == ["vcenter_down"]
        assert conclusion.status is Status.CAUSE_FOUND
        assert [o.signal for o in conclusion.inconclusive] == [evidence.GATEWAY_SERVICE]

    def test_what_fails_without_being_a_cause_of_the_failure_asked_for_is_none(self) -> None:
        assert conclude(about("snapshot_hung"), [seen(evidence.KEYVAULT)]).causes == ()


class TestNoCause:
    def test_every_check_that_ran_succeeds(self) -> None:
        assert conclude(Question(), path()).status is Status.HEALTHY
        assert conclude(Question(), path()).status.exit_code == 0

    @pytest.mark.parametrize("verdict", [Verdict.NOT_CONFIGURED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN])
    def test_checks_that_did_not_run_are_inconclusive(self, verdict: Verdict) -> None:
        conclusion = conclude(Question(), [seen(evidence.KEYVAULT, verdict)])
        assert (conclusion.status, conclusion.status.exit_code) == (Status.INCONCLUSIVE, 2)
        assert conclude(Question(), []).status is Status.INCONCLUSIVE

    @pytest.mark.parametrize(
        "verdict", [Verdict.NOT_CONFIGURED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN, Verdict.VALUE]
    )
    def test_a_check_that_did_not_run_changes_nothing(self, verdict: Verdict) -> None:
        assert conclude(Question(), [*path(), seen(evidence.STORAGE_CACHE, verdict)]).status is Status.HEALTHY

    def test_an_inconclusive_answer_is_not_health(self) -> None:
        conclusion = conclude(Question(), [*path(), seen(evidence.STORAGE_CACHE, INCONCLUSIVE)])
        assert conclusion.status is Status.INCONCLUSIVE
        assert [o.signal for o in conclusion.inconclusive] == [evidence.STORAGE_CACHE]

    def test_an_error_that_azure_still_reports_is_not_health(self) -> None:
        reported = [ReportedError("web01", "id", "1010", "disk_upload_timed_out")]
        azure_errors = seen(evidence.SPEEDS, Verdict.VALUE, other_verdict=FAILED)
        conclusion = conclude(Question(), [*path(), azure_errors], reported)
        assert conclusion.status is Status.INCONCLUSIVE
        assert [remaining.cause.id for remaining in conclusion.remaining] == ["cache_storage", "slow_read"]
        assert conclude(Question(), path(), reported).status is Status.INCONCLUSIVE
        assert conclude(Question(), [*path(), azure_errors]).status is Status.INCONCLUSIVE
        assert (
            conclude(about("dispose_artefacts_timed_out"), [*path(), azure_errors], reported).status is Status.HEALTHY
        )


class TestWhatRemains:
    def of(self, failure: str, *results: Result) -> list[str]:
        return [remaining.cause.id for remaining in conclude(about(failure), results).remaining]

    def test_is_nothing_where_direct_evidence_rules_out_every_cause(self) -> None:
        assert self.of("dispose_artefacts_timed_out", *path()) == []

    def test_is_what_did_not_run_or_was_inconclusive(self) -> None:
        results = [
            seen(evidence.GATEWAY_SERVICE, INCONCLUSIVE) if r.step.signals == (evidence.GATEWAY_SERVICE,) else r
            for r in path()
        ]
        assert self.of("dispose_artefacts_timed_out", *results) == ["gateway_stopped"]
        assert self.of("dispose_artefacts_timed_out", *results[2:]) == ["appliance_down", "gateway_stopped"]

    def test_is_not_what_this_generation_does_not_have(self) -> None:
        greenfield = [
            seen(evidence.APPLIANCE, OK),
            seen(evidence.GATEWAY_SERVICE, OK),
            seen(evidence.STORAGE_REPLICATION, OK),
            *(seen(s, Verdict.NOT_APPLICABLE) for s in (evidence.SERVICEBUS, evidence.EVENTHUBS, evidence.KEYVAULT)),
        ]
        assert self.of("dispose_artefacts_timed_out", *greenfield) == []

    def test_is_the_line_that_was_not_measured(self) -> None:
        results = [seen(evidence.STORAGE_CACHE, OK), seen(evidence.STORAGE_SPEED, Verdict.NOT_RUN)]
        assert "cache_storage" in self.of("disk_upload_timed_out", *results)

    def test_is_what_only_indirect_evidence_speaks_against_and_what_no_check_shows(self) -> None:
        assert "slow_read" in self.of("disk_upload_timed_out", seen(evidence.NFC_DISKS, OK))
        stuck = [seen(evidence.TASK_STALLED, OK), seen(evidence.DATASTORE_SPACE, OK)]
        assert self.of("snapshot_hung", *stuck) == ["question", "quiescing"]

    def test_includes_another_appliance_that_did_not_answer(self) -> None:
        results = [seen(evidence.KEYVAULT, OK, appliance="a"), seen(evidence.KEYVAULT, INCONCLUSIVE, appliance="b")]
        assert "key_vault" in self.of("dispose_artefacts_timed_out", *results)
