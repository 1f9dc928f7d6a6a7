"""The lab from a terminal: `python -m tests.lab demo`, `up`, `faults`, `fault NAME on|off`, `install`."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from generate import linux_packages
from tests.lab import tools
from tests.lab.containers import base_image
from tests.lab.control import ControlError, FaultStatus, control, list_faults, switch_fault
from tests.lab.datacenter import data_center
from tests.lab.demo import Options
from tests.lab.demo import main as run_demo
from tests.lab.faults import FAULTS

STRICT = os.environ.get("CI") == "true"
"""In CI, a part that is missing is a failure."""


@click.group()
def main() -> None:
    """A small data centre on this machine, with everything that can go wrong in it."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    logging.getLogger("lab").setLevel(logging.INFO)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each client that leaves a stand-in early


@main.command()
@click.option("--for", "seconds", type=float, help="End after so many seconds, instead of with Ctrl-C.")
@click.option("--once", is_flag=True, help="End when every check has said something.")
@click.option("--fault", "faults", multiple=True, type=click.Choice([f.name for f in FAULTS]), metavar="NAME")
def demo(seconds: float | None, once: bool, faults: Sequence[str]) -> None:  # noqa: FBT001 - a flag
    """Run the data centre, the exporter, Prometheus and Alertmanager, and show what every check says."""
    sys.exit(run_demo(Options(seconds, once, faults, STRICT)))


@main.command()
def up() -> None:
    """Run the data centre alone, until Ctrl-C."""
    try:
        asyncio.run(_up())
    except asyncio.CancelledError:
        click.echo("stopped")


async def _up() -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with tempfile.TemporaryDirectory(prefix="azure-migrate-lab-") as directory:
        async with data_center(Path(directory), strict=STRICT) as center, control(center):
            click.echo(f"azure-migrate-exporter serve --config.file={center.config}")
            await asyncio.Event().wait()


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def helm(arguments: Sequence[str]) -> None:
    """Run the lab's Helm, whose release is pinned, with ARGUMENTS."""
    program = tools.helm()
    sys.exit(subprocess.run([*program.command, *arguments], check=False).returncode)


@main.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--epoch", type=int, envvar="SOURCE_DATE_EPOCH", required=True, help="Time of all files, in Unix seconds."
)
@click.option("--revision", default="unknown", show_default=True, help="Source revision.")
def packages(target: Path, epoch: int, revision: str) -> None:
    """Build the .deb and the .rpm with the lab's nfpm and uv, whose releases are pinned, and write them to TARGET."""
    version = linux_packages.package_version()
    try:
        programs = linux_packages.Tools(uv=tools.uv().command[0], nfpm=tools.nfpm().command[0])
        for package in linux_packages.build(target, programs, version=version, revision=revision, epoch=epoch):
            click.echo(package)
    except (tools.NotInstalledError, linux_packages.BuildError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
def faults() -> None:
    """List the faults, and whether each is on in the lab that runs."""
    try:
        known = asyncio.run(list_faults())
    except ControlError as error:
        click.echo(error)
        known = [FaultStatus(fault.name, fault.about, fault.shows, on=False) for fault in FAULTS]
    width = max(len(fault.name) for fault in known)
    for fault in known:
        click.echo(f"{'on ' if fault.on else 'off'}  {fault.name:{width}}  {fault.about}")
        click.echo(f"     {'':{width}}  {fault.shows}")


@main.command()
@click.argument("name")
@click.argument("state", type=click.Choice(["on", "off"]), default="on")
def fault(name: str, state: str) -> None:
    """Switch the fault NAME of the running lab on or off."""
    try:
        asyncio.run(switch_fault(name, on=state == "on"))
    except ControlError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} is {state}")


@main.command()
def install() -> None:
    """Install every program that the tests need; fail with one line for each that cannot be had."""
    missing = tools.install_all(
        tools.helm, tools.compose, tools.dashboard_linter, tools.pint, tools.squid, tools.wheels, base_image
    )
    for error in missing:
        click.echo(f"missing: {error}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
