"""A collector's run becomes an observation: ok, failed or inconclusive."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from azure_migrate_exporter.collectors.storage.line_share import Skip
from azure_migrate_exporter.diagnosis.evidence import access, azure, path, vcenter
from azure_migrate_exporter.diagnosis.evidence.answer import Answer, EvidenceContext
from azure_migrate_exporter.diagnosis.model import Machine, Observation, Question, Step, Verdict
from azure_migrate_exporter.diagnosis.stages import ACCESS
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import Signal
from azure_migrate_exporter.reasons import NOT_THE_PATH, OUR_ACCESS, Reason
from tests.observed import answer

OK, FAILED, INCONCLUSIVE = Verdict.OK, Verdict.FAILED, Verdict.INCONCLUSIVE
Write = Callable[[Measurements], None]

SETTINGS: dict[str, Any] = {
    "appliance": SimpleNamespace(port=44368),
    "gateway": SimpleNamespace(services=("Asrgwy",)),
    "storage": SimpleNamespace(account="migratelsa1", host="migratelsa1.blob.core.chinacloudapi.cn"),
    "storage_benchmark": SimpleNamespace(account="migratelsa1", host="migratelsa1.blob.core.chinacloudapi.cn"),
    "servicebus": SimpleNamespace(host="migratesbns1.servicebus.chinacloudapi.cn"),
    "eventhubs": SimpleNamespace(host="migrateehns1.servicebus.windows.net"),
    "keyvault": SimpleNamespace(host="migratekv1.vault.azure.cn", port=443),
    "esxi": SimpleNamespace(host="esx01", port=902),
    "vsphere": SimpleNamespace(tasks=SimpleNamespace(stalled_after=900.0, stalled_near_end_after=300.0)),
}
PATH = (
    evidence.APPLIANCE,
    evidence.STORAGE_CACHE,
    evidence.STORAGE_SPEED,
    evidence.SERVICEBUS,
    evidence.EVENTHUBS,
    evidence.KEYVAULT,
    evidence.ESXI,
)


def observe(signal: Signal, write: Write = lambda _: None, **outcome: Any) -> Observation:
    run = answer(signal.collector, write, settings=SETTINGS[signal.collector], **outcome)
    return path.observe(signal, run)


class TestThePath:
    @pytest.mark.parametrize("signal", PATH, ids=lambda signal: str(signal.id))
    @pytest.mark.parametrize("reason", Reason)
    def test_a_failure_counts_unless_its_reason_does_not_concern_the_path(self, signal: Signal, reason: Reason) -> None:
        observation = observe(signal, reason=reason, message="refused")
        assert observation.verdict is (INCONCLUSIVE if reason in NOT_THE_PATH else FAILED)
        assert (observation.seen.en, observation.reason) == ("refused", reason)

    @pytest.mark.parametrize("signal", PATH, ids=lambda signal: str(signal.id))
    def test_a_run_that_the_diagnosis_deadline_cut_off_is_inconclusive(self, signal: Signal) -> None:
        observation = observe(signal, reason=Reason.TIMEOUT, message="no result within 1 s", cut_off=True)
        assert (observation.verdict, observation.reason) == (INCONCLUSIVE, None)
        assert "--timeout" in observation.seen.en

    @pytest.mark.parametrize(
        ("signal", "names"),
        [
            (evidence.APPLIANCE, {}),
            (
                evidence.STORAGE_CACHE,
                {"account": "migratelsa1", "account_address": "migratelsa1.blob.core.chinacloudapi.cn"},
            ),
            (
                evidence.SERVICEBUS,
                {"bus_namespace": "migratesbns1", "namespace_address": "migratesbns1.servicebus.chinacloudapi.cn"},
            ),
            (evidence.KEYVAULT, {"keyvault": "migratekv1", "keyvault_address": "migratekv1.vault.azure.cn"}),
            (evidence.ESXI, {"host": "esx01"}),
        ],
        ids=lambda value: getattr(value, "id", ""),
    )
    def test_it_names_the_thing_as_a_fix_does(self, signal: Signal, names: dict[str, str]) -> None:
        assert observe(signal, reason=Reason.REFUSED).names == {"appliance": "paris", **names}

    @pytest.mark.parametrize(
        ("state", "verdict"), [("running", OK), ("stopped", FAILED), ("not_found", FAILED), ("start_pending", FAILED)]
    )
    def test_the_gateway_service_counts_by_its_state(self, state: str, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            service = {"appliance": "paris", "windows_service": "Asrgwy"}
            out.state(metrics.GATEWAY_SERVICE_STATE, ("running", state), state, **service)

        observation = observe(evidence.GATEWAY_SERVICE, write)
        assert (observation.verdict, observation.seen.en) == (verdict, f"Asrgwy: {state}")

    def test_a_service_of_unknown_state_is_inconclusive(self) -> None:
        def write(out: Measurements) -> None:
            service = {"appliance": "paris", "windows_service": "Asrgwy"}
            out.state(metrics.GATEWAY_SERVICE_STATE, ("unknown",), "unknown", **service)

        observation = observe(evidence.GATEWAY_SERVICE, write, reason=Reason.TIMEOUT, message="no answer")
        assert (observation.verdict, observation.seen.en) == (INCONCLUSIVE, "no answer")

    def test_another_service_than_the_gateways_is_inconclusive(self) -> None:
        run = answer("gateway", settings=SimpleNamespace(services=("other",)))
        assert path.observe(evidence.GATEWAY_SERVICE, run).verdict is INCONCLUSIVE

    def test_an_upload_that_worked_is_an_answer_though_cleaning_up_was_refused(self) -> None:
        def write(out: Measurements) -> None:
            out.set(metrics.STORAGE_UP, 1, appliance="paris", account="migratelsa1", role="cache")

        observation = observe(evidence.STORAGE_CACHE, write, reason=Reason.FORBIDDEN, message="may not delete")
        assert observation.verdict is OK
        assert "may not delete" in observation.seen.en

    @pytest.mark.parametrize(("speed", "verdict"), [(path.MIN_UPLOAD_RATE, OK), (path.MIN_UPLOAD_RATE - 1, FAILED)])
    def test_an_upload_is_slow_under_a_limit(self, speed: float, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            out.set(metrics.STORAGE_UPLOAD_THROUGHPUT, speed, appliance="paris", account="migratelsa1", role="cache")

        assert observe(evidence.STORAGE_SPEED, write).verdict is verdict

    @pytest.mark.parametrize("cause", Skip)
    def test_an_upload_that_was_skipped_did_not_run(self, cause: Skip) -> None:
        def write(out: Measurements) -> None:
            labels = {"appliance": "paris", "account": "migratelsa1", "role": "cache"}
            out.state(metrics.STORAGE_BENCHMARK_SKIPPED, Skip, cause, label="cause", **labels)

        assert observe(evidence.STORAGE_SPEED, write).verdict is Verdict.NOT_RUN

    @pytest.mark.parametrize(("reached", "verdict"), [(95_000, Verdict.OK), (50_000, Verdict.FAILED)])
    def test_an_upload_at_its_own_limit_is_not_slow(self, reached: float, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            labels = {"appliance": "paris", "account": "migratelsa1", "role": "cache"}
            out.set(metrics.STORAGE_UPLOAD_THROUGHPUT, reached, **labels)
            out.set(metrics.STORAGE_BENCHMARK_LIMIT, 100_000, **labels)

        assert observe(evidence.STORAGE_SPEED, write).verdict is verdict

    def test_a_port_that_opens_and_a_handshake_that_fails_is_a_failure(self) -> None:
        def write(out: Measurements) -> None:
            out.set(metrics.KEYVAULT_TCP_UP, 1, appliance="paris", keyvault="migratekv1")

        assert observe(evidence.KEYVAULT, write, reason=Reason.TLS, message="does not verify").verdict is FAILED

    def test_of_many_hosts_those_that_fail_are_listed(self) -> None:
        good = observe(evidence.ESXI)
        problems = [observe(evidence.ESXI, reason=Reason.REFUSED, message=f"esx{n} refused") for n in range(5)]
        assert path.summarize([good] * 40).en == "the port opens on all 40 hosts"
        assert path.summarize([good, *problems]).en == "esx0 refused; esx1 refused; esx2 refused; and 2 more"


WEB01 = {"vcenter": "vc01", "vm": "web01", "vm_id": "id-1"}
DB01 = {"vcenter": "vc01", "vm": "db01", "vm_id": "id-2"}


def observe_vcenter(
    signal: Signal,
    write: Write = lambda _: None,
    *,
    failure: str | None = None,
    machine: Machine | None = None,
    replicating: frozenset[str] = frozenset(),
    **outcome: Any,
) -> Observation:
    """vCenter's answer to one signal."""
    context = EvidenceContext(Question(CATALOGUE[failure] if failure else None, machine), replicating)
    (observation,) = vcenter.observe([signal], reached(write, **outcome), context)
    return observation


def reached(write: Write, *, up: float = 1, **outcome: Any) -> Answer:
    def everything(out: Measurements) -> None:
        out.set(metrics.VCENTER_UP, up, vcenter="vc01")
        write(out)

    return answer("vsphere", everything, settings=SETTINGS["vsphere"], target="vc01", appliance="", **outcome)


def task(out: Measurements, *, operation: str = "create_snapshot", age: float, progress: float, **flags: Any) -> None:
    labels = {**flags.get("labels", WEB01), "operation": operation}
    out.set(metrics.VSPHERE_TASK_PROGRESS, progress, **labels)
    out.set(metrics.VSPHERE_TASK_START_TIMESTAMP, 1000.0, **labels)
    out.set(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, 1000.0 + age, **labels)
    out.set(metrics.VSPHERE_TASK_STALLED, flags.get("stalled", 0), **labels)


class TestVCenter:
    @pytest.mark.parametrize(
        ("reason", "verdict"),
        [(Reason.REFUSED, FAILED), (Reason.FORBIDDEN, INCONCLUSIVE), (Reason.UNAUTHENTICATED, INCONCLUSIVE)],
    )
    def test_one_that_does_not_answer_leaves_everything_else_open(self, reason: Reason, verdict: Verdict) -> None:
        assert observe_vcenter(evidence.VCENTER, up=0, reason=reason, message="no").verdict is verdict
        assert observe_vcenter(evidence.TASK_STALLED, up=0, reason=reason, message="no").verdict is INCONCLUSIVE

    @pytest.mark.parametrize(
        ("age", "progress", "operation", "verdict"),
        [
            (301, 0.95, "create_snapshot", FAILED),
            (299, 0.95, "create_snapshot", OK),
            (899, 0.5, "create_snapshot", OK),
            (901, 0.5, "create_snapshot", Verdict.VALUE),
            (901, 0.97, "remove_snapshot", Verdict.VALUE),
        ],
    )
    def test_a_snapshot_hangs_near_its_end_and_a_slow_task_is_a_value(
        self, age: float, progress: float, operation: str, verdict: Verdict
    ) -> None:
        observation = observe_vcenter(
            evidence.TASK_STALLED, lambda out: task(out, operation=operation, age=age, progress=progress)
        )
        assert observation.verdict is verdict

    def test_a_task_that_waits_too_long_in_the_queue_is_known_to_stall(self) -> None:
        observation = observe_vcenter(evidence.TASK_STALLED, lambda out: task(out, age=1, progress=0, stalled=1))
        assert (observation.verdict, observation.names["vm"]) == (FAILED, "web01")

    def test_one_task_of_a_machine_is_its_cycle_unless_the_error_says_that_one_is_in_the_way(self) -> None:
        def one(out: Measurements) -> None:
            task(out, age=1, progress=0.1)

        def two(out: Measurements) -> None:
            one(out)
            task(out, operation="consolidate_disks", age=1, progress=0.1)

        assert observe_vcenter(evidence.RUNNING_TASKS, one).verdict is OK
        assert observe_vcenter(evidence.RUNNING_TASKS, two).verdict is FAILED
        assert observe_vcenter(evidence.RUNNING_TASKS, one, failure="another_task_in_progress").verdict is FAILED

    def test_only_machines_that_replicate_need_tracking(self) -> None:
        def write(out: Measurements) -> None:
            out.set(metrics.VSPHERE_VM_CBT_ENABLED, 0, **WEB01)
            out.set(metrics.VSPHERE_VM_CBT_ENABLED, 0, **DB01)

        assert observe_vcenter(evidence.CBT_ENABLED, write).verdict is Verdict.VALUE
        listed = observe_vcenter(evidence.CBT_ENABLED, write, replicating=frozenset({"id-2"}))
        assert (listed.verdict, listed.names["vm"]) == (FAILED, "db01")
        named = observe_vcenter(evidence.CBT_ENABLED, write, machine=Machine("web01", "id-1"))
        assert (named.verdict, named.names["vm"]) == (FAILED, "web01")

    def test_snapshots_are_normal_except_to_an_error_that_comes_of_them(self) -> None:
        def write(out: Measurements) -> None:
            out.set(metrics.VSPHERE_VM_SNAPSHOTS, 2, **WEB01)
            out.set(metrics.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, 1_800_000_000, **WEB01)

        machine = Machine("web01", "id-1")
        assert observe_vcenter(evidence.SNAPSHOTS, write).verdict is Verdict.VALUE
        assert observe_vcenter(evidence.SNAPSHOTS, write, machine=machine).verdict is Verdict.VALUE
        sign = observe_vcenter(evidence.SNAPSHOTS, write, machine=machine, failure="snapshots_present")
        assert sign.verdict is FAILED
        assert "the oldest of 2027-01-15" in sign.seen.en

    @pytest.mark.parametrize(
        ("signal", "metric"),
        [
            (evidence.CONSOLIDATION_NEEDED, metrics.VSPHERE_VM_CONSOLIDATION_NEEDED),
            (evidence.INVALID_SNAPSHOT_DISKS, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS),
            (evidence.CBT_IDENTITY, metrics.VSPHERE_VM_CBT_RESETS),
        ],
        ids=lambda value: getattr(value, "id", ""),
    )
    def test_a_flag_of_a_machine_counts_for_it_and_for_the_whole(self, signal: Signal, metric: Any) -> None:
        def write(out: Measurements) -> None:
            out.set(metric, 1, **WEB01)
            out.set(metric, 0, **DB01)

        assert observe_vcenter(signal, write).verdict is FAILED
        assert observe_vcenter(signal, write, machine=Machine("web01", "id-1")).verdict is FAILED
        assert observe_vcenter(signal, write, machine=Machine("db01", "id-2")).verdict is not FAILED

    def test_a_reset_shows_only_in_comparison_with_an_earlier_run(self) -> None:
        assert observe_vcenter(evidence.CBT_IDENTITY).verdict is Verdict.NOT_RUN
        (with_state,) = vcenter.observe(
            [evidence.CBT_IDENTITY], reached(lambda _: None), EvidenceContext(Question(), has_state=True)
        )
        assert with_state.verdict is OK

    def test_a_single_reading_shows_no_finished_task(self) -> None:
        assert observe_vcenter(evidence.TASK_FAULT).verdict is Verdict.NOT_RUN

    def test_hosts_and_datastores_count_only_where_the_machine_is(self) -> None:
        def write(out: Measurements) -> None:
            for host, state in (("esx01", "notResponding"), ("esx02", "connected")):
                states = ("connected", "notResponding")
                out.state(metrics.VSPHERE_HOST_CONNECTION_STATE, states, state, vcenter="vc01", host=host)
            for name, free in (("ds1", 2.0), ("ds2", 60.0)):
                labels = {"vcenter": "vc01", "datastore": name, "source": "vsphere"}
                out.set(metrics.DATASTORE_FREE, free, **labels)
                out.set(metrics.DATASTORE_CAPACITY, 100.0, **labels)

        here = Machine("web01", "id-1", "vc01", "esx01", ("ds1",))
        there = Machine("db01", "id-2", "vc01", "esx02", ("ds2", "ds3"))
        for signal in (evidence.HOST_CONNECTION, evidence.DATASTORE_SPACE):
            assert observe_vcenter(signal, write).verdict is FAILED
            assert observe_vcenter(signal, write, machine=here).verdict is FAILED
            assert observe_vcenter(signal, write, machine=there).verdict is OK
        assert observe_vcenter(evidence.HOST_CONNECTION, write).names["host"] == "esx01"
        assert observe_vcenter(evidence.DATASTORE_SPACE, write).names["datastore"] == "ds1"

    @pytest.mark.parametrize(
        ("state", "verdict"),
        [("connected", OK), ("disconnected", OK), ("orphaned", FAILED), ("inaccessible", FAILED), ("invalid", FAILED)],
    )
    def test_a_machine_counts_that_vcenter_does_not_reach(self, state: str, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            out.state(metrics.VSPHERE_VM_CONNECTION_STATE, ("connected", state), state, **WEB01)

        assert observe_vcenter(evidence.MACHINE_CONNECTION, write).verdict is verdict
        other = observe_vcenter(evidence.MACHINE_CONNECTION, write, replicating=frozenset({"id-2"}))
        assert other.verdict is OK
        assert observe_vcenter(evidence.MACHINE_CONNECTION).verdict is Verdict.NOT_RUN

    def test_each_datastore_of_the_machine_must_be_accessible(self) -> None:
        def write(out: Measurements) -> None:
            for name, value in (("ds1", 1), ("ds2", 0)):
                out.set(metrics.VSPHERE_DATASTORE_ACCESSIBLE, value, vcenter="vc01", datastore=name)

        def observed(*datastores: str) -> Observation:
            machine = Machine("web01", "id-1", "vc01", "esx01", datastores)
            return observe_vcenter(evidence.DATASTORE_ACCESSIBLE, write, machine=machine)

        assert observed("ds1").verdict is OK
        assert (observed("ds1", "ds2").verdict, observed("ds1", "ds2").names["datastore"]) == (FAILED, "ds2")
        assert observe_vcenter(evidence.DATASTORE_ACCESSIBLE).verdict is Verdict.NOT_RUN

    @pytest.mark.parametrize(("state", "verdict"), [("connected", Verdict.VALUE), ("notResponding", FAILED)])
    def test_maintenance_mode_is_shown_and_is_no_fault(self, state: str, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            place = {"vcenter": "vc01", "host": "esx01"}
            out.state(metrics.VSPHERE_HOST_CONNECTION_STATE, ("connected", "notResponding"), state, **place)
            out.set(metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, 1, **place)

        observation = observe_vcenter(evidence.HOST_CONNECTION, write)
        assert (observation.verdict, observation.seen.en) == (verdict, f"esx01 is {state} and in maintenance mode")

    @pytest.mark.parametrize(("used", "verdict"), [(31, OK), (32, FAILED), (None, Verdict.NOT_RUN)])
    def test_a_full_nfc_buffer_counts_and_an_unknown_one_does_not(self, used: float | None, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            labels = {"vcenter": "vc01", "host": "esx01", "source": "vsphere", "vault": ""}
            out.set(metrics.NFC_BUFFER_CAPACITY, 32, **labels)
            if used is not None:
                out.set(metrics.NFC_BUFFER_USED, used, **labels)

        assert observe_vcenter(evidence.NFC_DISKS, write).verdict is verdict

    @pytest.mark.parametrize(("granted", "verdict"), [(1, OK), (0, FAILED), (None, Verdict.NOT_CONFIGURED)])
    def test_an_account_that_lacks_a_privilege_is_named_with_it(self, granted: float | None, verdict: Verdict) -> None:
        def write(out: Measurements) -> None:
            who = {"vcenter": "vc01", "vcenter_account": "svc@corp"}
            if granted is not None:
                out.set(metrics.VSPHERE_ACCOUNT_PRIVILEGE, 1, **who, privilege="Datastore.Browse")
                out.set(metrics.VSPHERE_ACCOUNT_PRIVILEGE, granted, **who, privilege="VirtualMachine.Config.DiskLease")

        seen = observe_vcenter(evidence.ACCOUNT_PRIVILEGES, write, failure="vcenter_privileges_missing")
        assert seen.verdict is verdict
        if granted == 0:
            assert seen.seen.en == "svc@corp lacks VirtualMachine.Config.DiskLease"

    def test_what_vcenter_does_not_tell_is_no_good_answer(self) -> None:
        for signal in (evidence.HOST_CONNECTION, evidence.CONSOLIDATION_NEEDED, evidence.DATASTORE_SPACE):
            assert observe_vcenter(signal).verdict is Verdict.NOT_RUN
        for signal in (evidence.TASK_STALLED, evidence.RUNNING_TASKS, evidence.INVALID_SNAPSHOT_DISKS):
            assert observe_vcenter(signal).verdict is OK

    def test_a_hidden_part_of_the_inventory_makes_an_ok_inconclusive(self) -> None:
        hidden: dict[str, Any] = {"reason": Reason.FORBIDDEN, "message": "no permission"}
        assert observe_vcenter(evidence.VCENTER, **hidden).verdict is OK
        assert observe_vcenter(evidence.TASK_STALLED, **hidden).verdict is INCONCLUSIVE
        problems = observe_vcenter(evidence.TASK_STALLED, lambda out: task(out, age=301, progress=0.99), **hidden)
        assert problems.verdict is FAILED


def vault(out: Measurements) -> None:
    machine = {"vm": "web01", "vm_id": "id-1", "vault": "v"}
    out.set(metrics.REPLICATION_UP, 1, vault="v")
    out.set(metrics.REPLICATION_INFO, 1, **machine, appliance="paris", vcenter="vc01", host="10.0.0.1")
    out.state(metrics.REPLICATION_HEALTH, ("normal", "critical"), "critical", label="health", **machine)
    for failure, code in (("disk_upload_timed_out", "1011"), ("test_migration_missing", "110084")):
        out.set(metrics.REPLICATION_ERRORS, 1, **machine, code=code, failure=failure)
    out.set(metrics.REPLICATION_UPLOAD, 3e6, **machine)
    out.set(metrics.REPLICATION_READ, 4e6, **machine)
    for metric, value in ((metrics.NFC_BUFFER_CAPACITY, 32.0), (metrics.NFC_BUFFER_USED, 32.0)):
        out.set(metric, value, vcenter="vc01", host="10.0.0.1", source="azure", vault="v")


class TestAzure:
    def test_errors_are_reported_except_those_of_healthy_replication(self) -> None:
        run = answer("replication", vault)
        assert [error.code for error in azure.reported_errors(run.samples, None)] == ["1011"]
        assert [*azure.reported_errors(run.samples, Machine("other", "id-2"))] == []
        assert azure.has_errors(run.samples, None)
        assert not azure.has_errors(run.samples, Machine("other", "id-2"))

    def test_its_words_name_health_and_errors(self) -> None:
        run = answer("replication", vault)
        assert azure.summarize(run, EvidenceContext(Question())).en == (
            "machines by health: 1 critical; errors: 1011 (disk_upload_timed_out)"
        )
        machine = Machine("web01", "id-1", appliance="paris")
        assert azure.summarize(run, EvidenceContext(Question(machine=machine))).en == (
            "health of web01 (appliance paris): critical; errors: 1011 (disk_upload_timed_out)"
        )
        stranger = Machine("other", "id-2")
        assert azure.summarize(run, EvidenceContext(Question(machine=stranger))).en == "the vault does not list other"

    def test_a_full_buffer_is_a_problem_and_rates_are_values(self) -> None:
        wanted = (evidence.NFC_REPORTED, evidence.SPEEDS)
        nfc, speeds = azure.observe(wanted, answer("replication", vault), EvidenceContext(Question()))
        assert (nfc.verdict, nfc.names["host"]) == (FAILED, "10.0.0.1")
        assert (speeds.verdict, speeds.seen.en) == (Verdict.VALUE, "web01 is read at 4 MB/s and uploaded at 3 MB/s")

    def test_a_vault_that_does_not_answer_is_inconclusive(self) -> None:
        run = answer("replication", reason=Reason.DNS, message="no name")
        (observation,) = azure.observe([evidence.SPEEDS], run, EvidenceContext(Question()))
        assert (observation.verdict, observation.seen.en) == (INCONCLUSIVE, "no name")


class TestTheExportersOwnAccess:
    def test_every_reason_of_it_has_a_cause_with_a_fix(self) -> None:
        assert {reason for reason, collector in access.CAUSES if collector is None} == OUR_ACCESS

    @pytest.mark.parametrize("reason", Reason)
    def test_it_fails_for_the_reasons_that_concern_it_and_for_no_other(self, reason: Reason) -> None:
        runs = [answer("keyvault"), answer("storage", target="migratelsa1", reason=reason, message="no token")]
        result = access.build_access_result(Step(ACCESS, ()), runs)
        assert result.verdict is (FAILED if reason in OUR_ACCESS else OK)
        assert result.observations == ()
        if reason in OUR_ACCESS:
            assert [text.en for text in result.seen] == ["storage migratelsa1: no token"]

    def test_a_vcenter_that_refuses_our_account_names_the_role_to_give(self) -> None:
        runs = [answer("vsphere", target="vc01", reason=Reason.FORBIDDEN, message="no permission")]
        (fault,) = access.find_access_faults(runs)
        assert (fault.cause.id, fault.seen.en) == ("vcenter_rights_missing", "vsphere vc01: no permission")
        assert "New-VIPermission" in fault.cause.fix[0].commands[0]

    def test_the_proxy_comes_before_the_identity(self) -> None:
        runs = [answer("replication", reason=Reason.IDENTITY), answer("keyvault", reason=Reason.PROXY)]
        assert [fault.reason for fault in access.find_access_faults(runs)] == [Reason.PROXY, Reason.IDENTITY]
