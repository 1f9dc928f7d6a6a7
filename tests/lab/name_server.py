"""A DNS server over UDP and TCP that answers for the names that a test sets, refuses some, and is silent for others.

The resolver of the C library asks port 53 and no other, so each server has a loopback address of its own; that needs
root. `tests.lab.resolver` makes a process ask it.
"""

import asyncio
import ipaddress
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Final, Self

import dns.exception
import dns.message
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rcode import Rcode

from tests.lab.tcp import TcpListener
from tests.lab.tools import NotInstalledError

PORT: Final = 53
_ADDRESSES: Final = tuple(f"127.0.53.{number}" for number in range(1, 255))
_PLAIN_UDP: Final = 512
"""Bytes of an answer over UDP to a client that does not say what it can take (RFC 1035)."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question that arrived: a name in lower case without its last dot, and a record type such as `AAAA`."""

    name: str
    type: str
    transport: str
    """`udp` or `tcp`."""


class NameServer:
    """The server: a context manager. A name that no test has set does not exist (NXDOMAIN).

    It runs in a thread of its own, so it answers whatever the test's event loop does.

    Attributes:
        address: where it listens, on port 53.
        silent: whether every question stays without an answer, whatever its name.
        queries: the questions that arrived, oldest first, those without an answer included.
    """

    def __init__(self) -> None:
        self.address = ""
        self.silent = False
        self.queries: list[Query] = []
        self._answers: dict[str, tuple[str, ...] | Rcode | None] = {}
        """Addresses, an error, or None for silence."""

    def __enter__(self) -> Self:
        started: Future[Callable[[], object]] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(started)), name="name-server", daemon=True)
        self._thread.start()
        self._stop = started.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._thread.join()

    # --- what it answers -------------------------------------------------------------------------------------------

    def set_addresses(self, name: str, *addresses: str) -> None:
        """Answer A and AAAA questions for the name with these IPv4 and IPv6 addresses."""
        self._answers[_key(name)] = addresses

    def set_failure(self, name: str, rcode: Rcode) -> None:
        """Answer every question for the name with an error such as `Rcode.SERVFAIL`."""
        self._answers[_key(name)] = rcode

    def set_silent(self, name: str) -> None:
        """Never answer a question for the name."""
        self._answers[_key(name)] = None

    # --- the protocol ----------------------------------------------------------------------------------------------

    def reply(self, wire: bytes, transport: str) -> bytes | None:
        """The answer to a message, in wire format; None if it is not a question or has no answer."""
        try:
            question = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        name, kind = question.question[0].name, question.question[0].rdtype
        key = _key(name.to_text())
        self.queries.append(Query(key, kind.name, transport))
        found = self._answers.get(key, Rcode.NXDOMAIN)
        if self.silent or found is None:
            return None
        answer = dns.message.make_response(question, recursion_available=True)
        if isinstance(found, Rcode):
            answer.set_rcode(found)
        elif addresses := [address for address in found if _type_of(address) == kind]:
            answer.answer.append(dns.rrset.from_text_list(name, 0, dns.rdataclass.IN, kind, addresses))
        size = 0 if transport == "tcp" else question.payload or _PLAIN_UDP
        return answer.to_wire(max_size=size, prefer_truncation=True)

    async def _serve(self, started: Future[Callable[[], object]]) -> None:
        """Serve until the function that `started` gets is called."""
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        try:
            with closing(await self._bind()):
                async with TcpListener(self._serve_tcp, host=self.address, port=PORT):
                    started.set_result(partial(loop.call_soon_threadsafe, end.set))
                    await end.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
            if answer := self.reply(wire, "tcp"):
                writer.write(len(answer).to_bytes(2) + answer)
                await writer.drain()

    async def _bind(self) -> asyncio.DatagramTransport:
        """The UDP side, on the first address that no other name server has."""
        loop = asyncio.get_running_loop()
        for address in _ADDRESSES:
            try:
                transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(self), (address, PORT))
            except PermissionError as error:
                raise NotInstalledError("The name server", f"port {PORT}: {error}", "run the tests as root") from error
            except OSError:
                continue
            self.address = address
            return transport
        raise OSError(f"port {PORT} is taken on every address from {_ADDRESSES[0]} to {_ADDRESSES[-1]}")


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if answer := self._server.reply(data, "udp"):
            self._transport.sendto(answer, addr)


def _key(name: str) -> str:
    return name.lower().rstrip(".")


def _type_of(address: str) -> dns.rdatatype.RdataType:
    version = ipaddress.ip_address(address).version
    return dns.rdatatype.RdataType.A if version == 4 else dns.rdatatype.RdataType.AAAA
