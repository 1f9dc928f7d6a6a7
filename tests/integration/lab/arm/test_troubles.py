"""What becomes of each trouble of the lab's ARM in the real SDK, and who gets a token at all."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ResourceNotFoundError,
)
from azure.core.rest import HttpRequest
from azure.identity.aio import (
    CertificateCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.classify import classify
from tests.clock import FakeClock, until
from tests.integration.lab.arm import Client, fetched, identity, listed, site_recovery
from tests.lab.arm import Kind, LabArm, LabMachine, LabProject, Trouble
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT, application_certificate
from tests.lab.tcp import Fault


@pytest.fixture
def web01(project: LabProject) -> LabMachine:
    return project.appliance("paris").machine("web01")


@pytest.mark.parametrize(
    ("trouble", "error", "reason"),
    [
        (Trouble.THROTTLED, HttpResponseError, Reason.THROTTLED),
        (Trouble.UNAVAILABLE, HttpResponseError, Reason.UNAVAILABLE),
        (Trouble.INTERNAL, HttpResponseError, Reason.UNAVAILABLE),
        (Trouble.TRUNCATED, DecodeError, Reason.PROTOCOL),
        (Trouble.CUT, IncompleteReadError, Reason.RESET),
        (Trouble.PROXY, json.JSONDecodeError, Reason.PROTOCOL),
        (Trouble.PROXY_REFUSES, HttpResponseError, Reason.FORBIDDEN),
        (Trouble.TOKEN_EXPIRED, ClientAuthenticationError, Reason.UNAUTHENTICATED),
        (Trouble.FORBIDDEN, HttpResponseError, Reason.FORBIDDEN),
        (Trouble.DELETED, ResourceNotFoundError, Reason.NOT_FOUND),
    ],
)
async def test_a_trouble_has_its_reason(
    arm: LabArm, client: Client, web01: LabMachine, trouble: Trouble, error: type[Exception], reason: Reason
) -> None:
    with arm.faults.on(trouble, scope=web01.appliance.project.vault_name.upper()) as rule:
        with pytest.raises(error) as raised:
            await listed(client, web01.appliance.project)
        assert classify(raised.value) is reason
        assert rule.hits == 1
    assert len(await listed(client, web01.appliance.project)) == 1


async def test_a_refusal_says_when_to_come_back_so_many_times(arm: LabArm, client: Client, web01: LabMachine) -> None:
    arm.faults.on(Trouble.THROTTLED, kinds={Kind.ITEM}, times=2, retry_after=23)
    for _ in range(2):
        with pytest.raises(HttpResponseError) as raised:
            await fetched(client, web01)
        assert raised.value.status_code == 429
        assert header(raised.value, "Retry-After") == "23"
        assert header(raised.value, "x-ms-ratelimit-remaining-subscription-reads") == "0"
    assert len(await listed(client, web01.appliance.project)) == 1
    assert (await fetched(client, web01)).name == web01.item


def header(error: HttpResponseError, name: str) -> Any:
    response: Any = error.response
    return response.headers[name]


async def test_reads_come_out_of_a_bucket_that_fills_with_time(
    arm: LabArm, client: Client, web01: LabMachine, clock: FakeClock
) -> None:
    arm.limits.burst, arm.limits.refill = 3, 0.5
    for _ in range(3):
        await fetched(client, web01)
    with pytest.raises(HttpResponseError) as raised:
        await fetched(client, web01)
    assert header(raised.value, "Retry-After") == "2"
    await clock.advance(2)
    await fetched(client, web01)
    assert [seen.status for seen in arm.requests.of(Kind.ITEM)] == [200, 200, 200, 429, 200]
    start = clock.monotonic() - 2
    assert arm.requests.times(Kind.ITEM) == [start, start, start, start, start + 2]


async def test_a_machine_may_vanish_between_its_list_and_its_get(client: Client, web01: LabMachine) -> None:
    other = web01.appliance.machine("db01")
    web01.vanish()
    assert len(await listed(client, web01.appliance.project)) == 2
    with pytest.raises(ResourceNotFoundError):
        await fetched(client, web01)
    assert (await fetched(client, other)).name == other.item
    web01.disable()
    assert len(await listed(client, web01.appliance.project)) == 1


async def test_the_sdk_tries_to_register_a_provider_that_is_not(
    arm: LabArm, client: Client, project: LabProject
) -> None:
    arm.faults.on(Trouble.UNREGISTERED, times=1)
    with pytest.raises(HttpResponseError) as raised:
        await listed(client, project)
    assert (raised.value.status_code, arm.requests.count(Kind.REGISTER)) == (409, 1)


async def test_a_request_that_is_never_answered_can_be_left(arm: LabArm, client: Client, project: LabProject) -> None:
    with arm.faults.on(Trouble.SILENT) as rule:
        waiting = asyncio.create_task(listed(client, project))
        await until(lambda: rule.hits == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert [seen.status for seen in arm.requests.of(Kind.ITEMS)] == [None]
    assert await listed(client, project) == []


async def test_a_slow_answer_takes_time_of_the_labs_clock(
    arm: LabArm, client: Client, project: LabProject, clock: FakeClock
) -> None:
    rule = arm.faults.on(Trouble.SLOW, delay=30)
    waiting = asyncio.create_task(listed(client, project))
    await until(lambda: rule.hits == 1)
    await clock.advance(29)
    assert not waiting.done()
    await clock.advance(1)
    assert await waiting == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault.CLOSED, Reason.REFUSED), (Fault.STRANGER, Reason.TLS), (Fault.RESET, Reason.RESET)],
)
async def test_the_network_can_be_broken(
    arm: LabArm, client: Client, project: LabProject, fault: Fault, reason: Reason
) -> None:
    await arm.switch(fault)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which class it is, is the SDK's affair
        await listed(client, project)
    assert classify(raised.value) is reason
    await arm.switch(Fault.NONE)
    assert await listed(client, project) == []


async def test_an_api_version_must_exist(client: Client, project: LabProject) -> None:
    items = f"{project.vault_id}/replicationMigrationItems"
    assert await code(client, items) == "MissingApiVersionParameter"
    assert await code(client, f"{items}?api-version=2018-01-10") == "NoRegisteredProviderFound"
    assert await code(client, f"{project.vault_id}/replicationWishes?api-version=2025-08-01") == "ResourceNotFound"


async def code(client: Client, path: str) -> Any:
    return (await client.send_request(HttpRequest("GET", path))).json()["error"]["code"]


# Tokens.


async def test_a_token_is_needed_that_is_for_arm_and_has_not_ended(
    arm: LabArm, lab_ca: LabCA, project: LabProject
) -> None:
    arm.audiences = {"https://management.usgovcloudapi.net"}
    async with site_recovery(arm, lab_ca, project) as client:
        with pytest.raises(ClientAuthenticationError, match="InvalidAuthenticationTokenAudience"):
            await listed(client, project)
    arm.audiences.add("https://management.azure.com")
    arm.entra.lifetime = -3600
    async with site_recovery(arm, lab_ca, project) as client:
        with pytest.raises(ClientAuthenticationError, match="ExpiredAuthenticationToken"):
            await listed(client, project)
        arm.entra.lifetime = 3600


async def test_a_secret_may_expire(arm: LabArm, client: Client, project: LabProject) -> None:
    arm.entra.expired = True
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000222") as raised:
        await listed(client, project)
    assert classify(raised.value) is Reason.UNAUTHENTICATED
    assert arm.requests.count() == 0


def certificate(arm: LabArm, ca: LabCA, directory: Path) -> AsyncTokenCredential:
    file = directory / "application.pem"
    file.write_bytes(application_certificate())
    return CertificateCredential(TENANT, CLIENT, str(file), **identity(arm, ca))


def workload(arm: LabArm, ca: LabCA, directory: Path) -> AsyncTokenCredential:
    file = directory / "service-account-token"
    file.write_text("a token of the cluster")
    names = {"tenant_id": TENANT, "client_id": CLIENT, "token_file_path": str(file)}
    return WorkloadIdentityCredential(**names, **identity(arm, ca))


def managed(_: LabArm, ca: LabCA, __: Path) -> AsyncTokenCredential:
    return ManagedIdentityCredential(connection_verify=str(ca.bundle), retry_total=0)


def default(arm: LabArm, ca: LabCA, _: Path) -> AsyncTokenCredential:
    return DefaultAzureCredential(**identity(arm, ca))


@pytest.fixture(params=["app_service", "virtual_machine"])
def surroundings(request: pytest.FixtureRequest, arm: LabArm, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in getattr(arm.entra, request.param).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("credential", [certificate, workload, managed, default])
async def test_every_credential_gets_its_token_here(
    arm: LabArm, lab_ca: LabCA, project: LabProject, tmp_path: Path, credential: Any
) -> None:
    async with site_recovery(arm, lab_ca, project, credential(arm, lab_ca, tmp_path)) as client:
        assert await listed(client, project) == []
    assert arm.entra.tokens == {"https://management.azure.com/.default": 1}


@pytest.mark.usefixtures("surroundings")
async def test_a_machine_without_an_identity_gets_no_token(arm: LabArm, lab_ca: LabCA, project: LabProject) -> None:
    arm.entra.has_identity = False
    async with site_recovery(arm, lab_ca, project, managed(arm, lab_ca, Path())) as client:
        with pytest.raises(ClientAuthenticationError):
            await listed(client, project)
