"""Switching faults from another terminal: a small HTTP API of a running lab, on loopback only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.lab.datacenter import DataCenter
from tests.lab.site import serving
from tests.lab.tools import CACHE

ADDRESS_FILE: Final = CACHE / "control"
"""Holds the URL of the running lab's API; with several labs, that of the newest."""


class ControlError(Exception):
    """A request that failed; the text is one line for the user."""


@dataclass(frozen=True, slots=True)
class FaultStatus:
    """One fault of the running lab."""

    name: str
    about: str
    shows: str
    on: bool


@asynccontextmanager
async def control(center: DataCenter, address_file: Path = ADDRESS_FILE) -> AsyncIterator[str]:
    """Serve `GET /faults` and `POST /faults/NAME/on|off`; yields the URL."""

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
    async with serving(app) as address:
        url = f"http://{address}"
        _write_address(address_file, url)
        try:
            yield url
        finally:
            _remove_address(address_file, url)


def statuses(center: DataCenter) -> list[FaultStatus]:
    """Every fault that this lab can switch, in the order of the table."""
    return [
        FaultStatus(fault.name, fault.about, fault.shows, fault.name in center.switched_on)
        for fault in center.faults.values()
    ]


async def list_faults(address_file: Path = ADDRESS_FILE) -> list[FaultStatus]:
    """The faults of the running lab. Raises `ControlError`."""
    return [FaultStatus(**entry) for entry in await _request("GET", "/faults", address_file)]


async def switch_fault(name: str, *, on: bool, address_file: Path = ADDRESS_FILE) -> None:
    """Switch a fault of the running lab. Raises `ControlError`."""
    await _request("POST", f"/faults/{name}/{'on' if on else 'off'}", address_file)


async def _request(method: str, path: str, address_file: Path) -> Any:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.request(method, _address(address_file) + path) as response,
        ):
            if response.status == 404:
                raise ControlError(await response.text())
            if not response.ok:
                raise ControlError(f"the lab answers {response.status}: see its terminal")
            return await response.json() if response.content_type == "application/json" else None
    except (OSError, aiohttp.ClientError):
        raise ControlError("no lab is running; start one in another terminal with: make demo") from None


def _address(address_file: Path) -> str:
    return address_file.read_text()


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known)
    return f"there is no fault {name!r} here; " + (
        f"did you mean {' or '.join(near)}?" if near else "make faults lists them"
    )


def _write_address(address_file: Path, url: str) -> None:
    address_file.parent.mkdir(exist_ok=True)
    address_file.write_text(url)


def _remove_address(address_file: Path, url: str) -> None:
    """Remove the file unless a newer lab has written its own address."""
    if address_file.exists() and address_file.read_text() == url:
        address_file.unlink()
