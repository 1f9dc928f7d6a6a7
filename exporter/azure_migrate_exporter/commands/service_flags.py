"""The flags of `service install`, checked, and as the flags of the `service run` that Windows starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath

from azure_migrate_exporter.web.listen_address import ListenError, parse_listen_address
from azure_migrate_exporter.windows.firewall import parse_remote_addresses
from azure_migrate_exporter.windows.names import data_directory
from azure_migrate_exporter.windows.plan import Command, Installation, check_account


class FlagError(Exception):
    """A flag that cannot be used; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallFlags:
    """As given. Paths may be relative to the current directory, which the service does not have."""

    config_file: PureWindowsPath | None = None
    state_path: PureWindowsPath | None = None
    log_file: PureWindowsPath | None = None
    web_config_file: PureWindowsPath | None = None
    listen_addresses: Sequence[str] = (":9878",)
    external_url: str | None = None
    route_prefix: str | None = None
    memory_limit: int = 512
    log_level: str = "info"
    log_format: str = "logfmt"
    firewall_remote: Sequence[str] | None = ()
    """None keeps the addresses of the firewall rule that is there."""
    account: str | None = None
    keep_account: bool = False
    """Whether a service that exists keeps its account, whatever it is, if `account` is None."""


def installation(
    flags: InstallFlags, python: Command, program_data: str | None, current_directory: PureWindowsPath
) -> Installation:
    """What `flags` ask for. Raises `FlagError`."""
    data = data_directory(program_data)
    try:
        remote = None if flags.firewall_remote is None else parse_remote_addresses(flags.firewall_remote)
    except ValueError as error:
        raise FlagError(f"--firewall.remote: {error}") from None
    try:
        ports = tuple(dict.fromkeys(parse_listen_address(text).port for text in flags.listen_addresses))
        if flags.account is not None:
            check_account(flags.account)
    except (ListenError, ValueError) as error:
        raise FlagError(str(error)) from None
    if 0 in ports:
        raise FlagError("--web.listen-address: port 0 is another port at each start; name one")
    return Installation(
        python=python,
        data=data,
        serve_flags=tuple(_run_flags(flags, data, current_directory)),
        ports=ports,
        remote=remote,
        account=flags.account,
    )


def _run_flags(flags: InstallFlags, data: PureWindowsPath, current_directory: PureWindowsPath) -> Iterator[str]:
    yield f"--config.file={current_directory / (flags.config_file or data / 'exporter.yml')}"
    yield f"--state.path={current_directory / (flags.state_path or data / 'state')}"
    yield f"--log.file={current_directory / (flags.log_file or data / 'logs' / 'exporter.log')}"
    if flags.web_config_file is not None:
        yield f"--web.config.file={current_directory / flags.web_config_file}"
    for address in flags.listen_addresses:
        yield f"--web.listen-address={address}"
    if flags.external_url is not None:
        yield f"--web.external-url={flags.external_url}"
    if flags.route_prefix is not None:
        yield f"--web.route-prefix={flags.route_prefix}"
    yield f"--memory.limit={flags.memory_limit}"
    yield f"--log.level={flags.log_level}"
    yield f"--log.format={flags.log_format}"
