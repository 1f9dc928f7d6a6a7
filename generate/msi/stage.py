r"""The files of the installation, as they lie in `C:\Program Files\azure-migrate-exporter`.

```
azure-migrate-exporter.exe   the command, which starts python\python.exe with its arguments
LICENSE.txt  examples\       of the project
python\                      the embeddable build of python.org, with another python313._pth and without _wmi.pyd
python\site-packages\        the packages of packaging/locks/runtime.txt and the exporter, with their bytecode
```
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from tests.lab import windows_programs
from tests.lab.tools import ROOT
from tests.windows.wine import windows, windows_path

LAUNCHER: Final = "azure-migrate-exporter.exe"
PACKAGES: Final = Path("python", "site-packages")

UNUSED: Final = (
    *("adodbapi", "isapi", "pythonwin", "win32com", "win32comext"),
    *("win32/Demos", "win32/include", "win32/libs", "win32/scripts", "win32/test"),
)
"""Parts of pywin32 that the exporter does not import; adodbapi has another licence. `bin` of the packages has commands
with a path of this machine.
"""

_SEARCH_PATH: Final = "python313.zip\n.\nsite-packages\n"
"""Nothing else is imported: no folder of the user, no PYTHONPATH, no .pth file."""


def build_stage(target: Path, epoch: int) -> None:
    """Fill the directory `target`; every file gets the time `epoch`."""
    windows_programs.compile_for_windows(ROOT / "packaging" / "windows" / "launcher.c", target / LAUNCHER)
    shutil.copy(ROOT / "LICENSE", target / "LICENSE.txt")
    shutil.copytree(ROOT / "examples", target / "examples")
    shutil.copytree(windows_programs.embeddable_python(), target / "python")
    (target / "python" / "python313._pth").write_text(_SEARCH_PATH, encoding="ascii")
    # With it the module `platform` asks WMI for the version of Windows, and waits for ever where WMI is broken.
    (target / "python" / "_wmi.pyd").unlink()
    packages = target / PACKAGES
    shutil.copytree(windows_programs.windows_packages(windows_programs.RUNTIME_LOCK), packages)
    for name in ("bin", *UNUSED):
        shutil.rmtree(packages / name, ignore_errors=True)
    _unpack_exporter(packages, epoch)
    for record in packages.glob("*.dist-info/RECORD"):
        record.unlink()  # for pip, which has no business here; it names what was left out
    _compile(target)
    for path in target.rglob("*"):
        os.utime(path, (epoch, epoch))


def _unpack_exporter(packages: Path, epoch: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", scratch]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
        with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as wheel:
            wheel.extractall(packages)


def _compile(stage: Path) -> None:
    """Write the bytecode, since the service may not write into its own program's folder.

    By the very interpreter that reads it, with hashes instead of times and without a path of this machine: the same
    bytes each time, and never compared with the source when the exporter starts.
    """
    with tempfile.TemporaryDirectory() as scratch, windows(Path(scratch, "prefix")) as machine:
        python = windows_path(stage / "python" / "python.exe")
        folder = windows_path(stage / PACKAGES)
        options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", windows_path(stage)]
        done = machine.run(python, "-m", "compileall", *options, folder, deadline=600)
    if done.returncode:
        raise RuntimeError(f"compileall: {(done.stdout or done.stderr).strip()}")
