"""Installing what the lab runs: once, whole or not at all, and one clear line where it cannot be."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab import tools

NOWHERE = {"PATH": "/nonexistent", "HOME": "/nonexistent"}


def find(program: str, cache: Path, **environment: str) -> str:
    """What happens when a fresh process, with this cache, looks for a program: its command, or the complaint."""
    code = f"""from tests.lab import tools
try:
    print(tools.{program}().command[0])
except tools.NotInstalledError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tools.ROOT,
        env={**environment, "LAB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_where_there_is_no_apt_one_line_says_what_to_install(tmp_path: Path) -> None:
    said = find("prometheus", tmp_path, **NOWHERE)
    assert said == "Prometheus: apt-get is not available; install the Debian package prometheus"


def test_a_package_that_does_not_exist_here_is_named_with_what_apt_says(tmp_path: Path) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text("#!/bin/sh\necho 'E: Unable to locate package prometheus' >&2; exit 100\n")
    apt.chmod(0o755)
    said = find("prometheus", tmp_path / "cache", PATH=f"{apt.parent}:{os.environ['PATH']}")
    assert said == (
        "Prometheus: apt-get: E: Unable to locate package prometheus; install the Debian package prometheus"
    )
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()], "half an installation is left"


def test_a_program_on_the_path_is_taken_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "promtool"
    own.touch(mode=0o755)
    assert find("promtool", tmp_path / "cache", PATH=str(tmp_path)) == str(own)


def test_an_old_go_on_the_path_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.19.8\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert tools.go((1, 19)) == old
    assert tools.go((1, 25)) != old


def test_two_at_once_install_once() -> None:
    name, done = f"test-{os.getpid()}", []

    def install(target: Path) -> None:
        done.append(target)
        (target / "file").touch()

    try:
        with ThreadPoolExecutor() as threads:
            found = list(threads.map(lambda _: tools._installed(name, "a test", install), range(4)))
        assert len(done) == 1
        assert {path / "file" for path in found} == {tools.CACHE / name / "file"}
    finally:
        for path in sorted(tools.CACHE.glob(f"{name}*"), reverse=True):
            subprocess.run(["rm", "-r", path], check=True)
