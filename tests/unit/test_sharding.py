"""Shards: each target has one, what shares information stays together, and a new shard moves as little as it can."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.commands.describe_shards import describe_shards
from azure_migrate_exporter.config.loader import ConfigError, parse
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.engine.plan import plans
from azure_migrate_exporter.engine.sharding import Assignment, Shard, ShardError, find_units, unlinked_entries
from azure_migrate_exporter.runtime.blackboard import Blackboard, Discovered

ID: Final = "00000000-0000-0000-0000-000000000001"
OTHER_ID: Final = "00000000-0000-0000-0000-000000000002"
WHO: Final = {"type": "managed_identity"}


def settings(**sections: Any) -> Settings:
    return parse(yaml.safe_dump(sections), Path("exporter.yml"))


def vault(name: str, **more: Any) -> dict[str, Any]:
    return {"subscription": ID, "resource_group": "g", "vault": name, "credential": WHO, **more}


def project(name: str, **more: Any) -> dict[str, Any]:
    return {"subscription": ID, "project": name, "credential": WHO, **more}


def vcenter(name: str, *vaults: str) -> dict[str, Any]:
    access = {"address": f"{name}.example.com", "username": "u", "password": {"env": "P"}}
    return {"name": name, **access, "vaults": list(vaults)}


def appliance(name: str, *vcenters: str, **more: Any) -> dict[str, Any]:
    return {"name": name, **({"esxi": {"vcenters": list(vcenters)}} if vcenters else {}), **more}


def targets(configured: Settings, shard: Shard, blackboard: Blackboard | None = None) -> list[tuple[str, str]]:
    found = plans(configured, blackboard or Blackboard(), assignment=Assignment(configured, shard))
    return sorted(plan.key for plan in found)


def all_shards(total: int) -> list[Shard]:
    return [Shard(index, total) for index in range(total)]


SITES: Final = settings(
    replication=[vault(f"vault-{number:02d}") for number in range(20)],
    vcenters=[vcenter(f"vc-{number:02d}", f"vault-{number:02d}") for number in range(20)],
    appliances=[
        appliance(
            f"appliance-{number:02d}",
            f"vc-{number:02d}",
            address=f"appliance-{number:02d}.example.com",
            storage=[{"account": f"migratelsa{number}", "role": "cache", "credential": WHO}],
        )
        for number in range(20)
    ],
)


# --- the flag --------------------------------------------------------------------------------------------------------


def test_the_flag_is_the_number_of_the_shard_from_zero_and_how_many_there_are() -> None:
    assert Shard.parse("0/3") == Shard(0, 3)
    assert Shard.parse("2/3") == Shard(2, 3)
    assert Shard.parse("0/1") == Shard()


NOT_SHARDS: Final = (
    "",
    "3",
    "a/b",
    "1/",
    "/3",
    "1/2/3",
    "-1/3",
    "+1/3",
    " 1/3",
    "1/3\n",
    "1.0/3",
    "0x1/3",
    "\u0661/\u0663",
    "\u00b2/3",
)


@pytest.mark.parametrize("text", NOT_SHARDS)
def test_what_is_no_shard_is_one_line_that_says_what_to_write(text: str) -> None:
    with pytest.raises(ShardError) as caught:
        Shard.parse(text)
    (line,) = str(caught.value).splitlines()
    assert line == f"--shard: {text!r} is no shard: write its number, from 0, and how many there are, as in 0/3"


@pytest.mark.parametrize("text", ["3/3", "7/3"])
def test_a_shard_that_does_not_exist_is_told_those_that_do(text: str) -> None:
    with pytest.raises(ShardError, match=f"^--shard: {text}: the shards are numbered from 0, so there are 0/3 to 2/3$"):
        Shard.parse(text)


@pytest.mark.parametrize("text", ["0/0", "0/1001", "0/" + "9" * 5000])
def test_there_are_between_one_and_a_thousand_shards(text: str) -> None:
    with pytest.raises(ShardError, match=r"there are 1 to 1000 shards$") as caught:
        Shard.parse(text)
    assert len(str(caught.value)) < 100


@given(st.text(max_size=20))
def test_any_text_is_a_shard_or_one_line(text: str) -> None:
    try:
        shard = Shard.parse(text)
    except ShardError as error:
        lines = str(error).splitlines()
    else:
        assert 0 <= shard.index < shard.total
        lines = [str(shard)]
    assert len(lines) == 1


# --- each target once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [1, 2, 3, 4, 7, 40])
def test_each_target_has_one_shard(total: int) -> None:
    whole = targets(SITES, Shard())
    divided = Counter(key for shard in all_shards(total) for key in targets(SITES, shard))
    assert sorted(divided) == whole
    assert set(divided.values()) == {1}


names = st.lists(st.sampled_from([f"n{number}" for number in range(8)]), max_size=6, unique=True)


@given(names, names, names, names, st.data(), st.integers(1, 5))
def test_each_target_of_any_configuration_has_one_shard(
    vaults: list[str], found: list[str], vcenters: list[str], appliances: list[str], data: st.DataObject, total: int
) -> None:
    def some(among: list[str]) -> list[str]:
        return data.draw(st.lists(st.sampled_from(among), max_size=2, unique=True)) if among else []

    known = [*vaults, *(f"d-{name}" for name in found)]
    configured = settings(
        replication=[vault(name) for name in vaults],
        discovery=[project(f"d-{name}") for name in found],
        vcenters=[vcenter(name, *some(known)) for name in vcenters],
        appliances=[appliance(name, *some(vcenters), address="a") for name in appliances],
    )
    divided = Counter(key for shard in all_shards(total) for key in targets(configured, shard))
    assert divided == Counter(targets(configured, Shard()))


@given(st.integers(1, 12))
def test_one_more_shard_moves_targets_to_itself_only(total: int) -> None:
    def owners(many: int) -> dict[tuple[str, str], int]:
        return {key: shard.index for shard in all_shards(many) for key in targets(SITES, shard)}

    before, after = owners(total), owners(total + 1)
    assert {after[key] for key in before if after[key] != before[key]} <= {total}


def test_one_more_shard_moves_no_more_than_its_part() -> None:
    many = settings(replication=[vault(f"vault-{number}") for number in range(1000)])
    moved = len(targets(many, Shard(3, 4)))
    assert 200 < moved < 300
    sizes = [len(targets(many, shard)) for shard in all_shards(3)]
    assert sum(sizes) == 1000
    assert min(sizes) > 280


def test_the_shard_of_a_target_is_the_same_in_every_process_and_release() -> None:
    where = {key[1]: shard.index for shard in all_shards(3) for key in targets(SITES, shard) if key[0] == "replication"}
    assert "".join(str(where[f"vault-{number:02d}"]) for number in range(20)) == EXPECTED


EXPECTED: Final = "02122000220010221022"
"""A change moves every target of every installation at once."""


def test_the_order_of_the_entries_and_other_entries_do_not_matter() -> None:
    one = settings(replication=[vault("a"), vault("b")], vcenters=[vcenter("vc", "b")])
    other = settings(replication=[vault("c"), vault("b"), vault("a")], vcenters=[vcenter("vc", "b")])
    for shard in all_shards(5):
        assert set(targets(one, shard)) == set(targets(other, shard)) - {("replication", "c")}


@given(names, names, st.lists(st.booleans(), min_size=3, max_size=3))
def test_while_only_some_shards_have_a_new_file_nothing_that_stays_is_checked_by_two_or_none(
    before: list[str], after: list[str], reloaded: list[bool]
) -> None:
    old, new = (
        settings(
            replication=[vault(name) for name in listed],
            vcenters=[vcenter(f"vc-{name}", name) for name in listed],
        )
        for listed in (before, after)
    )
    checked = Counter(
        key
        for shard, has_new in zip(all_shards(3), reloaded, strict=True)
        for key in targets(new if has_new else old, shard)
    )
    stay = set(targets(old, Shard())) & set(targets(new, Shard()))
    assert {key: checked[key] for key in stay} == dict.fromkeys(stay, 1)
    assert max(checked.values(), default=0) <= 1


# --- what shares information stays together --------------------------------------------------------------------------


def unit_of(configured: Settings, section: str, name: str) -> set[tuple[str, str]]:
    return set(next(unit for unit in find_units(configured) if (section, name) in unit.entries).entries)


def test_an_appliance_its_vcenters_and_their_vaults_are_a_unit() -> None:
    assert unit_of(SITES, "replication", "vault-07") == {
        ("replication", "vault-07"),
        ("vcenters", "vc-07"),
        ("appliances", "appliance-07"),
    }
    assert len(find_units(SITES)) == 20


def test_vaults_without_vcenters_have_nothing_in_common() -> None:
    configured = settings(replication=[vault("a"), vault("b")], appliances=[appliance("x", address="x")])
    assert len(find_units(configured)) == 3


def test_a_vcenter_that_names_no_vault_may_have_machines_of_each() -> None:
    """It must know which of its machines replicate."""
    configured = settings(
        replication=[vault("a"), vault("b"), vault("c")], vcenters=[vcenter("vc1"), vcenter("vc2", "c")]
    )
    assert len(find_units(configured)) == 1
    assert unlinked_entries(configured) == [("vcenters", "vc1")]


def test_vcenters_alone_have_nothing_in_common() -> None:
    configured = settings(vcenters=[vcenter("vc1"), vcenter("vc2")])
    assert len(find_units(configured)) == 2
    assert unlinked_entries(configured) == []


def test_a_vcenter_has_the_vaults_of_its_appliances() -> None:
    configured = settings(
        replication=[vault("a"), vault("b")],
        vcenters=[vcenter("vc1"), vcenter("vc2")],
        appliances=[appliance("one", "vc1", vault="a"), appliance("two", "vc2", vault="b")],
    )
    assert unit_of(configured, "vcenters", "vc1") == {("replication", "a"), ("vcenters", "vc1"), ("appliances", "one")}
    assert unlinked_entries(configured) == []


def test_an_appliance_that_names_no_vault_may_be_what_any_discovery_finds() -> None:
    configured = settings(
        discovery=[project("p1"), project("p2")],
        appliances=[appliance("one", address="x"), appliance("two", address="y", vault="p2")],
    )
    assert len(find_units(configured)) == 1
    assert unlinked_entries(configured) == [("appliances", "one")]


def test_azure_monitor_reads_what_its_discoveries_find() -> None:
    configured = settings(
        discovery=[project("p1"), project("p2"), project("p3")],
        azure_monitor=[{"name": "m", "discovery": ["p1", "p3"], "credential": WHO}],
    )
    assert unit_of(configured, "azure_monitor", "m") == {
        ("azure_monitor", "m"),
        ("discovery", "p1"),
        ("discovery", "p3"),
    }
    assert len(find_units(configured)) == 2


def test_discoveries_that_may_find_the_same_vault_are_a_unit() -> None:
    by_vault = {"subscription": ID, "vault": "v", "credential": WHO}
    elsewhere = {"subscription": OTHER_ID, "vault": "v", "name": "elsewhere", "credential": WHO}
    configured = settings(discovery=[project("p1"), by_vault, elsewhere])
    assert sorted(len(unit.entries) for unit in find_units(configured)) == [1, 2]
    once_more = settings(
        discovery=[project("p1"), project("p2"), {**project("P1", resource_group="g"), "name": "again"}]
    )
    assert sorted(len(unit.entries) for unit in find_units(once_more)) == [1, 2]


def test_a_name_that_is_no_vault_is_an_error_with_its_place() -> None:
    with pytest.raises(ConfigError) as caught:
        settings(replication=[vault("a")], vcenters=[vcenter("vc", "b")], appliances=[appliance("x", vault="c")])
    first, second = caught.value.errors
    assert first.endswith("appliances[0].vault: no replication or discovery 'c' is configured; there are: a")
    assert second.endswith("vcenters[0].vaults[0]: no replication or discovery 'b' is configured; there are: a")


# --- what is found ---------------------------------------------------------------------------------------------------

FOUND: Final = Discovered(
    appliances=(
        ApplianceSettings.model_validate(
            {
                "name": "paris",
                "generation": "legacy",
                "storage": [{"account": "migratelsa1", "role": "cache", "credential": WHO}],
                "keyvaults": [{"vault": "migratekv1"}],
            }
        ),
    ),
    vault=settings(replication=[vault("found")]).replication[0],
)


def after_the_runs(configured: Settings, shard: Shard, found: dict[str, Discovered]) -> Blackboard:
    """The blackboard of a shard whose discoveries ran: it runs only its own."""
    blackboard = Blackboard()
    for collector, name in targets(configured, shard):
        if collector == "discovery":
            blackboard.publish_discovered(name, found.get(name, Discovered()))
    return blackboard


@pytest.mark.parametrize("total", [1, 2, 3, 5])
def test_what_a_discovery_finds_is_checked_by_its_shard(total: int) -> None:
    configured = settings(discovery=[project("p1"), project("p2")])
    for shard in all_shards(total):
        found = targets(configured, shard, after_the_runs(configured, shard, {"p1": FOUND}))
        checks = {("storage", "migratelsa1"), ("keyvault", "migratekv1"), ("replication", "found")}
        assert checks <= set(found) if ("discovery", "p1") in found else not checks & set(found)


@pytest.mark.parametrize("total", [2, 3, 5])
def test_a_vault_that_is_configured_and_found_is_checked_once(total: int) -> None:
    configured = settings(discovery=[project("p1")], replication=[vault("found"), vault("other")])
    everything = Counter(
        key
        for shard in all_shards(total)
        for key in targets(configured, shard, after_the_runs(configured, shard, {"p1": FOUND}))
    )
    assert everything["replication", "found"] == 1
    assert set(everything.values()) == {1}


@pytest.mark.parametrize("total", [2, 3, 5])
def test_what_is_found_of_an_appliance_that_names_another_vault_is_checked_all_the_same(total: int) -> None:
    """Two projects have an appliance of one name: the configured one is that of p2, and p1 finds one too."""
    configured = settings(
        discovery=[project("p1"), project("p2")],
        appliances=[
            appliance(
                "paris",
                vault="p2",
                address="paris.example.com",
                keyvaults=[{"vault": "migratekv1"}],
            )
        ],
    )
    everything = Counter(
        key
        for shard in all_shards(total)
        for key in targets(configured, shard, after_the_runs(configured, shard, {"p1": FOUND}))
    )
    assert everything["storage", "migratelsa1"] == 1
    assert set(everything.values()) == {1}


def test_what_was_found_is_forgotten_when_its_discovery_moves() -> None:
    """A reload may put a discovery into another shard; its findings stay on the blackboard of this one."""
    configured = settings(discovery=[project("p1")])
    blackboard = Blackboard()
    blackboard.publish_discovered("p1", FOUND)
    holders = [shard for shard in all_shards(3) if targets(configured, shard, blackboard)]
    assert len(holders) == 1


def test_neighbours_differ() -> None:
    """The hash mixes: vaults that are numbered do not all go to one shard in turn or together."""
    where = {key[1]: shard.index for shard in all_shards(3) for key in targets(SITES, shard) if key[0] == "replication"}
    order = [where[name] for name in sorted(where)]
    assert set(order) == {0, 1, 2}
    assert len({b - a for a, b in pairwise(order)}) > 2


# --- which shard has what --------------------------------------------------------------------------------------------


def test_the_units_of_each_shard_are_listed() -> None:
    configured = settings(
        replication=[vault("paris"), vault("lyon")],
        discovery=[project("wave-1")],
        vcenters=[vcenter("vc1", "paris"), vcenter("vc2", "paris")],
        appliances=[appliance("a1", "vc1")],
    )
    lines = list(describe_shards(configured, 8))
    assert sorted(line.partition(": ")[2] for line in lines) == [
        "discovery wave-1",
        *["nothing"] * (len(lines) - 3),
        "replication lyon",
        "replication paris; vcenters vc1, vc2; appliances a1",
    ]
    assert [line.partition(": ")[0] for line in lines] == sorted(line.partition(": ")[0] for line in lines)
    assert {line.partition(":")[0] for line in lines} == {f"shard {index}/8" for index in range(8)}


def test_what_keeps_all_vaults_in_one_shard_is_listed_with_its_remedy() -> None:
    configured = settings(replication=[vault("a"), vault("b")], vcenters=[vcenter("vc1")])
    assert list(describe_shards(configured, 1)) == [
        "shard 0/1: replication a, b; vcenters vc1",
        "vcenters vc1: names no vault, so all vaults are in one shard with it; give it `vaults`",
    ]
