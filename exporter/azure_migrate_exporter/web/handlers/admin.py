"""`/-/healthy`, `/-/ready`, `/-/reload` and `/config`."""

from typing import Any, Final

import yaml
from aiohttp import web

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.web.context import CONTEXT, ROUTING
from azure_migrate_exporter.web.handlers.responses import text_response

UNHEALTHY_AFTER: Final = 30.0
"""Seconds without a heartbeat of the engine."""


async def healthy(request: web.Request) -> web.Response:
    """Whether the engine's event loop runs: a blocked one measures nothing, and only a restart helps."""
    age = request.app[CONTEXT].engine.heartbeat.age
    if age > UNHEALTHY_AFTER:
        return text_response(f"the engine has not responded for {age:.0f} s\n", status=503)
    return text_response("healthy\n")


async def ready(request: web.Request) -> web.Response:
    """Whether the first run of every job is published, successful or not: readiness does not depend on Azure."""
    waiting = request.app[CONTEXT].engine.waiting()
    if not waiting:
        return text_response("ready\n")
    names = "".join(f"{job.collector} {job.target}\n" for job in waiting)
    return text_response("waiting for the first run of:\n" + names, status=503)


async def reload(request: web.Request) -> web.Response:
    """Reload the configuration file. If it has errors, they are the response and the previous configuration stays."""
    errors = await request.app[CONTEXT].reloader.reload()
    if errors:
        lines = ["the previous configuration stays in force:", *errors, ""]
        return text_response("\n".join(lines), status=500)
    return text_response("configuration loaded\n")


async def config(request: web.Request) -> web.Response:
    """The configuration in force, as YAML that can be loaded again."""
    return text_response(effective_yaml(request.app[CONTEXT].reloader.settings))


async def to_landing(request: web.Request) -> web.Response:
    """Send a browser that asks for the root to the landing page."""
    raise web.HTTPFound(f"{request.app[ROUTING].prefix}/")


def effective_yaml(settings: Settings) -> str:
    """`settings` with all defaults. A secret appears only as its file or environment variable."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(_redacted(values), sort_keys=False, allow_unicode=True)


def _redacted(value: Any) -> Any:
    """Redacts strings, in case a password was written into a URL."""
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return redact(value) if isinstance(value, str) else value
