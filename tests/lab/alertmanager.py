"""A real Alertmanager, and a webhook that records its notifications."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from tests.lab import tools
from tests.lab.process import answers, free_port, running, write_yaml
from tests.lab.site import serving

START_DEADLINE: Final = 30.0


class Receiver:
    """A webhook on loopback: the notifications that on-call would have received, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.notifications: list[dict[str, Any]] = []
        self._changed = asyncio.Condition()

    async def record(self, request: web.Request) -> web.Response:
        """Record one notification."""
        async with self._changed:
            self.notifications.append({**await request.json(), "received": time.time()})
            self._changed.notify_all()
        return web.Response()

    async def wait_for(self, wanted: Callable[[dict[str, Any]], bool], *, deadline: float = 30.0) -> dict[str, Any]:
        """The first alert that is `wanted`, in any notification so far or to come, as Alertmanager describes it."""
        try:
            async with asyncio.timeout(deadline), self._changed:
                while True:
                    for alert in self.alerts():
                        if wanted(alert):
                            return alert
                    await self._changed.wait()
        except TimeoutError:
            names = [alert["labels"].get("alertname") for alert in self.alerts()]
            raise TimeoutError(f"after {deadline:g} s, no such alert among {names}") from None

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert of every notification, with the name of the receiver and the time of arrival."""
        return [
            {**alert, "receiver": notification["receiver"], "received": notification["received"]}
            for notification in self.notifications
            for alert in notification["alerts"]
        ]

    def clear(self) -> None:
        """Remove the recorded notifications."""
        self.notifications.clear()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run a webhook receiver."""
    app = web.Application()
    endpoint = Receiver("")
    app.router.add_post("/", endpoint.record)
    async with serving(app) as address:
        endpoint.url = f"http://{address}/"
        yield endpoint


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """The HTTP API of a running Alertmanager."""

    url: str
    session: aiohttp.ClientSession

    async def alerts(self) -> list[dict[str, Any]]:
        """The current alerts, including inhibited and silenced ones."""
        async with self.session.get(f"{self.url}/api/v2/alerts") as response:
            alerts: list[dict[str, Any]] = await response.json()
        return alerts


def one_webhook(url: str) -> dict[str, Any]:
    """A configuration that delivers every alert at once."""
    return {
        "route": {"receiver": "lab", "group_wait": "0s", "group_interval": "1s", "group_by": ["..."]},
        "receivers": [{"name": "lab", "webhook_configs": [{"url": url, "send_resolved": True}]}],
    }


@asynccontextmanager
async def alertmanager(
    directory: Path, config: Mapping[str, Any] | Path, *, port: int = 0
) -> AsyncIterator[Alertmanager]:
    """Run Alertmanager with a configuration, or the file of one. Raises `tools.NotInstalledError`."""
    program = await asyncio.to_thread(tools.alertmanager)
    path = config if isinstance(config, Path) else write_yaml(directory / "alertmanager.yml", config)
    address = f"127.0.0.1:{free_port(port)}"
    arguments = (
        f"--config.file={path}",
        f"--storage.path={directory / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    url = f"http://{address}"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        running("Alertmanager", program, *arguments, log=directory / "alertmanager.log") as process,
    ):
        await process.until(answers(session, f"{url}/-/ready"), START_DEADLINE)
        yield Alertmanager(url, session)
