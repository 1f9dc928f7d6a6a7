"""Port 443 of a namespace: AMQP in a WebSocket, and the management REST API (Atom feeds)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import web

from tests.lab.amqp.faults import Faults, Listing
from tests.lab.amqp.namespace import MANAGE, SIGNATURE, Namespace
from tests.lab.amqp.record import Record
from tests.lab.amqp.wire import WebSocketWire, Wire

SUBPROTOCOL: Final = "AMQPWSB10"
_UPGRADE: Final = "/$servicebus/websocket"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_CONNECT: Final = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"
_DETAILS: Final = {
    401: "Manage,EntityRead claims required for this operation.",
    404: "The specified resource does not exist.",
    503: "The server is busy. Try again.",
}

_WRONG: Final = "InvalidSignature: The token has an invalid signature."

Serve = Callable[[Wire], Awaitable[None]]


def application(namespace: Namespace, faults: Faults, record: Record, serve: Serve) -> web.Application:
    """The web application; `serve` speaks AMQP on what an upgrade gives."""
    api = _Api(namespace, faults, record)

    async def upgrade(request: web.Request) -> web.StreamResponse:
        if faults.upgrade:
            return web.Response(status=faults.upgrade)
        socket = web.WebSocketResponse(protocols=(SUBPROTOCOL,))
        await socket.prepare(request)
        record.upgrades += 1
        await serve(WebSocketWire(socket))
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get(_UPGRADE, upgrade)
    app.router.add_get(_UPGRADE + "/", upgrade)
    app.router.add_get("/$Resources/{kind:queues|topics}", api.entities)
    app.router.add_get("/{topic:.+}/subscriptions", api.subscriptions)
    return app


class _Api:
    """Lists entities to who may manage the namespace."""

    def __init__(self, namespace: Namespace, faults: Faults, record: Record) -> None:
        self._namespace = namespace
        self._faults = faults
        self._record = record

    async def entities(self, request: web.Request) -> web.Response:
        if request.match_info["kind"] == "topics":
            return await self._feed(request, "TopicDescription", self._namespace.topics())
        return await self._feed(request, "QueueDescription", self._namespace.queues())

    async def subscriptions(self, request: web.Request) -> web.Response:
        names = self._namespace.subscriptions(request.match_info["topic"])
        return await self._feed(request, "SubscriptionDescription", names)

    async def _feed(self, request: web.Request, kind: str, names: list[str]) -> web.Response:
        self._record.listings.append(request.path)
        if self._faults.listing == "silent":
            await asyncio.Event().wait()
        if isinstance(self._faults.listing, Listing):
            answer = self._faults.listing
            return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        rights = self._namespace.rights(token, "")
        status = self._faults.listing or (200 if MANAGE in rights else 401)
        if status != 200:
            wrong = status == 401 and not rights and token.startswith(SIGNATURE)
            detail = _WRONG if wrong else _DETAILS[int(status)]
            body = f"<Error><Code>{status}</Code><Detail>{detail}</Detail></Error>"
            return web.Response(status=int(status), text=body, content_type="application/xml")
        first, count = (int(request.query[name]) for name in ("$skip", "$top"))
        entries = "".join(_entry(kind, name) for name in names[first : first + count])
        links = f'<link rel="self" href="{escape(str(request.url))}"/>'
        if first + count < len(names):
            following = request.url.update_query({"$skip": str(first + count), "$top": str(count)})
            links += f'<link rel="next" href="{escape(str(following))}"/>'
        feed = f'<feed xmlns="{_ATOM}"><title type="text">{kind}</title>{links}{entries}</feed>'
        return web.Response(text=feed, content_type="application/atom+xml")


def _entry(kind: str, name: str) -> str:
    content = f'<content type="application/xml"><{kind} xmlns="{_CONNECT}"/></content>'
    return f'<entry><title type="text">{escape(name)}</title>{content}</entry>'
