import pytest

from azure_migrate_exporter.runtime.pacing import Pacing


@pytest.mark.parametrize(("duration", "pause"), [(0.0, 0.1), (0.02, 0.1), (0.1, 0.4), (0.5, 1.0), (30.0, 1.0)])
def test_repeated_work_pauses_four_times_as_long_as_it_took_within_limits(duration: float, pause: float) -> None:
    assert Pacing(least=0.1, most=1.0).pause_after(duration) == pytest.approx(pause)
