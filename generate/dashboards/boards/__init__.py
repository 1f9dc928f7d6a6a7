"""The six dashboards, one in each file."""

from typing import Final

from generate.dashboards.boards import appliance, connectivity, exporter, machine, overview, wave
from generate.dashboards.model import Board

BOARDS: Final[tuple[Board, ...]] = (
    overview.BOARD,
    machine.BOARD,
    appliance.BOARD,
    connectivity.BOARD,
    exporter.BOARD,
    wave.BOARD,
)
"""In the order of a diagnosis."""
