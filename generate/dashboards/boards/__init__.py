"""The five dashboards, one in each file."""

from typing import Final

from generate.dashboards.boards import appliance, connectivity, exporter, machine, overview
from generate.dashboards.model import Board

BOARDS: Final[tuple[Board, ...]] = (
    overview.BOARD,
    machine.BOARD,
    appliance.BOARD,
    connectivity.BOARD,
    exporter.BOARD,
)
"""In the order of a diagnosis."""
