"""Container images without a daemon: buildah, and a base image made by debootstrap.

It needs root, and mounts in a namespace of its own; nothing of the machine changes. Its storage is a directory that the
caller gives and removes.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.lab import tools
from tests.lab.tools import Program

BASE: Final = "localhost/base"
_PACKAGES: Final = "python3,python3-venv,ca-certificates"
_LEFTOVERS: Final = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale")
_DEADLINE: Final = 110.0


class Buildah:
    """Images and containers in one directory. The steps of a build and its containers share this machine's network."""

    def __init__(self, storage: Path, *options: str) -> None:
        self._start = _buildah_command()
        self._storage = storage
        self._options = (
            f"--root={storage / 'root'}",
            f"--runroot={storage / 'run'}",
            "--storage-driver=overlay",
            *options,
        )
        self._policy = storage / "policy.json"
        self._policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}', encoding="utf-8")
        # In place of the machine's settings; without registries, nothing is ever pulled.
        nothing = storage / "empty.conf"
        nothing.touch()
        settings = ("CONTAINERS_CONF", "CONTAINERS_REGISTRIES_CONF", "CONTAINERS_STORAGE_CONF")
        self._environment = {"BUILDAH_ISOLATION": "chroot", **dict.fromkeys(settings, str(nothing))}

    def program(self, *arguments: str) -> Program:
        """A command line of buildah; what it starts ends with it."""
        namespace = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        return Program((*namespace, *self._start, *self._options, *arguments), self._environment)

    def __call__(self, *arguments: str) -> str:
        """Run it to its end; what it prints. Raises RuntimeError with its last words."""
        program = self.program(*arguments)
        done = subprocess.run(
            program.command,
            env={**os.environ, **program.environment},
            capture_output=True,
            text=True,
            timeout=_DEADLINE,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise RuntimeError(f"buildah {arguments[0]}: {done.stderr.strip()[-1000:]}")
        return done.stdout.strip()

    def make(self, files: Path, image: str) -> None:
        """An image of these files."""
        container = self("from", "scratch")
        self("copy", "--quiet", container, str(files), "/")
        self("commit", "--quiet", "--rm", *self._trusting(), container, image)

    def build(self, context: Path, image: str, *options: str) -> None:
        """Build the `Dockerfile` of a directory. Packages come from `tools.wheels`, the network is not asked."""
        pip = self._storage / "pip.conf"
        pip.write_text("[global]\nno-index = true\nfind-links = /wheels\n", encoding="utf-8")
        offline = (f"--volume={tools.wheels()}:/wheels:ro", f"--volume={pip}:/etc/pip.conf:ro")
        self.build_online(context, image, *offline, *options)

    def build_online(self, context: Path, image: str, *options: str) -> None:
        """Build the `Dockerfile` of a directory, with what the network has."""
        fixed = ("--format=docker", "--pull-never", "--timestamp=0", *self._trusting())
        self("build", "--quiet", *fixed, *options, f"--tag={image}", str(context))

    def configuration(self, image: str) -> dict[str, Any]:
        """What the image says of itself, as Docker would read it."""
        found: dict[str, Any] = json.loads(self("inspect", "--type=image", image))["Docker"]["config"]
        return found

    def container(self, image: str) -> str:
        """A container of the image, to run commands in."""
        return self("from", "--pull-never", *self._trusting(), image)

    def run(self, container: str, command: Sequence[str], *options: str) -> str:
        """Run a command in it to its end, as the image's user; what it prints."""
        return self("run", *options, container, "--", *command)

    def _trusting(self) -> tuple[str, ...]:
        return (f"--signature-policy={self._policy}",)


def _buildah_command() -> tuple[str, ...]:
    """The first words of a command line in a mount namespace: the machine's buildah, or Debian's package, unpacked."""
    if found := shutil.which("buildah"):
        return (found,)
    usr = tools._debian("buildah", "buildah") / "usr"
    # It starts itself again without LD_LIBRARY_PATH: its libraries lie over the machine's, where only it looks.
    libraries = f'mount -t overlay overlay -o lowerdir={usr / "lib"}:/usr/lib /usr/lib && exec "$@"'
    return ("sh", "-c", libraries, "sh", str(usr / "bin" / "buildah"))


def buildah(storage: Path) -> Buildah:
    """A buildah that has the image `BASE`: a small Debian of this machine's release, with Python.

    It stands for the `python:…-slim` of the `Dockerfile`. Raises `NotInstalledError`.
    """
    return Buildah(storage, f"--storage-opt=overlay.imagestore={base_image() / 'root'}")


def base_image() -> Path:
    """The storage that holds the base image."""
    part, remedy = "The base image", "run the tests as root, on Debian"

    def bootstrap(target: Path) -> None:
        program = debootstrap()
        files = target / "files"
        options = ["--variant=minbase", f"--include={_PACKAGES}"]
        tools._run(part, [*program.command, *options, codename(), str(files)], remedy, env=program.environment)
        for leftovers in _LEFTOVERS:
            shutil.rmtree(files / leftovers)
        Buildah(target).make(files, BASE)
        shutil.rmtree(files)

    return tools._installed(f"base-image-{codename()}", part, bootstrap)


def debootstrap() -> Program:
    """The machine's, or else Debian's package, unpacked: a shell script that finds its parts by a variable."""
    found = shutil.which("debootstrap", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found:
        return Program((found,))
    usr = tools._debian("debootstrap", "debootstrap") / "usr"
    return Program((str(usr / "sbin" / "debootstrap"),), {"DEBOOTSTRAP_DIR": str(usr / "share" / "debootstrap")})


def codename() -> str:
    """Name of the Debian release of this machine, as debootstrap calls it."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return release["VERSION_CODENAME"]
