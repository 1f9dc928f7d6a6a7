"""A state directory that cannot be used is one line from every command that takes one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
appliances:
  - name: paris
    address: 127.0.0.1
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--web.listen-address=127.0.0.1:0", "--config.file={}"),
        ("collect", "--config.file={}", "appliance"),
        ("diagnose", "--config.file={}"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_unusable_state_directory_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    config = tmp_path / "exporter.yml"
    config.write_text(CONFIG, encoding="utf-8")
    flags = [argument.format(config) for argument in arguments]
    ended = subprocess.run(
        [sys.executable, "-m", "azure_migrate_exporter", *flags, f"--state.path={config}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode in {1, 2}
    assert re.search(rf"^.*--state\.path: .+: {re.escape(str(config))}$", ended.stderr, re.MULTILINE)
    assert "Traceback" not in ended.stderr
