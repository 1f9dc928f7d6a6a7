"""After kill -9 at any moment the next start is whole: every event counted once, every test blob deleted."""

from pathlib import Path

from tests.crashes import crashes
from tests.lab.azurite import Azurite
from tests.lab.ca import LabCA

KILLS = 5


async def test_five_kills_lose_nothing_count_nothing_twice_and_leave_nothing(
    blob_service: Azurite, lab_ca: LabCA, tmp_path: Path
) -> None:
    async with crashes(blob_service, lab_ca, tmp_path) as lab:
        await lab.first_start()
        for _ in range(KILLS):
            await lab.kill()
        counted, left = await lab.final_start()
        assert (counted, left, lab.set_aside()) == (lab.added, set(), [])
