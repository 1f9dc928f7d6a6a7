"""The data centre as a whole: it starts and ends as one, and its faults can be switched from outside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from azure_migrate_exporter.config.loader import load
from tests.lab.control import ControlError, control, list_faults, switch_fault
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.faults import FAULTS
from tests.lab.parts import PARTS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="center")
async def _center(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DataCenter]:
    async with data_center(tmp_path_factory.mktemp("lab"), strict=True) as center:
        yield center


async def test_every_part_runs_and_every_fault_can_be_had(center: DataCenter) -> None:
    assert center.started == set(PARTS)
    assert list(center.faults.values()) == list(FAULTS)


async def test_its_configuration_is_one_that_the_exporter_takes(center: DataCenter) -> None:
    settings = load(center.config)
    assert [appliance.name for appliance in settings.appliances] == ["paris", "lyon"]


async def test_no_secret_is_in_the_configuration_and_nobody_else_can_read_one(center: DataCenter) -> None:
    text = center.config.read_text()
    files = list((center.directory / "secrets").iterdir())
    assert files
    assert not [file.name for file in files if file.read_text() in text]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}


async def test_a_fault_that_is_on_stays_on_and_one_that_is_off_stays_off(center: DataCenter) -> None:
    for _ in range(2):
        await center.switch("vault-closed", on=True)
        assert center.switched_on == {"vault-closed"}
    for _ in range(2):
        await center.switch("vault-closed", on=False)
        assert center.switched_on == set()


async def test_every_fault_can_be_switched_again_and_again(center: DataCenter) -> None:
    for name in center.faults:
        for on in (True, False, True, False):
            await center.switch(name, on=on)
    assert center.switched_on == set()


async def test_clearing_switches_every_fault_off(center: DataCenter) -> None:
    await center.switch("gateway-stopped", on=True)
    await center.switch("vcenter-down", on=True)
    await center.clear_faults()
    assert center.switched_on == set()


async def test_faults_are_listed_and_switched_from_another_terminal(center: DataCenter, tmp_path: Path) -> None:
    address_file = tmp_path / "control"
    async with control(center, address_file):
        await switch_fault("storage-throttled", on=True, address_file=address_file)
        assert [fault.name for fault in await list_faults(address_file) if fault.on] == ["storage-throttled"]
        await switch_fault("storage-throttled", on=False, address_file=address_file)
        assert not any(fault.on for fault in await list_faults(address_file))
    assert not address_file.exists()


async def test_a_wrong_name_is_told_the_right_one(center: DataCenter, tmp_path: Path) -> None:
    address_file = tmp_path / "control"
    async with control(center, address_file):
        with pytest.raises(ControlError, match=r"no fault 'gateway-stoped' here; did you mean gateway-stopped"):
            await switch_fault("gateway-stoped", on=True, address_file=address_file)


async def test_without_a_lab_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no lab is running; start one in another terminal with: make demo"):
        await list_faults(tmp_path / "control")


async def test_the_address_of_a_newer_lab_survives_the_end_of_an_older_one(center: DataCenter, tmp_path: Path) -> None:
    address_file = tmp_path / "control"
    async with control(center, address_file):
        address_file.write_text("http://127.0.0.1:1")
    assert address_file.read_text() == "http://127.0.0.1:1"
