"""The tests of tests/unit and tests/properties under the Windows Python: all of them, in two processes."""

import re
from pathlib import Path

import pytest

from tests.lab.tools import ROOT
from tests.lab.windows_programs import DEVELOPMENT_LOCK
from tests.windows.wine import install_python, windows, windows_path

FOLDERS = ("tests/unit", "tests/properties")
OPTIONS = ("-q", "--color=no", "--tb=short", "--numprocesses=2", "--dist=loadfile", "-p", "no:cacheprovider")
DEADLINE = 900.0

pytestmark = pytest.mark.timeout(DEADLINE + 120)


def test_the_unit_tests_pass_under_the_windows_python(tmp_path: Path) -> None:
    with windows(tmp_path / "wine") as machine:
        python = install_python(machine, ROOT / "exporter", ROOT, lock=DEVELOPMENT_LOCK)
        folders = [windows_path(ROOT / folder) for folder in FOLDERS]
        environment = {"PYTHONDONTWRITEBYTECODE": "1"}  # the sources are those of Linux
        done = machine.run(python, "-m", "pytest", *OPTIONS, *folders, environment=environment, deadline=DEADLINE)
    print(done.stdout, done.stderr)  # pytest shows it if the test fails
    failures = re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.MULTILINE)
    assert (done.returncode, failures) == (0, [])
