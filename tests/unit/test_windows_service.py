"""`service install`: what its flags put on a machine, as data, and the line that a mistake gets."""

import ipaddress
import re
import sys
from pathlib import PureWindowsPath
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.cli import main
from azure_migrate_exporter.commands.service_flags import FlagError, InstallFlags, installation
from azure_migrate_exporter.windows.firewall import parse_remote_addresses
from azure_migrate_exporter.windows.names import data_directory, service_sid
from azure_migrate_exporter.windows.plan import (
    Directory,
    EventSource,
    FirewallRule,
    Installation,
    Service,
    removal,
)

PYTHON = (r"C:\Program Files\azure-migrate-exporter\python\python.exe", "-m", "azure_migrate_exporter")
DATA = PureWindowsPath(r"C:\ProgramData\azure-migrate-exporter")


def planned(**flags: Any) -> Installation:
    return installation(InstallFlags(**flags), PYTHON, r"C:\ProgramData", PureWindowsPath(r"D:\here"))


def service_of(plan: Installation) -> Service:
    return next(step for step in plan.steps if isinstance(step, Service))


def rule_of(plan: Installation) -> FirewallRule:
    return next(step for step in plan.steps if isinstance(step, FirewallRule))


def split(command_line: str) -> list[str]:
    """As CommandLineToArgvW splits it: the rules of Microsoft's C run-time, written down a second time."""
    arguments, current, quoted, inside, at = [], "", False, False, 0
    while at < len(command_line):
        backslashes = len(re.match(r"\\*", command_line[at:])[0])  # type: ignore[index]
        at += backslashes
        character = command_line[at : at + 1]
        if character == '"':
            current += "\\" * (backslashes // 2)
            if backslashes % 2:
                current += '"'
            else:
                quoted = not quoted
            inside, at = True, at + 1
            continue
        current += "\\" * backslashes
        inside = inside or bool(backslashes)
        if character in {" ", "\t"} and not quoted:
            if inside:
                arguments.append(current)
            current, inside = "", False
        elif character:
            current, inside = current + character, True
        at += 1
    return [*arguments, current] if inside else arguments


# The steps and their order.


def test_the_service_exists_before_it_gets_rights_and_the_port_is_opened_last() -> None:
    kinds = [type(step) for step in planned(firewall_remote=["10.0.0.5"]).steps]
    assert kinds == [EventSource, Service, Directory, Directory, Directory, FirewallRule]


@pytest.mark.parametrize("purge", [False, True])
def test_a_removal_begins_with_what_may_be_in_use_and_keeps_the_data_unless_asked(*, purge: bool) -> None:
    kinds = [type(step) for step in removal(DATA, purge=purge)]
    assert kinds == [*([Directory] if purge else []), Service, FirewallRule, EventSource]


def test_what_is_removed_has_the_names_that_were_installed() -> None:
    installed, removed = planned().steps, removal(DATA, purge=True)
    assert {step.name for step in removed if not isinstance(step, Directory)} == {
        step.name for step in installed if not isinstance(step, Directory)
    }
    assert [step.path for step in removed if isinstance(step, Directory)] == [DATA]


def test_only_system_administrators_and_the_service_have_rights() -> None:
    steps = [step for step in planned().steps if isinstance(step, Directory)]
    others = ("/inheritance:r", "/grant:r", "*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F")
    assert [step.commands for step in steps] == [
        (("icacls.exe", str(path), *others, f"*{service_sid('azure-migrate-exporter')}:(OI)(CI){rights}", "/q"),)
        for path, rights in ((DATA, "RX"), (DATA / "state", "M"), (DATA / "logs", "M"))
    ]


def test_the_identifier_of_a_service_is_the_one_that_windows_computes() -> None:
    # TrustedInstaller's, documented.
    assert service_sid("TrustedInstaller") == "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"


# The command of the service.


def test_the_service_runs_with_files_of_the_data_directory() -> None:
    assert service_of(planned()).command == (
        *PYTHON,
        "service",
        "run",
        rf"--config.file={DATA}\exporter.yml",
        rf"--state.path={DATA}\state",
        rf"--log.file={DATA}\logs\exporter.log",
        "--web.listen-address=:9878",
        "--memory.limit=512",
        "--log.level=info",
        "--log.format=logfmt",
    )


@pytest.mark.parametrize(
    ("flags", "argument"),
    [
        ({"config_file": PureWindowsPath("a b.yml")}, r"--config.file=D:\here\a b.yml"),
        ({"config_file": PureWindowsPath(r"\\nas\東京\exporter.yml")}, r"--config.file=\\nas\東京\exporter.yml"),
        ({"config_file": PureWindowsPath(r"E:\exporter.yml")}, r"--config.file=E:\exporter.yml"),
        ({"state_path": PureWindowsPath("s")}, r"--state.path=D:\here\s"),
        ({"log_file": PureWindowsPath(r"..\x.log")}, r"--log.file=D:\here\..\x.log"),
        ({"web_config_file": PureWindowsPath("web.yml")}, r"--web.config.file=D:\here\web.yml"),
        ({"listen_addresses": ["[::1]:99", ":98"]}, "--web.listen-address=[::1]:99"),
        ({"external_url": "https://x/y"}, "--web.external-url=https://x/y"),
        ({"route_prefix": "/y"}, "--web.route-prefix=/y"),
        ({"memory_limit": 0}, "--memory.limit=0"),
        ({"log_level": "debug"}, "--log.level=debug"),
        ({"log_format": "json"}, "--log.format=json"),
    ],
)
def test_every_flag_reaches_the_service_with_an_absolute_path(flags: dict[str, Any], argument: str) -> None:
    plan = planned(**flags)
    assert argument in service_of(plan).command
    assert argument in split(service_of(plan).command_line)


def test_the_service_takes_every_flag_that_it_is_given() -> None:
    flags = {"web_config_file": PureWindowsPath("w"), "external_url": "https://x/", "route_prefix": "/"}
    command = service_of(planned(**flags)).command
    arguments = command[command.index("run") + 1 :]
    run = main.commands["service"].commands["run"]  # type: ignore[attr-defined]
    assert run.make_context("run", list(arguments)).params["memory_limit"] == 512


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_windows_splits_the_command_line_into_the_same_arguments(arguments: list[str]) -> None:
    command = Service("x", (PYTHON[0], *arguments))
    assert split(command.command_line) == list(command.command)


def test_the_data_directory_follows_program_data() -> None:
    assert data_directory(r"E:\Data") == PureWindowsPath(r"E:\Data\azure-migrate-exporter")
    assert data_directory(None) == data_directory("") == DATA


# The firewall rule.


def test_a_rule_lets_the_given_addresses_in_to_the_ports() -> None:
    rule = rule_of(planned(listen_addresses=[":9878", "[::]:9878", ":9900"], firewall_remote=["10.0.0.5, fd00::/8"]))
    name = "name=azure-migrate-exporter"
    scope = ("dir=in", "action=allow", "protocol=TCP", "localport=9878,9900", "remoteip=10.0.0.5,fd00::/8")
    assert rule.removal == ("netsh.exe", "advfirewall", "firewall", "delete", "rule", name)
    assert rule.commands == (("netsh.exe", "advfirewall", "firewall", "add", "rule", name, *scope),)


def test_without_addresses_there_is_no_rule() -> None:
    assert rule_of(planned()).commands == ()


def test_an_update_gives_the_rule_that_is_there_the_new_port_and_keeps_its_addresses() -> None:
    rule = rule_of(planned(listen_addresses=[":9900"], firewall_remote=None))
    scope = ("name=azure-migrate-exporter", "new", "protocol=TCP", "localport=9900")
    assert rule.change == ("netsh.exe", "advfirewall", "firewall", "set", "rule", *scope)
    assert rule.remote is None


@pytest.mark.parametrize(
    ("written", "parsed"),
    [
        ("10.0.0.5", ("10.0.0.5",)),
        (" 10.0.0.5 , 10.0.1.0/24", ("10.0.0.5", "10.0.1.0/24")),
        ("10.0.1.0/255.255.255.0", ("10.0.1.0/24",)),
        ("10.0.0.5-10.0.0.9", ("10.0.0.5-10.0.0.9",)),
        ("FD00::1,fd00:0::1", ("fd00::1",)),
    ],
)
def test_addresses_networks_and_ranges_are_understood(written: str, parsed: tuple[str, ...]) -> None:
    assert parse_remote_addresses([written]) == parsed


WRITE_AN_ADDRESS = "write the IP address of Prometheus, a network such as 10.0.1.0/24, or first-last"


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("10.0.1.7/24", "its network is 10.0.1.0/24"),
        ("10.0.0.0/33", "write a network as 10.0.1.0/24 or fd00:1::/64"),
        ("0.0.0.0/0", "it lets everybody in; name the machines that may scrape"),
        ("::", "name the machines that may scrape"),
        ("any", WRITE_AN_ADDRESS),
        ("prometheus-1", WRITE_AN_ADDRESS),
        ("prometheus.example.com", WRITE_AN_ADDRESS),
        ("10.0.0.5:9090", WRITE_AN_ADDRESS),
        ("10.0.0.9-10.0.0.5", "the first address of a range is the lower one, and both are of one kind"),
        ("fe80::1%12", "leave out the zone after %"),
    ],
)
def test_what_is_no_address_gets_one_line(written: str, remedy: str) -> None:
    line = f"--firewall.remote: {written!r} is no address that a firewall rule can have: {remedy}"
    with pytest.raises(FlagError, match=rf"\A{re.escape(line)}\Z"):
        planned(firewall_remote=[written])


@pytest.mark.parametrize("written", ["", "10.0.0.5,", ",", "10.0.0.5,,10.0.0.6"])
def test_an_empty_address_gets_one_line(written: str) -> None:
    line = f"--firewall.remote: {written!r} has an empty address: write 10.0.0.5,10.0.1.0/24"
    with pytest.raises(FlagError, match=rf"\A{re.escape(line)}\Z"):
        planned(firewall_remote=[written])


def parsed_or_refused(text: str) -> tuple[str, ...] | str:
    try:
        return parse_remote_addresses([text])
    except ValueError as error:
        return str(error)


@given(st.text() | st.text("0123456789.:/-,% abcdef"))
def test_any_text_is_addresses_or_one_line(text: str) -> None:
    parsed = parsed_or_refused(text)
    if isinstance(parsed, str):
        assert parsed.isprintable()
    else:
        assert all(ipaddress.ip_network(end) for one in parsed for end in one.split("-"))


@given(st.lists(st.ip_addresses() | st.builds(lambda a, n: ipaddress.ip_network((a, n), strict=False),
                                              st.ip_addresses(), st.integers(1, 32)), min_size=1))  # fmt: skip
def test_every_address_and_network_of_a_list_stays_what_it_is(written: list[Any]) -> None:
    named = [one for one in written if getattr(one, "is_unspecified", False) is False or "/" in str(one)]
    if named:
        assert parse_remote_addresses([",".join(map(str, named))]) == tuple(dict.fromkeys(map(str, named)))


# Other flags.


@pytest.mark.parametrize(
    "account",
    [
        r"NT SERVICE\azure-migrate-exporter",
        r"nt authority\LOCALSERVICE",
        r"NT AUTHORITY\NetworkService",
        r"CORP\gmsa1$",
    ],
)
def test_an_account_without_a_password_is_taken(account: str) -> None:
    assert service_of(planned(account=account)).account == account


@pytest.mark.parametrize(
    "account", ["", "LocalSystem", "bob", r"CORP\bob", r".\bob", r"\x$", r"a\b\c$", r"NT SERVICE\x"]
)
def test_an_account_with_a_password_or_all_rights_is_refused(account: str) -> None:
    with pytest.raises(FlagError, match=r"\A--account: .* is not usable: take 'NT SERVICE\\azure-migrate-exporter'"):
        planned(account=account)


@pytest.mark.parametrize("address", ["9878", ":0", ":99999"])
def test_a_listen_address_that_a_service_cannot_have_is_refused(address: str) -> None:
    with pytest.raises(FlagError, match="listen"):
        planned(listen_addresses=[address])


@pytest.mark.skipif(sys.platform == "win32", reason="what Linux answers; tests/windows/ has the commands on Windows")
@pytest.mark.parametrize("arguments", [["install"], ["uninstall"], ["status"], ["run"]])
def test_on_linux_one_line_names_the_unit(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["service", *arguments])
    assert result.exit_code == 1
    assert result.stderr == (
        "the service commands are for Windows; on Linux use packaging/linux/azure-migrate-exporter.service\n"
    )
