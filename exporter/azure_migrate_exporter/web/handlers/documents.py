"""`/runbooks/…` and `/explain`: the catalogue as pages that need no other site, with the names given as query."""

import asyncio
import json
import re
from collections.abc import Mapping
from html import escape, unescape
from importlib.resources import files
from string import Template
from typing import Final

from aiohttp import web

from azure_migrate_exporter.failures.commands import QUOTERS, Place
from azure_migrate_exporter.failures.model import Language
from azure_migrate_exporter.failures.pasted import MAX_PASTED
from azure_migrate_exporter.failures.pasted.report import NOT_RECOGNIZED, explain_pasted
from azure_migrate_exporter.text import valid_text
from azure_migrate_exporter.web.handlers.landing import STYLE
from azure_migrate_exporter.web.handlers.responses import text_response

INDEX: Final = ""
"""The name of the page that lists the others."""

_DATA: Final = files("azure_migrate_exporter.web").joinpath("runbooks")
_DOCUMENT: Final = Template(files(__package__).joinpath("documents.html").read_text(encoding="utf-8"))
PROSE: Final = "prose"
"""The place of a name in a sentence; the others are places in a command."""
_NAME: Final = re.compile("⟦(\\w+):(\\w+)¦([^⟧]*)⟧")
"""A name of the page: its place, the label that has it, and an example."""
_LONGEST_NAME: Final = 253


async def runbook(request: web.Request) -> web.Response:
    """The runbook of one alert, or the list of all; labels of the alert in the query replace the examples."""
    language, name = _language(request), request.match_info.get("name", INDEX).removesuffix(".md")
    found = await asyncio.to_thread(_load, name, language)
    if found is None:
        raise web.HTTPNotFound
    return _page(fill(found, request.query), name or "Runbooks", language)


async def explain(request: web.Request) -> web.Response:
    """The documented failures in the text of the parameter ``q``."""
    language, question = _language(request), request.query.get("q", "")[:MAX_PASTED]
    found = await asyncio.to_thread(explain_pasted, question, language)
    text = NOT_RECOGNIZED.into(language) if found is None else found
    return _page(f"<pre>{escape(text)}</pre>", "explain", language, status=404 if found is None else 200)


def fill(html: str, names: Mapping[str, str]) -> str:
    """`html` with `names` by their labels. A name that is missing, or longer than any name, leaves the example."""

    def put(match: re.Match[str]) -> str:
        where, label, example = match.groups()
        name = names.get(label, "")
        shown = name if 0 < len(name) <= _LONGEST_NAME else unescape(example)
        return escape(valid_text(shown) if where == PROSE else QUOTERS[Place(where)](shown))

    return _NAME.sub(put, html)


def _load(name: str, language: Language) -> str | None:
    pages: dict[str, str] = json.loads(_DATA.joinpath(f"{language}.json").read_text(encoding="utf-8"))
    return pages.get(name)


def _language(request: web.Request) -> Language:
    return "fr" if request.query.get("lang") == "fr" else "en"


def _page(body: str, title: str, language: Language, *, status: int = 200) -> web.Response:
    html = _DOCUMENT.substitute(language=language, title=escape(title), style=STYLE, body=body)
    return text_response(html, status=status, content_type="text/html")
