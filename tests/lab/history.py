"""A Prometheus with a past: samples that are written into its storage before it starts, and no target."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.lab.prometheus import Prometheus, prometheus
from tests.lab.promtool import promtool

Samples = Iterable[tuple[float, float]]
"""Pairs of a time and a value, in ascending order."""
_LONGEST_BLOCK: Final = "720h"


def series(name: str, **labels: str) -> str:
    """A series in the text format."""
    pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{pairs}}}"


@asynccontextmanager
async def with_history(directory: Path, history: Mapping[str, Samples]) -> AsyncIterator[Prometheus]:
    """Run Prometheus with the samples of each series."""
    file = directory / "history.om"
    await asyncio.to_thread(_write, file, _lines(history))
    status, said = await promtool(
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--quiet",
        f"--max-block-duration={_LONGEST_BLOCK}",
        str(file),
        str(directory / "data"),
    )
    if status:
        raise RuntimeError(said)
    file.unlink()
    async with prometheus(directory, [], retention="60d") as server:
        yield server


def _lines(history: Mapping[str, Samples]) -> Iterator[str]:
    for name, samples in history.items():
        for at, value in samples:
            yield f"{name} {value!r} {at:.3f}\n"
    yield "# EOF\n"


def _write(file: Path, lines: Iterator[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines)
