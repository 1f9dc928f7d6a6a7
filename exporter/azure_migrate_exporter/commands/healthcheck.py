"""The `healthcheck` command: whether the exporter with these flags answers, for containers and service managers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.network.http import fetch
from azure_migrate_exporter.network.tls import unverified_context
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.web.config.schema import WebSettings
from azure_migrate_exporter.web.config.watcher import WebConfigWatcher
from azure_migrate_exporter.web.listen_address import ListenError, parse_listen_address
from azure_migrate_exporter.web.routing import RoutingError, routing

LIMIT: Final = 10_000
"""Bytes of the answer that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The flags of `serve` that decide where it answers."""

    listen_addresses: Sequence[str]
    web_config_file: Path | None = None
    external_url: str | None = None
    route_prefix: str | None = None


async def healthcheck(options: Options) -> Sequence[str]:
    """Ask `/-/healthy` of the first address, on this machine. Returns why it is not healthy; nothing if it is.

    The certificate is not verified: it is our own. A refusal of a client without a user or a certificate is an answer.
    """
    try:
        settings = WebConfigWatcher(options.web_config_file).settings
        url = _url(options, tls=settings.tls_server_config is not None)
    except ConfigError as error:
        return error.errors
    except (ListenError, RoutingError) as error:
        return [str(error)]
    try:
        answer = await fetch(url, tls=unverified_context(), limit=LIMIT)
    except CheckError as error:
        return [] if _wants_certificate(settings, error) else [f"{url}: {error.reason}: {error.message}"]
    if answer.status == 200 or (answer.status == 401 and settings.basic_auth_users):
        return []
    return [f"{url}: {answer.status}: {answer.text.strip()}"]


def _url(options: Options, *, tls: bool) -> str:
    address = parse_listen_address(options.listen_addresses[0])
    host = address.host if address.host not in {None, "0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - not listened on
    place = f"[{host}]:{address.port}" if host and ":" in host else f"{host}:{address.port}"
    prefix = routing(options.external_url, options.route_prefix, "/metrics").prefix
    return f"{'https' if tls else 'http'}://{place}{prefix}/-/healthy"


def _wants_certificate(settings: WebSettings, error: CheckError) -> bool:
    tls = settings.tls_server_config
    required = tls is not None and tls.client_auth_type.startswith("Require")
    return required and error.reason in {Reason.TLS, Reason.RESET}
