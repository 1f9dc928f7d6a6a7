"""The database of the package: compiled by wixl, then completed with what wixl has no words for.

The same input gives the same bytes: wixl and msibuild see a fixed time, and the codes that Windows Installer wants
unique are made from the version and from what the package contains.
"""

import hashlib
import os
import subprocess
import uuid
from pathlib import Path
from string import Template
from typing import Final

from generate.msi.sources import file_list
from tests.lab import windows_programs
from tests.lab.tools import ROOT, Program

UPGRADE_CODE: Final = "{1B1F0B5C-6B0A-4B0E-9C57-6C4E0E2B6C1D}"
"""What all versions have in common. It never changes."""

_PRODUCT: Final = ROOT / "packaging" / "windows" / "product.wxs"
_COMPLETIONS: Final = ROOT / "packaging" / "windows" / "product.sql"
_NAMESPACE: Final = uuid.UUID("7c7d2f1c-5d5e-4a52-8a2f-0b7d0a7e61a4")


def build_database(stage: Path, target: Path, version: str, product_version: str, epoch: int) -> None:
    """Write the package `target` of the files below `stage`."""
    files = stage.with_name("files.wxs")
    files.write_bytes(file_list(stage))
    content = f"{version} {_digest(stage)}"
    variables = {
        "ProductCode": _code("product", content),
        "UpgradeCode": UPGRADE_CODE.strip("{}"),
        "Version": product_version,
        "FullVersion": version,
    }
    defines = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
    compiler, editor = windows_programs.wixl(), windows_programs.msibuild()
    _run(compiler, ["--arch", "x64", *defines, "--output", str(target), str(_PRODUCT), str(files)], epoch, stage)
    for statement in _statements(VERSION=product_version, UPGRADE_CODE=UPGRADE_CODE):
        _run(editor, [str(target), "-q", statement], epoch, stage)
    name = "azure-migrate-exporter"
    _run(editor, [str(target), "-s", name, name, "x64;1033", _code("package", content)], epoch, stage)


def _statements(**variables: str) -> list[str]:
    """The statements of `product.sql`, each in one line as msibuild wants it."""
    lines = _COMPLETIONS.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    return [Template(" ".join(part.split())).substitute(variables) for part in text.split("\n\n") if part.strip()]


def _digest(stage: Path) -> str:
    """A hash of everything that the package is made of."""
    files = [_PRODUCT, _COMPLETIONS, *sorted(path for path in stage.rglob("*") if path.is_file())]
    names = ((str(path.relative_to(stage)) if stage in path.parents else path.name) for path in files)
    hashes = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    return hashlib.sha256(repr(list(zip(names, hashes, strict=True))).encode()).hexdigest()


def _code(kind: str, content: str) -> str:
    return "{" + str(uuid.uuid5(_NAMESPACE, f"{kind} {content}")).upper() + "}"


def _run(program: Program, arguments: list[str], epoch: int, folder: Path) -> None:
    environment = {
        **os.environ,
        **program.environment,
        "LD_PRELOAD": str(windows_programs.faketime()),
        "FAKETIME": str(epoch),
        "FAKETIME_FMT": "%s",
        "TZ": "UTC",
    }
    command = [*program.command, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()}")
