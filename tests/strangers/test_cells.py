"""The matrix: every check against every stranger, group by group."""

import io
from pathlib import Path

import pytest

from tests.lab.checks import CHECKS
from tests.lab.strangers import STRANGERS
from tests.strangers.cells import TABLE, Never
from tests.strangers.groups import GROUPS, cells, report, run


def test_every_check_has_a_cell_for_every_stranger() -> None:
    assert list(TABLE) == list(CHECKS)
    assert all(set(row) == set(STRANGERS) for row in TABLE.values())
    assert sorted(check for checks in GROUPS.values() for check in checks) == sorted(CHECKS)
    assert all(cell.why for row in TABLE.values() for cell in row.values() if isinstance(cell, Never))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("group", GROUPS)
async def test_each_cell_is_right(
    group: str, tmp_path: Path, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    found = await run(cells(GROUPS[group]), tmp_path)
    wrong = report(found)
    with capsys.disabled():
        print(f"\n{group}: {len(found)} cells, {len(found) - len({line.partition(':')[0] for line in wrong})} right")
    assert not wrong, "\n".join(["cells that are not right:", *wrong])
    assert "Traceback" not in log.getvalue()
