"""The machine web01 as Azure shows it, of which the cases of these alerts tell, and what their texts share."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.failures import HARMLESS
from generate.alerts.model import Live

MACHINE: Final = ("appliance", "vault", "vm", "vm_id")
WEB01: Final = {"appliance": "paris", "vault": "paris-vault", "vm": "web01", "vm_id": "5015"}
OWN: Final = 'vm="web01",vm_id="5015",vault="paris-vault"'
INFO: Final = {
    f'azure_migrate_replication_info{{{OWN},appliance="paris",vcenter="vc.example.com",host="10.0.0.1"}}': "1x3000",
    'azure_migrate_replication_up{vault="paris-vault"}': "1x3000",
}
ALIASES: Final = {"recovery_vault": "vault"}
TOLD: Final = f'unless on (vm_id, vault) azure_migrate_replication_errors{{failure!~"unknown|{HARMLESS}"}}'
"""Leaves out machines of which an alert of a documented failure tells."""
CODES: Final = Live(
    'azure_migrate_replication_errors{vm_id="$vm_id",vault="$vault",code!=""}',
    Text("none", "aucune"),
    label="code",
    most=5,
)
AGE_IMPACT: Final = Text(
    "The machine's recovery point grows old; a migration now would first have to catch up.",
    "Le point de récupération de la machine vieillit ; une migration maintenant devrait d'abord rattraper le retard.",
)


def told(metric: str, samples: str, extra: str = "") -> dict[str, str]:
    """A metric of the machine."""
    return {f"azure_migrate_replication_{metric}{{{OWN}{extra}}}": samples}


def health(word: str, samples: str = "1x3000") -> dict[str, str]:
    """Azure rates it so: the states that rules ask for."""
    return {
        **told("health", "0x3000", ',health="critical"'),
        **told("health", "0x3000", ',health="warning"'),
        **told("health", samples, f',health="{word}"'),
    }


def error(failure: str, samples: str, code: str = "99999") -> dict[str, str]:
    """It has this error now."""
    return told("errors", samples, f',code="{code}",failure="{failure}"')
