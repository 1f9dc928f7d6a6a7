"""The commands `service …`: the exporter as a Windows service."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from azure_migrate_exporter import cli_flags
from azure_migrate_exporter.cli_flags import CommandT


class _WindowsCommand(click.Command):
    """A command that other systems can only ask for help."""

    def invoke(self, ctx: click.Context) -> Any:
        if os.name != "nt":
            _fail("the service commands are for Windows; on Linux use packaging/linux/azure-migrate-exporter.service")
        return super().invoke(ctx)


class _WindowsGroup(click.Group):
    command_class = _WindowsCommand


@click.group(cls=_WindowsGroup)
def service() -> None:
    """Install, update and remove the exporter as a Windows service."""


def _service_options(command: CommandT) -> CommandT:
    """Flags of the service: those of serve, with their defaults in the data directory."""
    path = click.Path(path_type=Path)
    data = r"%ProgramData%\azure-migrate-exporter"
    options = [
        click.option(
            "--config.file", "config_file", type=path, help=rf"Configuration file.  [default: {data}\exporter.yml]"
        ),
        cli_flags.listen_addresses,
        cli_flags.web_config_file,
        cli_flags.external_url,
        cli_flags.route_prefix,
        click.option("--state.path", "state_path", type=path, help=rf"Directory for state.  [default: {data}\state]"),
        click.option(
            "--log.file", "log_file", type=path, help=rf"Log of the service.  [default: {data}\logs\exporter.log]"
        ),
        click.option(
            "--memory.limit",
            "memory_limit",
            type=click.IntRange(min=0),
            default=512,
            show_default=True,
            help="MiB of memory that the exporter may take from the appliance; 0 is no limit.",
        ),
        cli_flags.log_options("info"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@service.command()
@_service_options
@click.option(
    "--firewall.remote",
    "firewall_remote",
    multiple=True,
    metavar="ADDRESS,...",
    help="Addresses, networks and ranges that a firewall rule lets in: your Prometheus servers. Without it, no rule.",
)
@click.option(
    "--account",
    help="Account of the service, one without a password.  [default: the virtual NT SERVICE\\azure-migrate-exporter]",
)
@click.option(
    "--update",
    is_flag=True,
    help="Keep what the installed service has of the flags that are not given, account included.",
)
@click.pass_context
def install(context: click.Context, /, update: bool, **flags: Any) -> None:  # noqa: FBT001 - a flag
    """Install the service, or update it to these flags. Start it with: sc.exe start azure-migrate-exporter.

    Makes the directories with rights for SYSTEM, Administrators and the service only, the source of the Event Log, and
    the firewall rule. A service that runs is started again.
    """
    from azure_migrate_exporter.commands.service import install as run
    from azure_migrate_exporter.commands.service_flags import InstallFlags

    if update:
        flags = _kept(context, flags)
    _print_steps(run(InstallFlags(**flags), os.environ.get("ProgramData")))  # noqa: SIM112 - its name in Windows


def _kept(context: click.Context, flags: dict[str, Any]) -> dict[str, Any]:
    """The flags that were given, and those of the installed service for the others."""
    from azure_migrate_exporter.commands.service import ServiceError, installed_flags

    try:
        installed = installed_flags()
    except ServiceError as error:
        _fail_on_record(str(error))
    if installed is None:
        return flags
    try:
        known = run_service.make_context("run", list(installed)).params
    except click.UsageError as error:
        _fail_on_record(f"the installed service has flags that this version does not know: {error.format_message()}")
    known |= {"account": None, "firewall_remote": None}
    given = {name for name in flags if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    return {name: value if name in given else known[name] for name, value in flags.items()} | {"keep_account": True}


@service.command("prepare-update", hidden=True)
def prepare_update() -> None:
    """Stop the service so that its files can be replaced; the next `service install` starts it again."""
    from azure_migrate_exporter.commands.service import prepare_update as run

    _print_steps(run())


@service.command()
@click.option("--purge", is_flag=True, help="Also delete the data directory: configuration, secrets, state and logs.")
def uninstall(purge: bool) -> None:  # noqa: FBT001 - a flag
    """Stop and remove the service, its firewall rule and its source of the Event Log."""
    from azure_migrate_exporter.commands.service import uninstall as run

    _print_steps(run(os.environ.get("ProgramData"), purge=purge))  # noqa: SIM112 - its name in Windows


@service.command()
def status() -> None:
    """Print the state of the service. Exit code 0 if it runs, 1 otherwise."""
    from azure_migrate_exporter.commands.service import ServiceError
    from azure_migrate_exporter.commands.service import status as run

    try:
        lines, running = run()
    except ServiceError as error:
        _fail(str(error))
    for line in lines:
        click.echo(line)
    sys.exit(not running)


@service.command("run", hidden=True)
@_service_options
def run_service(log_file: Path, memory_limit: int, log_level: str, log_format: str, **flags: Any) -> None:
    """Run as the service; only the service manager can start this."""
    from azure_migrate_exporter.windows.names import SERVICE
    from azure_migrate_exporter.windows.service_control import NotAServiceError, ServiceControl

    control = ServiceControl(SERVICE)
    try:
        # Before the long imports: the service manager waits for this for 30 seconds only.
        control.connect()
    except NotAServiceError as error:
        _fail(str(error))
    from azure_migrate_exporter.commands.serve import Options
    from azure_migrate_exporter.commands.service_run import run

    sys.exit(run(control, Options(**flags), log_file, memory_limit, (log_level, log_format)))


def _print_steps(steps: Iterable[str]) -> None:
    from azure_migrate_exporter.commands.service import ServiceError

    try:
        for step in steps:
            click.echo(step)
    except ServiceError as error:
        _fail_on_record(str(error))


def _fail_on_record(line: str) -> NoReturn:
    from azure_migrate_exporter.windows.event_log import report_failure

    report_failure(line)
    _fail(line)


def _fail(line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(1)
