"""`python -m tests.lab.arm --vaults 20 --machines 10000`: run the lab's ARM alone, for a program in another process.

It prints one line of JSON with its address and credentials, and runs until it is interrupted or terminated. On SIGUSR1
it prints a line with the number of requests so far, by kind.
"""

import asyncio
import json
import signal
import tempfile
from pathlib import Path
from typing import Any

import click

from tests.documented import ENGLISH
from tests.lab.arm import Generation, LabArm
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT


@click.command()
@click.option("--vaults", type=click.IntRange(1), default=1, show_default=True, help="Projects, each with one vault.")
@click.option("--machines", type=click.IntRange(0), default=500, show_default=True, help="Machines in all of them.")
@click.option("--failing", type=click.IntRange(0), default=0, show_default=True, help="Of those, with an error.")
@click.option("--page-size", type=click.IntRange(1), default=500, show_default=True, help="Things on a page.")
@click.option(
    "--generation",
    type=click.Choice([one.value for one in Generation]),
    default=Generation.GREENFIELD.value,
    show_default=True,
)
@click.option("--limits/--no-limits", default=True, show_default=True, help="Whether ARM's rate limits hold.")
def main(vaults: int, machines: int, failing: int, page_size: int, generation: str, limits: bool) -> None:  # noqa: FBT001 - a flag
    """Azure Resource Manager and Entra ID on loopback, with machines that replicate."""
    with tempfile.TemporaryDirectory(prefix="azure-migrate-arm-") as directory:
        arm = LabArm(LabCA(Path(directory)))
        arm.page_size, arm.limits.enforced = page_size, limits
        for number in range(vaults):
            share = machines // vaults + (number < machines % vaults)
            appliance = arm.project(f"project{number:02}", generation=Generation(generation)).appliance("appliance")
            appliance.machines(share)
        replicated = [machine for project in arm.projects for machine in project.machines]
        for number, machine in enumerate(replicated[:: max(1, machines // failing)][:failing] if failing else []):
            machine.fail(ENGLISH[number % len(ENGLISH)][0])
        asyncio.run(_run(arm, Path(directory)))


async def _run(arm: LabArm, directory: Path) -> None:
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGUSR1, lambda: print(json.dumps(arm.requests.counts), flush=True)
    )
    async with arm:
        print(json.dumps(_access(arm, directory)), flush=True)
        await end.wait()


def _access(arm: LabArm, directory: Path) -> dict[str, Any]:
    secret = directory / "client-secret"
    secret.touch(mode=0o600)
    secret.write_text(arm.entra.secret)
    return {
        "url": arm.url,
        "authority": arm.entra.authority,
        "ca_file": str(directory / "ca.pem"),
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret_file": str(secret),
        "vaults": [
            {
                "subscription": project.subscription,
                "resource_group": project.resource_group,
                "vault": project.vault_name,
            }
            for project in arm.projects
        ],
    }


if __name__ == "__main__":
    main()
