"""Files that another program holds: on Windows, where such files exist, with real handles."""

import ctypes
import sys
from pathlib import Path

import pytest

from azure_migrate_exporter import local_files
from azure_migrate_exporter.local_files import PAUSES

GENERIC_READ_WRITE = 0xC0000000
SHARE_WITH_NOBODY = 0
OPEN_EXISTING = 3


class Holder:
    """A program that has a file open for itself alone, as an antivirus has; `release` closes it."""

    def __init__(self, file: Path) -> None:
        self._kernel = ctypes.CDLL("kernel32")
        self._kernel.CreateFileW.restype = ctypes.c_void_p
        self._handle = self._kernel.CreateFileW(
            str(file), GENERIC_READ_WRITE, SHARE_WITH_NOBODY, None, OPEN_EXISTING, 0, None
        )

    def release(self) -> None:
        self._kernel.CloseHandle(ctypes.c_void_p(self._handle))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "東京.yml"
    path.write_bytes(b"content")
    return path


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has files that are held")
@pytest.mark.parametrize("action", ["read", "replace"])
def test_a_file_that_is_held_is_tried_again_until_it_is_released(file: Path, action: str) -> None:
    holder, pauses = Holder(file), list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            holder.release()

    if action == "read":
        assert local_files.read_bytes(file, pause) == b"content"
    else:
        newer = file.with_suffix(".new")
        newer.write_bytes(b"newer")
        local_files.replace(newer, file, pause)
        assert file.read_bytes() == b"newer"
    assert pauses == list(PAUSES[:3])


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has files that are held")
def test_a_file_that_stays_held_is_an_error_after_a_second(file: Path) -> None:
    holder, pauses = Holder(file), list[float]()
    try:
        with pytest.raises(PermissionError):
            local_files.read_bytes(file, pauses.append)
    finally:
        holder.release()
    assert sum(pauses) == pytest.approx(1.0)


def test_what_nobody_holds_is_not_tried_again(tmp_path: Path) -> None:
    pauses: list[float] = []
    with pytest.raises(FileNotFoundError):
        local_files.read_bytes(tmp_path / "none", pauses.append)
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        local_files.read_bytes(tmp_path, pauses.append)
    assert pauses == []
