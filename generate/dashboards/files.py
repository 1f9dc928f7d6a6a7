"""Every file of `dashboards/` that is made."""

from generate.dashboards.boards import BOARDS
from generate.dashboards.page import page
from generate.dashboards.picture import picture


def files() -> dict[str, str]:
    """Path below `dashboards/`, and content."""
    made = {board.file: page(board) for board in BOARDS}
    pictures = {f"layout/{name.removesuffix('.json')}.svg": picture(text) for name, text in made.items()}
    return {**made, **pictures}
