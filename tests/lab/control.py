"""Switching faults from another terminal: a small HTTP interface of a running lab, on loopback only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.lab.datacenter import DataCenter
from tests.lab.tools import CACHE

WHERE: Final = CACHE / "control"
"""Where a running lab says at which address it can be controlled. The newest lab wins."""


class ControlError(Exception):
    """A wish that cannot be met; one line for a person."""


@dataclass(frozen=True, slots=True)
class FaultStatus:
    """One fault of the running lab."""

    name: str
    about: str
    shows: str
    on: bool


@asynccontextmanager
async def control(center: DataCenter, where: Path = WHERE) -> AsyncIterator[str]:
    """Answer `GET /faults` and `POST /faults/NAME/on|off`; yields the URL."""

    async def faults(_: web.Request) -> web.Response:
        return web.json_response([asdict(status) for status in statuses(center)])

    async def switch(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in center.faults:
            raise web.HTTPNotFound(text=_unknown(name, list(center.faults)))
        await center.switch(name, on=request.match_info["state"] == "on")
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/faults", faults)
    app.router.add_post("/faults/{name}/{state:on|off}", switch)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        _announce(where, url)
        try:
            yield url
        finally:
            _withdraw(where, url)
    finally:
        await runner.cleanup()


def statuses(center: DataCenter) -> list[FaultStatus]:
    """Every fault that this lab can switch, in the order of the table."""
    return [
        FaultStatus(fault.name, fault.about, fault.shows, fault.name in center.switched_on)
        for fault in center.faults.values()
    ]


async def list_faults(where: Path = WHERE) -> list[FaultStatus]:
    """The faults of the running lab. Raises `ControlError`."""
    return [FaultStatus(**entry) for entry in await _ask("GET", "/faults", where)]


async def switch_fault(name: str, *, on: bool, where: Path = WHERE) -> None:
    """Switch a fault of the running lab. Raises `ControlError`."""
    await _ask("POST", f"/faults/{name}/{'on' if on else 'off'}", where)


async def _ask(method: str, path: str, where: Path) -> Any:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.request(method, _address(where) + path) as response,
        ):
            if response.status == 404:
                raise ControlError(await response.text())
            if not response.ok:
                raise ControlError(f"the lab answers {response.status}: see its terminal")
            return await response.json() if response.content_type == "application/json" else None
    except (OSError, aiohttp.ClientError):
        raise ControlError("no lab is running; start one in another terminal with: make demo") from None


def _address(where: Path) -> str:
    return where.read_text()


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known)
    return f"there is no fault {name!r} here; " + (
        f"did you mean {' or '.join(near)}?" if near else "make faults lists them"
    )


def _announce(where: Path, url: str) -> None:
    where.parent.mkdir(exist_ok=True)
    where.write_text(url)


def _withdraw(where: Path, url: str) -> None:
    """Take the address back, unless a newer lab has written its own."""
    if where.exists() and where.read_text() == url:
        where.unlink()
