"""Every check on its way out: through a forward proxy, and with a name server that fails."""

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.proxy import ProxySettings
from tests.lab.checks import CHECKS, Services
from tests.lab.stranger_server import Place
from tests.measured import Measured, measure

PROXIED = ("arm_list", "discovery", "entra", "azure_metrics", "azure_logs", "keyvault", "windows_exporter", "winrm")
"""Checks whose service may lie behind a proxy."""
DIRECT = ("vcenter_login", "esxi", "appliance")
"""Checks that never use one."""


async def check(
    services: Services, name: str, *, at: Place | None = None, proxy: ProxySettings | None = None, timeout: float = 20
) -> Measured:
    """One run of a check with a collector of its own, through `proxy` if it is given."""
    target = services.target(name, at, proxy)
    collector = COLLECTORS[CHECKS[name].collector].create(target, Context())
    try:
        return await measure(collector, timeout=timeout)
    finally:
        await collector.close()
