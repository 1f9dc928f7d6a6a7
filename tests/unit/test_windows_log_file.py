"""The log file of the service: it is renamed when it is large, and takes any text."""

from pathlib import Path

import pytest

from azure_migrate_exporter.windows.log_file import RotatingFile


def contents(path: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in path.iterdir()}


def test_a_file_that_is_large_gets_the_next_number_and_the_oldest_goes(tmp_path: Path) -> None:
    with RotatingFile(tmp_path / "x.log", max_bytes=4, kept=2) as log:
        for line in ("one\n", "two\n", "three\n", "four\n"):
            log.write(line)
    assert contents(tmp_path) == {"x.log": "four\n", "x.log.1": "three\n", "x.log.2": "two\n"}


def test_a_new_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for line in ("one\n", "東京\n"):
        with RotatingFile(tmp_path / "x.log") as log:
            log.write(line)
    assert contents(tmp_path) == {"x.log": "one\n東京\n"}


def test_what_is_no_text_is_escaped(tmp_path: Path) -> None:
    with RotatingFile(tmp_path / "x.log") as log:
        log.write("\udc80\n")
    assert contents(tmp_path) == {"x.log": "\\udc80\n"}


def test_if_no_file_can_be_renamed_the_lines_are_kept_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "x.log.1").mkdir()
    with RotatingFile(tmp_path / "x.log", max_bytes=4, kept=1) as log:
        log.write("one\n")
        log.write("two\n")
    assert (tmp_path / "x.log").read_text(encoding="utf-8") == "one\ntwo\n"


def test_a_directory_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RotatingFile(tmp_path / "missing" / "x.log")
