"""A Windows for the tests: a Wine prefix of its own, and programs in it with pipes for their input and output."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath
from typing import Final

from tests.lab import windows_programs
from tests.lab.tools import ROOT

DEADLINE: Final = 300.0
PYTHON: Final = r"C:\python\python.exe"
"""Where `install_python` puts the Windows Python."""

_SOURCES: Final = Path(__file__).resolve().parent


class Wine:
    """A prefix: drive C, registry, services. Made by `windows`."""

    def __init__(self, prefix: Path) -> None:
        self.drive_c = prefix / "drive_c"
        self._program = windows_programs.wine()
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WINE"))},
            **self._program.environment,
            "WINEPREFIX": str(prefix),
            "WINEDEBUG": "-all",
            "WINEARCH": "win64",
            "WINEDLLOVERRIDES": "winemenubuilder.exe=d",  # no entries in the menu of this desktop
        }

    def run(
        self,
        *command: str | Path,
        text: str = "",
        environment: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
    ) -> subprocess.CompletedProcess[str]:
        """Run a Windows program to its end. Its streams are pipes: Wine gives no other kind to a Python."""
        process = self.start(*command, environment=environment)
        try:
            output, errors = process.communicate(text.encode(), deadline)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(command, process.returncode, _text(output), _text(errors))

    def start(self, *command: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a Windows program, without waiting for it."""
        return subprocess.Popen(
            [*self._program.command, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self._environment, **(environment or {})},
            start_new_session=True,
        )

    def run_detached(self, *command: str) -> int:
        """Run a program that leaves others behind, to its end: they get no pipe that they could hold open. Its code."""
        return subprocess.run(
            [*self._program.command, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            timeout=DEADLINE,
            check=False,
        ).returncode

    def path(self, windows_path: str) -> Path:
        """Where a path on drive C is on Linux."""
        drive, *parts = PureWindowsPath(windows_path).parts
        assert drive.lower() == "c:\\", windows_path
        return self.drive_c.joinpath(*parts)

    def boot(self) -> None:
        """Make the prefix a Windows 10, with what Wine lacks."""
        system = self.drive_c / "windows" / "system32"
        system.mkdir(parents=True)
        shutil.copy(windows_programs.zlib(), system)
        self._set_up("wineboot", "--init")
        library = system / "bcryptprimitives.dll"
        windows_programs.compile_for_windows(_SOURCES / "processprng.c", library, "-shared", "-ladvapi32")
        self._set_up("winecfg", "-v", "win10")
        # The service manager of the set-up goes, and what is told to it is lost.
        server = [str(windows_programs.wineserver()), "-w"]
        subprocess.run(server, env=self._environment, timeout=DEADLINE, check=True, capture_output=True)

    def stop(self) -> None:
        """End every program of the prefix."""
        subprocess.run([windows_programs.wineserver(), "-k"], env=self._environment, check=False, capture_output=True)

    def _set_up(self, *command: str) -> None:
        if code := self.run_detached(*command):
            raise RuntimeError(f"{' '.join(command)} ends with {code}")


@contextmanager
def windows(prefix: Path) -> Iterator[Wine]:
    """A new Windows in the directory `prefix`, switched on until the end of the context."""
    wine = Wine(prefix)
    if not (wine.drive_c / "windows" / "system32" / "bcryptprimitives.dll").exists():
        wine.boot()
    # Wine switches itself off, services included, after its last program: this one waits for input that never comes.
    keeper = wine.start("cmd.exe")
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    # Its prompt: from then on no other program starts the services, which would hold that one's pipes open.
    keeper.stdout.read(1)
    keeper.stdout.close()
    keeper.stderr.close()
    try:
        yield wine
    finally:
        wine.stop()
        keeper.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            keeper.wait(10)


def install_python(wine: Wine, *folders: Path, lock: Path = windows_programs.RUNTIME_LOCK) -> str:
    """Put the Windows Python with the packages of `lock` in place; it imports from `folders` too. Its path."""
    target = wine.path(PYTHON).parent
    shutil.copytree(windows_programs.embeddable_python(), target, dirs_exist_ok=True)
    # Wine's answers to WMI are not those that the module `platform` understands.
    (target / "_wmi.pyd").unlink(missing_ok=True)
    packages = windows_programs.windows_packages(lock)
    for metadata in ROOT.glob(".venv/lib/python*/site-packages/azure_migrate_exporter-*.dist-info"):
        shutil.copytree(metadata, target / metadata.name, dirs_exist_ok=True)
    paths = ["python313.zip", ".", *map(windows_path, (packages, *folders))]
    (target / "python313._pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    return PYTHON


def windows_path(path: Path) -> str:
    """A path of Linux as Windows programs see it."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


def python_command(python: str, arguments: Sequence[str]) -> list[str]:
    """The exporter's command line, from the sources."""
    return [python, "-m", "azure_migrate_exporter", *arguments]


def _text(output: bytes) -> str:
    return output.decode(errors="replace").replace("\r\n", "\n")
