"""The AMQP clients of the Azure SDKs, made to give back what they hold and to report what they receive.

Both need private names of the SDKs (azure-servicebus 7.15, azure-eventhub 5.15). Should one go, the tests fail; a check
still works, but leaks a socket or says less.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Protocol

from azure_migrate_exporter.reasons.amqp import RefusedError
from azure_migrate_exporter.runtime.cleanup import run_cleanup
from azure_migrate_exporter.runtime.deadline import time_limit

CLOSE_TIMEOUT: Final = 2.0
"""Seconds for an orderly end of a connection (detach, end, close); after that it is cut."""

_OPEN: Final = 0x10
_ATTACH: Final = 0x12
_ERROR_AT: Final = {0x16: 2, 0x17: 0, 0x18: 0}
"""Where the error is among the fields of a detach, an end and a close."""
_CBS: Final = b"$cbs"
_DETACH_TIMEOUT: Final = 1.0
"""Seconds in which the detach follows the attach that it refuses."""


class Observer(Protocol):
    """What is reported of a connection. `finish` gets `open`, `token` and `link`."""

    refusal: RefusedError | None

    @property
    def finished(self) -> bool:
        """Whether the check has its answer: a connection that ends then is no refusal."""

    def restart_clock(self) -> None:
        """The SDK begins."""

    def finish(self, phase: str) -> None:
        """A phase has ended."""


@asynccontextmanager
async def opened(client: Any, observer: Observer) -> AsyncIterator[AsyncExitStack]:
    """Enter an SDK client, and leave nothing of it behind: no socket, no task, however the block ends.

    The stack is for what the client hands out; it is closed first.
    """
    layer = _AmqpLayer(getattr(client, "_amqp_transport", None), observer)
    client._amqp_transport = layer  # noqa: SLF001 - see _AmqpLayer
    stack = AsyncExitStack()

    async def close() -> None:
        await _close_quietly(stack.aclose)
        await _close_quietly(layer.cut)

    async with run_cleanup(close, 3 * CLOSE_TIMEOUT):
        observer.restart_clock()
        await stack.enter_async_context(client)
        yield stack


@asynccontextmanager
async def closing(thing: Any) -> AsyncIterator[None]:
    """Close `thing` when the block ends, however it ends."""
    async with run_cleanup(lambda: _close_quietly(thing.close), 2 * CLOSE_TIMEOUT):
        yield


async def _close_quietly(close: Callable[[], Awaitable[None]]) -> None:
    """Close something; that it fails or takes too long is no failure of the check."""
    with contextlib.suppress(Exception):
        async with time_limit(CLOSE_TIMEOUT):
            await close()


class _AmqpLayer:
    """Stands before the SDK's AMQP layer (a class of static functions) and remembers the connections that it makes.

    An SDK client whose opening fails, or is cancelled, before there is an AMQP session forgets its connection: its
    ``close`` then closes nothing, and the socket stays open until the process ends.
    """

    _MAKERS: Final = ("create_receive_client_async", "create_mgmt_client")

    def __init__(self, layer: Any, observer: Observer) -> None:
        self._layer = layer
        self._observer = observer
        self._made: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._layer, name)
        return self._remembering(found) if name in self._MAKERS else found

    def _remembering(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def remember(*args: Any, **kwargs: Any) -> Any:
            if "link_credit" in kwargs:
                # A link without credit never gets a message, so none can be locked; and there is nothing to keep
                # alive in a check that lasts seconds: without the task that does it, closing need not wait for it.
                kwargs |= {"link_credit": 0, "keep_alive_interval": 0}
            made = make(*args, **kwargs)
            self._made.append(made)
            with contextlib.suppress(AttributeError):
                _observe(made, self._observer)
            return made

        return remember

    async def cut(self) -> None:
        """Close the sockets that are still open."""
        for made in self._made:
            transport = getattr(getattr(made, "_connection", None), "_transport", None)
            writer, *of_websocket = (getattr(transport, name, None) for name in ("writer", "sock", "session"))
            if writer is not None:
                writer.transport.abort()
            for part in of_websocket:
                if part is not None:
                    await part.close()


def _observe(client: Any, observer: Observer) -> None:
    """Report what a client receives. When its ``open_async`` ends, everything is sent and no AMQP frame is read yet.

    A refusal is raised where it arrives. The SDKs lose most of them: the condition of a link's end (Event Hubs), that a
    connection or session was closed at all, and the status of a refused token whenever the answer has a condition too,
    which every one has.
    """
    open_client = client.open_async

    async def open_and_observe(*args: Any, **kwargs: Any) -> None:
        await open_client(*args, **kwargs)
        with contextlib.suppress(AttributeError):
            _observe_frames(client._connection, observer)  # noqa: SLF001
            _observe_token(client._cbs_authenticator, observer)  # noqa: SLF001

    client.open_async = open_and_observe


def _observe_frames(connection: Any, observer: Observer) -> None:
    process = connection._process_incoming_frame  # noqa: SLF001

    async def observe(channel: Any, frame: Any) -> Any:
        code, fields = frame if isinstance(frame, tuple) and len(frame) == 2 else (None, ())
        if code == _ATTACH and not all(_ends(fields)):
            # A refusal in two frames, of which the second says why: the SDK gives up at the first.
            await connection._read_frame(wait=_DETACH_TIMEOUT)  # noqa: SLF001
        result = await process(channel, frame)
        if code == _OPEN:
            observer.finish("open")
        elif code == _ATTACH and is_attached(fields):
            observer.finish("link")
        if not observer.finished:
            observer.refusal = observer.refusal or refusal_in(code, fields)
            if observer.refusal is not None:
                raise observer.refusal
        return result

    connection._process_incoming_frame = observe  # noqa: SLF001


def _observe_token(authenticator: Any, observer: Observer) -> None:
    """The answer comes in a frame: a refusal is raised once that has been processed, for here the SDK would hide it."""
    complete = authenticator._on_execute_operation_complete  # noqa: SLF001

    async def observe(result: Any, status: Any, description: Any, *rest: Any) -> None:
        await complete(result, status, description, *rest)
        if not isinstance(status, int):
            return  # the link was closed
        if 200 <= status < 300:
            observer.finish("token")
        else:
            observer.refusal = RefusedError(_text(description), status=status)

    authenticator._on_execute_operation_complete = observe  # noqa: SLF001


def refusal_in(code: Any, fields: Any) -> RefusedError | None:
    """The error with which the service detaches a link, ends a session or closes the connection, if it names one."""
    error = _item(fields, _ERROR_AT.get(code, -1)) if isinstance(code, int) else None
    condition = _text(_item(error, 0))
    return RefusedError(_text(_item(error, 1)) or condition, condition=condition) if condition else None


def is_attached(fields: Any) -> bool:
    """Whether an attach accepts a link to something other than `$cbs`: a refused one lacks its source or its target."""
    ends = _ends(fields)
    return all(ends) and _CBS not in {_as_bytes(_item(end, 0)) for end in ends}


def _ends(fields: Any) -> tuple[Any, Any]:
    """Source and target of an attach."""
    return _item(fields, 5), _item(fields, 6)


def _item(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list | tuple) and 0 <= index < len(values) else None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""


def _as_bytes(value: Any) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else value if isinstance(value, bytes) else b""
