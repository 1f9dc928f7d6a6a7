"""Every command prints names of any script into a pipe or file in any code page, and never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = "東京-01", "Łódź"
CONFIG = """\
vcenters:
  - {name: 東京-01, address: 127.0.0.1, port: 9, username: Łódź, password: {file: secret}}
appliances:
  - name: Łódź
    esxi: {hosts: [127.0.0.1], port: 9}
"""
COMMANDS = {
    "check-config": ["check-config", "東京-01.yml"],
    "check-config of a missing file": ["check-config", "Łódź.yml"],
    "check-config --secrets": ["check-config", "東京-01.yml", "--secrets"],
    "collect": ["collect", "vsphere", "--config.file", "東京-01.yml"],
    "collect --json": ["collect", "vsphere", "--config.file", "東京-01.yml", "--json"],
    "collect of an unknown target": ["collect", "vsphere", "Łódź", "--config.file", "東京-01.yml"],
    "diagnose": ["diagnose", "--config.file", "東京-01.yml", "--vm", "東京-01", "--timeout", "20s"],
    "diagnose --json": ["diagnose", "--config.file", "東京-01.yml", "--appliance", "Łódź", "--json"],
    "discover": ["discover", "--config.file", "東京-01.yml", "--project", "Łódź"],
    "explain": ["explain", "VM 東京-01 of Łódź: error code 181008"],
    "serve": ["serve", "--config.file", "東京-01.yml", "--config.check"],
}

SHOWS_A_NAME = {"check-config", "check-config --secrets", "collect", "diagnose"}
"""On standard output; the others do so on standard error, or as the escapes of JSON."""


def shown(name: str, encoding: str) -> str:
    return name.encode(encoding, "backslashreplace").decode(encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "utf-8"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_a_code_page_does_not_have_is_escaped(tmp_path: Path, command: str, encoding: str) -> None:
    (tmp_path / "東京-01.yml").write_text(CONFIG, encoding="utf-16")
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfpassword\r\n")
    with (tmp_path / "output").open("wb") as file:
        ended = subprocess.run(
            [sys.executable, "-m", "azure_migrate_exporter", *COMMANDS[command]],
            cwd=tmp_path,
            stdout=file,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            timeout=60,
            check=False,
        )
    errors = ended.stderr.decode(encoding)
    output = (tmp_path / "output").read_bytes().decode(encoding)
    if command in SHOWS_A_NAME:
        assert any(shown(name, encoding) in output for name in NAMES), errors
    printed = output + errors
    assert "Traceback" not in printed
    assert "UnicodeEncodeError" not in printed
    assert ended.returncode in {0, 1, 2}
    assert printed.strip()
