"""Draws boards in Chromium, and tells what they show."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.lab import tools


@dataclass(frozen=True, slots=True)
class View:
    """A board in a state, a width and a theme."""

    board: str
    state: str
    width: int = 1280
    theme: str = "dark"
    hours: float = 6
    open: bool = False
    """Whether folded rows are open."""
    chosen: dict[str, str] = field(default_factory=dict)
    """Values of variables."""
    picture: Path | None = None
    clip: int = 0
    """Pixels of the picture from the top; 0 is all of it."""
    only: str = ""
    """The heading of the one row to draw; all of the board if empty."""

    def query(self, now: float) -> str:
        """The page's parameters."""
        variables = {f"var-{name}": value for name, value in self.chosen.items()}
        shown = {
            "board": self.board,
            "prometheus": f"/{self.state}",
            "theme": self.theme,
            "open": int(self.open),
            "only": self.only,
        }
        return urlencode({**shown, "to": now, "hours": self.hours, **variables})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a panel, or the heading of a row, shows."""

    title: str
    kind: str
    empty: bool
    error: str
    text: str
    small: list[str]
    cut: list[str]
    overlapping: list[str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view in the browser."""

    view: View
    console: list[str]
    """Errors of the console."""
    panels: list[Shown]


async def draw(base: str, views: Sequence[View], now: float) -> list[Drawn]:
    """What each view shows. Raises `tools.NotInstalledError`."""
    program, page, node = await asyncio.to_thread(lambda: (tools.chromium(), tools.boards_page(), tools.node()))
    wanted = [
        {"url": f"{base}/?{view.query(now)}", "width": view.width, "clip": view.clip}
        | ({"picture": str(view.picture)} if view.picture else {})
        for view in views
    ]
    process = await asyncio.create_subprocess_exec(
        str(node),
        str(page / "draw.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **program.environment},
    )
    out, _ = await process.communicate(json.dumps({"executable": program.command[0], "views": wanted}).encode())
    assert process.returncode == 0
    answers: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    return [
        Drawn(view, answer["console"], [Shown(**panel) for panel in answer["panels"]])
        for view, answer in zip(views, answers, strict=True)
    ]
