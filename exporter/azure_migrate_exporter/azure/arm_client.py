"""A client of Azure Resource Manager, for plain requests and for SDK clients that share its connections."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import azure.identity.aio  # noqa: F401 - here, where a thread imports it, and not in the event loop: it takes 0.4 s
from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import PipelineResponse, policies
from azure.core.rest import AsyncHttpResponse, HttpRequest

from azure_migrate_exporter.azure import credentials
from azure_migrate_exporter.azure.json_parser import parse
from azure_migrate_exporter.azure.paging import Paging
from azure_migrate_exporter.config.clouds import AzureAccess, CustomCloud
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.network.answer import media_type, stranger
from azure_migrate_exporter.network.azure_transport import AzureTransport
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.azure import answer, is_azure
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.version import version

SILENCE: Final = 20.0
"""Seconds without a byte after which a request counts as not answered."""
CONNECTIONS: Final = 8
"""Connections that are kept open side by side."""

_SAFE: Final = "/%;:@!$&'()*+,="
"""What may stand in a path as it is; a percent sign does so only where something is quoted already."""

Decode = Callable[[bytes], Any]
"""Makes JSON values of the bytes of an answer. Raises ValueError."""
OnAnswer = Callable[[int, Mapping[str, str]], None]
"""Called with the status and the headers of every answer, those of SDK clients included."""


class Arm:
    """An open client of Resource Manager, and of other services that its credential may use. Made by `connected`."""

    def __init__(
        self,
        cloud: CustomCloud,
        credential: AsyncTokenCredential,
        transport: AzureTransport,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self.cloud = cloud
        self.credential = credential
        self._transport = transport
        self._on_answer = on_answer
        self._pipeline: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            cloud.resource_manager, policies=self._policies(), transport=transport
        )

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments for the constructor of a management client of the SDK, beside its credential."""
        return {
            "base_url": self.cloud.resource_manager,
            "credential_scopes": [self.cloud.scope],
            **self.client_options,
        }

    @property
    def client_options(self) -> dict[str, Any]:
        """Those that any SDK client takes: shared connections, English texts, no retries (the engine repeats)."""
        return {
            "transport": self._transport,
            "retry_total": 0,
            "headers": {"Accept-Language": "en-US"},
            "user_agent": f"azure-migrate-exporter/{version()}",
            "raw_response_hook": self._observe,
        }

    async def get(self, path: str, api_version: str, *, decode: Decode = parse, **query: str) -> dict[str, Any]:
        """The object at `path`, an ARM id or below one. Raises `CheckError` for any other answer."""
        parameters = urlencode({"api-version": api_version, **query}, safe="$", quote_via=quote)
        url = f"{self.cloud.resource_manager}{quote(path, safe=_SAFE)}?{parameters}"
        return await self._ask(HttpRequest("GET", url), decode)

    async def listed(self, path: str, api_version: str, **query: str) -> AsyncIterator[Any]:
        """Each value of the list at `path`, page after page. Raises as `get` does."""
        paging = Paging(self.cloud.resource_manager + path, path)
        page = await self.get(path, api_version, decode=parse, **query)
        while True:
            for value in paging.values(page):
                yield value
            url = paging.next_url(page)
            if url is None:
                return
            page = await self.follow(url)

    async def follow(self, url: str, *, decode: Decode = parse) -> dict[str, Any]:
        """The page at `url`, which comes from `Paging.next_url`. Raises as `get` does."""
        return await self._ask(HttpRequest("GET", url), decode)

    async def _ask(self, request: HttpRequest, decode: Decode) -> dict[str, Any]:
        response = await self._pipeline.send_request(request)
        return _content(urlsplit(request.url).path, response, decode)

    def _policies(self) -> list[Any]:
        return [
            policies.HeadersPolicy(base_headers={"Accept-Language": "en-US"}),
            policies.UserAgentPolicy(user_agent=f"azure-migrate-exporter/{version()}", user_agent_overwrite=True),
            policies.AsyncBearerTokenCredentialPolicy(self.credential, self.cloud.scope),
            policies.CustomHookPolicy(raw_response_hook=self._observe),
        ]

    def _observe(self, response: PipelineResponse[Any, Any]) -> None:
        if self._on_answer is not None:
            self._on_answer(response.http_response.status_code, response.http_response.headers)


@asynccontextmanager
async def connected(
    settings: AzureAccess, proxy: ProxySettings | None = None, on_answer: OnAnswer | None = None
) -> AsyncIterator[Arm]:
    """A client of Resource Manager, for which a token has been given.

    Raises `CheckError`: identity if Entra ID gives none, proxy, and tls for a CA file that is none.
    """
    tls = client_context(settings.ca_file) if settings.ca_file else None
    cloud = settings.addresses
    async with AsyncExitStack() as stack:
        transport = AzureTransport(Proxies(proxy), tls, shared=True, connections=CONNECTIONS, silence=SILENCE)
        stack.push_async_callback(transport.aclose)
        credential = credentials.build(settings.credential, transport, cloud.authority)
        stack.push_async_callback(credential.close)
        await credentials.token(credential, cloud.scope)
        yield Arm(cloud, credential, transport, on_answer)


def _content(path: str, response: AsyncHttpResponse, decode: Decode) -> dict[str, Any]:
    """The JSON object of an answer. Raises `CheckError` for a refusal, and for what is not ARM's answer at all."""
    status, host = response.status_code, urlsplit(response.request.url).netloc
    if not is_azure(response.headers):
        raise stranger(host, status, response.headers)
    try:
        content = decode(response.content)
    except (ValueError, RecursionError) as error:
        kind = media_type(response.headers) or "no content type"
        raise CheckError(Reason.PROTOCOL, f"{host} answers {status} with {kind} that is not whole JSON") from error
    if status == 200 and isinstance(content, dict):
        return content
    if status < 400:
        raise CheckError(Reason.PROTOCOL, f"{host} answers {status} with JSON that is no object")
    refusal = content.get("error") if isinstance(content, dict) else None
    code, message = _error_of(refusal if isinstance(refusal, dict) else {})
    reason = answer(status, code, message, from_service=True)
    raise CheckError(reason, f"{path}: {status} {code}: {message}")


def _error_of(error: Mapping[str, Any]) -> tuple[str, str]:
    return str(error.get("code") or "no code"), one_line(str(error.get("message") or "no message"))
