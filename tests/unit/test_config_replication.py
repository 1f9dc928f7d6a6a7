"""Section replication, and what an appliance's blackout windows may look like."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.blackout import WEEK, parse_windows
from azure_migrate_exporter.config.credentials import AzureCli
from azure_migrate_exporter.config.loader import ConfigError, parse
from azure_migrate_exporter.config.replication import ReplicationTarget
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.runtime.blackboard import Blackboard

FILE = Path("/etc/exporter.yml")
SUBSCRIPTION = "7c943c1b-5122-4097-90c8-861411bdd574"
VAULT = f"subscription: {SUBSCRIPTION}, resource_group: rg, credential: {{type: azure_cli}}"
CUSTOM = "{resource_manager: 'https://arm.example', authority: 'https://id.example'}"


def settings(text: str) -> Settings:
    return parse(text, FILE)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return [line.removeprefix(f"{FILE}:") for line in caught.value.errors]


def test_a_vault_needs_its_place_and_somebody_who_asks() -> None:
    (vault,) = settings(f"replication: [{{vault: v, {VAULT}}}]").replication
    assert vault.target == "v"
    assert vault.reads_per_minute == 150
    assert vault.addresses.resource_manager == "https://management.azure.com"
    assert isinstance(vault.credential, AzureCli)
    missing = mistakes("replication: [{vault: v}]")
    assert [line.partition(": ")[2] for line in missing] == [
        "replication[0].credential: this key is required",
        "replication[0].resource_group: this key is required",
        "replication[0].subscription: this key is required",
    ]


@pytest.mark.parametrize(
    ("cloud", "arm", "authority"),
    [
        ("public", "https://management.azure.com", "https://login.microsoftonline.com"),
        ("us_government", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us"),
        ("china", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
        (CUSTOM, "https://arm.example", "https://id.example"),
    ],
)
def test_each_cloud_has_its_addresses(cloud: str, arm: str, authority: str) -> None:
    (vault,) = settings(f"replication: [{{vault: v, cloud: {cloud}, {VAULT}}}]").replication
    assert (vault.addresses.resource_manager, vault.addresses.authority) == (arm, authority)


def test_two_vaults_of_one_name_need_names_of_their_own() -> None:
    text = f"replication:\n- {{vault: v, {VAULT}}}\n- {{vault: v, {VAULT.replace('rg', 'rg2')}}}\n"
    assert mistakes(text) == ["3: replication[1].name: replication[0] has this name already; give each its own"]
    named = settings(text.replace("- {", "- {name: other, ", 1)).replication
    assert [vault.target for vault in named] == ["other", "v"]


def test_one_vault_is_watched_once_under_whatever_names() -> None:
    text = f"replication:\n- {{vault: v, {VAULT}}}\n- {{vault: V, name: w, {VAULT.replace('rg', 'RG')}}}\n"
    assert mistakes(text) == ["3: replication[1]: replication[0] is this vault already; remove one of them"]


@pytest.mark.parametrize("change", ["subscription: mine", "reads_per_minute: 5", "request_timeout: 0s", "cloud: moon"])
def test_what_cannot_work_is_refused(change: str) -> None:
    key = change.partition(":")[0]
    text = f"replication: [{{vault: v, resource_group: rg, credential: {{type: azure_cli}}, {change}"
    text += "}]" if key == "subscription" else f", subscription: {SUBSCRIPTION}}}]"
    assert all(f"replication[0].{key}" in line for line in mistakes(text))


def test_windows_are_written_as_the_appliance_has_them() -> None:
    written = "Monday;7:00;7h | tuesday ; 08:00 ; 1d7h|Friday;13:00;8m |"
    windows = parse_windows(written)
    assert [str(window) for window in windows] == ["Monday;7:00;7h", "Tuesday;8:00;1d7h", "Friday;13:00;8m"]
    assert [(window.start, window.duration) for window in windows] == [
        (7 * 3600, 7 * 3600),
        (86400 + 8 * 3600, 86400 + 7 * 3600),
        (4 * 86400 + 13 * 3600, 8 * 60),
    ]
    assert parse_windows("") == ()
    assert parse_windows("Sunday;0:00;7d")[0].duration == WEEK


@pytest.mark.parametrize(
    ("window", "complaint"),
    [
        ("Mon;7:00;7h", "'Mon;7:00;7h' is no window"),
        ("Monday;7:00", "'Monday;7:00' is no window"),
        ("Monday;25:00;7h", "'25:00' in 'Monday;25:00;7h' is no time of day"),
        ("Monday;7h;7h", "'7h' in 'Monday;7h;7h' is no time of day"),
        ("Monday;7:00;", "'' in 'Monday;7:00;' is no duration"),
        ("Monday;7:00;7", "'7' in 'Monday;7:00;7' is no duration"),
        ("Monday;7:00;0h", "'0h' in 'Monday;7:00;0h' is no duration"),
        ("Monday;7:00;8d", "'8d' in 'Monday;7:00;8d' is no duration up to 7d"),
    ],
)
def test_a_window_that_is_none_is_told_with_what_to_write(window: str, complaint: str) -> None:
    text = f"appliances: [{{name: a, time_zone: Europe/Paris, blackout_windows: '{window}'}}]"
    (line,) = mistakes(text)
    assert line.startswith(f"1: appliances[0].blackout_windows: {complaint}")


def test_windows_need_the_zone_of_the_appliances_clock() -> None:
    (line,) = mistakes("appliances: [{name: a, blackout_windows: 'Monday;7:00;7h'}]")
    assert line.endswith("blackout_windows are in the appliance's local time: give its time_zone, as Europe/Paris")
    (line,) = mistakes("appliances: [{name: a, time_zone: Europe/Atlantis}]")
    assert line.endswith("no such time zone: write an IANA name, as in Europe/Paris")


def test_a_vaults_target_knows_the_windows_of_every_appliance() -> None:
    text = f"""
appliances:
- {{name: paris, time_zone: Europe/Paris, blackout_windows: 'Monday;7:00;7h'}}
- {{name: lyon}}
replication: [{{vault: v, {VAULT}}}]
"""
    (target,) = COLLECTORS["replication"].targets(settings(text), Blackboard())
    assert isinstance(target.settings, ReplicationTarget)
    assert target.name == "v"
    ((name, blackout),) = target.settings.blackouts
    assert (name, blackout.time_zone, str(blackout.windows[0])) == ("paris", "Europe/Paris", "Monday;7:00;7h")


def test_the_written_form_of_windows_comes_back_from_the_settings() -> None:
    text = "appliances: [{name: paris, time_zone: UTC, blackout_windows: 'Monday;7:00;7h|Friday;13:00;8m'}]"
    assert settings(text).model_dump(mode="json")["appliances"][0]["blackout_windows"] == (
        "Monday;7:00;7h | Friday;13:00;8m"
    )
