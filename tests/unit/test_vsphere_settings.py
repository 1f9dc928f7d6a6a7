from typing import Any

import pytest
from pydantic import ValidationError

from azure_migrate_exporter.config.vsphere import VCenterSettings

LEAST = {"name": "vc", "address": "vcenter.example", "username": "exporter@vsphere.local", "password": {"env": "PW"}}


def test_the_defaults_are_the_documented_limits_and_verification_is_on() -> None:
    settings = VCenterSettings.model_validate(LEAST)
    assert (settings.port, settings.insecure_skip_verify) == (443, False)
    assert (settings.nfc.buffer, settings.nfc.per_disk) == (32 << 20, 4 << 20)
    assert settings.datastore_disk_snapshots_limit == 15
    assert (settings.tasks.stalled_after, settings.tasks.stalled_near_end_after) == (900, 300)
    assert settings.replication.snapshot_pattern is None


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ({"address": "https://vcenter.example/sdk"}, "address", "write the host name or address alone"),
        ({"address": "vcenter.example:443"}, "address", "the port under port"),
        ({"password": "secret"}, "password", "a secret is never written here"),
        ({"ca_file": "a", "certificate_file": "b"}, "", "give at most one of ca_file, certificate_file and"),
        ({"ca_file": "a", "insecure_skip_verify": True}, "", "give at most one of"),
        (
            {"replication": {"snapshot_pattern": "("}},
            "replication.snapshot_pattern",
            "not a regular expression: missing )",
        ),
        ({"replication": {"snapshot_pattern": ""}}, "replication.snapshot_pattern", "a text that is not empty"),
        ({"replication": {"machines": [7]}}, "replication.machines.0", "not a regular expression"),
        ({"nfc": {"buffer": 0}}, "nfc.buffer", "greater than 0"),
        ({"tasks": {"stalled_after": 900}}, "tasks.stalled_after", "not a duration"),
        ({"snapshot_names": "x"}, "snapshot_names", "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_one_line_at_its_place(written: dict[str, Any], place: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        VCenterSettings.model_validate({**LEAST, **written})
    (error,) = caught.value.errors()
    assert ".".join(str(part) for part in error["loc"]) == place
    assert message in error["msg"]


@pytest.mark.parametrize(("written", "address"), [("[2001:db8::1]", "2001:db8::1"), ("2001:db8::1", "2001:db8::1")])
def test_an_ipv6_address_may_stand_in_brackets(written: str, address: str) -> None:
    assert VCenterSettings.model_validate({**LEAST, "address": written}).address == address


def test_what_is_shown_of_it_can_be_written_again() -> None:
    written = {**LEAST, "replication": {"snapshot_pattern": "^mig", "machines": ["web-.*"]}, "nfc": {"buffer": "48MiB"}}
    settings = VCenterSettings.model_validate(written)
    shown = settings.model_dump(mode="json")
    assert shown["replication"]["snapshot_pattern"] == "^mig"
    assert VCenterSettings.model_validate({**shown, "password": {"env": "PW"}}) == settings
