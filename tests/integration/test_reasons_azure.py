"""Exceptions of azure-core over both of its transports, made by real sockets: sync and aio raise different classes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest

from azure_migrate_exporter.collectors.storage.upload import AnswerError
from azure_migrate_exporter.network.http import Answer
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.classify import classify
from tests.lab.ca import LabCA
from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, Fault, TcpListener

Get = Callable[[str], Awaitable[None]]


@pytest.fixture
def ca(tmp_path: Path) -> LabCA:
    return LabCA(tmp_path / "ca")


@pytest.fixture
def certificates(ca: LabCA, tmp_path: Path) -> Certificates:
    return Certificates.issue(ca, tmp_path, "service")


@pytest.fixture(params=["sync", "aio"])
async def get(request: pytest.FixtureRequest, ca: LabCA) -> AsyncIterator[Get]:
    """A GET through azure-core that raises for an answer above 399, as every Azure client does."""
    options: dict[str, Any] = {
        "retry_total": 0,
        "connection_timeout": 1,
        "read_timeout": 1,
        "connection_verify": str(ca.bundle),
    }
    if request.param == "aio":
        aio: AsyncPipelineClient[Any, Any] = AsyncPipelineClient("https://localhost", **options)
        async with aio:

            async def get_aio(url: str) -> None:
                (await aio.send_request(HttpRequest("GET", url))).raise_for_status()

            yield get_aio
        return
    sync: PipelineClient[Any, Any] = PipelineClient(
        "https://localhost", transport=RequestsTransport(**options), retry_total=0
    )
    with sync:

        def get_sync(url: str) -> None:
            sync.send_request(HttpRequest("GET", url)).raise_for_status()

        yield lambda url: asyncio.to_thread(get_sync, url)


async def reason(get: Get, url: str) -> Reason:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is differs between the transports
        await get(url)
    return classify(caught.value)


async def test_a_name_that_does_not_resolve_is_dns(get: Get) -> None:
    assert await reason(get, "https://account.blob.invalid/") is Reason.DNS


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.CLOSED, Reason.REFUSED),
        (Fault.RESET, Reason.RESET),
        (Fault.STRANGER, Reason.TLS),
        (Fault.EXPIRED, Reason.TLS),
        (Fault.SILENT, Reason.TIMEOUT),
    ],
)
async def test_the_network_has_its_own_reasons(
    get: Get, certificates: Certificates, fault: Fault, expected: Reason
) -> None:
    async with TcpListener(certificates=certificates) as listener:
        await listener.switch(fault)
        assert await reason(get, f"https://localhost:{listener.port}/") is expected


async def test_a_request_without_an_answer_is_a_timeout(get: Get, certificates: Certificates) -> None:
    async with TcpListener(certificates=certificates) as listener:
        assert await reason(get, f"https://localhost:{listener.port}/") is Reason.TIMEOUT


async def test_a_connection_closed_without_an_answer_is_a_reset(get: Get, certificates: Certificates) -> None:
    async def close(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with TcpListener(close, certificates=certificates) as listener:
        assert await reason(get, f"https://localhost:{listener.port}/") is Reason.RESET


async def test_what_is_not_http_is_protocol(get: Get, certificates: Certificates) -> None:
    async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await writer.drain()

    async with TcpListener(gibberish, certificates=certificates) as listener:
        assert await reason(get, f"https://localhost:{listener.port}/") is Reason.PROTOCOL


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "InvalidHeaderValue", Reason.PROTOCOL),
        (401, "InvalidAuthenticationToken", Reason.UNAUTHENTICATED),
        (403, "AuthorizationFailed", Reason.FORBIDDEN),
        (404, "ResourceNotFound", Reason.NOT_FOUND),
        (400, "NoRegisteredProviderFound", Reason.UNSUPPORTED),
        (409, "MissingSubscriptionRegistration", Reason.UNSUPPORTED),
        (409, "QuotaExceeded", Reason.FULL),
        (429, "SubscriptionRequestsThrottled", Reason.THROTTLED),
        (429, "QuotaExceeded", Reason.THROTTLED),
        (500, "InternalServerError", Reason.UNAVAILABLE),
        (503, "ServerBusy", Reason.THROTTLED),
        (503, "ServiceUnavailable", Reason.UNAVAILABLE),
        (507, "InsufficientStorage", Reason.FULL),
    ],
)
async def test_an_answer_has_the_reason_of_its_status_and_code(
    get: Get, certificates: Certificates, status: int, code: str, expected: Reason
) -> None:
    async def refuse(_: Request) -> Response:
        body = json.dumps({"error": {"code": code, "message": "no"}}).encode()
        return Response(status, body, (("Content-Type", "application/json"),))

    async with TcpListener(http(refuse), certificates=certificates) as listener:
        assert await reason(get, f"https://localhost:{listener.port}/") is expected


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "InvalidApiVersionParameter", Reason.UNSUPPORTED),
        (400, "InvalidResourceType", Reason.UNSUPPORTED),
        (409, "ReadOnlyDisabledSubscription", Reason.FORBIDDEN),
        (409, "Conflict", Reason.UNSUPPORTED),
        (400, "ACodeOfTomorrow", Reason.UNSUPPORTED),
        (400, "", Reason.UNSUPPORTED),
        (412, "", Reason.UNSUPPORTED),
    ],
)
async def test_a_refusal_with_a_header_of_azure_is_never_protocol(
    get: Get, certificates: Certificates, status: int, code: str, expected: Reason
) -> None:
    async def refuse(_: Request) -> Response:
        body = json.dumps({"error": {"code": code, "message": "no"}}).encode()
        return Response(status, body, (("Content-Type", "application/json"), ("x-ms-request-id", "1")))

    async with TcpListener(http(refuse), certificates=certificates) as listener:
        assert await reason(get, f"https://localhost:{listener.port}/") is expected


def test_a_version_that_the_service_does_not_know_is_unsupported() -> None:
    text = "<Error><Message>The API version 2026-10-06 is not supported</Message></Error>"
    error = AnswerError(Answer(400, {"x-ms-error-code": "InvalidHeaderValue"}, text))
    assert classify(error) is Reason.UNSUPPORTED
