"""The transport of every Azure SDK client here: one way for Resource Manager, Entra ID, blobs and the rest."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import AioHttpTransport

from azure_migrate_exporter.network.address import authority_of
from azure_migrate_exporter.network.answer import is_html, media_type, stranger
from azure_migrate_exporter.network.http import IDLE, client_session, failure
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.tls import TlsContext
from azure_migrate_exporter.reasons.azure import is_azure
from azure_migrate_exporter.runtime.deadline import WHOLE_MARGIN, time_limit, within_deadline

LONGEST: Final = 120.0
"""Seconds for one request and its whole answer."""

_SHARED_IDLE: Final = 75.0
"""Seconds for which a shared connection stays open without a request: vaults are listed each minute."""
_LOCAL_IDENTITY: Final = ("/metadata/identity", "/msi/token")
"""Paths of the services on a machine that give a managed identity its tokens, and challenge without a content type."""


class AzureTransport(AioHttpTransport):  # type: ignore[misc]  # azure-core exports it by name only, untyped
    """Sends an SDK's requests through the configured proxy, and refuses the answers of strangers.

    `silence` is how long a connection and each read may take, in seconds. A client or credential that ends closes its
    transport, unless it is `shared`: then its creator calls `aclose`. Connections are opened when first needed.

    Every answer of an Azure service has a header ``x-ms-…``, or is JSON or XML (Service Bus, the metadata service of a
    virtual machine): what has neither comes from a proxy or another server on the way. With `marked`, for a service
    that always sends such a header, so does JSON or XML without it.
    """

    def __init__(
        self,
        proxies: Proxies,
        tls: TlsContext | None = None,
        *,
        shared: bool = False,
        marked: bool = False,
        connections: int = 4,
        silence: float = 20.0,
    ) -> None:
        super().__init__(connection_timeout=silence, read_timeout=silence)
        self._proxies = proxies
        self._tls = tls
        self._shared = shared
        self._marked = marked
        self._connections = connections

    session: aiohttp.ClientSession | None

    async def open(self) -> None:
        """See `AioHttpTransport.open`."""
        if self.session is None and not self._has_been_opened:
            self.session = client_session(
                self._tls, connections=self._connections, idle=_SHARED_IDLE if self._shared else IDLE, decompress=True
            )
        await super().open()

    async def send(self, request: Any, **config: Any) -> Any:
        """See `AioHttpTransport.send`. Raises `CheckError` for whatever fails, and for a stranger's answer."""
        url = urlsplit(request.url)
        where = authority_of(url)
        proxy = self._proxies.choose(url.hostname or "", scheme=url.scheme)
        config["proxies"] = {url.scheme: proxy.url} if proxy else None
        silence = within_deadline(config.pop("read_timeout", self.connection_config.read_timeout))
        seconds = within_deadline(LONGEST, WHOLE_MARGIN)
        try:
            async with time_limit(seconds):
                response = await super().send(request, read_timeout=silence, **config)
        except TimeoutError as error:
            raise failure(error, where, seconds) from error
        except (AzureError, OSError) as error:
            raise failure(error, where, silence) from error
        if not url.path.startswith(_LOCAL_IDENTITY) and not self._is_service(response.headers):
            raise stranger(where, response.status_code, response.headers)
        return response

    async def close(self) -> None:
        """Close the connections, unless others share them."""
        if not self._shared:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await super().close()

    def _is_service(self, headers: Mapping[str, str]) -> bool:
        if is_azure(headers):
            return True
        return not self._marked and not is_html(headers) and media_type(headers).endswith(("json", "xml"))
