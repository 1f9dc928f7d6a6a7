"""Which documented causes fail now: one recording rule for each signal of the path, as the catalogue lists them."""

from typing import Final

from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Cause
from azure_migrate_exporter.reasons import OUR_OWN, Reason
from generate.alerts.model import Recording
from generate.alerts.rendering.renderers import CAUSE_FAILING

OURS: Final = "|".join(sorted(OUR_OWN))
"""Reasons for which a check fails that tell of our credential, our configuration or a bug of ours."""
NOT_THE_PATH: Final = f"{OURS}|{Reason.THROTTLED}"
"""These, and a service that limits us: the network is sound."""


def not_the_path(collector: str, label: str) -> str:
    """Runs of a collector that failed, but not for the path. `label` is that of its own metrics for the resource."""
    return failed(collector, label, f'reason=~"{NOT_THE_PATH}"')


def failed(collector: str, label: str, which: str) -> str:
    """Newest runs of a collector that failed as the matcher `which` says, with their resource as `label`."""
    return (
        f'label_replace(azure_migrate_collector_failure_info{{collector="{collector}",{which}}}, '
        f'"{label}", "$1", "resource", "(.+)")'
    )


def _up(metric: str, collector: str, label: str, extra: str = "") -> str:
    """1 for an appliance one of whose targets is down, 0 if all are up; those that we cannot judge are left out."""
    return (
        f"max by (appliance) (\n  ({metric}{extra} == bool 0)\n"
        f"  unless on (appliance, {label})\n  {not_the_path(collector, label)}\n)"
    )


RUNS: Final = 'azure_migrate_gateway_service_state{service="asrgwy",state="running"} == 1'
"""The gateway service is seen to run, so the appliance cannot be down."""

_APPLIANCE: Final = f"""max by (appliance) (azure_migrate_appliance_up == bool 0)
unless on (appliance)
(azure_migrate_appliance_up == 0 and on (appliance) {RUNS})"""

_GATEWAY: Final = """max by (appliance) (
  azure_migrate_gateway_service_state{service="asrgwy",state!~"running|unknown"}
)
unless on (appliance)
(azure_migrate_gateway_service_state{service="asrgwy",state="unknown"} == 1)"""

_EXPRESSIONS: Final = (
    (path.APPLIANCE_DOWN, _APPLIANCE),
    (path.GATEWAY_STOPPED, _GATEWAY),
    (path.APPLIANCE_STORAGE, _up("azure_migrate_storage_up", "storage", "account", '{role=~"gateway|replication"}')),
    (path.CACHE_STORAGE, _up("azure_migrate_storage_up", "storage", "account", '{role=~"cache|replication"}')),
    (path.SERVICE_BUS, _up("azure_migrate_servicebus_up", "servicebus", "namespace")),
    (path.EVENT_HUBS, _up("azure_migrate_eventhubs_up", "eventhubs", "namespace")),
    (path.KEY_VAULT, _up("azure_migrate_keyvault_tcp_up", "keyvault", "vault")),
)

MEASURED: Final[frozenset[str]] = frozenset(cause.id for cause, _ in _EXPRESSIONS)
"""Ids of the causes that are recorded."""


def recordings() -> tuple[Recording, ...]:
    """The rules."""
    return tuple(Recording(CAUSE_FAILING, expr, {"cause": cause.id}) for cause, expr in _EXPRESSIONS)


def causes() -> tuple[Cause, ...]:
    """The causes that are recorded, in the article's order."""
    return tuple(cause for cause, _ in _EXPRESSIONS)
