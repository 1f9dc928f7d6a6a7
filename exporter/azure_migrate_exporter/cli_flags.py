"""Flags that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import click

LOG_LEVELS: Final = ("debug", "info", "warn", "warning", "error")
LOG_FORMATS: Final = ("logfmt", "json")

CommandT = TypeVar("CommandT", bound=Callable[..., object])

config_file = click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    default=Path("exporter.yml"),
    show_default=True,
    help="Configuration file.",
)
state_path = click.option(
    "--state.path",
    "state_path",
    type=click.Path(path_type=Path),
    default=None,
    help="Directory for state that survives a restart: change-tracking identities, the benchmark's daily budget. "
    "Without it the state is lost.",
)


web_config_file = click.option(
    "--web.config.file",
    "web_config_file",
    type=click.Path(path_type=Path),
    default=None,
    help="TLS, client certificates and basic authentication, in the format of Prometheus' exporter-toolkit.",
)


listen_addresses = click.option(
    "--web.listen-address",
    "listen_addresses",
    multiple=True,
    default=[":9878"],
    show_default=True,
    help="Address to listen on; repeat for several.",
)
external_url = click.option(
    "--web.external-url", "external_url", help="URL under which browsers reach the exporter, behind a proxy."
)
route_prefix = click.option(
    "--web.route-prefix", "route_prefix", help="Prefix of all paths.  [default: path of --web.external-url]"
)


def log_options(default_level: str) -> Callable[[CommandT], CommandT]:
    """Flags for the log. Commands that print their result log only errors by default."""

    def decorate(command: CommandT) -> CommandT:
        level = click.option(
            "--log.level", "log_level", type=click.Choice(LOG_LEVELS), default=default_level, show_default=True
        )
        fmt = click.option(
            "--log.format", "log_format", type=click.Choice(LOG_FORMATS), default="logfmt", show_default=True
        )
        return level(fmt(command))

    return decorate
