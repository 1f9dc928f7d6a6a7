"""The .deb and the .rpm: lay out their files in a directory, and let nfpm pack it.

One package serves every Python of `PYTHONS`. Its application directory has each package of the lock file once, and
beside each other the extension modules for each Python, whose name is part of theirs. All times are
`SOURCE_DATE_EPOCH`, so that the same sources make the same bytes.
"""

import filecmp
import gzip
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
from click_man.core import write_man_pages

from azure_migrate_exporter.cli import main as exporter_cli

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = ROOT / "packaging" / "linux"
LOCK: Final = ROOT / "packaging" / "locks" / "runtime.txt"
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
PLATFORM: Final = "x86_64-manylinux_2_28"
"""The GNU C library of Debian 12 is 2.36, that of Enterprise Linux 9 is 2.34."""
NAME: Final = "azure-migrate-exporter"
PACKAGERS: Final = ("deb", "rpm")

_OF_INSTALLERS: Final = (
    "RECORD",
    "WHEEL",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "uv_cache.json",
    "uv_build.json",
)
"""What pip needs to remove a package, or says where it came from: dpkg and rpm know that themselves."""
_DOCUMENTS: Final = ("README.md", "SECURITY.md", "docs", "examples", "alerts", "dashboards")
_COPYRIGHT: Final = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: azure-migrate-exporter
Source: https://github.com/azure-migrate-exporter/azure-migrate-exporter

Files: *
Copyright: 2025-2026 The authors of azure-migrate-exporter
License: Apache-2.0
 On Debian systems, the text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0; it is also in
 /usr/lib/azure-migrate-exporter/app/azure_migrate_exporter-{version}.dist-info/licenses.
Comment:
 The directory /usr/lib/azure-migrate-exporter/app also holds these packages, each with the licence that its own
 NAME-VERSION.dist-info directory contains:
"""


class BuildError(Exception):
    """A program could not do its part; its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The programs that the packages are made with."""

    uv: str
    nfpm: str


def build(target: Path, tools: Tools, *, version: str, revision: str, epoch: int) -> list[Path]:
    """Write the packages to a directory. Raises `BuildError`."""
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        stage = Path(scratch) / "stage"
        shutil.copytree(SOURCES, stage)
        launcher = stage / NAME
        launcher.write_text(
            launcher.read_text(encoding="utf-8").replace(":-unknown}", f":-{revision}}}"), encoding="utf-8"
        )
        _application(stage / "app", tools.uv, Path(scratch), epoch)
        shutil.move(stage / "app.py", stage / "app" / "__main__.py")
        _manual(stage / "man", version, epoch)
        _documents(stage, version, epoch)
        _normalize(stage, epoch)
        return [_pack(packager, stage, target, tools.nfpm, version, epoch) for packager in PACKAGERS]


def _pack(packager: str, stage: Path, target: Path, nfpm: str, version: str, epoch: int) -> Path:
    name = f"{NAME}_{version}-1_amd64.deb" if packager == "deb" else f"{NAME}-{version}-1.x86_64.rpm"
    command = [nfpm, "package", "--config=nfpm.yml", f"--packager={packager}", f"--target={target.resolve() / name}"]
    _run(command, stage, {"VERSION": version, "SOURCE_DATE_EPOCH": str(epoch)})
    return target / name


def _application(app: Path, uv: str, scratch: Path, epoch: int) -> None:
    """The exporter with its packages, for all Pythons."""
    wheels = scratch / "wheels"
    _run(
        [sys.executable, "-m", "hatchling", "build", "--target=wheel", f"--directory={wheels}"],
        ROOT,
        {"SOURCE_DATE_EPOCH": str(epoch)},
    )
    (wheel,) = wheels.glob("*.whl")
    for python in PYTHONS:
        installed = scratch / python
        install = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--no-config",
            "--no-deps",
            "--only-binary=:all:",
            "--link-mode=copy",
        ]
        where = [f"--python-version={python}", f"--python-platform={PLATFORM}", f"--target={installed}"]
        _run([*install, *where, "--require-hashes", f"--requirement={LOCK}"], ROOT)
        _run([*install, *where, str(wheel)], ROOT)
        _merge(installed, app)


def _merge(installed: Path, app: Path) -> None:
    """Add the packages that were installed for one Python to the application.

    Raises `BuildError` if a file that a package needs is another one for this Python.
    """
    for source in _files(installed):
        place = source.relative_to(installed)
        described = place.parts[0].endswith(".dist-info")
        if place.parts[0] == "bin" or (described and place.name in _OF_INSTALLERS) or place.name == ".lock":
            continue
        copy = app / place
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        elif not described and not filecmp.cmp(source, copy, shallow=False):
            raise BuildError(f"{place} is another file for {installed.name} than for an older Python")


def _manual(target: Path, version: str, epoch: int) -> None:
    """A manual page for each command, but for those of Windows."""
    commands = copy(exporter_cli)
    commands.commands = {name: command for name, command in exporter_cli.commands.items() if name != "service"}
    for command in (commands, *commands.commands.values()):
        command.short_help = _first_sentence(command)
    target.mkdir()
    date = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d")
    write_man_pages(NAME, commands, version=version, target_dir=str(target), date=date)
    for page in sorted(target.iterdir()):
        _compress(page)


def _first_sentence(command: click.Command) -> str:
    text = " ".join((command.help or "").split("\n\n", 1)[0].split())
    return text.partition(". ")[0].removesuffix(".")


def _documents(stage: Path, version: str, epoch: int) -> None:
    """What lies in /usr/share/doc, with the directories of the sources, so that links between documents lead on."""
    doc = stage / "doc"
    doc.mkdir()
    for name in _DOCUMENTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, doc / name, ignore=shutil.ignore_patterns("pictures", "tests"))
        else:
            shutil.copy(source, doc)
    shutil.copy(ROOT / "CHANGELOG.md", doc / "changelog")
    _compress(doc / "changelog")
    licences = "".join(f"  {line}\n" for line in sorted(_licences(stage / "app"), key=str.lower))
    (doc / "copyright").write_text(_COPYRIGHT.format(version=version) + licences, encoding="utf-8")
    entry = {
        "semver": version,
        "date": datetime.fromtimestamp(epoch, UTC).isoformat(),
        "packager": "The authors of azure-migrate-exporter <azure-migrate-exporter@users.noreply.github.com>",
        "changes": [{"note": "See /usr/share/doc/azure-migrate-exporter/changelog.gz."}],
        "deb": {"urgency": "medium", "distributions": ["stable"]},
    }
    (stage / "changelog.yml").write_text(json.dumps([entry]), encoding="utf-8")


def _licences(app: Path) -> Iterator[str]:
    """Name, version and licence of each package, as its metadata says."""
    for path in app.glob("*.dist-info/METADATA"):
        metadata = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        classified = [
            value.rpartition(" :: ")[2] for value in metadata.get_all("Classifier", ()) if "License ::" in value
        ]
        licence = metadata["License-Expression"] or ", ".join(classified) or metadata["License"] or "see there"
        if metadata["Name"] != NAME:
            yield f"{metadata['Name']} {metadata['Version']}: {licence.splitlines()[0]}"


def _compress(file: Path) -> None:
    file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    file.unlink()


def _normalize(stage: Path, epoch: int) -> None:
    """Times and permissions that do not depend on who builds."""
    for path in [stage, *stage.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (epoch, epoch))


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in sorted(directory.rglob("*")) if path.is_file())


def _run(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - a command of ours
        command, cwd=directory, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()}")


def package_version() -> str:
    """The version in `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])
