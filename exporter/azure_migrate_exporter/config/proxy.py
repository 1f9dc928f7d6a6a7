"""Section `proxy`, at the root and in an appliance: the HTTP proxy on the way to Azure and to the appliance."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from azure_migrate_exporter.config.base import Model, Name, Secret


def _proxy_url(value: str) -> str:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port
    except ValueError as error:
        raise ValueError(f"not an address: {error}") from error
    if parts.scheme != "http":
        raise ValueError(f'write "http://HOST:PORT": {parts.scheme} proxies are not supported')
    if parts.username is not None or parts.password is not None:
        raise ValueError("give the credentials in username and password, not in the address")
    if not parts.hostname or parts.path.strip("/") or parts.query or port == 0:
        raise ValueError('write scheme, host and port only, as in "http://proxy.example.com:3128"')
    return f"http://{parts.netloc}"


class ProxySettings(Model):
    """The proxy for HTTPS, AMQP over WebSocket and windows_exporter. vCenter, ESXi and the appliance never use it."""

    url: Annotated[str, AfterValidator(_proxy_url)] | None = None
    """Address, `http://HOST:PORT`. Without it the environment's proxy is used, see `from_environment`."""
    username: Name | None = None
    """User name for Basic authentication at the proxy."""
    password: Secret | None = None
    """Password of `username`."""
    no_proxy: tuple[Name, ...] = ()
    """Destinations that are reached directly: host names with their subdomains, addresses, networks (CIDR), or `*`."""
    from_environment: bool = True
    """Whether HTTPS_PROXY, HTTP_PROXY and NO_PROXY apply where `url` is left out; on Windows the system's proxy too."""

    @model_validator(mode="after")
    def _credentials_belong_to_a_url(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("give username and password together, or neither")
        if self.url is None and (self.username is not None or self.no_proxy):
            raise ValueError("username, password and no_proxy need url: the environment has its own")
        return self
