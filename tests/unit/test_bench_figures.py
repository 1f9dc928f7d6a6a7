"""The table at the end of `make bench`: a figure that misses its goal is said to miss it."""

from pathlib import Path

import pytest

from tests.bench.figures import RESULTS, Goal, at_least, at_most, kept, report, table


@pytest.mark.parametrize(
    ("goal", "value", "met", "ratio"),
    [
        (at_most(2), 1.0, True, 2.0),
        (at_most(2), 4.0, False, 0.5),
        (at_least(50), 100.0, True, 2.0),
        (at_least(50), 25.0, False, 0.5),
        (at_most(0), 0.0, True, None),
        (at_most(0), 1.0, False, 0.0),
        (at_most(1.1), -0.001, True, None),
    ],
)
def test_a_goal_says_whether_it_is_met_and_by_how_much(
    goal: Goal, value: float, *, met: bool, ratio: float | None
) -> None:
    assert (goal.met(value), goal.ratio(value)) == (met, ratio)


def test_a_figure_with_a_goal_is_in_the_table_with_its_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RESULTS, str(tmp_path / "figures"))
    report("speed", [1.0, 3.0, 2.0], unit=" MiB/s", digits=1, goal=at_least(4))
    report("memory", [10.0], unit=" MiB", digits=0, goal=at_most(20))
    report("without a goal", [7.0])
    assert list(table(kept(tmp_path / "figures")))[2:] == [
        "| speed | at least 4 MiB/s | 1.0 / 2.0 / 3.0 MiB/s | 0.50 | **missed** |",
        "| memory | at most 20 MiB | 10 MiB | 2.00 | met |",
    ]
