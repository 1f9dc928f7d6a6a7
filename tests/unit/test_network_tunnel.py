"""What a proxy may answer to CONNECT, and what each answer means."""

import asyncio
import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_migrate_exporter.network.connect import connect, open_connection
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import deadline_in
from tests.lab.tcp import Fault, TcpListener

DESTINATION = "kv.vault.azure.net"
PASSWORD = "proxy-s3cret"


class Scripted(TcpListener):
    """A proxy that reads one head, answers with bytes, and then stays silent, or closes."""

    def __init__(self, *parts: bytes, pause: float = 0.0, closes: bool = False) -> None:
        super().__init__(self._talk)
        self.parts = parts
        self.heads: list[bytes] = []
        self._pause = pause
        self._closes = closes

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        for part in self.parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(self._pause)
        if not self._closes:
            await reader.read()

    @property
    def proxy(self) -> Proxy:
        return Proxy(self.host, self.port, "exporter", PASSWORD)


async def failure(proxy: Proxy, *, seconds: float = 5.0) -> CheckError:
    """How a connection through `proxy` fails within a run of `seconds`."""
    with deadline_in(seconds), pytest.raises(CheckError) as caught:
        async with connect(DESTINATION, 443, proxy=proxy):
            pass
    assert PASSWORD not in str(caught.value)
    assert base64.b64encode(f"exporter:{PASSWORD}".encode()).decode() not in str(caught.value)
    return caught.value


async def test_a_tunnel_is_asked_for_by_name_and_opened() -> None:
    phases: list[str] = []
    async with (
        Scripted(b"HTTP/1.1 200 Connection established\r\nVia: proxy\r\n\r\n") as proxy,
        connect(DESTINATION, 443, proxy=proxy.proxy, on_phase=lambda phase, _: phases.append(phase)),
    ):
        pass
    assert phases == ["proxy", "connect"]
    (head,) = proxy.heads
    lines = head.decode().split("\r\n")
    assert lines[:2] == [f"CONNECT {DESTINATION}:443 HTTP/1.1", f"Host: {DESTINATION}:443"]
    assert lines[2] == f"Proxy-Authorization: {proxy.proxy.authorization}"


async def test_an_ipv6_destination_is_written_in_brackets() -> None:
    async with Scripted(b"HTTP/1.1 200 OK\r\n\r\n") as proxy, connect("2001:db8::1", 443, proxy=proxy.proxy):
        pass
    assert proxy.heads[0].startswith(b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (407, Reason.PROXY, "the proxy {} refuses the credentials (407): set username and password"),
        (403, Reason.PROXY, "the proxy {} refuses to connect to {destination} (403)"),
        (301, Reason.PROXY, "the proxy {} refuses to connect to {destination} (301)"),
        (500, Reason.PROXY, "the proxy {} refuses to connect to {destination} (500)"),
        (502, Reason.UNREACHABLE, "the proxy {} cannot connect to {destination} (502)"),
        (503, Reason.UNREACHABLE, "the proxy {} cannot connect to {destination} (503)"),
        (504, Reason.TIMEOUT, "the proxy {} got no answer from {destination} (504)"),
    ],
)
async def test_a_refusal_follows_the_status(status: int, reason: Reason, message: str) -> None:
    async with Scripted(f"HTTP/1.1 {status} Sorry\r\nContent-Length: 5\r\n\r\nsorry".encode()) as proxy:
        error = await failure(proxy.proxy)
    expected = message.format(proxy.proxy, destination=f"{DESTINATION}:443")
    assert error.reason is reason
    assert error.message.startswith(expected)


async def test_a_proxy_that_wants_a_password_where_none_is_set_says_so() -> None:
    async with Scripted(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
        error = await failure(Proxy(proxy.host, proxy.port))
    assert error.reason is Reason.PROXY
    assert "wants credentials (407)" in error.message


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x0a\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2OO OK\r\n\r\n",
        b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome, please log in</html>",
    ],
)
async def test_what_is_no_proxy_is_named(answer: bytes) -> None:
    async with Scripted(answer) as proxy:
        error = await failure(proxy.proxy)
    assert (error.reason, error.message) == (Reason.PROXY, f"what answers as the proxy {proxy.proxy} is no HTTP proxy")


@pytest.mark.parametrize("half", [b"", b"H", b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\nVia: proxy\r\n"])
async def test_half_a_head_is_no_tunnel(half: bytes) -> None:
    async with Scripted(half, closes=True) as proxy:
        error = await failure(proxy.proxy)
    text = f"the proxy {proxy.proxy} cut the connection in answer to CONNECT {DESTINATION}:443"
    assert (error.reason, error.message) == (Reason.PROXY, text)


async def test_headers_without_an_end_are_no_tunnel() -> None:
    async with Scripted(b"HTTP/1.1 200 OK\r\n", b"X-Filler: 0123456789\r\n" * 5000) as proxy:
        error = await failure(proxy.proxy)
    assert (error.reason, error.message) == (Reason.PROXY, f"what answers as the proxy {proxy.proxy} is no HTTP proxy")


async def test_a_silent_proxy_is_named_within_the_deadline() -> None:
    async with Scripted() as proxy:
        error = await failure(proxy.proxy, seconds=0.75)
    text = f"the proxy {proxy.proxy} gave no answer to CONNECT {DESTINATION}:443 in 0.5 s"
    assert (error.reason, error.message) == (Reason.PROXY, text)


async def test_a_proxy_that_drips_keeps_nobody_past_the_deadline() -> None:
    async with Scripted(*(bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nVia: proxy\r\n\r\n"), pause=0.1) as proxy:
        error = await failure(proxy.proxy, seconds=0.75)
    assert error.reason is Reason.PROXY
    assert "gave no answer" in error.message


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Fault.CLOSED, "refused"), (Fault.DROPPED, "timed out: no answer in 0.5 s"), (Fault.RESET, "cut the connection")],
)
async def test_a_proxy_that_is_not_reached_is_the_proxys_fault(fault: Fault, said: str) -> None:
    async with Scripted() as proxy:
        await proxy.switch(fault)
        error = await failure(proxy.proxy, seconds=0.75)
    assert error.reason is Reason.PROXY
    assert str(proxy.proxy) in error.message
    assert said in error.message


async def test_a_proxy_whose_name_is_unknown_is_the_proxys_fault() -> None:
    error = await failure(Proxy("proxy.invalid", 3128))
    assert error.reason is Reason.PROXY
    assert error.message.startswith("the proxy proxy.invalid:3128 is not reached: proxy.invalid does not resolve: ")


_HEADS = st.builds(
    lambda status, phrase, fields: f"HTTP/1.1 {status} {phrase}\r\n{fields}\r\n\r\n".encode("latin-1"),
    st.integers(0, 999),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40),
    st.sampled_from(["", "Via: x", "Content-Length: 99999999999", "Content-Type: text/html", ": :", "\x00"]),
)


@given(answer=st.one_of(st.binary(max_size=200), _HEADS, st.tuples(_HEADS, st.binary(max_size=20)).map(b"".join)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_proxy_answers_it_is_a_tunnel_or_a_reason(answer: bytes) -> None:
    async def ask() -> None:
        async with Scripted(answer, closes=True) as proxy:
            try:
                (await open_connection(DESTINATION, 443, proxy=proxy.proxy)).close()
            except CheckError as error:
                assert error.reason in {Reason.PROXY, Reason.UNREACHABLE, Reason.TIMEOUT}  # noqa: PT017
                assert str(proxy.proxy) in error.message  # noqa: PT017
                assert PASSWORD not in error.message  # noqa: PT017
            else:
                assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
                assert answer.endswith(b"\r\n\r\n")

    asyncio.run(ask())
