"""What becomes of each trouble of the lab's ARM in the real SDK, and who gets a token at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ClientAuthenticationError, DecodeError, HttpResponseError, ResourceNotFoundError
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
from tests.integration.arm import Client, fetched, identity, listed, site_recovery
from tests.integration.test_storage_credentials import self_signed
from tests.lab.arm import Kind, LabArm, LabMachine, LabProject, Trouble
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT
from tests.lab.tcp import Fault


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def arm(lab_ca: LabCA, clock: FakeClock) -> AsyncIterator[LabArm]:
    async with LabArm(lab_ca, clock=clock) as running:
        yield running


@pytest.fixture
def project(arm: LabArm) -> LabProject:
    return arm.project("contoso")


@pytest.fixture
def web01(project: LabProject) -> LabMachine:
    return project.appliance("paris").machine("web01")


@pytest.fixture
async def client(arm: LabArm, lab_ca: LabCA, project: LabProject) -> AsyncIterator[Client]:
    async with site_recovery(arm, lab_ca, project) as running:
        yield running


@pytest.mark.parametrize(
    ("trouble", "error", "reason"),
    [
        (Trouble.THROTTLED, HttpResponseError, Reason.THROTTLED),
        (Trouble.UNAVAILABLE, HttpResponseError, Reason.UNAVAILABLE),
        (Trouble.INTERNAL, HttpResponseError, Reason.UNAVAILABLE),
        (Trouble.TRUNCATED, DecodeError, Reason.PROTOCOL),
        (Trouble.CUT, Exception, Reason.RESET),
        (Trouble.PROXY, Exception, Reason.PROTOCOL),
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
        assert (type(raised.value), classify(raised.value)) == (
            error if error is not Exception else type(raised.value),
            reason,
        )
        assert rule.hits == 1
    assert len(await listed(client, web01.appliance.project)) == 1
