"""The matrix: every check against every stranger, group by group."""

import io
from pathlib import Path

import pytest

from tests.lab.checks import CHECKS
from tests.lab.strangers import STRANGERS
from tests.strangers.cells import CHECKS as WORDS
from tests.strangers.cells import TABLE, Never
from tests.strangers.groups import GROUPS, cells, report, run


def test_every_check_has_a_cell_for_every_stranger() -> None:
    assert list(TABLE) == list(CHECKS) == list(WORDS)
    assert all(set(row) == set(STRANGERS) for row in TABLE.values())
    assert sorted(check for checks in GROUPS.values() for check in checks) == sorted(CHECKS)
    every = [cell for row in TABLE.values() for cell in row.values()]
    never = [cell for cell in every if isinstance(cell, Never)]
    assert all(cell.why for cell in never)
    print(f"{len(every)} cells: {len(every) - len(never)} that can occur, {len(never)} that cannot")


_ENDED_TWICE = "_SelectorSocketTransport._call_connection_lost("


@pytest.mark.timeout(300)
@pytest.mark.parametrize("group", GROUPS)
async def test_each_cell_is_right(group: str, tmp_path: Path, log: io.StringIO) -> None:
    secrets: set[str] = set()
    found = await run(cells(GROUPS[group]), tmp_path, secrets)
    wrong = report(found)
    print(f"{group}: {len(found)} cells, {len(found) - len({line.partition(':')[0] for line in wrong})} right")
    assert not wrong, "\n".join(["cells that are not right:", *wrong])
    # asyncio (3.11) ends a transport a second time if TLS fails just after it was closed: a fault of neither side.
    logged = "".join(line for line in log.getvalue().splitlines(keepends=True) if _ENDED_TWICE not in line)
    assert "Traceback" not in logged
    assert not [secret for secret in secrets if secret in log.getvalue()]
