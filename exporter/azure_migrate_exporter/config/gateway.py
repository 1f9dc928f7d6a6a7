"""Section `appliances[].gateway`: the source of the state of the Windows services of the appliance."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AnyHttpUrl, Tag, model_validator

from azure_migrate_exporter.config.base import Host, LocalPath, Model, Name, Port, Secret, Token, discriminated_by


def _at_least_one(services: tuple[str, ...]) -> tuple[str, ...]:
    if not services:
        raise ValueError("list at least one service, or leave the key out for asrgwy")
    return services


class _Services(Model):
    services: Annotated[tuple[Name, ...], AfterValidator(_at_least_one)] = ("asrgwy",)
    """Short names of Windows services; `asrgwy` is the Microsoft Azure Gateway Service."""


class LocalGateway(_Services):
    """The exporter runs on the appliance and queries its service control manager.

    Least privilege: any account that can log on as a service. No administrator is required.
    """

    source: Literal["local"]
    """The services of this machine."""


class WinRMGateway(_Services):
    r"""WinRM on the appliance, queried for two WMI classes: Win32_Service, and Win32_Process of the service.

    No shell is opened and nothing is executed there. Least privilege, for a user that is not an administrator:

    1. Add the user to the group `Remote Management Users` of the appliance.
    2. `wmimgmt.msc`, WMI Control, Properties, Security, `Root\CIMV2`: allow the user Enable Account and Remote Enable.
    3. Allow the user to query the services; by default only administrators and logged-on users can.
       `sc.exe sdshow scmanager` and `sc.exe sdshow asrgwy` print the current lists; write them back with `sc.exe sdset`
       after inserting one entry before `S:`, with the SID of the user: `(A;;CCLCRPRC;;;SID)` for `scmanager`,
       `(A;;CCLCSWLOCRRC;;;SID)` for `asrgwy`.
    """

    source: Literal["winrm"]
    """The services of another machine, through Windows Remote Management."""
    address: Host
    """Host name or address of the appliance. Kerberos needs the host name; TLS needs what the certificate names."""
    port: Port | None = None
    """TCP port; 5986, or 5985 without TLS."""
    tls: bool = True
    """Whether the listener uses HTTPS. Without it, messages are encrypted by Kerberos or NTLM."""
    ca_file: LocalPath | None = None
    """PEM file of the CAs to trust, or the listener's own self-signed certificate; the system's CAs if left out."""
    auth: Literal["negotiate", "kerberos", "ntlm", "basic", "certificate"] = "negotiate"
    """`negotiate` uses Kerberos if possible, otherwise NTLM. On Linux, Kerberos requires the extra `kerberos` of this
    package."""
    username: Name | None = None
    r"""`user@REALM`, `DOMAIN\user`, or a local user's name. Without user and password, `negotiate` and `kerberos` use
    the identity that the exporter runs as (a managed service account, a ticket cache)."""
    password: Secret | None = None
    """Password of `username`."""
    certificate_file: LocalPath | None = None
    """PEM file of the client certificate, for `certificate`."""
    key_file: LocalPath | None = None
    """PEM file of its key."""

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("give username and password together, or neither")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("give certificate_file and key_file together, or neither")
        if self.auth == "certificate":
            if self.certificate_file is None or self.username is not None:
                raise ValueError("auth certificate takes certificate_file and key_file, and no username")
        elif self.certificate_file is not None:
            raise ValueError("certificate_file goes with auth certificate only")
        if self.auth in {"basic", "ntlm"} and self.username is None:
            raise ValueError(f"auth {self.auth} needs username and password")
        if self.auth in {"basic", "certificate"} and not self.tls:
            raise ValueError(f"auth {self.auth} needs tls: without it nothing would be encrypted")
        return self


def _no_credentials(url: AnyHttpUrl) -> AnyHttpUrl:
    if url.username or url.password:
        raise ValueError("a user or password is never written in the URL: use basic_auth")
    return url


class BasicAuth(Model):
    """HTTP basic authentication."""

    username: Name
    """User name."""
    password: Secret
    """Password."""


class WindowsExporterGateway(_Services):
    """A windows_exporter that already runs on the appliance, with its `service` collector.

    Least privilege: access to its page. Since version 0.30 it exports the start time of a service; with older versions
    only the state is read.
    """

    source: Literal["windows_exporter"]
    """The services that a windows_exporter shows."""
    url: Annotated[AnyHttpUrl, AfterValidator(_no_credentials)]
    """Its page, as in `http://appliance:9182/metrics`; with `?collect[]=service` it runs only that collector."""
    ca_file: LocalPath | None = None
    """PEM file of the CAs to trust over https; the system's if left out."""
    basic_auth: BasicAuth | None = None
    """User and password, if its web configuration requires them."""
    bearer_token: Token | None = None
    """Token, if a proxy in front of it requires one."""
    certificate_file: LocalPath | None = None
    """PEM file of the client certificate, if its web configuration requires one."""
    key_file: LocalPath | None = None
    """PEM file of its key."""

    @model_validator(mode="after")
    def _at_most_one_credential(self) -> Self:
        if self.basic_auth and self.bearer_token:
            raise ValueError("give basic_auth or bearer_token, not both")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("give certificate_file and key_file together, or neither")
        if self.certificate_file and self.url.scheme != "https":
            raise ValueError("certificate_file needs an https:// url")
        return self


GatewaySettings = Annotated[
    Annotated[LocalGateway, Tag("(local)")]
    | Annotated[WinRMGateway, Tag("(winrm)")]
    | Annotated[WindowsExporterGateway, Tag("(windows_exporter)")],
    discriminated_by("source", "local", "winrm", "windows_exporter"),
]
"""A source of service states, selected by `source`."""
