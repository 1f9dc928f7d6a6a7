"""`python -m generate.msi VERSION`: the Windows Installer package into dist/, with its hash and bill of materials."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from generate.msi.bill import bill_of_materials
from generate.msi.database import build_database
from generate.msi.stage import build_stage
from generate.msi.version import product_version
from tests.lab.tools import ROOT, NotInstalledError

DIST: Final = ROOT / "dist"


def build(version: str, folder: Path) -> Path:
    """The package of the working copy under the name of `version`, in `folder`."""
    numbers, epoch = product_version(version), source_date()
    folder.mkdir(exist_ok=True)
    package = folder / f"azure-migrate-exporter-{version}-x64.msi"
    with tempfile.TemporaryDirectory() as scratch:
        stage = Path(scratch, "stage")
        stage.mkdir()
        build_stage(stage, epoch)
        bill = bill_of_materials(stage)
        unfinished = Path(scratch, package.name)
        build_database(stage, unfinished, version, numbers, epoch)
        package.write_bytes(unfinished.read_bytes())
    package.with_suffix(".msi.cdx.json").write_text(bill, encoding="utf-8")
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    package.with_suffix(".msi.sha256").write_text(f"{digest}  {package.name}\n", encoding="ascii")
    return package


def source_date() -> int:
    """The time that all files of the package get: `SOURCE_DATE_EPOCH`, or that of the newest commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "log", "--max-count=1", "--format=%ct"]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)  # noqa: S603


if __name__ == "__main__":
    try:
        print(build(sys.argv[1], DIST))  # noqa: T201 - a script's output
    except (NotInstalledError, RuntimeError, ValueError) as error:
        sys.exit(str(error))
