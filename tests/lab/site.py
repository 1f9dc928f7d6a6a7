"""A web application of tests and lab on a port of loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.lab.tcp import close_server


@asynccontextmanager
async def serving(app: web.Application, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve `app`; yields host and port. Not with aiohttp's own sites: they lose connections when they stop."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    assert runner.server is not None
    try:
        server = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0, ssl=tls)
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            await close_server(server)
    finally:
        await runner.cleanup()
