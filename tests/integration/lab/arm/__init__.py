"""Access to the lab's ARM that several test files share: real credentials, and the real client of Site Recovery."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient
from azure.mgmt.recoveryservicessiterecovery.models import MigrationItem

from tests.lab.arm import LabArm, LabMachine, LabProject
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT

Client = SiteRecoveryManagementClient


def identity(arm: LabArm, ca: LabCA) -> dict[str, Any]:
    """Options that every credential takes here."""
    return {"authority": arm.entra.authority, "connection_verify": str(ca.bundle), "retry_total": 0}


def application(arm: LabArm, ca: LabCA) -> ClientSecretCredential:
    """An application that knows its secret."""
    return ClientSecretCredential(
        TENANT, CLIENT, arm.entra.secret, disable_instance_discovery=True, **identity(arm, ca)
    )


@asynccontextmanager
async def site_recovery(
    arm: LabArm, ca: LabCA, project: LabProject, credential: AsyncTokenCredential | None = None
) -> AsyncIterator[Client]:
    """The SDK's client for the project's subscription, over a session that keeps its connections."""
    connector = aiohttp.TCPConnector(ssl=ca.client_context())
    async with aiohttp.ClientSession(connector=connector) as session, credential or application(arm, ca) as who:
        transport = AioHttpTransport(session=session, session_owner=False)
        options: dict[str, Any] = {"base_url": arm.url, "transport": transport, "retry_total": 0}
        async with Client(who, project.subscription, **options) as client:
            yield client


async def listed(client: Client, project: LabProject) -> list[MigrationItem]:
    """The machines of the project's vault."""
    return [item async for item in client.replication_migration_items.list(project.resource_group, project.vault_name)]


async def fetched(client: Client, machine: LabMachine) -> MigrationItem:
    """One machine."""
    appliance = machine.appliance
    project = appliance.project
    return await client.replication_migration_items.get(
        project.resource_group, project.vault_name, appliance.fabric, appliance.container, machine.item
    )
