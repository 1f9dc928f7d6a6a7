"""Responses with text from outside: whatever it holds, it is encoded and shown without secrets."""

from aiohttp import web

from azure_migrate_exporter.redaction import redact_page
from azure_migrate_exporter.text import valid_text


def text_response(text: str, *, status: int = 200, content_type: str = "text/plain") -> web.Response:
    """A response with `text` as UTF-8."""
    body = redact_page(valid_text(text)).encode()
    return web.Response(body=body, status=status, content_type=content_type, charset="utf-8")
