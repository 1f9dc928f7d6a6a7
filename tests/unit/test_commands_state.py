"""A state directory that cannot be used is one line from every command that takes one."""

import subprocess
from pathlib import Path

import pytest

from tests.lab.exporter import COMMAND

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
        [*COMMAND.command, *flags, "--state.path=/dev/null/state"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode in {1, 2}
    assert "--state.path: Not a directory: /dev/null/state" in ended.stderr
    assert "Traceback" not in ended.stderr
