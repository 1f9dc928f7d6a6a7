"""`/-/healthy`, `/-/ready`, `/-/reload` and `/config`."""

from typing import Any

import yaml
from aiohttp import web

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.web.context import CONTEXT


async def healthy(_: web.Request) -> web.Response:
    """The process answers, and that is all it says."""
    return web.Response(text="healthy\n")


async def ready(request: web.Request) -> web.Response:
    """Whether the page has shown a first run of every job, ended well or badly: this is about us, not about Azure."""
    waiting = request.app[CONTEXT].engine.waiting()
    if not waiting:
        return web.Response(text="ready\n")
    names = "".join(f"{job.collector} {job.target}\n" for job in waiting)
    return web.Response(status=503, text="waiting for the first run of:\n" + names)


async def reload(request: web.Request) -> web.Response:
    """Load the configuration file again; if it has errors the old configuration runs on, and they are the answer."""
    errors = await request.app[CONTEXT].reloader.reload()
    if errors:
        return web.Response(status=500, text="the old configuration runs on:\n" + "".join(f"{e}\n" for e in errors))
    return web.Response(text="configuration loaded\n")


async def config(request: web.Request) -> web.Response:
    """The configuration that runs, as YAML that could be loaded again."""
    return web.Response(text=effective_yaml(request.app[CONTEXT].reloader.settings))


def effective_yaml(settings: Settings) -> str:
    """`settings` with every default spelt out. Of a secret they hold only where it is."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(_redacted(values), sort_keys=False, allow_unicode=True)


def _redacted(value: Any) -> Any:
    """Nothing is left to mask where secrets were written as told; this is for a password put into a URL."""
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return redact(value) if isinstance(value, str) else value
