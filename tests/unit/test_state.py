"""State in a directory: what is saved is loaded, and what cannot be used is set aside once."""

import errno
import itertools
import json
import math
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from azure_migrate_exporter.local_files import PAUSES
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime import state as module
from azure_migrate_exporter.runtime.state import DirectoryState

NAMES = [
    "vc/1",
    "vc:1",
    "vc_1",
    "VC_1",
    "vc-1",
    "vc 1",
    "",
    "con",
    "nul",
    "..",
    "a" * 5000,
    "a" * 5001,
    "\ud83d",
    "\u00fc",
]


def file_of(state: DirectoryState, name: str) -> Path:
    return state._path(name)


def test_names_do_not_collide_and_file_names_are_bounded(tmp_path: Path) -> None:
    state = DirectoryState(tmp_path)
    for number, name in enumerate(NAMES):
        state.save(name, {"number": number})
    assert [state.load(name)["number"] for name in NAMES] == list(range(len(NAMES)))
    files = [file.name for file in tmp_path.iterdir()]
    assert len({name.casefold() for name in files}) == len(NAMES)
    assert max(map(len, files)) < 100


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
    )
)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_saved_is_loaded(tmp_path: Path, value: dict[str, Any]) -> None:
    DirectoryState(tmp_path).save("a", value)
    assert DirectoryState(tmp_path).load("a") == module._valid(json.loads(json.dumps(value, sort_keys=True)))


DAMAGED = [
    b"",
    b"{",
    b"\x00" * 100,
    b"\xff\xfe{",
    b"null",
    b"[1]",
    b"5",
    b"{}",
    b'{"value": {}}',
    b'{"name": "vc1", "value": []}',
    b'{"name": "vc2", "value": {}}',
    b'{"name": "vc1", "value": {"a": NaN}}',
    b'{"name": "vc1", "value": {"a": [-Infinity]}}',
    b'{"name": "vc1", "value": {"a": ' + b"[" * 100_000,
    b'{"name": "vc1", "value": {"a": ' + b"9" * 10_000 + b"}}",
]


@pytest.mark.parametrize("data", DAMAGED, ids=range(len(DAMAGED)))
def test_a_file_that_cannot_be_used_is_set_aside_once(tmp_path: Path, data: bytes) -> None:
    state = DirectoryState(tmp_path)
    file_of(state, "vc1").write_bytes(data)
    with capture_logs() as logs:
        assert state.load("vc1") == {}
        assert state.load("vc1") == {}
    assert [line["event"] for line in logs] == ["state file cannot be used and is set aside"]
    assert file_of(state, "vc1").with_suffix(".bad").read_bytes() == data
    state.save("vc1", {"a": 1})
    assert state.load("vc1") == {"a": 1}


def test_a_directory_in_the_place_of_a_file_is_set_aside(tmp_path: Path) -> None:
    state = DirectoryState(tmp_path)
    for _ in range(2):
        file_of(state, "vc1").mkdir()
        assert state.load("vc1") == {}
    state.save("vc1", {"a": 1})
    assert state.load("vc1") == {"a": 1}


def test_a_lone_surrogate_in_a_file_is_replaced(tmp_path: Path) -> None:
    state = DirectoryState(tmp_path)
    file_of(state, "a").write_text(json.dumps({"name": "a", "value": {"\ud83d": ["\x00"]}}))
    assert state.load("a") == {"\ufffd": ["\ufffd"]}


def test_what_json_cannot_hold_leaves_the_old_state(tmp_path: Path) -> None:
    state = DirectoryState(tmp_path)
    state.save("a", {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        state.save("a", {"a": math.nan})
    assert state.load("a") == {"a": 1}


def test_a_file_that_another_program_holds_is_replaced_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    state = DirectoryState(tmp_path, pauses.append)
    hold(monkeypatch, "replace", 2, PermissionError(13, "Access is denied"))
    assert state.save("a", {"a": 1}) is None
    assert pauses == list(PAUSES[:2])
    assert DirectoryState(tmp_path).load("a") == {"a": 1}


def test_what_the_disk_does_not_take_counts_until_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    state = DirectoryState(tmp_path, pauses.append)
    state.save("a", {"a": 1})
    hold(monkeypatch, "replace", 2 * len(PAUSES) + 2, PermissionError(13, "Access is denied"))
    with capture_logs() as logs:
        problems = [state.save("a", {"a": number}) for number in (2, 3)]
    assert [(problem.reason, problem.message) for problem in problems if problem] == [
        (Reason.LOCAL, f"what must outlive a restart cannot be saved in {file_of(state, 'a')}: Access is denied")
    ] * 2
    assert [line["event"] for line in logs] == ["state file cannot be written"]
    assert sum(pauses) == pytest.approx(2.0)
    assert state.load("a") == {"a": 3}
    assert DirectoryState(tmp_path).load("a") == {"a": 1}
    assert state.save("a", {"a": 4}) is None
    assert DirectoryState(tmp_path).load("a") == state.load("a") == {"a": 4}


def test_two_exporters_that_save_the_same_name_never_leave_a_part_of_it(tmp_path: Path) -> None:
    """Two shards on one volume, for the seconds in which a target moves from one to the other."""
    versions = [{"text": letter * size} for letter, size in (("a", 1_000_000), ("b", 10))]
    DirectoryState(tmp_path).save("vault", versions[0])
    stop = threading.Event()
    problems: list[object] = []

    def save_again_and_again(version: dict[str, Any]) -> None:
        state = DirectoryState(tmp_path)
        while not stop.is_set():
            problems.append(state.save("vault", version))

    savers = [threading.Thread(target=save_again_and_again, args=(version,)) for version in versions]
    with capture_logs() as logs:
        for saver in savers:
            saver.start()
        loaded = [DirectoryState(tmp_path).load("vault") for _ in range(200)]
        stop.set()
        for saver in savers:
            saver.join()
    assert all(version in versions for version in loaded)
    if sys.platform != "win32":  # there a file that is read without a pause may be held for longer than a second
        assert set(problems) == {None}
        assert logs == []
    assert [file.suffix for file in tmp_path.iterdir()] == [".json"]


def test_what_a_killed_exporter_was_writing_is_removed_after_an_hour(tmp_path: Path) -> None:
    """An exporter on the same volume may be writing the younger one."""
    DirectoryState(tmp_path).save("vault", {"a": 1})
    older, younger = tmp_path / "vault.1.deadbeef.new", tmp_path / "vault.1.cafe.new"
    for file, age in ((older, 3700), (younger, 3500)):
        file.write_text("{", encoding="ascii")
        os.utime(file, (time.time() - age,) * 2)
    assert DirectoryState(tmp_path).load("vault") == {"a": 1}
    assert not older.exists()
    assert younger.exists()


def test_a_part_that_the_disk_did_not_take_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert DirectoryState(tmp_path).save("vault", {"a": 1}) is not None
    assert list(tmp_path.iterdir()) == []


def hold(monkeypatch: pytest.MonkeyPatch, method: str, times: int, error: OSError) -> None:
    """Let `method` of Path fail with `error` so many times, as a file does that another program holds open."""
    attempts, works = itertools.count(), getattr(Path, method)

    def held(self: Path, *args: Any) -> Any:
        if next(attempts) < times:
            raise error
        return works(self, *args)

    monkeypatch.setattr(Path, method, held)
