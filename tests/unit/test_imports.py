"""What a configuration with a vCenter alone must not load: SDKs and libraries of other checks."""

import subprocess
import sys

import pytest

FOREIGN = ("azure", "msal", "cryptography", "msgspec", "pypsrp")


@pytest.mark.parametrize("library", FOREIGN)
def test_a_vcenter_alone_does_not_load_the_libraries_of_other_checks(library: str) -> None:
    loads = "import azure_migrate_exporter.commands.serve, azure_migrate_exporter.collectors.vsphere"
    code = f"{loads}; import sys; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
