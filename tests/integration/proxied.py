"""The section `proxy` for one of the lab's forward proxies."""

from pathlib import Path

from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.proxy import ProxySettings
from tests.lab.forward_proxy import ForwardProxy


def through(proxy: ForwardProxy, directory: Path, users: dict[str, str] | None = None) -> ProxySettings:
    """Settings that lead through `proxy`, with the name and password of the one user in `users` if it is given."""
    if users is None:
        return ProxySettings(url=proxy.url)
    [(name, password)] = users.items()
    file = directory / "proxy-password"
    file.write_text(f"{password}\n")
    return ProxySettings(url=proxy.url, username=name, password=Secret(file=file))
