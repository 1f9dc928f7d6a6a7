"""Modules that threads import late never do so side by side: packages that import one another deadlock then."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from azure_migrate_exporter.runtime.imports import import_late

MODULES = ("late_import_one", "late_import_two")
TOGETHER = "late_import_meeting"
"""Knows how many of the modules are being imported."""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two modules that wait for each other a moment, and note whether they met."""
    (tmp_path / f"{TOGETHER}.py").write_text("import threading\nbarrier = threading.Barrier(2)\nmet = []\n")
    body = f"""
import threading
import {TOGETHER} as meeting
try:
    meeting.barrier.wait(0.1)
    meeting.met.append(__name__)
except threading.BrokenBarrierError:
    pass
"""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(body)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in (*MODULES, TOGETHER):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("modules")
def test_two_threads_import_one_after_the_other() -> None:
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(import_late, MODULES))
    assert [module.__name__ for module in found] == list(MODULES)
    assert sys.modules[TOGETHER].met == []
