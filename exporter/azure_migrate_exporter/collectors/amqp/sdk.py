"""The AMQP clients of the Azure SDKs, made to give back what they hold and to tell what they are told.

Both need private names of the SDKs (azure-servicebus 7.15, azure-eventhub 5.15). Should one go, the tests tell; a check
still works, but leaks a socket or says less.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from azure_migrate_exporter.runtime.cleanup import run_cleanup

CLOSING: Final = 2.0
"""Seconds for a polite end of a connection (detach, end, close); after that it is cut."""


@asynccontextmanager
async def opened(client: Any) -> AsyncIterator[AsyncExitStack]:
    """Enter an SDK client, and leave nothing of it behind: no socket, no task, however the block ends.

    The stack is for what the client hands out; it is closed first.
    """
    layer = _AmqpLayer(getattr(client, "_amqp_transport", None))
    client._amqp_transport = layer  # noqa: SLF001 - see _AmqpLayer
    stack = AsyncExitStack()

    async def close() -> None:
        await goodbye(stack.aclose)
        await goodbye(layer.cut)

    async with run_cleanup(close, 3 * CLOSING):
        await stack.enter_async_context(client)
        yield stack


@asynccontextmanager
async def closed(thing: Any) -> AsyncIterator[None]:
    """Close `thing` when the block ends, however it ends."""
    async with run_cleanup(lambda: goodbye(thing.close), 2 * CLOSING):
        yield


async def goodbye(close: Callable[[], Awaitable[None]]) -> None:
    """Close something; that it fails or takes too long is no failure of the check."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSING):
            await close()


class _AmqpLayer:
    """Stands before the SDK's AMQP layer (a class of static functions) and remembers the connections that it makes.

    An SDK client whose opening fails, or is cancelled, before there is an AMQP session forgets its connection: its
    ``close`` then closes nothing, and the socket stays open until the process ends.
    """

    _MAKERS: Final = ("create_receive_client_async", "create_mgmt_client")

    def __init__(self, layer: Any) -> None:
        self._layer = layer
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
                _keep_refusals(made)
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


def _keep_refusals(client: Any) -> None:
    """Let a refused token be told with its status and the service's sentence.

    The SDK keeps both only if the answer names no error condition, and every refusal names one: an entity that does not
    exist (404) and a wrong key (401) would look the same.
    """
    open_client = client.open_async

    async def open_and_listen(*args: Any, **kwargs: Any) -> None:
        await open_client(*args, **kwargs)
        with contextlib.suppress(AttributeError):
            _listen(client._cbs_authenticator)  # noqa: SLF001

    client.open_async = open_and_listen


def _listen(authenticator: Any) -> None:
    told = authenticator._on_execute_operation_complete  # noqa: SLF001

    async def keep(result: Any, status: Any, description: Any, *rest: Any) -> None:
        authenticator._token_status_code = status  # noqa: SLF001
        authenticator._token_status_description = description  # noqa: SLF001
        await told(result, status, description, *rest)

    authenticator._on_execute_operation_complete = keep  # noqa: SLF001
