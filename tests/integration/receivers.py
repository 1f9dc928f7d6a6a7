"""Receivers of Alertmanager's notifications: the APIs of Slack, PagerDuty, Opsgenie and Teams, webhooks, and SMTP.

Each implements as much of its protocol as Alertmanager uses.
"""

import asyncio
import email
import email.policy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import yaml
from aiohttp import web

from tests.lab import tools
from tests.lab.site import serving
from tests.lab.tcp import close_server

SHIPPED: Final = tools.ROOT / "alerts" / "alertmanager"
SECRETS: Final = "/etc/alertmanager/secrets"


@dataclass
class Receivers:
    """The received notifications by the first part of their path; mails under `mail`."""

    url: str = ""
    smtp: str = ""
    got: dict[str, list[Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """Messages that the service would not have accepted, or would have cut."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def add(self, name: str, notification: Any) -> None:
        async with self.changed:
            self.got.setdefault(name, []).append(notification)
            self.changed.notify_all()

    async def wait_for(self, name: str, count: int = 1, deadline: float = 30.0) -> list[Any]:
        try:
            async with asyncio.timeout(deadline), self.changed:
                while len(self.got.get(name, [])) < count:
                    await self.changed.wait()
        except TimeoutError:
            raise TimeoutError(
                f"no notification at {name} after {deadline:g} s; received: {sorted(self.got)}"
            ) from None
        return self.got[name]


def too_large(name: str, body: bytes) -> str:
    """What a service says of a message that is over its limit; empty for one that it accepts."""
    message = json.loads(body)
    if name == "pagerduty":
        summary = message["payload"]["summary"]
        return _over("event", len(body), 512_000) or _over("summary", len(summary), 1024)
    if name == "opsgenie" and "message" in message:
        return _over("message", len(message["message"]), 130) or _over("text", len(message["description"]), 15_000)
    if name == "slack-webhook":
        return _over("text", sum(len(part["text"]) for part in message["attachments"]), 40_000)
    return _over("card", len(body), 28_000) if name == "teams-webhook" else ""


def _over(what: str, size: int, limit: int) -> str:
    return f"the {what} has {size}, the limit is {limit}" if size > limit else ""


@asynccontextmanager
async def receivers() -> AsyncIterator[Receivers]:
    """Run all receivers on loopback."""
    them = Receivers()

    async def answer(request: web.Request) -> web.Response:
        name = request.path.strip("/").split("/")[0]
        if problem := too_large(name, await request.read()):
            them.refused.append(f"{name}: {problem}")
            return web.Response(status=413, text=problem)
        await them.add(name, await request.json())
        if "slack" in request.path:
            return web.Response(text="ok")
        return web.json_response({"status": "success", "result": "ok"}, status=202)

    app = web.Application()
    app.router.add_post("/{tail:.*}", answer)
    async with serving(app) as address:
        mail = await asyncio.start_server(lambda reader, writer: _smtp(them, reader, writer), "127.0.0.1", 0)
        them.url = f"http://{address}"
        them.smtp = f"127.0.0.1:{mail.sockets[0].getsockname()[1]}"
        try:
            yield them
        finally:
            await close_server(mail)
            await mail.wait_closed()


async def _smtp(them: Receivers, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The part of SMTP that a client without TLS and login uses."""
    writer.write(b"220 lab\r\n")
    while line := (await reader.readline()).strip():
        verb = line[:4].upper()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            raw = await reader.readuntil(b"\r\n.\r\n")
            await them.add("mail", email.message_from_bytes(raw, policy=email.policy.default))
        writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
        if verb == b"QUIT":
            break
    writer.close()


def configured(directory: Path, them: Receivers) -> Path:
    """The shipped configuration with secrets in `directory`, the addresses of the receivers, and no waiting times."""
    secrets = directory / "secrets"
    secrets.mkdir()
    for name in ("slack-webhook", "teams-webhook", "watchdog-url", "on-call-url"):
        (secrets / name).write_text(f"{them.url}/{name}")
    for name in ("smtp-password", "opsgenie-api-key", "pagerduty-migration", "pagerduty-network", "on-call-token"):
        (secrets / name).write_text("0123456789abcdef")
    (directory / "templates").symlink_to(SHIPPED / "templates")
    config = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text().replace(SECRETS, str(secrets)))
    config["global"] |= {
        "smtp_smarthost": them.smtp,
        "smtp_require_tls": False,
        "pagerduty_url": f"{them.url}/pagerduty",
        "opsgenie_api_url": f"{them.url}/opsgenie/",
    }
    _shorten(config["route"])
    path = directory / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    return path


def _shorten(route: dict[str, Any]) -> None:
    route |= {"group_wait": "0s", "group_interval": "1s"}
    route.pop("active_time_intervals", None)
    for child in route.get("routes", ()):
        _shorten(child)


def html_of(mail: EmailMessage) -> str:
    """The HTML part of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())
