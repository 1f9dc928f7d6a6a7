"""What `make dist` makes: packages that install into an empty environment, and a bill of materials."""

import json
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests.lab import tools

LOCK = tools.ROOT / "packaging" / "locks" / "runtime.txt"


def run(*command: str | Path, cwd: Path = tools.ROOT) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(source: Path, target: Path, *only: str) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-d", target, *only, cwd=source)
    return target


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tools.ROOT, tmp_path_factory.mktemp("dist"))


def one(directory: Path, pattern: str) -> Path:
    (found,) = directory.glob(pattern)
    return found


def pinned() -> dict[str, str]:
    """Version of each package of the lock, for every system."""
    lines = [line.rstrip(" \\") for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line]
    requirements = map(Requirement, lines)
    return {requirement.name: str(requirement.specifier).removeprefix("==") for requirement in requirements}


def test_the_wheel_runs_in_an_environment_that_holds_only_the_lock(dist: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    offline = ("--no-index", "--no-deps", "--no-compile", "--find-links", tools.wheels())
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
    run(*pip, *offline, "--require-hashes", "--requirement", LOCK)
    run(*pip, *offline, one(dist, "*.whl"))
    run(*pip[:-3], "check")
    command = python.with_name("azure-migrate-exporter")
    assert run(command, "--version") == "azure-migrate-exporter, version 0.1.0 (revision: unknown)\n"
    assert run(command, "check-config", "examples/network-only.yml") == "examples/network-only.yml: ok\n"


def test_the_wheel_holds_the_package_and_nothing_else(dist: Path) -> None:
    with ZipFile(one(dist, "*.whl")) as wheel:
        names = wheel.namelist()
    roots = {name.partition("/")[0] for name in names}
    assert roots == {"azure_migrate_exporter", "azure_migrate_exporter-0.1.0.dist-info"}
    files = {
        path.relative_to(tools.ROOT / "exporter").as_posix()
        for path in (tools.ROOT / "exporter").rglob("*")
        if path.is_file() and not {"__pycache__", ".mypy_cache"} & set(path.parts)
    }
    assert {name for name in names if not name.startswith("azure_migrate_exporter-")} == files


def test_the_wheel_can_be_made_again_from_the_sdist_to_the_last_byte(dist: Path, tmp_path: Path) -> None:
    with tarfile.open(one(dist, "*.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build(one(tmp_path, "azure_migrate_exporter-*"), tmp_path / "dist", "-t", "wheel")
    assert one(again, "*.whl").read_bytes() == one(dist, "*.whl").read_bytes()


def test_the_bill_of_materials_lists_what_the_lock_pins(tmp_path: Path) -> None:
    tool, target = Path(sys.executable).with_name("cyclonedx-py"), tmp_path / "bom.json"
    # As in the recipe of `make dist`; the program validates what it writes.
    run(tool, "requirements", "--output-reproducible", "--pyproject", "pyproject.toml", "-o", target, LOCK)
    bill: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    root = bill["metadata"]["component"]
    assert (bill["bomFormat"], root["name"], root["version"]) == ("CycloneDX", "azure-migrate-exporter", "0.1.0")
    components = {component["name"]: component for component in bill["components"]}
    assert {name: component["version"] for name, component in components.items()} == pinned()
    for name, component in components.items():
        assert component["purl"] == f"pkg:pypi/{name}@{component['version']}"
        hashes = [found for reference in component["externalReferences"] for found in reference.get("hashes", ())]
        assert hashes, f"{name} has no hash"
