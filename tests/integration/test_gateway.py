"""The gateway collector against the lab's WinRM endpoint and windows_exporter page, which show one Windows machine."""

import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from azure_migrate_exporter.collectors import gateway
from azure_migrate_exporter.collectors.gateway.services import STATES
from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.exposition.metrics import GATEWAY_SERVICE_START_TIME, GATEWAY_SERVICE_STATE
from azure_migrate_exporter.reasons import Reason
from tests.lab import winrm
from tests.lab.ca import LabCA
from tests.lab.tcp import Certificates, Fault
from tests.lab.windows import LabWindows
from tests.lab.windows_exporter import OLD, LabWindowsExporter
from tests.lab.winrm import LabWinRM
from tests.measured import Measured, measure

STARTED = 1_795_000_000.25
WINRM = "winrm"
EXPORTER = "windows_exporter"
both = pytest.mark.parametrize("source", [WINRM, EXPORTER])

forgotten_socket = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
"""pypsrp gives up in the middle of an answer and leaves that connection to the garbage collector."""


class Site:
    """One Windows machine, the two ways to ask it, and the files that a configuration names."""

    def __init__(self, directory: Path) -> None:
        self.now = STARTED
        self.directory = directory
        self.ca = LabCA(directory / "ca")
        self.certificates = Certificates.issue(self.ca, directory, "appliance")
        self.windows = LabWindows(clock=lambda: self.now)
        self.winrm = LabWinRM(self.windows, certificates=self.certificates)
        self.exporter = LabWindowsExporter(self.windows, certificates=self.certificates)
        (directory / "secret").write_text(f"{self.winrm.password}\n")

    async def switch(self, source: str, fault: Fault) -> None:
        await (self.winrm if source == WINRM else self.exporter).switch(fault)

    async def check(self, source: str, *, timeout: float = 20, **changes: Any) -> Measured:
        secret = {"file": str(self.directory / "secret")}
        values: dict[str, dict[str, Any]] = {
            WINRM: {
                "address": self.winrm.host,
                "port": self.winrm.port,
                "username": self.winrm.username,
                "password": secret,
                "ca_file": str(self.ca.bundle),
            },
            EXPORTER: {"url": self.exporter.url, "ca_file": str(self.ca.bundle)},
        }
        section = {"source": source, **values.get(source, {}), **changes}
        settings = ApplianceSettings.model_validate({"name": "site1", "gateway": section}).gateway
        collector = gateway.create(Target("site1", "site1", settings), Context())
        try:
            return await measure(collector, timeout=timeout)
        finally:
            await collector.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    async with site.winrm, site.exporter:
        yield site


def states(seen: Measured, service: str = "asrgwy") -> list[str]:
    """The states that are 1; all of them are exported."""
    values = {s: seen.value(GATEWAY_SERVICE_STATE, appliance="site1", windows_service=service, state=s) for s in STATES}
    assert set(values.values()) <= {0, 1}
    return [state for state, value in values.items() if value == 1]


@both
async def test_a_running_service(site: Site, source: str) -> None:
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (None, ["running"])


@both
async def test_a_stopped_service_is_a_result_not_a_failure(site: Site, source: str) -> None:
    site.windows.stop("asrgwy")
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (None, ["stopped"])
    assert seen.value(GATEWAY_SERVICE_START_TIME) is None


@both
async def test_a_service_that_is_not_installed_is_a_result_too(site: Site, source: str) -> None:
    site.windows.remove("asrgwy")
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (None, ["not_found"])


@both
@pytest.mark.parametrize(
    ("windows", "exported"),
    [
        ("Start Pending", "start_pending"),
        ("Stop Pending", "stop_pending"),
        ("Paused", "paused"),
        ("Pause Pending", "paused"),
        ("Continue Pending", "start_pending"),
    ],
)
async def test_states_between(site: Site, source: str, windows: str, exported: str) -> None:
    site.windows.set_state("asrgwy", windows)
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (None, [exported])


async def test_a_restart_changes_the_start_time(site: Site) -> None:
    assert (await site.check(WINRM)).value(GATEWAY_SERVICE_START_TIME, windows_service="asrgwy") == STARTED
    site.now += 3600
    site.windows.restart("asrgwy")
    seen = await site.check(WINRM)
    assert states(seen) == ["running"]
    assert seen.value(GATEWAY_SERVICE_START_TIME, windows_service="asrgwy") == STARTED + 3600


async def test_windows_exporter_tells_the_start_time_in_whole_seconds(site: Site) -> None:
    assert (await site.check(EXPORTER)).value(GATEWAY_SERVICE_START_TIME, windows_service="asrgwy") == int(STARTED)


@both
async def test_several_services_whatever_their_case(site: Site, source: str) -> None:
    site.windows.stop("EventLog")
    seen = await site.check(source, services=["AsrGwy", "eventlog", "nosuch"])
    assert seen.reason is None
    assert [states(seen, name) for name in ("AsrGwy", "eventlog", "nosuch")] == [
        ["running"],
        ["stopped"],
        ["not_found"],
    ]


@both
async def test_refused(site: Site, source: str) -> None:
    await site.switch(source, Fault.CLOSED)
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (Reason.REFUSED, ["unknown"])
    assert " refused: " in seen.message


@both
async def test_reset(site: Site, source: str) -> None:
    await site.switch(source, Fault.RESET)
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (Reason.RESET, ["unknown"])


@both
async def test_silent(site: Site, source: str) -> None:
    await site.switch(source, Fault.SILENT)
    seen = await site.check(source, timeout=0.5)
    assert (seen.reason, states(seen)) == (Reason.TIMEOUT, ["unknown"])


@both
async def test_dropped_packets(site: Site, source: str) -> None:
    await site.switch(source, Fault.DROPPED)
    seen = await site.check(source, timeout=0.5)
    assert (seen.reason, states(seen)) == (Reason.TIMEOUT, ["unknown"])


@both
async def test_too_slow_for_the_deadline(site: Site, source: str) -> None:
    site.winrm.delay = site.exporter.delay = 60
    seen = await site.check(source, timeout=0.5)
    assert (seen.reason, states(seen)) == (Reason.TIMEOUT, ["unknown"])


@both
async def test_slow_but_in_time(site: Site, source: str) -> None:
    site.winrm.delay = site.exporter.delay = 0.05
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (None, ["running"])


@both
@pytest.mark.parametrize("fault", [Fault.STRANGER, Fault.EXPIRED])
async def test_a_certificate_that_does_not_verify(site: Site, source: str, fault: Fault) -> None:
    await site.switch(source, fault)
    seen = await site.check(source)
    assert (seen.reason, states(seen)) == (Reason.TLS, ["unknown"])


@both
async def test_a_name_that_does_not_resolve(site: Site, source: str) -> None:
    where: dict[str, dict[str, Any]] = {
        WINRM: {"address": "appliance.invalid"},
        EXPORTER: {"url": "https://appliance.invalid:9182/metrics"},
    }
    seen = await site.check(source, **where[source])
    assert (seen.reason, states(seen)) == (Reason.DNS, ["unknown"])
    assert seen.message.endswith("appliance.invalid does not resolve: Name or service not known")


@both
async def test_a_missing_ca_file_is_named(site: Site, source: str) -> None:
    gone = site.directory / "gone.pem"
    seen = await site.check(source, ca_file=str(gone))
    assert (seen.reason, seen.message) == (Reason.TLS, f"the CA file {gone} does not exist")


@both
async def test_after_a_fault_all_is_well_again(site: Site, source: str) -> None:
    await site.switch(source, Fault.CLOSED)
    assert (await site.check(source)).reason is Reason.REFUSED
    await site.switch(source, Fault.NONE)
    assert states(await site.check(source)) == ["running"]


async def test_winrm_trusts_the_systems_store_as_every_check_does(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = await site.check(WINRM, ca_file=None)
    assert refused.reason is Reason.TLS
    assert (
        "O=azure-migrate-exporter lab\" is not trusted here: add it to ca_file or to the system's store"
        in refused.message
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(site.ca.bundle))
    assert states(await site.check(WINRM, ca_file=None)) == ["running"]


async def test_winrm_with_a_ca_file_trusts_nothing_else(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(site.ca.bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.ca.bundle))
    other = LabCA(site.directory / "other")
    assert (await site.check(WINRM, ca_file=str(other.bundle))).reason is Reason.TLS


# --- WinRM -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["negotiate", "ntlm", "basic"])
async def test_winrm_accepts_user_and_password(site: Site, auth: str) -> None:
    seen = await site.check(WINRM, auth=auth)
    assert (seen.reason, states(seen)) == (None, ["running"])


async def test_winrm_accepts_a_client_certificate(site: Site) -> None:
    client = site.ca.issue("client", "exporter@lab.example")
    files: dict[str, Any] = {"certificate_file": str(client.chain), "key_file": str(client.key)}
    seen = await site.check(WINRM, auth="certificate", username=None, password=None, **files)
    assert (seen.reason, states(seen)) == (None, ["running"])


async def test_winrm_refuses_a_strangers_client_certificate(site: Site, tmp_path: Path) -> None:
    client = trustme.CA().issue_cert("exporter@lab.example")
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    files: dict[str, Any] = {"certificate_file": str(tmp_path / "client.pem"), "key_file": str(tmp_path / "client.pem")}
    seen = await site.check(WINRM, auth="certificate", username=None, password=None, **files)
    assert states(seen) == ["unknown"]
    assert seen.reason in {Reason.TLS, Reason.RESET}, "OpenSSL may close before its alert is read"


async def test_winrm_without_tls_encrypts_its_messages(site: Site) -> None:
    async with LabWinRM(site.windows) as plain:
        seen = await site.check(WINRM, port=plain.port, tls=False, ca_file=None)
    assert (seen.reason, states(seen)) == (None, ["running"])
    assert plain.asked == ["Win32_Service?Name=asrgwy", f"Win32_Process?Handle={gateway_pid(site)}"]


def gateway_pid(site: Site) -> int:
    service = site.windows.find("asrgwy")
    assert service is not None
    return service.pid


@pytest.mark.parametrize("auth", ["negotiate", "ntlm", "basic"])
async def test_a_wrong_password_is_unauthenticated_and_is_not_told(site: Site, auth: str) -> None:
    (site.directory / "secret").write_text("wrong-horse")
    seen = await site.check(WINRM, auth=auth)
    assert (seen.reason, states(seen)) == (Reason.UNAUTHENTICATED, ["unknown"])
    assert "wrong-horse" not in seen.message
    assert site.winrm.asked == []


async def test_a_missing_password_file_is_unauthenticated(site: Site) -> None:
    (site.directory / "secret").unlink()
    seen = await site.check(WINRM)
    assert (seen.reason, states(seen)) == (Reason.UNAUTHENTICATED, ["unknown"])
    assert seen.message.startswith(f"the secret file {site.directory / 'secret'} cannot be read")


async def test_a_rotated_password_is_picked_up(site: Site) -> None:
    site.winrm.password = "rotated"
    assert (await site.check(WINRM)).reason is Reason.UNAUTHENTICATED
    (site.directory / "secret").write_text("rotated")
    assert (await site.check(WINRM)).reason is None


@forgotten_socket
async def test_a_method_that_the_listener_does_not_offer_is_unsupported(site: Site) -> None:
    site.winrm.methods = ["Basic"]
    seen = await site.check(WINRM)
    gc.collect()
    assert (seen.reason, states(seen)) == (Reason.UNSUPPORTED, ["unknown"])


@forgotten_socket
async def test_no_identity_to_negotiate_with_is_unsupported(site: Site) -> None:
    seen = await site.check(WINRM, username=None, password=None)
    gc.collect()
    assert (seen.reason, states(seen)) == (Reason.UNSUPPORTED, ["unknown"])


async def test_a_user_without_wmi_is_forbidden(site: Site) -> None:
    site.winrm.fault_code = winrm.ACCESS_DENIED
    seen = await site.check(WINRM)
    assert (seen.reason, states(seen)) == (Reason.FORBIDDEN, ["unknown"])
    assert seen.message == f"WinRM at 127.0.0.1:{site.winrm.port}: Access is denied."


async def test_a_user_who_sees_no_services_is_forbidden_not_told_that_there_are_none(site: Site) -> None:
    site.winrm.sees_services = False
    seen = await site.check(WINRM)
    assert (seen.reason, states(seen)) == (Reason.FORBIDDEN, ["unknown"])
    assert "grant the user the right to see services" in seen.message


async def test_a_busy_winrm_is_throttled(site: Site) -> None:
    site.winrm.fault_code = winrm.QUOTA_MAX_OPERATIONS
    seen = await site.check(WINRM)
    assert (seen.reason, states(seen)) == (Reason.THROTTLED, ["unknown"])


async def test_something_else_on_winrms_port_is_a_wrong_protocol(site: Site) -> None:
    port = int(site.exporter.url.split(":")[2].split("/")[0])
    seen = await site.check(WINRM, port=port)
    assert (seen.reason, states(seen)) == (Reason.PROTOCOL, ["unknown"])


# --- windows_exporter ------------------------------------------------------------------------------------------------


async def test_an_old_windows_exporter_tells_the_state_without_start_time(site: Site) -> None:
    site.exporter.version = OLD
    seen = await site.check(EXPORTER)
    assert (seen.reason, states(seen)) == (None, ["running"])
    assert seen.value(GATEWAY_SERVICE_START_TIME) is None


async def test_the_page_may_be_asked_for_services_alone(site: Site) -> None:
    seen = await site.check(EXPORTER, url=f"{site.exporter.url}?collect[]=service")
    assert (seen.reason, states(seen)) == (None, ["running"])


async def test_a_disabled_service_collector_is_unsupported(site: Site) -> None:
    site.exporter.collectors.remove("service")
    seen = await site.check(EXPORTER)
    assert (seen.reason, states(seen)) == (Reason.UNSUPPORTED, ["unknown"])
    assert seen.message.endswith("its service collector is not enabled: add service to --collectors.enabled")


async def test_asking_a_disabled_service_collector_by_name_is_unsupported(site: Site) -> None:
    site.exporter.collectors.remove("service")
    seen = await site.check(EXPORTER, url=f"{site.exporter.url}?collect[]=service")
    assert (seen.reason, states(seen)) == (Reason.UNSUPPORTED, ["unknown"])


async def test_a_failing_service_collector_is_unavailable(site: Site) -> None:
    site.exporter.failing = True
    seen = await site.check(EXPORTER)
    assert (seen.reason, states(seen)) == (Reason.UNAVAILABLE, ["unknown"])


async def test_a_service_that_is_filtered_out_is_unknown_not_missing(site: Site) -> None:
    site.exporter.include = "EventLog|WinRM"
    seen = await site.check(EXPORTER, services=["WinRM", "asrgwy"])
    assert seen.reason is Reason.UNSUPPORTED
    assert seen.message.endswith("it shows 2 services but not asrgwy: add it to --collector.service.include")
    assert (states(seen, "WinRM"), states(seen, "asrgwy")) == (["running"], ["unknown"])


async def test_a_filter_that_hides_every_service_is_unsupported(site: Site) -> None:
    site.exporter.include = "nothing"
    seen = await site.check(EXPORTER)
    assert (seen.reason, states(seen)) == (Reason.UNSUPPORTED, ["unknown"])
    assert seen.message.endswith("shows no service at all: correct --collector.service.include")


async def test_a_page_of_another_program_is_a_wrong_protocol(site: Site) -> None:
    seen = await site.check(EXPORTER, url=site.exporter.url.removesuffix("metrics"))
    assert (seen.reason, states(seen)) == (Reason.PROTOCOL, ["unknown"])


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, Reason.FORBIDDEN),
        (404, Reason.NOT_FOUND),
        (429, Reason.THROTTLED),
        (301, Reason.PROTOCOL),
        (500, Reason.UNAVAILABLE),
        (503, Reason.UNAVAILABLE),
    ],
)
async def test_an_http_error_has_its_reason(site: Site, status: int, reason: Reason) -> None:
    site.exporter.status = status
    seen = await site.check(EXPORTER)
    assert (seen.reason, states(seen)) == (reason, ["unknown"])
    assert f"HTTP {status}" in seen.message


async def test_basic_auth(site: Site) -> None:
    site.exporter.basic_auth = ("prometheus", site.winrm.password)
    assert (await site.check(EXPORTER)).reason is Reason.UNAUTHENTICATED
    credentials = {"username": "prometheus", "password": {"file": str(site.directory / "secret")}}
    assert states(await site.check(EXPORTER, basic_auth=credentials)) == ["running"]


async def test_a_bearer_token(site: Site) -> None:
    site.exporter.bearer_token = site.winrm.password
    assert (await site.check(EXPORTER)).reason is Reason.UNAUTHENTICATED
    assert states(await site.check(EXPORTER, bearer_token={"file": str(site.directory / "secret")})) == ["running"]
