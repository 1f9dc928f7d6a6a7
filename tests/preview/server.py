"""Serves the built page, the committed dashboards, and the API of a Prometheus for each state."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from tests.lab.site import serving
from tests.lab.tools import ROOT

DASHBOARDS: Final = ROOT / "dashboards"
_FONTS: Final = {
    "Inter-Regular.woff2": "inter-latin-400-normal.woff2",
    "Inter-Medium.woff2": "inter-latin-500-normal.woff2",
}
"""Grafana's name of each font, and the file of the npm package that has it."""


@asynccontextmanager
async def preview_server(page: Path, states: Mapping[str, str]) -> AsyncIterator[str]:
    """Yields the URL. `states` has the URL of a Prometheus by the name of a state: `/STATE/api/v1/…` goes there."""
    built, modules = page / "dist", page / "node_modules"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:

        async def api(request: web.Request) -> web.Response:
            url = f"{states[request.match_info['state']]}/api/v1/{request.match_info['path']}"
            async with session.post(url, data=await request.post()) as answer:
                # Always 200: the page reads Prometheus' own error, and a browser would log one of its own besides.
                return web.Response(body=await answer.read(), content_type=answer.content_type)

        async def font(request: web.Request) -> web.FileResponse:
            name = _FONTS.get(request.match_info["name"])
            if name is None:
                raise web.HTTPNotFound
            return web.FileResponse(modules / "@fontsource" / "inter" / "files" / name)

        async def index(_: web.Request) -> web.FileResponse:
            return web.FileResponse(built / "index.html")

        app = web.Application()
        app.router.add_get("/", index)
        app.router.add_post("/{state}/api/v1/{path:.+}", api)
        app.router.add_get("/public/fonts/inter/{name}", font)
        app.router.add_static("/public/build/img", modules / "@grafana" / "ui" / "dist" / "public" / "img")
        app.router.add_static("/assets", built / "assets")
        app.router.add_static("/boards", DASHBOARDS)
        async with serving(app) as address:
            yield f"http://{address}"
