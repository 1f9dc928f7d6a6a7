"""The collector in the engine, where targets come and go without a restart; the command that prints a configuration."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.commands.check_config import check
from azure_migrate_exporter.commands.discover import discover
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.loader import load, parse
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock, until
from tests.integration.azure import access, entry
from tests.lab.arm import Generation, LabAppliance, LabArm, LabProject, Trouble
from tests.lab.ca import LabCA
from tests.lab.exporter import COMMAND
from tests.measured import Measured, measure


@pytest.fixture
async def arm(lab_ca: LabCA) -> AsyncIterator[LabArm]:
    async with LabArm(lab_ca) as running:
        yield running


@pytest.fixture
def project(arm: LabArm) -> LabProject:
    return arm.project("contoso")


@pytest.fixture
def paris(project: LabProject) -> LabAppliance:
    made = project.appliance("paris")
    made.machine("web01")
    return made


@pytest.fixture
def azure_access(arm: LabArm, lab_ca: LabCA, tmp_path: Path) -> dict[str, Any]:
    return access(arm, lab_ca, tmp_path)


def write(path: Path, **sections: Any) -> Path:
    path.write_text(yaml.safe_dump(sections, sort_keys=False), encoding="utf-8")
    return path


async def collected(context: Context, found_in: LabProject, azure_access: dict[str, Any], **more: Any) -> Measured:
    settings = DiscoverySettings.model_validate(entry(found_in, azure_access, **more))
    return await measure(COLLECTORS["discovery"].create(Target(settings.target, "", settings), context))


# The collector.


async def test_it_exports_its_findings_and_its_requests(
    project: LabProject, paris: LabAppliance, azure_access: dict[str, Any]
) -> None:
    assert paris.key_vault
    project.deleted.add(paris.key_vault)
    seen = await collected(Context(), project, azure_access)
    assert seen.reason is None
    about = {"appliance": "paris", "vault": project.vault_name, "region": "francecentral", "private_endpoints": "false"}
    assert seen.value(metrics.DISCOVERED_APPLIANCE_INFO, **about, project="contoso", generation="legacy") == 1
    exists = metrics.DISCOVERED_RESOURCE_EXISTS
    assert seen.value(exists, appliance="paris", resource=paris.cache_account) == 1
    assert seen.value(exists, appliance="paris", resource=paris.key_vault, type="microsoft.keyvault/vaults") == 0
    assert seen.value(metrics.ARM_REQUESTS, operation="discovery", code="200", vault="contoso") == 11


async def test_after_a_429_no_request_is_made_until_the_delay_is_over(
    arm: LabArm, project: LabProject, azure_access: dict[str, Any]
) -> None:
    clock = FakeClock()
    context = Context(clock=clock)
    with arm.faults.on(Trouble.THROTTLED, times=1, retry_after=40):
        assert (await collected(context, project, azure_access)).reason is Reason.THROTTLED
    before = arm.requests.count()
    waiting = await collected(context, project, azure_access)
    assert (waiting.reason, arm.requests.count()) == (Reason.THROTTLED, before)
    await clock.advance(41)
    assert (await collected(context, project, azure_access)).reason is None


async def test_a_failed_search_leaves_what_the_last_one_found(
    arm: LabArm, project: LabProject, paris: LabAppliance, azure_access: dict[str, Any]
) -> None:
    context = Context()
    await collected(context, project, azure_access)
    found = context.blackboard.discovered("contoso")
    assert [one.account for one in found.appliances[0].storage] == [paris.cache_account, paris.gateway_account]
    with arm.faults.on(Trouble.FORBIDDEN):
        assert (await collected(context, project, azure_access)).reason is Reason.FORBIDDEN
    assert context.blackboard.discovered("contoso") is found


async def test_what_is_found_is_checked_in_the_way_that_is_asked_for(
    project: LabProject, paris: LabAppliance, azure_access: dict[str, Any]
) -> None:
    context = Context()
    off = {"enabled": False}
    bus = {"topic": "snapshotmanager", "subscription": "appliance", "transport": "websocket"}
    await collected(
        context, project, azure_access, storage=off, servicebus=bus, keyvault={"tls": False}, replication=False
    )
    found = context.blackboard.discovered("contoso")
    (appliance,) = found.appliances
    assert (appliance.storage, found.vault) == ((), None)
    assert [(one.topic, one.subscription, one.transport) for one in appliance.servicebus] == [tuple(bus.values())]
    assert [(one.vault, one.tls) for one in appliance.keyvaults] == [(paris.key_vault, False)]
    assert len(found.resources) == 4, "their platform metrics can be read all the same"


async def test_in_another_cloud_the_addresses_are_the_clouds(
    arm: LabArm, lab_ca: LabCA, project: LabProject, paris: LabAppliance, tmp_path: Path
) -> None:
    suffixes = {
        "blob_suffix": "blob.lab.example",
        "servicebus_suffix": "bus.lab.example",
        "keyvault_suffix": "kv.lab.example",
    }
    context = Context()
    await collected(context, project, access(arm, lab_ca, tmp_path, **suffixes))
    (appliance,) = context.blackboard.discovered("contoso").appliances
    assert appliance.storage[0].url == f"https://{paris.cache_account}.blob.lab.example"
    assert appliance.servicebus[0].host == f"{paris.servicebus}.bus.lab.example"
    assert appliance.keyvaults[0].host == f"{paris.key_vault}.kv.lab.example"


# In the engine.


async def test_targets_come_and_go_with_what_is_found_without_a_restart(
    project: LabProject, paris: LabAppliance, azure_access: dict[str, Any]
) -> None:
    specs = {name: COLLECTORS[name] for name in ("keyvault", "discovery")}
    # The vaults do not exist: only that they are asked for matters here.
    engine = Engine(
        Context(), Page(), {**specs, "keyvault": dataclasses.replace(specs["keyvault"], module="tests.idle")}
    )
    settings = Settings.model_validate({"discovery": [entry(project, azure_access)]})

    def targets() -> set[str]:
        return {status.target for status in engine.statuses() if status.collector == "keyvault"}

    def shown() -> str:
        return b"".join(engine.page.response(openmetrics=False)).decode()

    async with engine.running():
        engine.apply(settings)
        assert targets() == set()
        await until(lambda: targets() == {paris.key_vault})
        await until(lambda: 'check_applicable{appliance="paris",check="keyvault"} 1.0' in shown())
        nice = project.appliance("nice")
        lyon = project.appliance("lyon", Generation.GREENFIELD)
        await engine.probe("discovery", "contoso", 20)
        assert targets() == {paris.key_vault, nice.key_vault}
        await until(lambda: f'check_applicable{{appliance="{lyon.name}",check="keyvault"}} 0.0' in shown())
        project.appliances.remove(nice)
        await engine.probe("discovery", "contoso", 20)
        assert targets() == {paris.key_vault}
        engine.apply(Settings())
        assert targets() == set()


# The command.


async def test_its_output_is_a_configuration_that_lacks_nothing_but_secrets(
    project: LabProject,
    paris: LabAppliance,
    azure_access: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lyon = project.appliance("lyon", Generation.GREENFIELD)
    lyon.machine("web02")
    asked = write(tmp_path / "asked.yml", discovery=[entry(project, azure_access)])
    assert await discover(asked, {}) == 0
    text, errors = capsys.readouterr()
    assert errors == ""
    printed = tmp_path / "printed.yml"
    printed.write_text(text, encoding="utf-8")
    settings = parse(text, printed)
    found = {one.name: one for one in settings.appliances}
    assert {name: one.generation for name, one in found.items()} == {"lyon": "greenfield", "paris": "legacy"}
    assert [(one.account, one.role) for one in found["paris"].storage] == [
        (paris.cache_account, "cache"),
        (paris.gateway_account, "gateway"),
    ]
    assert [one.account for one in found["lyon"].storage] == [lyon.cache_account]
    assert found["paris"].servicebus[0].namespace == paris.servicebus
    assert found["paris"].keyvaults[0].vault == paris.key_vault
    assert [(one.vault, one.resource_group) for one in settings.replication] == [(project.vault_name, "rg-contoso")]
    problems = check(printed)
    assert len(problems) == 3, problems
    alternative = text[text.index("# discovery:") :].replace("# With", "## With")
    uncommented = parse("\n".join(line.removeprefix("# ") for line in alternative.splitlines()), printed)
    assert [entry.target for entry in uncommented.discovery] == ["contoso"]
    assert uncommented.azure_monitor[0].discovery == ("contoso",)
    assert all("the secret file" in line and "cannot be read" in line for line in problems)


async def test_its_vcenters_name_their_vaults_so_that_shards_can_divide_them(
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    azure_access: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = arm.project("fabrikam")
    lyon = other.appliance("lyon", vcenter="vcenter02.lab.example")
    lyon.machine("web02")
    asked = write(tmp_path / "asked.yml", discovery=[entry(project, azure_access), entry(other, azure_access)])
    assert await discover(asked, {}) == 0
    text = capsys.readouterr().out
    listed = text[text.index("#   - name: vcenter01") : text.index("\n\nreplication:")]
    uncommented = "\n".join(line.removeprefix("# ") for line in listed.splitlines())
    settings = parse(f"{text}\nvcenters:\n{uncommented}", tmp_path / "printed.yml")
    assert {vcenter.address: vcenter.vaults for vcenter in settings.vcenters} == {
        paris.vcenter: (project.vault_name,),
        lyon.vcenter: (other.vault_name,),
    }


async def test_what_does_not_exist_is_a_comment(
    project: LabProject,
    paris: LabAppliance,
    azure_access: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert paris.servicebus
    project.deleted |= {paris.servicebus, paris.cache_account}
    project.private_endpoint = "Enabled"
    assert await discover(write(tmp_path / "asked.yml", discovery=[entry(project, azure_access)]), {}) == 0
    text = capsys.readouterr().out
    settings = parse(text, tmp_path / "printed.yml")
    assert settings.appliances[0].servicebus == ()
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    assert any(f"should be called {paris.servicebus}" in line for line in comments)
    assert any(f"{paris.cache_account} is named by a machine's disk, but it does not exist" in one for one in comments)
    assert any("private endpoints" in line for line in comments)
    assert f"address: {paris.vcenter}" in text


async def test_names_that_are_used_twice_still_give_a_sound_file(
    arm: LabArm, project: LabProject, azure_access: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("lyon", "nice"):
        project.appliance(name, Generation.GREENFIELD, storage_account="stcontosocache")
    other = arm.project("fabrikam")
    other.appliance("nice", Generation.GREENFIELD)
    asked = write(tmp_path / "asked.yml", discovery=[entry(project, azure_access), entry(other, azure_access)])
    assert await discover(asked, {}) == 0
    settings = parse(capsys.readouterr().out, tmp_path / "printed.yml")
    assert [one.name for one in settings.appliances] == ["lyon", "nice", "nice-fabrikam"]
    assert [one.target for appliance in settings.appliances[:2] for one in appliance.storage] == [
        "stcontosocache",
        "stcontosocache-nice",
    ]


async def test_a_file_is_written_in_utf_8_and_never_replaced(
    project: LabProject, azure_access: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.appliance("東京-01").machine("Łódź")
    asked, output = write(tmp_path / "asked.yml", discovery=[entry(project, azure_access)]), tmp_path / "found.yml"
    assert await discover(asked, {}, output) == 0
    assert [one.name for one in load(output).appliances] == ["東京-01"]
    assert "東京-01".encode() in output.read_bytes()
    assert await discover(asked, {}, output) == 1
    assert capsys.readouterr() == ("", f"{output} exists already: name a new file, or remove it\n")


async def test_an_empty_vault_still_gives_a_sound_file(
    project: LabProject, azure_access: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await discover(write(tmp_path / "asked.yml", discovery=[entry(project, azure_access)]), {}) == 0
    settings = parse(capsys.readouterr().out, tmp_path / "printed.yml")
    assert (settings.appliances, len(settings.replication)) == ((), 1)


async def test_one_project_that_fails_is_one_line_beside_the_others(
    arm: LabArm, project: LabProject, azure_access: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = entry(project, azure_access, project="gone")
    asked = write(tmp_path / "asked.yml", discovery=[gone, entry(project, azure_access)])
    assert await discover(asked, {}) == 1
    text, errors = capsys.readouterr()
    assert len(errors.splitlines()) == 1
    assert errors.startswith("gone: not_found: /subscriptions/")
    assert "project        contoso" in text
    assert arm.entra.secret not in text + errors
    assert await discover(asked, {"project": "contoso"}) == 0
    capsys.readouterr()
    assert await discover(asked, {"vault": "none"}) == 1
    assert "no such entry of discovery is configured; there are: gone, contoso" in capsys.readouterr().err


async def test_the_real_command_prints_it_and_can_collect_from_it(
    project: LabProject, paris: LabAppliance, azure_access: dict[str, Any], tmp_path: Path
) -> None:
    asked = write(tmp_path / "asked.yml", discovery=[entry(project, azure_access)])
    code, out, err = await run("discover", f"--config.file={asked}", f"--subscription={project.subscription}")
    assert (code, err) == (0, "")
    printed = tmp_path / "printed.yml"
    printed.write_text(out, encoding="utf-8")
    assert load(printed).appliances[0].name == "paris"
    code, out, _ = await run("collect", "discovery", f"--config.file={asked}")
    assert (code, out.splitlines()[0].startswith("discovery contoso: ok")) == (0, True)
    code, _, err = await run("collect", "keyvault", "unknown", f"--config.file={asked}")
    assert (code, err.strip().endswith(f"configured: {paris.key_vault}")) == (1, True)


async def test_flags_that_make_no_sense_get_one_line_each() -> None:
    code, out, err = await run("discover", "--subscription=contoso", "--project=p")
    assert (code, out) == (1, "")
    assert err == "--subscription: write the id, as in 00000000-0000-0000-0000-000000000000; not the name\n"
    code, _, err = await run("discover", "--subscription=00000000-0000-0000-0000-000000000000")
    assert (code, err) == (1, "give exactly one of project and vault\n")


async def run(*arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND.command, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
