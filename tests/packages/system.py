"""A small Debian or Ubuntu in a directory, and commands in it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab import tools
from tests.lab.containers import codename, debootstrap
from tests.lab.tools import Program

_DEADLINE: Final = 300.0
_RECORDER: Final = """\
#!/bin/sh
case " $* " in
*" is-active "*) exit 3 ;;
*" is-enabled "*) ;;
*) echo "$*" >>/systemctl.calls ;;
esac
SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl.real "$@"
"""
"""In place of `systemctl`: no unit is active, files are changed, and what needs a service manager is only recorded."""


@dataclass(frozen=True, slots=True)
class System:
    """A system's root directory. Its commands share this machine's network, and see only their own processes."""

    root: Path

    def program(self, *command: str) -> Program:
        """A command line in this system; what it starts ends with it."""
        namespace = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
        enter = f'mount -t proc proc {self.root}/proc && exec chroot {self.root} "$@"'
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        return Program((*namespace, "sh", "-c", enter, "sh", *command), environment)

    def run(self, *command: str) -> str:
        """Run a command to its end; what it prints. Raises AssertionError with its output."""
        code, output = self.attempt(*command)
        assert code == 0, f"{' '.join(command)}: {output[-3000:]}"
        return output

    def attempt(self, *command: str) -> tuple[int, str]:
        """Run a command to its end; its exit code, and what it prints."""
        program = self.program(*command)
        done = subprocess.run(
            program.command,
            env={**os.environ, **program.environment, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_DEADLINE,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode, done.stdout.strip()

    def path(self, place: str) -> Path:
        """A file of the system as this machine sees it."""
        return self.root / place.removeprefix("/")

    def apt_install(self, *packages: str) -> str:
        """Install packages, or files of packages, with what they depend on."""
        self.run("apt-get", "--quiet", "update")
        return self.run("apt-get", "--quiet", "--yes", "install", "--no-install-recommends", *packages)

    def copy(self, target: Path) -> "System":
        """Another system with the same files."""
        subprocess.run(["cp", "--archive", "--reflink=auto", str(self.root), str(target)], check=True)
        return System(target)

    def delete(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.root)

    def add(self, file: Path) -> str:
        """Copy a file into the system; its path there."""
        shutil.copy(file, self.path("/tmp"))
        return f"/tmp/{file.name}"

    def pretend_that_systemd_runs(self) -> None:
        """From now on, packages ask `systemctl`, and `systemctl_calls` says what for."""
        self.path("/run/systemd/system").mkdir(parents=True)
        program = self.path("/usr/bin/systemctl")
        program.rename(program.with_name("systemctl.real"))
        program.write_text(_RECORDER, encoding="utf-8")
        program.chmod(0o755)

    def systemctl_calls(self) -> list[str]:
        """What packages asked of the service manager since the last call."""
        calls = self.path("/systemctl.calls")
        found = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return found


def minimal_system(release: str) -> Path:
    """The directory of a newly installed system with nothing but what each one has."""
    part, remedy = f"Debian {release}", "run the tests as root, on Debian or Ubuntu"

    def bootstrap(target: Path) -> None:
        program = debootstrap()
        options = ["--variant=minbase", release, str(target / "root")]
        tools._run(part, [*program.command, *options], remedy, env=program.environment)

    return tools._installed(f"system-{release}", part, bootstrap) / "root"


def releases() -> tuple[str, ...]:
    """Of this machine's distribution: its own release, and a later one with a later Python."""
    later = {"bookworm": ("trixie",)}
    return (codename(), *later.get(codename(), ()))
