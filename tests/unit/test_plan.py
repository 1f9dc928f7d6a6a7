"""What a configuration asks for: targets that keep their names apart, and schedules that fit together."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.loader import ConfigError, parse
from azure_migrate_exporter.engine.plan import plans, schedule_of
from azure_migrate_exporter.runtime.blackboard import Blackboard

FILE = Path("exporter.yml")


def test_two_appliances_of_one_vcenter_each_check_its_hosts() -> None:
    settings = parse(
        """
vcenters: [{name: lab, address: vc, username: u, password: {env: P}}]
appliances:
  - {name: paris, esxi: {vcenters: [lab]}}
  - {name: lyon, esxi: {vcenters: [lab], hosts: [esx-09], port: 903}}
""",
        FILE,
    )
    inventory = Blackboard()
    inventory.publish("esxi_hosts", "lab", frozenset({"esx-01", "esx-02"}))
    targets = [plan.target for plan in plans(settings, inventory) if plan.spec.name == "esxi"]
    assert [(one.name, one.appliance, one.settings.host, one.settings.port) for one in targets] == [
        ("esx-01", "paris", "esx-01", 902),
        ("esx-02", "paris", "esx-02", 902),
        ("esx-01-lyon", "lyon", "esx-01", 903),
        ("esx-02-lyon", "lyon", "esx-02", 903),
        ("esx-09", "lyon", "esx-09", 903),
    ]
    assert [one.resource for one in targets] == ["esx-01", "esx-02", "esx-01", "esx-02", "esx-09"]


def test_a_target_with_a_name_of_its_own_still_tells_what_its_metrics_call_it() -> None:
    bus = "{env: CONNECTION_STRING}"
    settings = parse(
        f"""
appliances:
  - name: paris
    storage: [{{name: the cache, account: migratelsa1, role: cache, container: probe, credential: {{type: azure_cli}}}}]
    servicebus: [{{name: the bus, namespace: Bus1.servicebus.chinacloudapi.cn, connection_string: {bus}}}]
    eventhubs: [{{name: the hub, namespace: hubs1, hub: status, connection_string: {bus}}}]
    keyvaults: [{{name: the keys, vault: kv1.vault.azure.cn}}, {{vault: kv2}}]
replication:
  - name: the vault
    subscription: 00000000-0000-0000-0000-000000000000
    resource_group: g
    vault: rsv1
    credential: {{type: azure_cli}}
""",
        FILE,
    )
    resources = {(plan.target.name, plan.target.resource) for plan in plans(settings, Blackboard())}
    assert resources == {
        ("the cache", "migratelsa1"),
        ("the bus", "bus1"),
        ("the hub", "hubs1"),
        ("the keys", "kv1"),
        ("kv2", "kv2"),
        ("the vault", "rsv1"),
    }


@pytest.mark.parametrize(
    ("changes", "stale_after"),
    [
        ("interval: 30m", 2.5 * 3600),
        ("interval: 10s", 300),
        ("timeout: 30s", 300),
        ("interval: 1h, stale_after: 2h", 7200),
    ],
)
def test_results_live_as_many_intervals_as_by_default_but_never_shorter(changes: str, stale_after: float) -> None:
    schedule = schedule_of(COLLECTORS["keyvault"], parse(f"schedules: {{keyvault: {{{changes}}}}}", FILE))
    assert schedule.stale_after == stale_after


def test_results_that_would_vanish_between_two_runs_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="stale_after is shorter than interval") as caught:
        parse("schedules:\n  keyvault: {interval: 10m, stale_after: 5m}", FILE)
    (line,) = caught.value.errors
    assert line.startswith("exporter.yml:2: schedules.keyvault: ")
