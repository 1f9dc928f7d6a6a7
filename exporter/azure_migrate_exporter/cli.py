"""The command line: entry points only. A command imports what it needs when it runs, so that `--help` is instant."""

import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click

LOG_LEVELS: Final = ("debug", "info", "warning", "error")
LOG_FORMATS: Final = ("logfmt", "json")

T = TypeVar("T")
CommandT = TypeVar("CommandT", bound=Callable[..., object])


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    from azure_migrate_exporter.version import revision, version

    if wanted and not context.resilient_parsing:
        click.echo(f"azure-migrate-exporter, version {version()} (revision: {revision()})")
        context.exit()


_config_file = click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    default=Path("exporter.yml"),
    show_default=True,
    help="Configuration file.",
)
_state_path = click.option(
    "--state.path",
    "state_path",
    type=click.Path(path_type=Path),
    default=None,
    help="Directory for what must outlive a restart: change-tracking identities, the benchmark's daily budget. "
    "Without it they are forgotten.",
)


def _log_options(default_level: str) -> Callable[[CommandT], CommandT]:
    """Flags for the log; `collect` prints its result itself and so logs only errors unless asked."""

    def decorate(command: CommandT) -> CommandT:
        level = click.option(
            "--log.level", "log_level", type=click.Choice(LOG_LEVELS), default=default_level, show_default=True
        )
        fmt = click.option(
            "--log.format", "log_format", type=click.Choice(LOG_FORMATS), default="logfmt", show_default=True
        )
        return level(fmt(command))

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
def main() -> None:
    """Prometheus exporter for agentless Azure Migrate replication of VMware machines."""


@main.command()
@_config_file
@click.option(
    "--web.listen-address",
    "listen_addresses",
    multiple=True,
    default=[":9878"],
    show_default=True,
    help="Address to listen on; repeat for several.",
)
@click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(path_type=Path),
    default=None,
    help="TLS, client certificates and basic authentication, in the format of Prometheus' exporter-toolkit.",
)
@_state_path
@_log_options("info")
def serve(
    config_file: Path,
    listen_addresses: Sequence[str],
    web_config_file: Path | None,
    state_path: Path | None,
    log_level: str,
    log_format: str,
) -> None:
    """Run all configured collectors and serve their results to Prometheus."""
    from azure_migrate_exporter.commands.serve import serve as run

    errors = _run(run(config_file, listen_addresses, web_config_file, state_path), log_level, log_format)
    _exit_with(errors)


@main.command("check-config")
@click.argument("file", type=click.Path(path_type=Path))
def check_config(file: Path) -> None:
    """Check a configuration FILE, and the secret and certificate files that it names. Prints every error."""
    from azure_migrate_exporter.commands.check_config import check

    errors = check(file)
    _exit_with(errors)
    click.echo(f"{file}: ok")


@main.command()
@click.argument("collector")
@click.argument("target", required=False)
@_config_file
@_state_path
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a target.")
@_log_options("error")
def collect(  # noqa: PLR0913, PLR0917 - one parameter a flag
    collector: str,
    target: str | None,
    config_file: Path,
    state_path: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
    log_level: str,
    log_format: str,
) -> None:
    """Run one COLLECTOR now, on one TARGET or on all that are configured, and print what it saw.

    TARGET is the name in the configuration, or that of the account, namespace, vault or host behind it.

    Exit code 0 if every run worked, 1 otherwise.
    """
    from azure_migrate_exporter.commands.collect import collect as run

    sys.exit(_run(run(config_file, collector, target, state_path, as_json=as_json), log_level, log_format))


@main.command()
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    default=None,
    help="Configuration file.  [default: exporter.yml, unless flags name what to check]",
)
@_state_path
@click.option("--vm", help="Name or id of a machine: its state in vCenter and Azure, and the path of its appliance.")
@click.option("--error", help="Code or message of an error: run only the checks that distinguish its causes.")
@click.option("--appliance", help="Only the path of this appliance.")
@click.option("--only", metavar="CHECK,...", help="Only these checks, as in storage,keyvault.")
@click.option("--benchmark", is_flag=True, help="Also run the upload benchmark, which sends megabytes.")
@click.option("--storage-account", help="Without a configuration: an account to upload to, by name or address.")
@click.option("--container", help="Its container.  [default: azure-migrate-exporter]")
@click.option("--sas-file", type=click.Path(path_type=Path), help="File that holds the container's SAS.")
@click.option("--vault", help="Without a configuration: a key vault, by name or URI.")
@click.option("--timeout", help="Time for the whole diagnosis.  [default: 2m, with --benchmark 12m]")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Language to answer in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_log_options("error")
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
    """Run the checks of the troubleshooting article in its order: what is broken, and how to fix it.

    Exit code 0 if no check fails, 1 if a cause was found, 2 if the result is inconclusive.
    """
    from azure_migrate_exporter.commands.diagnose import diagnose as run
    from azure_migrate_exporter.diagnosis.ad_hoc_config import AdHocConfig
    from azure_migrate_exporter.diagnosis.options import Options

    ad_hoc = AdHocConfig(storage_account, container, sas_file, vault)
    try:
        code = _run(run(Options(language=lang, ad_hoc=ad_hoc, **given)), log_level, log_format)
    except KeyboardInterrupt:
        code = 130  # as a shell reports it; the others have a meaning
    sys.exit(code)


@main.command()
@click.option("--subscription", help="Id of the subscription.")
@click.option("--project", help="Name of the migrate project.")
@click.option("--vault", help="Name of the Recovery Services vault, in place of a project.")
@click.option("--resource-group", help="Its resource group, where the name alone is not enough.")
@click.option(
    "--credential",
    type=click.Choice(("default", "managed_identity", "workload_identity", "azure_cli")),
    help="Who asks. The default takes what the surroundings offer: variables, an identity of the machine, az login.",
)
@click.option(
    "--cloud", type=click.Choice(("public", "us_government", "china")), help="Which Azure.  [default: public]"
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Search for the entries of this file's section discovery: all of them, or those that the other flags name.",
)
@_log_options("error")
def discover(config_file: Path | None, log_level: str, log_format: str, **flags: str | None) -> None:
    """Find a project's vault, appliances, accounts, Service Bus and key vault in Azure, and print a configuration.

    Needs the role Reader on the project's resource group. What is printed was seen in Azure; what you still have to
    give (secrets, addresses) is marked. Exit code 1 if something could not be searched.
    """
    from azure_migrate_exporter.commands.discover import discover as run

    given = {name: value for name, value in flags.items() if value is not None}
    sys.exit(_run(run(config_file, given), log_level, log_format))


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
    """Do the work of a command in an event loop, with its log as the flags ask."""
    import asyncio

    from azure_migrate_exporter import log

    log.configure(log_level, log_format)
    return asyncio.run(work)


def _exit_with(errors: Sequence[str]) -> None:
    for line in errors:
        click.echo(line, err=True)
    if errors:
        sys.exit(1)
