"""`/runbooks/…` and `/explain`: the catalogue as pages that need no other site, with the names given as query."""

import asyncio
import json
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from aiohttp import web

from azure_migrate_exporter.failures.model import Language
from azure_migrate_exporter.failures.pasted import MAX_PASTED
from azure_migrate_exporter.failures.pasted.report import NOT_RECOGNIZED, explain_pasted
from azure_migrate_exporter.web.handlers.landing import STYLE
from azure_migrate_exporter.web.handlers.responses import text_response

INDEX: Final = ""
"""The name of the page that lists the others."""

_DATA: Final = files("azure_migrate_exporter.web").joinpath("runbooks")
_DOCUMENT: Final = Template(files(__package__).joinpath("documents.html").read_text(encoding="utf-8"))
_NAME: Final = re.compile("⟦(!?)(\\w+)¦([^⟧]*)⟧")
"""A name of the page: ``!`` where it is a word of a command, the label that has it, and an example."""
_ALLOWED: Final = re.compile(r"[\w.:@/()+-][\w .:@/()+-]{0,252}")
"""Names that can neither end a quotation nor begin another command: the reader pastes what the page shows."""
_WORD: Final = re.compile(r"[\w.:-]+")


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
    """`html` with `names` by their labels; a name that is missing, or might be more than a name, leaves the example."""

    def put(match: re.Match[str]) -> str:
        is_argument, label, example = match.groups()
        name = names.get(label, "")
        if not _ALLOWED.fullmatch(name):
            return example
        return f"'{name}'" if is_argument and not _WORD.fullmatch(name) else name

    return _NAME.sub(put, html)


def _load(name: str, language: Language) -> str | None:
    pages: dict[str, str] = json.loads(_DATA.joinpath(f"{language}.json").read_text(encoding="utf-8"))
    return pages.get(name)


def _language(request: web.Request) -> Language:
    return "fr" if request.query.get("lang") == "fr" else "en"


def _page(body: str, title: str, language: Language, *, status: int = 200) -> web.Response:
    html = _DOCUMENT.substitute(language=language, title=escape(title), style=STYLE, body=body)
    return text_response(html, status=status, content_type="text/html")
