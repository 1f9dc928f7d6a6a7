"""The real `serve`, whose live objects are counted: `python -m tests.bench.endurance_server FILE serve …`."""

import asyncio
import gc
import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Final

import aiohttp

from azure_migrate_exporter.__main__ import run
from azure_migrate_exporter.collectors.vsphere.api.session import Session

PERIOD: Final = 2.0


def _count() -> dict[str, int]:
    """Tasks that are not done, HTTP sessions that are not closed, and sessions at a vCenter."""
    found: Counter[str] = Counter({"tasks": 0, "http_sessions": 0, "vcenter_sessions": 0})
    for one in gc.get_objects():
        if isinstance(one, asyncio.Task):
            found["tasks"] += not one.done()
        elif isinstance(one, aiohttp.ClientSession):
            found["http_sessions"] += not one.closed
        elif isinstance(one, Session):
            found["vcenter_sessions"] += one.content is not None
    return dict(found)


def _count_forever(file: Path) -> None:
    while True:
        file.with_suffix(".new").write_text(json.dumps(_count()), encoding="utf-8")
        file.with_suffix(".new").replace(file)
        threading.Event().wait(PERIOD)


if __name__ == "__main__":
    threading.Thread(target=_count_forever, args=(Path(sys.argv.pop(1)),), daemon=True).start()
    run()
