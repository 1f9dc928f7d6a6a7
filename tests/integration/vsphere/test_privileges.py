"""What the appliance's own account may do, asked with the exporter's account, which may only read."""

from pathlib import Path

import pytest
from pyVmomi import vim

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures.privileges import APPLIANCE_PRIVILEGES
from tests.clock import FakeClock
from tests.integration.vsphere import running, settings
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import APPLIANCE
from tests.measured import Measured, measure

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("no_session_remains")]

METHOD = "HasUserPrivilegeOnEntities"
DISK = "VirtualMachine.Provisioning.DiskRandomRead"


def refuse(vcenter: LabVCenter, privilege: str) -> None:
    granted = f"<privId>{privilege}</privId>(\\s*)<isGranted>true</isGranted>"
    vcenter.proxy.rewrite(METHOD, granted, f"<privId>{privilege}</privId><isGranted>false</isGranted>")


def privileges(seen: Measured) -> dict[str, float]:
    found = {key: value for key, value in seen.samples.items() if key[0] is metrics.VSPHERE_ACCOUNT_PRIVILEGE}
    assert {values[:2] for _, values in found} <= {("lab", APPLIANCE)}
    return {values[2]: float(str(value)) for (_, values), value in found.items()}


async def test_every_documented_privilege_is_asked_for(collector: Collector) -> None:
    seen = await measure(collector)
    assert (seen.reason, privileges(seen)) == (None, dict.fromkeys(APPLIANCE_PRIVILEGES, 1.0))


async def test_a_privilege_that_is_missing_on_a_machine(vcenter: LabVCenter, collector: Collector) -> None:
    refuse(vcenter, DISK)
    seen = await measure(collector)
    assert (seen.reason, privileges(seen)) == (None, {**dict.fromkeys(APPLIANCE_PRIVILEGES, 1.0), DISK: 0.0})


@pytest.mark.parametrize(
    "fault",
    [
        vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="System.View"),
        vim.fault.UserNotFound(principal=APPLIANCE, unresolved=True),
    ],
)
async def test_what_vcenter_does_not_say_is_unknown_and_no_failure(
    vcenter: LabVCenter, collector: Collector, fault: object
) -> None:
    vcenter.proxy.fail(METHOD, fault)
    seen = await measure(collector)
    assert (seen.reason, privileges(seen)) == (None, {})


async def test_an_account_without_its_domain_is_not_asked_for(vcenter: LabVCenter, tmp_path: Path) -> None:
    vcenter.proxy.reset_counters()
    async with running(settings(vcenter, tmp_path, replication={"accounts": ["svc-migrate"]})) as made:
        assert privileges(await measure(made)) == {}
    assert vcenter.proxy.calls[METHOD] == 0


async def test_it_asks_once_an_hour(vcenter: LabVCenter, tmp_path: Path) -> None:
    clock = FakeClock()
    vcenter.proxy.reset_counters()
    async with running(settings(vcenter, tmp_path), Context(clock=clock)) as made:
        for calls, seconds in ((2, 0), (2, 3000), (4, 700)):
            await clock.advance(seconds)
            assert set(privileges(await measure(made)).values()) == {1.0}
            assert vcenter.proxy.calls[METHOD] == calls, "one for machines, one for datastores"
