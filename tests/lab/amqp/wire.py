"""The bytes below AMQP: a TCP or TLS stream, or the binary messages of a WebSocket."""

import asyncio
from typing import Protocol

from aiohttp import WSMsgType, web


class Wire(Protocol):
    """A connection that gives exact numbers of bytes. A read raises EOFError or OSError once the peer has gone."""

    async def read(self, size: int) -> bytes:
        """The next `size` bytes."""

    async def write(self, data: bytes) -> None:
        """Send all of `data`."""


class StreamWire:
    """TCP, with or without TLS."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, size: int) -> bytes:
        """See `Wire.read`."""
        return await self._reader.readexactly(size)

    async def write(self, data: bytes) -> None:
        """See `Wire.write`."""
        self._writer.write(data)
        await self._writer.drain()


class WebSocketWire:
    """A WebSocket: frames of AMQP and messages of the socket need not begin together."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._buffer = b""

    async def read(self, size: int) -> bytes:
        """See `Wire.read`."""
        while len(self._buffer) < size:
            message = await self._socket.receive()
            if message.type is not WSMsgType.BINARY:
                raise EOFError("the WebSocket was closed")
            self._buffer += message.data
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    async def write(self, data: bytes) -> None:
        """See `Wire.write`."""
        await self._socket.send_bytes(data)
