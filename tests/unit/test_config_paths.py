"""Sections gateway, keyvaults and esxi: what they accept, and the line that a mistake gets."""

from pathlib import Path

import pytest

from azure_migrate_exporter.config.gateway import LocalGateway, WindowsExporterGateway, WinRMGateway
from azure_migrate_exporter.config.loader import ConfigError, parse
from azure_migrate_exporter.config.settings import ApplianceSettings

FILE = Path("/etc/exporter.yml")


def appliance(section: str, *lines: str) -> ApplianceSettings:
    text = "\n".join(["appliances:", "- name: site1", f"  {section}:", *(f"    {line}" for line in lines)])
    return parse(text, FILE).appliances[0]


def mistake(section: str, *lines: str) -> str:
    with pytest.raises(ConfigError) as caught:
        appliance(section, *lines)
    (line,) = caught.value.errors
    return line.removeprefix(f"{FILE}:")


def test_each_source_has_its_own_settings() -> None:
    local = appliance("gateway", "source: local").gateway
    assert isinstance(local, LocalGateway)
    assert local.services == ("asrgwy",)
    winrm = appliance("gateway", "source: winrm", "address: a", "ca_file: ca.pem").gateway
    assert isinstance(winrm, WinRMGateway)
    assert winrm.ca_file == Path("/etc/ca.pem")
    exporter = appliance("gateway", "source: windows_exporter", "url: http://a:9182/metrics?collect[]=service").gateway
    assert isinstance(exporter, WindowsExporterGateway)
    assert str(exporter.url) == "http://a:9182/metrics?collect[]=service"


WINRM = ("source: winrm", "address: a")
USER = ("username: u", "password: {env: P}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("source: ssh",), "3: appliances[0].gateway: source must be local, winrm or windows_exporter"),
        (("services: [a]",), "3: appliances[0].gateway: source must be local, winrm or windows_exporter"),
        (
            ("source: local", "services: []"),
            "5: appliances[0].gateway.services: list at least one service, or leave the key out for asrgwy",
        ),
        (("source: winrm",), "3: appliances[0].gateway.address: this key is required"),
        ((*WINRM, "username: u"), "3: appliances[0].gateway: give username and password together, or neither"),
        (
            (*WINRM, "username: u", "password: hunter2"),
            "7: appliances[0].gateway.password: a secret is never written here: give {file: PATH} or {env: NAME}",
        ),
        ((*WINRM, "auth: basic"), "3: appliances[0].gateway: auth basic needs username and password"),
        (
            (*WINRM, *USER, "auth: basic", "tls: false"),
            "3: appliances[0].gateway: auth basic needs tls: without it nothing would be encrypted",
        ),
        (
            (*WINRM, *USER, "auth: certificate"),
            "3: appliances[0].gateway: auth certificate takes certificate_file and key_file, and no username",
        ),
        (
            (*WINRM, "certificate_file: c.pem"),
            "3: appliances[0].gateway: give certificate_file and key_file together, or neither",
        ),
        (
            (*WINRM, "certificate_file: c.pem", "key_file: k.pem"),
            "3: appliances[0].gateway: certificate_file goes with auth certificate only",
        ),
        (
            ("source: windows_exporter", "url: http://u:hunter2@a:9182/metrics"),
            "5: appliances[0].gateway.url: a user or password is never written in the URL: use basic_auth",
        ),
        (
            (
                "source: windows_exporter",
                "url: http://a/",
                "bearer_token: {env: T}",
                "basic_auth: {username: u, password: {env: P}}",
            ),
            "3: appliances[0].gateway: give basic_auth or bearer_token, not both",
        ),
    ],
)
def test_a_mistake_in_the_gateway_section_has_one_clear_line(lines: tuple[str, ...], message: str) -> None:
    assert mistake("gateway", *lines) == message


def test_a_vaults_short_name_is_of_the_public_cloud() -> None:
    short, full = appliance("keyvaults", "- vault: migratekv1", "- vault: migratekv2.vault.azure.cn").keyvaults
    assert (short.host, full.host) == ("migratekv1.vault.azure.net", "migratekv2.vault.azure.cn")


def test_esxi_needs_something_to_check() -> None:
    line = mistake("esxi", "port: 902")
    assert line == "3: appliances[0].esxi: nothing to check: list hosts, or name a vCenter under vcenters"
