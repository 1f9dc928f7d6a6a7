"""A forward proxy as companies run it: Squid, with or without passwords, which may intercept TLS with its own CA.

It connects to loopback addresses too, answers with Squid's own pages, and logs every request.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import bcrypt

from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.process import Process, free_port, running
from tests.lab.tools import Program

HOST: Final = "127.0.0.1"
_READY: Final = 20.0
_SHARED_MEMORY: Final = Path("/dev/shm")
_LISTENS: Final = re.compile(r"Accepting .*HTTP Socket connections at ")
_LOG_FORMAT: Final = "%rm %ru %>Hs %un"


@dataclass(frozen=True, slots=True)
class ProxiedRequest:
    """A request that has ended.

    Attributes:
        method: of HTTP; for a tunnel `CONNECT`, which is logged when the tunnel closes.
        target: `host:port` of a tunnel, otherwise the URL with its query cut off. What is read inside an intercepted
            tunnel has a URL too.
        status: what the client was answered.
        user: who sent it; `-` if the proxy did not ask or did not accept the password.
    """

    method: str
    target: str
    status: int
    user: str


@dataclass(frozen=True, slots=True)
class ForwardProxy:
    """A running proxy. `ca_file` is the PEM of the CA with which it intercepts TLS, None if it does not."""

    port: int
    ca_file: Path | None
    process: Process = field(repr=False)
    _log: Path = field(repr=False)

    @property
    def url(self) -> str:
        """Its address, without a password."""
        return f"http://{HOST}:{self.port}"

    def requests(self) -> list[ProxiedRequest]:
        """The requests that have ended, oldest first."""
        lines = (line.split(" ") for line in self._log.read_text().splitlines())
        # `NONE` is a connection without a request.
        return [ProxiedRequest(line[0], line[1], int(line[2]), line[3]) for line in lines if line[0] != "NONE"]

    async def ended(self, count: int, deadline: float = 10.0) -> list[ProxiedRequest]:
        """The requests that have ended, once there are `count`: a tunnel is logged some time after its end.

        Raises RuntimeError if there are fewer.
        """

        async def check() -> bool:
            return len(self.requests()) >= count

        await self.process.until(check, deadline)
        return self.requests()

    async def logged(self, method: str, target: str, deadline: float = 10.0) -> ProxiedRequest:
        """The newest request with this method and target, once there is one. Raises RuntimeError if none comes."""

        def found() -> list[ProxiedRequest]:
            return [request for request in self.requests() if (request.method, request.target) == (method, target)]

        async def check() -> bool:
            return bool(found())

        await self.process.until(check, deadline)
        return found()[-1]


@asynccontextmanager
async def forward_proxy(
    directory: Path,
    *,
    users: Mapping[str, str] | None = None,
    intercept: bool = False,
    trusted: Path | None = None,
    refused: Collection[str] = (),
    name_server: str | None = None,
    port: int = 0,
) -> AsyncIterator[ForwardProxy]:
    """Start a proxy; its configuration, CA and logs are in `directory`. Raises `tools.NotInstalledError`.

    Args:
        users: passwords by user name, for Basic authentication. None: everyone may use it.
        intercept: end TLS in the proxy, with certificates of its own CA. Its own pages (503, 403) then come inside the
            tunnel, under a certificate that is right for a host name and wrong for an IP address.
        trusted: PEM of the CAs that a server may have a certificate of, if TLS is intercepted, beside the system's.
        refused: host names and addresses for which the proxy answers 403.
        name_server: address of the name server that it asks; that of the system if None.
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    program = await asyncio.to_thread(tools.squid)
    usr = Path(program.command[0]).parents[1]
    listens, config = free_port(port), directory / "squid.conf"
    log, output = directory / "access.log", directory / "squid.log"
    for file in (log, output):
        file.unlink(missing_ok=True)
    ca = LabCA(directory / "ca") if intercept else None
    lines = [
        *_common(usr, log),
        *(_interception(usr, listens, ca, trusted) if ca else [f"http_port {HOST}:{listens}"]),
        *(_authentication(usr, _password_file(directory, users)) if users is not None else []),
        *([f"acl refused dstdomain -n {' '.join(refused)}", "http_access deny refused"] if refused else []),
        "http_access allow all",
        *([f"dns_nameservers {name_server}"] if name_server else []),
    ]
    config.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    async with _squid(program, config, f"lab{listens}", output) as process:
        yield ForwardProxy(listens, ca.bundle if ca else None, process, log)


@asynccontextmanager
async def _squid(program: Program, config: Path, name: str, output: Path) -> AsyncIterator[Process]:
    """Run Squid in one process of that name, ready when it listens.

    It takes two seconds to end by itself: it is killed, and its shared memory, which has its name, removed.
    """

    async def ready() -> bool:
        return bool(_LISTENS.search(await asyncio.to_thread(output.read_text)))

    arguments = ("-N", "-n", name, "-d", "1", "-f", str(config))
    try:
        async with running("Squid", _unprivileged(program), *arguments, log=output, stop_deadline=0) as process:
            await process.until(ready, _READY)
            yield process
    finally:
        for segment in _SHARED_MEMORY.glob(f"{name}-*"):
            segment.unlink()


# --- squid.conf ------------------------------------------------------------------------------------------------------


def _common(usr: Path, log: Path) -> Iterator[str]:
    """What it logs, and where its files are: the built-in paths are those of an installed package."""
    yield f"logformat lab {_LOG_FORMAT}"
    yield f"access_log stdio:{log} lab"
    yield "cache_log /dev/null"  # the same lines go to stderr
    yield "visible_hostname proxy.lab"
    yield f"unlinkd_program {usr}/lib/squid/unlinkd"
    yield f"mime_table {usr}/share/squid/mime.conf"
    yield f"icon_directory {usr}/share/squid/icons"
    yield f"error_directory {usr}/share/squid/errors/en"
    yield from (f"{name} none" for name in ("pid_filename", "coredump_dir", "netdb_filename"))
    yield "cache deny all"
    yield "pinger_enable off"
    yield "max_filedescriptors 4096"  # it takes memory for as many as the system allows


def _interception(usr: Path, port: int, ca: LabCA, trusted: Path | None) -> Iterator[str]:
    certificates = f"tls-cert={ca.bundle} tls-key={ca.key_file()} generate-host-certificates=on"
    yield f"http_port {HOST}:{port} ssl-bump {certificates}"
    yield f"sslcrtd_program {usr}/lib/squid/security_file_certgen"
    yield "sslcrtd_children 2 startup=1 idle=1"
    yield "ssl_bump stare all"  # read the server's certificate first, and imitate it
    yield "ssl_bump bump all"
    # It does not know IP addresses in certificates. The imitation has the same names: the client judges them.
    yield "acl other_name ssl_error SQUID_X509_V_ERR_DOMAIN_MISMATCH"
    yield "sslproxy_cert_error allow other_name"
    yield "http_upgrade_request_protocols websocket allow all"
    if trusted:
        yield f"tls_outgoing_options cafile={trusted}"


def _authentication(usr: Path, passwords: Path) -> Iterator[str]:
    yield f"auth_param basic program {usr}/lib/squid/basic_ncsa_auth {passwords}"
    yield "auth_param basic children 2 startup=1 idle=1"
    yield "auth_param basic realm proxy.lab"
    yield "acl users proxy_auth REQUIRED"
    yield "http_access deny !users"


def _password_file(directory: Path, users: Mapping[str, str]) -> Path:
    """A file as htpasswd writes it."""
    file = directory / "users"
    hashes = {name: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode() for name, password in users.items()}
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}:{hashed}\n" for name, hashed in hashes.items()), encoding="utf-8")
    return file


def _unprivileged(program: Program) -> Program:
    """The same program as another user where we are root, under which Squid does not run; it may use our files."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        return program
    user = ("--reuid=proxy", "--regid=proxy", "--clear-groups")
    files = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return Program((setpriv, "--pdeathsig=KILL", *user, *files, "--", *program.command), program.environment)
