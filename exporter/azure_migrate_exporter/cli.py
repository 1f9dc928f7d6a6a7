"""The command line: declares commands and flags only. A command is imported when it runs, so that `--help` is fast."""

import errno
import os
import sys
from collections.abc import Coroutine, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click

from azure_migrate_exporter import cli_flags
from azure_migrate_exporter.cli_service import service

INTERRUPTED: Final = 130
"""Exit code at Ctrl-C, as shells report it."""

T = TypeVar("T")


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    from azure_migrate_exporter.version import revision, version

    if wanted and not context.resilient_parsing:
        click.echo(f"azure-migrate-exporter, version {version()} (revision: {revision()})")
        context.exit()


class _Group(click.Group):
    """Ends every command alike: 130 at Ctrl-C, one line if the output cannot be written."""

    def invoke(self, ctx: click.Context) -> Any:
        """See `click.Group.invoke`."""
        _let_any_name_pass()
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            # What is buffered would be written again, and fail again, at the end of the process.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo(f"the output cannot be written: {error.strerror}", err=True)
            sys.exit(1)


def _let_any_name_pass() -> None:
    """Escape what the encoding of a pipe or file does not have: on Windows that is a code page, without most names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Prometheus exporter for agentless Azure Migrate replication of VMware machines."""


main.add_command(service)


@main.command()
@cli_flags.config_file
@cli_flags.listen_addresses
@cli_flags.web_config_file
@click.option("--web.systemd-socket", "systemd_socket", is_flag=True, help="Use the sockets that systemd hands over.")
@cli_flags.external_url
@cli_flags.route_prefix
@click.option(
    "--web.telemetry-path", "telemetry_path", default="/metrics", show_default=True, help="Path of the metrics."
)
@click.option("--config.check", "check_only", is_flag=True, help="Check the configuration files and exit.")
@cli_flags.state_path
@click.option(
    "--shard",
    metavar="NUMBER/TOTAL",
    default="0/1",
    show_default=True,
    help="Check only the part of the targets that this one of TOTAL exporters has, numbered from 0.",
)
@cli_flags.log_options("info")
def serve(log_level: str, log_format: str, **flags: Any) -> None:
    """Run all configured collectors and serve their results to Prometheus."""
    from azure_migrate_exporter.commands.serve import Options
    from azure_migrate_exporter.commands.serve import serve as run

    _exit_with(_run(run(Options(**flags)), log_level, log_format))


@main.command()
@click.option(
    "--pid",
    type=int,
    help="Take the flags of the exporter that runs as this process, 1 in a container. Not on Windows.",
)
@cli_flags.listen_addresses
@cli_flags.web_config_file
@cli_flags.external_url
@cli_flags.route_prefix
def healthcheck(pid: int | None, **flags: Any) -> None:
    """Ask the exporter that runs on this machine with these flags of serve whether it is healthy.

    Exit code 0 if it is, 1 otherwise. It is asked on loopback, by HTTPS if the web configuration says so. That it
    refuses a client without a user or a certificate is an answer too.
    """
    from azure_migrate_exporter.commands.healthcheck import Options
    from azure_migrate_exporter.commands.healthcheck import healthcheck as run

    given = flags_of(pid) if pid is not None else flags
    _exit_with(_run(run(Options(**{name: given[name] for name in flags})), "error", "logfmt"))


def flags_of(pid: int) -> dict[str, Any]:
    """The flags of the `serve` that runs as process `pid`. Raises `UsageError` if it is none."""
    import psutil

    try:
        command = psutil.Process(pid).cmdline()
        arguments = command[command.index("serve") + 1 :]
    except (psutil.Error, ValueError) as error:
        raise click.UsageError(f"process {pid} is no exporter that serves") from error
    return serve.make_context("serve", arguments).params


@main.command("check-config")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@cli_flags.web_config_file
@click.option(
    "--total-shards",
    type=click.IntRange(1, 1000),
    help="Also print which of so many shards (serve --shard) checks what.",
)
@click.option(
    "--secrets", is_flag=True, help="Also print what each SAS, key and connection string allows, and until when."
)
def check_config(
    file: Path | None,
    web_config_file: Path | None,
    total_shards: int | None,
    secrets: bool,  # noqa: FBT001 - a flag
) -> None:
    """Check a configuration FILE and the secrets and CA files that it refers to. Prints every error.

    With --web.config.file, check that file and its certificates, too or alone. --secrets decodes signatures, keys and
    connection strings, without a network and without showing them.
    """
    from azure_migrate_exporter.commands.check_config import check_config as run

    if file is None and web_config_file is None:
        raise click.UsageError("Give a FILE, --web.config.file, or both.")
    _exit_with(run(file, web_config_file, secrets=secrets, total_shards=total_shards))


@main.command()
@click.argument("collector")
@click.argument("target", required=False)
@cli_flags.config_file
@cli_flags.state_path
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per target.")
@cli_flags.log_options("error")
def collect(  # noqa: PLR0913, PLR0917 - one parameter a flag
    collector: str,
    target: str | None,
    config_file: Path,
    state_path: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
    log_level: str,
    log_format: str,
) -> None:
    """Run one COLLECTOR now, for one TARGET or for all configured ones, and print the result.

    TARGET is the name in the configuration, or the name of the account, namespace, vault or host.

    Exit code 0 if every run worked, 1 otherwise.
    """
    from azure_migrate_exporter.commands.bounded import bounded
    from azure_migrate_exporter.commands.collect import collect as run

    work = run(config_file, collector, target, state_path, as_json=as_json)
    sys.exit(_run(bounded(work), log_level, log_format))


@main.command()
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    default=None,
    help="Configuration file.  [default: exporter.yml, unless other flags name what to check]",
)
@cli_flags.state_path
@click.option("--vm", help="Name or id of a machine: checks it in vCenter and Azure, and the path of its appliance.")
@click.option("--error", help="Code or message of an error: runs only the checks that distinguish its causes.")
@click.option("--appliance", help="Check only the path of this appliance.")
@click.option("--only", metavar="CHECK,...", help="Run only these checks, for example storage,keyvault.")
@click.option("--preflight", is_flag=True, help="Before a migration: what would fail for --vm, or for any machine.")
@click.option("--benchmark", is_flag=True, help="Measure the upload throughput too, which sends megabytes.")
@click.option("--storage-account", help="Without a configuration: an account to upload to, by name or address.")
@click.option("--container", help="Its container.  [default: azure-migrate-exporter]")
@click.option("--sas-file", type=click.Path(path_type=Path), help="File that holds the container's SAS.")
@click.option("--vault", help="Without a configuration: a key vault, by name or URI.")
@click.option("--timeout", help="Time limit of the whole diagnosis.  [default: 2m, with --benchmark 12m]")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Output language.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@cli_flags.log_options("error")
def diagnose(  # noqa: PLR0913 - one parameter a flag
    *,
    storage_account: str | None,
    container: str | None,
    sas_file: Path | None,
    vault: str | None,
    lang: Literal["en", "fr"],
    log_level: str,
    log_format: str,
    **given: Any,
) -> None:
    """Run the checks of the troubleshooting article in its order, and print the cause and the fix.

    Exit code 0 if nothing fails, 1 if a cause was found, 2 if the checks were inconclusive.
    """
    from azure_migrate_exporter.commands.bounded import bounded
    from azure_migrate_exporter.commands.diagnose import diagnose as run
    from azure_migrate_exporter.diagnosis.ad_hoc_config import AdHocConfig
    from azure_migrate_exporter.diagnosis.options import Options

    ad_hoc = AdHocConfig(storage_account, container, sas_file, vault)
    sys.exit(_run(bounded(run(Options(language=lang, ad_hoc=ad_hoc, **given))), log_level, log_format))


@main.command()
@click.option("--subscription", help="Id of the subscription.")
@click.option("--project", help="Name of the migrate project.")
@click.option("--vault", help="Name of the Recovery Services vault, instead of a project.")
@click.option("--resource-group", help="Its resource group, if the name alone is ambiguous.")
@click.option(
    "--credential",
    type=click.Choice(("default", "managed_identity", "workload_identity", "azure_cli")),
    help="Credential to use. The default tries environment variables, managed identity and az login.",
)
@click.option(
    "--cloud", type=click.Choice(("public", "us_government", "china")), help="Azure cloud.  [default: public]"
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Search for the entries of the section discovery of this file: all, or those that the other flags select.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the configuration to this new file, in UTF-8, which a redirection in PowerShell 5.1 does not do.",
)
@cli_flags.log_options("error")
def discover(
    config_file: Path | None, output: Path | None, log_level: str, log_format: str, **flags: str | None
) -> None:
    """Find a project's vault, appliances, accounts, Service Bus and key vault in Azure, and print a configuration.

    Requires the role Reader on the resource group of the project. Values that you must add (secrets, addresses) are
    marked. Exit code 1 if a part of the search failed.
    """
    from azure_migrate_exporter.commands.bounded import bounded
    from azure_migrate_exporter.commands.discover import discover as run

    given = {name: value for name, value in flags.items() if value is not None}
    sys.exit(_run(bounded(run(config_file, given, output)), log_level, log_format))


@main.command()
@click.argument("pasted", nargs=-1, required=True, metavar="TEXT... | -")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Language to answer in.")
def explain(pasted: Sequence[str], lang: Literal["en", "fr"]) -> None:
    """Explain the errors of Azure Migrate in a TEXT: causes, checks and fix of each.

    TEXT is a code, a message, a block of the portal, the JSON of a job or a machine, or output of PowerShell; - reads
    it from standard input. Exit code 1 if no documented failure is recognised.
    """
    from azure_migrate_exporter.commands.explain import explain as run

    page, errors = run(pasted, lang)
    click.echo(page, nl=False)
    _exit_with(errors)


def _run(work: Coroutine[Any, Any, T], log_level: str, log_format: str) -> T:
    """Run a command in an event loop, with logging as the flags require."""
    import asyncio

    from azure_migrate_exporter import log
    from azure_migrate_exporter.commands.bounded import StoppedError

    log.configure(log_level, log_format)
    try:
        return asyncio.run(work)
    except StoppedError as stopped:
        sys.exit(stopped.exit_code)
    finally:
        log.flush()


def _exit_with(errors: Sequence[str]) -> None:
    for line in errors:
        click.echo(line, err=True)
    if errors:
        sys.exit(1)
