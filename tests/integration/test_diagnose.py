"""`diagnose` as a person runs it: the real command, in a process of its own, against the whole data centre."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import LANGUAGES, Language
from tests.diagnosis_schema import parse_diagnosis
from tests.documented import ARTICLE
from tests.integration.azure import access
from tests.lab.arm import Generation, LabArm, Trouble
from tests.lab.blob_proxy import Refusal
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import COMMAND
from tests.lab.forward_proxy import forward_proxy
from tests.lab.parts import ACCOUNTS, VAULT
from tests.lab.process import write_yaml
from tests.lab.tcp import Certificates, TcpListener
from tests.lab.vcenter_admin import BACKUP

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

_DISPOSE, _UPLOAD = "dispose_artefacts_timed_out", "disk_upload_timed_out"

DETECTION_TIMEOUT = 60.0
"""Seconds within which a fault must be detected."""


@dataclass(frozen=True, slots=True)
class Output:
    """What the command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed with `--json`."""
        return parse_diagnosis(self.out)

    @property
    def causes(self) -> list[tuple[str, str | None]]:
        """Failure and cause of each most upstream finding."""
        return [(found["failure"], found["cause"]) for found in self.document["conclusion"]["causes"]]

    def step(self, collector: str, appliance: str | None = "paris") -> dict[str, Any]:
        """The one step of a collector."""
        wanted = (collector, appliance)
        (found,) = (s for s in self.document["steps"] if (s["collector"], s["appliance"]) == wanted)
        return dict(found)


class Bench:
    """The data centre, and the command with its configuration."""

    def __init__(self, center: DataCenter, config: Path) -> None:
        self.center = center
        self.config = config

    async def diagnose(self, *arguments: str, config: Path | None = None) -> Output:
        """Run it with the configuration."""
        return await self.run(f"--config.file={config or self.config}", *arguments)

    async def ask(self, *arguments: str) -> Output:
        """Run it for paris, as JSON."""
        return await self.diagnose("--json", "--appliance", "paris", *arguments)

    async def run(self, *arguments: str, **environment: str) -> Output:
        """Run it. Whatever happens, it shows no traceback and no secret."""
        async with self.started(*arguments, **environment) as process:
            out, err = await process.communicate()
        output = Output(process.returncode or 0, out.decode(), err.decode())
        assert "Traceback" not in output.err
        for secret in self.secrets():
            assert secret not in output.out + output.err
        return output

    @asynccontextmanager
    async def started(self, *arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The command while it runs."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND.command,
            "diagnose",
            *arguments,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def secrets(self) -> Iterator[str]:
        """Every secret of the data centre; of a SAS and a connection string, the secret part."""
        for file in (self.center.directory / "secrets").iterdir():
            yield file.read_text().strip().rpartition("sig=")[2].rpartition("SharedAccessKey=")[2]

    @asynccontextmanager
    async def fault(self, name: str) -> AsyncIterator[None]:
        """A fault of the data centre, while the block lasts."""
        await self.center.switch(name, on=True)
        try:
            yield
        finally:
            await self.center.switch(name, on=False)

    @contextmanager
    def answering(self, refusal: Refusal) -> Iterator[None]:
        """The storage accounts of paris refuse everything."""
        self.center.cache.refuse(refusal)
        try:
            yield
        finally:
            self.center.cache.refuse(None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with data_center(tmp_path_factory.mktemp("lab"), strict=True) as center:
        config = yaml.safe_load(center.config.read_text())
        for account in config["appliances"][0]["storage"]:  # both accounts of paris behind the proxy that has faults
            account["endpoint"] = center.cache.endpoint(account["account"])
        yield Bench(center, write_yaml(center.directory / "diagnose.yml", config))


# --- nothing is wrong ------------------------------------------------------------------------------------------------


async def test_a_healthy_data_centre_is_reported_as_healthy(bench: Bench) -> None:
    output = await bench.diagnose("--json")
    assert (output.code, output.document["exit_code"], output.document["conclusion"]["status"]) == (0, 0, "healthy")
    order = [step["collector"] for step in output.document["steps"]]
    assert [*dict.fromkeys(order)] == [
        "access", "appliance", "gateway", "storage", "servicebus", "eventhubs", "keyvault", "esxi", "vsphere",
        "replication", "storage_benchmark",
    ]  # fmt: skip
    verdicts = {step["verdict"] for step in output.document["steps"] if step["appliance"] == "paris"}
    assert verdicts == {"ok", "not_run"}
    assert all(step["duration_seconds"] is not None for step in output.document["steps"] if step["verdict"] == "ok")


async def test_what_a_greenfield_project_does_not_have_is_not_applicable(bench: Bench) -> None:
    output = await bench.diagnose("--json", "--appliance", "lyon", "--error", "181008")
    verdicts = {step["collector"]: step["verdict"] for step in output.document["steps"]}
    assert verdicts == {
        "appliance": "ok",
        "gateway": "ok",
        "storage": "ok",
        "servicebus": "not_applicable",
        "eventhubs": "not_applicable",
        "keyvault": "not_applicable",
    }
    assert output.code == 0
    assert output.step("storage", "lyon")["target"] == ACCOUNTS["replication"]


async def test_storage_and_key_vault_need_no_rights_in_azure_and_ask_it_nothing(bench: Bench) -> None:
    arm = bench.center.arm
    before = arm.requests.count()
    with arm.faults.on(Trouble.FORBIDDEN):
        output = await bench.ask("--only", "storage,keyvault")
    assert output.code == 0
    assert {step["collector"] for step in output.document["steps"]} == {"storage", "keyvault", "storage_benchmark"}
    assert arm.requests.count() == before


async def test_an_error_without_a_present_cause_says_exactly_that(bench: Bench) -> None:
    output = await bench.diagnose("--appliance", "paris", "--error", "1010", "--only", "appliance,storage,keyvault")
    assert output.code == 0
    text = " ".join(output.out.split())
    assert "None of the documented causes is present now" in text
    assert "it uploads megabytes: request it with --benchmark" in text
    assert "Causes that remain possible" in text


# --- the rows of the article -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "arguments", "failure", "cause"),
    [
        ("appliance-off", ("--error", "181008", "--only", "appliance,gateway"), _DISPOSE, "appliance_down"),
        ("gateway-stopped", ("--error", "181008"), _DISPOSE, "gateway_stopped"),
        ("gateway-missing", ("--only", "gateway"), _DISPOSE, "gateway_not_found"),
        ("storage-refused", ("--error", "181008", "--only", "storage"), _DISPOSE, "appliance_storage"),
        ("storage-refused", ("--error", "1010", "--only", "storage"), _UPLOAD, "cache_storage"),
        ("storage-full", ("--error", "1011", "--only", "storage"), _UPLOAD, "account_full"),
        ("storage-slow", ("--error", "1011", "--only", "storage", "--benchmark"), _UPLOAD, "cache_storage"),
        ("servicebus-refused", ("--error", "181008", "--only", "servicebus"), _DISPOSE, "service_bus"),
        ("servicebus-silent", ("--error", "1010", "--only", "servicebus"), _UPLOAD, "service_bus"),
        ("eventhubs-refused", ("--error", "1010", "--only", "eventhubs"), _UPLOAD, "event_hubs"),
        ("vault-closed", ("--error", "181008", "--only", "keyvault"), _DISPOSE, "key_vault"),
        ("vault-certificate-expired", ("--only", "keyvault"), _DISPOSE, "key_vault"),
        ("esxi-port-closed", ("--error", "1022"), "host_connection_refused", "host_port"),
        ("esxi-name-unknown", ("--only", "esxi,vsphere"), "host_connection_refused", "host_name"),
        ("esxi-not-responding", ("--only", "vsphere"), "operation_not_allowed", "management_agents"),
        ("snapshot-without-size", ("--only", "vsphere"), "snapshot_disk_size_invalid", "size_zero"),
        ("consolidation-needed", ("--error", "572"), "consolidate_disks_failed", None),
        ("nfc-full", ("--only", "vsphere"), "nfc_out_of_memory", "buffer_full"),
    ],
)
async def test_a_fault_is_the_cause_that_is_found(
    bench: Bench, fault: str, arguments: tuple[str, ...], failure: str, cause: str | None
) -> None:
    async with bench.fault(fault):
        output = await bench.ask(*arguments)
    assert output.causes[0] == (failure, cause)
    assert (output.code, output.document["exit_code"]) == (1, 1)
    assert output.document["conclusion"]["causes"][0]["fix"]


async def test_a_snapshot_that_hangs_is_seen_once_it_has_hung_for_a_while(bench: Bench) -> None:
    async with bench.fault("snapshot-stuck"), asyncio.timeout(DETECTION_TIMEOUT):
        while (output := await bench.ask("--error", "An internal error occurred. [Generate Snapshot Hung]")).code == 0:
            assert output.causes == []
    assert output.causes == [("snapshot_hung", None)]
    (found,) = output.document["conclusion"]["causes"]
    assert found["names"]["vm"] == bench.center.vcenter.machines[0].name
    assert "is at 95%" in found["seen"]


async def test_a_vcenter_that_is_down_is_said_as_that(bench: Bench) -> None:
    async with bench.fault("vcenter-down"):
        output = await bench.ask("--only", "esxi,vsphere")
    (found,) = output.document["conclusion"]["causes"]
    assert (found["signal"], found["cause"], found["strength"], output.code) == ("vcenter", "vcenter_down", "direct", 1)
    assert output.step("esxi")["verdict"] == "inconclusive"


async def test_an_account_that_forbids_us_may_have_a_firewall_and_that_comes_first(bench: Bench) -> None:
    with bench.answering(Refusal.FORBIDDEN):
        output = await bench.ask("--error", "1010", "--only", "storage")
    assert (output.code, output.causes) == (1, [(_UPLOAD, "cache_storage")])
    (found,) = output.document["conclusion"]["causes"]
    assert found["remedy"] == "grant the documented privilege, or admit this address in the service's firewall"


@pytest.mark.parametrize("refusal", [Refusal.SAS_EXPIRED, Refusal.THROTTLED])
async def test_an_account_that_answers_so_proves_that_the_network_is_sound(bench: Bench, refusal: Refusal) -> None:
    with bench.answering(refusal):
        output = await bench.ask("--error", "1010", "--only", "storage")
    assert (output.code, output.causes, output.step("storage")["verdict"]) == (2, [], "inconclusive")
    (observation,) = output.document["conclusion"]["inconclusive"]
    assert observation["remedy"]
    assert "cache_storage" in [remaining["cause"] for remaining in output.document["conclusion"]["remaining"]]


async def test_a_sas_and_a_key_that_have_ended_are_ours_to_renew(bench: Bench) -> None:
    async with bench.fault("storage-sas-expired"), bench.fault("servicebus-unauthorized"):
        output = await bench.ask("--error", "1010", "--only", "storage,servicebus")
    assert output.code == 2
    reasons = {
        observation["signal"]: observation["reason"] for observation in output.document["conclusion"]["inconclusive"]
    }
    assert reasons == {"storage_cache": "unauthenticated", "servicebus": "unauthenticated"}


async def test_an_exporter_without_a_token_is_the_first_step_and_blames_no_path(bench: Bench) -> None:
    async with bench.fault("entra-secret-expired"):
        output = await bench.ask("--only", "keyvault,replication")
    first, *others = output.document["steps"]
    assert (first["collector"], first["verdict"], output.code) == ("access", "failed", 2)
    (fault,) = output.document["conclusion"]["access_faults"]
    assert (fault["cause"], fault["reason"]) == ("identity_failing", "identity")
    assert "AADSTS7000222" in fault["seen"]
    assert "failed" not in {step["verdict"] for step in others}
    assert output.causes == []


async def test_a_proxy_that_refuses_is_the_first_step_and_blames_no_path(bench: Bench, tmp_path: Path) -> None:
    config = yaml.safe_load(bench.config.read_text())
    async with forward_proxy(tmp_path / "proxy", refused=("localhost", "127.0.0.1")) as proxy:
        config["proxy"] = {"url": proxy.url}
        file = write_yaml(tmp_path / "exporter.yml", config)
        output = await bench.diagnose("--json", "--only", "storage,keyvault", config=file)
    assert (output.step("access", None)["verdict"], output.code, output.causes) == ("failed", 2, [])
    assert [fault["cause"] for fault in output.document["conclusion"]["access_faults"]] == ["proxy_failing"]


async def test_a_policy_without_the_listen_claim_is_reported_with_the_claim_to_add(bench: Bench) -> None:
    bench.center.servicebus.faults.attach = "unauthorized-access"
    try:
        output = await bench.ask("--error", "1010", "--only", "servicebus")
    finally:
        bench.center.servicebus.faults.attach = None
    (found,) = output.document["conclusion"]["causes"]
    assert (output.code, found["cause"], found["reason"]) == (1, "service_bus", "forbidden")
    assert "Listen" in found["seen"]


async def test_the_most_upstream_of_two_causes_comes_with_its_fix_and_the_other_is_listed(bench: Bench) -> None:
    async with bench.fault("gateway-stopped"), bench.fault("vault-closed"):
        output = await bench.diagnose("--appliance", "paris", "--lang", "fr", "--only", "gateway,keyvault")
    text = output.out.replace("\u00a0", " ")
    assert output.code == 1
    assert "Cause : Le service de passerelle asrgwy de l'appliance paris n'est pas en cours d'exécution." in text
    assert "Start-Service -Name asrgwy" in text
    also = text.partition("Également en échec")[2]
    assert "L'appliance n'atteint pas le coffre de clés de la réplication" in also
    assert "\x1b" not in text


# --- a machine -------------------------------------------------------------------------------------------------------


async def test_a_machine_narrows_what_is_asked_to_where_it_is(bench: Bench) -> None:
    machine = bench.center.vcenter.machines[1]
    output = await bench.ask("--vm", machine.name.upper(), "--only", "esxi,vsphere")
    assert output.document["question"]["vm_id"] == machine.vm_id
    assert output.step("esxi")["target"] == output.step("esxi")["observations"][0]["names"]["host"]
    assert machine.name in output.step("vsphere", None)["seen"][0]


async def test_before_a_migration_snapshots_without_change_tracking_are_found(bench: Bench) -> None:
    machine = bench.center.vcenter.machines[1]
    sound = await bench.ask("--preflight", "--vm", machine.name, "--only", "vsphere")
    assert (sound.code, sound.causes) == (0, [])
    await machine.track_changes(on=False)
    await machine.take_snapshot("before the upgrade", user=BACKUP)
    try:
        output = await bench.ask("--preflight", "--vm", machine.name, "--only", "vsphere")
    finally:
        await machine.remove_snapshots()
        await machine.track_changes()
    assert output.causes == [("snapshots_present", "snapshots")]
    (found,) = output.document["conclusion"]["causes"]
    assert found["names"]["vm"] == machine.name


async def test_before_a_migration_an_independent_disk_is_found(bench: Bench) -> None:
    machine = bench.center.vcenter.machines[1]
    await machine.set_disk_mode("independent_persistent")
    try:
        output = await bench.ask("--preflight", "--vm", machine.name, "--only", "vsphere")
    finally:
        await machine.set_disk_mode("persistent")
    assert output.causes == [("change_id_unavailable", "independent_disk")]


async def test_a_machine_that_cannot_be_looked_up_is_diagnosed_all_the_same(bench: Bench) -> None:
    async with bench.fault("vcenter-down"):
        output = await bench.ask("--vm", "web01", "--only", "keyvault,vsphere")
    assert output.document["question"]["vm"] == "web01"
    assert output.step("keyvault")["verdict"] == "ok"


async def test_azures_error_of_a_machine_is_explained_by_what_fails(bench: Bench, tmp_path: Path) -> None:
    machine = bench.center.vcenter.machines[0]
    async with LabArm(bench.center.ca) as arm:
        project = arm.project("contoso", generation=Generation.LEGACY)
        replicating = project.appliance("paris").machine(machine.name, uuid=machine.vm_id)
        for _ in range(2):
            project.appliances[0].machine("twin")
        config = yaml.safe_load(bench.config.read_text())
        place = {"subscription": project.subscription, "resource_group": project.resource_group}
        login = access(arm, bench.center.ca, bench.center.directory / "secrets")
        config["replication"] = [{**place, "vault": project.vault_name, **login}]
        file = write_yaml(tmp_path / "exporter.yml", config)

        replicating.fail("disk_upload_timed_out")
        output = await bench.diagnose("--json", "--vm", machine.name, "--only", "keyvault,vsphere", config=file)
        assert {step["appliance"] for step in output.document["steps"]} == {"paris", None}
        assert [error["failure"] for error in output.document["reported"]] == ["disk_upload_timed_out"]
        assert (output.code, output.causes) == (2, [])

        async with bench.fault("vault-closed"):
            output = await bench.diagnose("--vm", machine.name, "--only", "keyvault", config=file)
        assert output.code == 1
        assert "Failure: disk_upload_timed_out\n" in output.out
        assert f"Azure reports it for: {machine.name}\n" in output.out

        output = await bench.diagnose("--vm", "twin", config=file)
        assert output.code == 2
        assert output.err.startswith("2 machines are called 'twin'; choose one by its id:\n")
        assert len(output.err.splitlines()) == 3


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_error_of_the_article_is_reported_in_both_languages(bench: Bench, language: Language) -> None:
    machines = bench.center.project.machines
    for start in range(0, len(ARTICLE), len(machines)):
        rows = dict(zip(machines, ARTICLE[start:], strict=False))
        for machine, failure in rows.items():
            machine.fail(failure, lang=language)
        output = await bench.diagnose("--only", "replication", "--lang", language)
        for machine in rows:
            machine.heal()
        assert output.code == 2
        printed = " ".join(output.out.replace("\u00a0", " ").split())
        for failure in rows.values():
            assert f"({failure})" in printed
            assert CATALOGUE[failure].title.into(language) in printed


# --- without a configuration -----------------------------------------------------------------------------------------


async def test_a_sas_file_is_enough(bench: Bench, tmp_path: Path) -> None:
    center = bench.center
    flags = (
        "--only=storage,keyvault",
        f"--storage-account={center.cache.endpoint(ACCOUNTS['cache'])}",
        f"--sas-file={center.directory / 'secrets' / 'sas-cache'}",
    )
    trust = {"SSL_CERT_FILE": str(center.ca.bundle)}
    certificates = Certificates.issue(center.ca, tmp_path, "vault")
    async with TcpListener(certificates=certificates) as vault:
        output = await bench.run(*flags, f"--vault=https://{vault.host}:{vault.port}/", "--json", **trust)
    assert output.code == 0
    assert {step["collector"]: step["verdict"] for step in output.document["steps"]} == {
        "storage": "ok",
        "keyvault": "ok",
        "storage_benchmark": "not_run",
    }
    async with bench.fault("storage-refused"):
        output = await bench.run(*flags, **trust)
    assert output.code == 1
    assert "Cause: The appliance does not reach the cache storage account" in output.out


async def test_a_vault_whose_name_does_not_resolve_is_a_cause(bench: Bench) -> None:
    output = await bench.run("--vault", f"{VAULT}.vault.invalid", "--json")
    assert (output.code, output.causes) == (1, [("dispose_artefacts_timed_out", "key_vault")])
    assert output.document["conclusion"]["causes"][0]["reason"] == "dns"


# --- bad input, and an early end -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--vm", "server-99"), "there is no machine 'server-99' among the "),
        (("--error", "gone wrong"), "--error: no documented failure has this code or message"),
        (("--only", "storage,vault"), "--only: there is no 'vault'; there are: appliance, gateway, storage"),
        (("--appliance", "rome"), "--appliance: there is no 'rome'; there are: paris, lyon"),
        (("--timeout", "soon"), '--timeout: not a duration: write it as in "30s"'),
        (("--timeout", "0s"), "--timeout: must be more than zero"),
        (("--vault", "migratekv1"), "give --config.file, or --storage-account and --vault in its place, but not both"),
    ],
)
async def test_an_invalid_flag_is_one_line(bench: Bench, arguments: tuple[str, ...], line: str) -> None:
    output = await bench.diagnose(*arguments)
    assert (output.code, output.out) == (2, "")
    assert len(output.err.splitlines()) == 1
    assert output.err.startswith(line)


async def test_a_file_that_is_missing_is_one_line(bench: Bench, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    output = await bench.run(f"--config.file={nowhere}")
    assert (output.code, output.err) == (2, f"{nowhere}: cannot be read: No such file or directory\n")
    output = await bench.run("--storage-account=migratelsa1", f"--sas-file={nowhere}")
    assert output.code == 2
    assert output.err == f"--sas-file: the secret file {nowhere} cannot be read: No such file or directory\n"


async def test_a_sas_on_the_command_line_is_refused_and_not_repeated(bench: Bench) -> None:
    output = await bench.run("--storage-account=https://migratelsa1.blob.core.windows.net/c?sv=1&sig=TOPSECRET")
    assert output.code == 2
    assert len(output.err.splitlines()) == 1
    assert "TOPSECRET" not in output.err


async def test_without_enough_time_it_ends_and_says_what_was_not_finished(bench: Bench) -> None:
    async with bench.fault("vault-dropped"):
        output = await bench.ask("--only", "keyvault", "--timeout", "1s")
    assert (output.code, output.step("keyvault")["verdict"]) == (2, "inconclusive")
    assert "--timeout" in output.step("keyvault")["seen"][0]


async def test_ctrl_c_ends_it_at_once_and_without_a_word_of_python(bench: Bench) -> None:
    arguments = (f"--config.file={bench.config}", "--appliance=paris", "--only=appliance,keyvault")
    async with bench.fault("vault-dropped"), bench.started(*arguments) as process:
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"ok")
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), DETECTION_TIMEOUT)
    assert (process.returncode, out, err) == (130, b"", b"")
