"""`fetch`: one answer, bounded, never redirected, and an error that names host, phase and reason."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.network import http as network_http
from azure_migrate_exporter.network.http import Answer, client_session, fetch
from azure_migrate_exporter.network.proxy import Proxy, basic_authorization
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import deadline_in
from tests.lab.ca import LabCA
from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, Fault, TcpListener


class Page(TcpListener):
    """Answers every request with `response`."""

    def __init__(self, response: Response, certificates: Certificates | None = None) -> None:
        super().__init__(http(self._answer), certificates=certificates)
        self.response = response
        self.seen: list[Request] = []

    async def _answer(self, request: Request) -> Response:
        self.seen.append(request)
        return self.response

    async def fetch(self, *, seconds: float = 5.0, limit: int = 100, **options: Any) -> Answer:
        with deadline_in(seconds):
            return await fetch(f"http://{self.host}:{self.port}/metrics", limit=limit, **options)

    async def fails(self, *, seconds: float = 5.0, **options: Any) -> CheckError:
        with pytest.raises(CheckError) as caught:
            await self.fetch(seconds=seconds, **options)
        return caught.value


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with Page(Response(200, b"up 1\n")) as running:
        yield running


async def test_an_answer_is_given_whatever_its_status(page: Page) -> None:
    page.response = Response(418, b"caf\xe9", (("X-Brew", "no"),))
    answer = await page.fetch()
    assert (answer.status, answer.headers["x-brew"], answer.text) == (418, "no", "caf\ufffd")
    assert "caf" not in repr(answer)


async def test_nothing_compressed_is_asked_for_and_the_page_is_asked_once(page: Page) -> None:
    await page.fetch(headers={"Authorization": basic_authorization("user", "pässword")})
    (request,) = page.seen
    assert (request.headers["accept-encoding"], request.target) == ("identity", "/metrics")
    assert request.headers["authorization"] == "Basic dXNlcjpww6Rzc3dvcmQ="


async def test_an_answer_of_exactly_the_limit_is_whole(page: Page) -> None:
    page.response = Response(200, b"x" * 100)
    assert len((await page.fetch(limit=100)).text) == 100


async def test_an_answer_over_the_limit_is_another_protocol(page: Page) -> None:
    page.response = Response(200, b"x" * 101)
    error = await page.fails(limit=100)
    text = f"127.0.0.1:{page.port} answers with more than 100 bytes"
    assert (error.reason, error.message) == (Reason.PROTOCOL, text)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP"])
async def test_a_compressed_answer_is_not_unpacked(page: Page, encoding: str) -> None:
    page.response = Response(200, gzip.compress(b"0" * 10_000_000), (("Content-Encoding", encoding),))
    error = await page.fails(limit=1_000_000)
    text = f"127.0.0.1:{page.port} answers compressed, which was not asked for"
    assert (error.reason, error.message) == (Reason.PROTOCOL, text)


@pytest.mark.parametrize("location", ["/login", "http://127.0.0.1:1/", "https://portal.example/", "//x", "ftp://x", ""])
async def test_a_redirect_is_an_answer_and_is_not_followed(page: Page, location: str) -> None:
    page.response = Response(302, b"", (("Location", location),))
    assert (await page.fetch()).status == 302
    assert len(page.seen) == 1


async def test_a_connection_that_is_refused(page: Page) -> None:
    await page.switch(Fault.CLOSED)
    error = await page.fails()
    assert (error.reason, error.message) == (Reason.REFUSED, f"connection to 127.0.0.1:{page.port} refused")


async def test_a_connection_that_is_dropped_names_its_phase(page: Page) -> None:
    await page.switch(Fault.DROPPED)
    error = await page.fails(seconds=0.75)
    text = f"connection to 127.0.0.1:{page.port} timed out: no answer in 0.5 s"
    assert (error.reason, error.message) == (Reason.TIMEOUT, text)


async def test_a_server_that_says_nothing_names_its_phase(page: Page) -> None:
    await page.switch(Fault.SILENT)
    error = await page.fails(seconds=0.75)
    assert (error.reason, error.message) == (Reason.TIMEOUT, f"127.0.0.1:{page.port}: no whole answer in 0.6 s")


async def test_a_server_that_cuts_the_connection(page: Page) -> None:
    await page.switch(Fault.RESET)
    error = await page.fails()
    text = f"127.0.0.1:{page.port}: the connection was cut before the whole answer"
    assert (error.reason, error.message) == (Reason.RESET, text)


async def test_half_a_body_is_cut_too(page: Page) -> None:
    page.response = Response(200, b"windows_service_state 1", cut=True)
    assert (await page.fails()).reason is Reason.RESET


@pytest.mark.parametrize("greeting", [b"220 mail.example ESMTP\r\n\r\n", b"\x00\x01" * 40, b"HTTP/9.9 abc\r\n\r\n"])
async def test_what_is_no_http_is_another_protocol(greeting: bytes) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        await reader.read()

    async with TcpListener(greet) as listener:
        with pytest.raises(CheckError) as caught:
            await fetch(f"http://127.0.0.1:{listener.port}/", limit=100)
    text = f"127.0.0.1:{listener.port}: the answer is not HTTP"
    assert (caught.value.reason, caught.value.message) == (Reason.PROTOCOL, text)


async def test_headers_without_an_end_are_another_protocol(page: Page) -> None:
    page.response = Response(200, b"", tuple((f"X-{number}", "v" * 1000) for number in range(200)))
    page.response = Response(200, b"", (("X-Long", "v" * 2 * network_http.LARGEST_HEADERS),))
    assert (await page.fails()).reason is Reason.PROTOCOL


# --- TLS -------------------------------------------------------------------------------------------------------------


UNKNOWN_CA = (
    'the certificate of {} does not verify: unable to get local issuer certificate; its issuer "OU=…" is not trusted '
    "here: add it to ca_file or to the system's store (update-ca-certificates or update-ca-trust), if it is the right "
    "one"
)


@pytest.mark.parametrize(
    ("fault", "reason", "message"),
    [
        (Fault.EXPIRED, Reason.TLS, "the certificate of {} does not verify: certificate has expired"),
        (Fault.STRANGER, Reason.TLS, UNKNOWN_CA),
        (Fault.RESET, Reason.RESET, "{} cut the connection in the TLS handshake"),
        (Fault.SILENT, Reason.TIMEOUT, "no TLS with {}: no answer to the handshake in 0.7 s"),
    ],
)
async def test_tls_fails_in_the_words_of_every_other_connection(
    tmp_path: Path, fault: Fault, reason: Reason, message: str
) -> None:
    ca = LabCA(tmp_path / "ca")
    async with TcpListener(certificates=Certificates.issue(ca, tmp_path, "page")) as listener:
        await listener.switch(fault)
        with deadline_in(1.0), pytest.raises(CheckError) as caught:
            await fetch(f"https://localhost:{listener.port}/", tls=client_context(ca.bundle), limit=1)
    told = re.sub(r'"OU=[^"]+"', '"OU=…"', caught.value.message)
    told = told.replace("certutil -addstore Root FILE", "update-ca-certificates or update-ca-trust")
    assert (caught.value.reason, told) == (reason, message.format(f"localhost:{listener.port}"))


# --- proxies ---------------------------------------------------------------------------------------------------------


async def test_a_page_without_tls_is_asked_of_the_proxy_by_its_whole_address(page: Page) -> None:
    proxy = Proxy(page.host, page.port, "exporter", "s3cret")
    answer = await fetch("http://appliance.example:9182/metrics?collect[]=service", proxy=proxy, limit=100)
    (request,) = page.seen
    assert answer.text == "up 1\n"
    assert request.target.startswith("http://appliance.example:9182/metrics?collect")
    assert request.headers["proxy-authorization"] == proxy.authorization


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_whose_name_is_unknown_is_the_proxys_fault(scheme: str) -> None:
    with pytest.raises(CheckError) as caught:
        await fetch(f"{scheme}://appliance.example:9182/", proxy=Proxy("proxy.invalid", 3128), limit=100)
    assert caught.value.reason is Reason.PROXY
    assert caught.value.message.startswith("the proxy proxy.invalid:3128 is not reached: ")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_connections_is_the_proxys_fault(page: Page, scheme: str) -> None:
    await page.switch(Fault.CLOSED)
    with pytest.raises(CheckError) as caught:
        await fetch(f"{scheme}://appliance.example:9182/", proxy=Proxy(page.host, page.port), limit=100)
    place = f"127.0.0.1:{page.port}"
    text = f"the proxy {place} is not reached: connection to {place} refused"
    assert (caught.value.reason, caught.value.message) == (Reason.PROXY, text)


# --- sessions of SDKs ------------------------------------------------------------------------------------------------


async def test_an_sdk_reads_no_body_without_an_end(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_http, "LARGEST_BODY", 1000)
    page.response = Response(200, b"x" * 1001)
    async with client_session(None) as session, session.get(f"http://127.0.0.1:{page.port}/") as response:
        with pytest.raises(CheckError, match="answers with more than 1000 bytes"):
            await response.read()


async def test_an_sdk_unpacks_no_body_without_an_end(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_http, "LARGEST_BODY", 1000)
    page.response = Response(200, gzip.compress(b"0" * 1_000_000), (("Content-Encoding", "gzip"),))
    async with client_session(None, decompress=True) as session:
        async with session.get(f"http://127.0.0.1:{page.port}/") as response:
            with pytest.raises(CheckError, match="answers with more than 1000 bytes"):
                await response.read()
        page.response = Response(200, gzip.compress(b"whole"), (("Content-Encoding", "gzip"),))
        async with session.get(f"http://127.0.0.1:{page.port}/") as response:
            assert await response.read() == b"whole"


@pytest.mark.parametrize(("decompress", "encodings"), [(True, "gzip, deflate"), (False, "identity")])
async def test_an_sdk_asks_on_every_python_for_the_encodings_that_are_decoded(
    page: Page, encodings: str, *, decompress: bool
) -> None:
    async with client_session(None, decompress=decompress) as session, session.get(f"http://127.0.0.1:{page.port}/"):
        pass
    assert page.seen[-1].headers["accept-encoding"] == encodings
