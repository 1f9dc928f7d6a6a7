"""The bill of materials of the package: the locked packages that are in it, and the Python with its OpenSSL."""

import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any, Final

from generate.msi.stage import PACKAGES
from tests.lab import windows_programs
from tests.lab.tools import ROOT

_BINARY_VERSIONS: Final = (
    ("cpython", "python313.dll", re.compile(rb"tags/v(3\.\d+\.\d+)"), "cpe:2.3:a:python:python:{}:*:*:*:*:*:*:*"),
    ("openssl", "libcrypto-3.dll", re.compile(rb"OpenSSL (3\.\d+\.\d+)"), "cpe:2.3:a:openssl:openssl:{}:*:*:*:*:*:*:*"),
)
"""Programs that no package index knows, with the file that says their version, and the name under which faults of
them are published."""


def bill_of_materials(stage: Path) -> str:
    """The bill, in the JSON of CycloneDX."""
    command = ["cyclonedx-py", "requirements", "--output-reproducible", "--pyproject", "pyproject.toml", "-"]
    bill: dict[str, Any] = json.loads(
        subprocess.run(  # noqa: S603 - a program of our own environment
            [Path(sys.executable).with_name(command[0]), *command[1:]],
            input=_locked(stage / PACKAGES),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    binaries = [_binary(stage / "python", *row) for row in _BINARY_VERSIONS]
    bill["components"] = [*binaries, *bill["components"]]
    bill["dependencies"] = [*({"ref": binary["bom-ref"]} for binary in binaries), *bill["dependencies"]]
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def installed_packages(packages: Path) -> list[Distribution]:
    """What the folder of packages holds, by name."""
    found = [PathDistribution(path) for path in packages.glob("*.dist-info")]
    return sorted(found, key=lambda package: _normal(package.name))


def _locked(packages: Path) -> str:
    """The entries of the lock, hashes included, of the packages that Windows gets."""
    lock = windows_programs.RUNTIME_LOCK.read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if "==" in entry]
    by_name = {_normal(entry.partition("==")[0]): f"{entry}\n" for entry in entries}
    names = {_normal(package.name) for package in installed_packages(packages)} - {"azure-migrate-exporter"}
    if missing := names - by_name.keys():
        raise RuntimeError(f"in the package, but not in the lock: {', '.join(sorted(missing))}")
    return "".join(by_name[name] for name in sorted(names))


def _binary(folder: Path, name: str, file: str, pattern: re.Pattern[bytes], cpe: str) -> dict[str, Any]:
    content = (folder / file).read_bytes()
    found = pattern.search(content)
    if found is None:
        raise RuntimeError(f"{file} does not say which {name} it is")
    version = found[1].decode()
    return {
        "bom-ref": f"{name}@{version}",
        "type": "library",
        "name": name,
        "version": version,
        "cpe": cpe.format(version),
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
