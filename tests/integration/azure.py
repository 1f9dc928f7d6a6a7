"""Access of a section of the configuration to the lab's Azure: its addresses, an identity, and the CA to trust."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.lab.arm import LabArm, LabProject
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT

_NUMBERS: Final = itertools.count()


def access(arm: LabArm, ca: LabCA, directory: Path, **addresses: str) -> dict[str, Any]:
    """Keys `credential`, `cloud` and `ca_file`; the application's secret goes to a new file in `directory`."""
    secret = directory / f"application-{next(_NUMBERS)}.txt"
    secret.write_text(arm.entra.secret, encoding="utf-8")
    return {
        "credential": {
            "type": "client_secret",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_secret": {"file": str(secret)},
        },
        "cloud": {"resource_manager": arm.url, "authority": arm.entra.authority, **addresses},
        "ca_file": str(ca.bundle),
    }


def entry(found_in: LabProject, azure_access: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """An entry of the section `discovery` for a project; `more` may name another, or a vault in its place."""
    place = {} if "vault" in more else {"project": found_in.name}
    return {"subscription": found_in.subscription, **azure_access, **place, **more}
