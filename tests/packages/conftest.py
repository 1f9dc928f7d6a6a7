"""The packages, and systems where they are installed."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from generate.linux_packages import Tools, build, package_version
from tests.lab import tools
from tests.packages.system import System, minimal_system, releases

EPOCH: Final = 1_700_000_000
VERSION: Final = package_version()
NEXT: Final = "99.0.0"


@dataclass(frozen=True, slots=True)
class Packages:
    """The files of one build."""

    deb: Path
    rpm: Path


def built(target: Path, version: str) -> Packages:
    """Build the packages, as `make packages` does."""
    programs = Tools(uv=tools.uv().command[0], nfpm=tools.nfpm().command[0])
    return Packages(*build(target, programs, version=version, revision="c0ffee", epoch=EPOCH))


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The packages of this version."""
    return built(tmp_path_factory.mktemp("packages"), VERSION)


@pytest.fixture(scope="session")
def next_packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The packages of a later version; in the .deb, the default configuration is another one too."""
    directory = tmp_path_factory.mktemp("next")
    found, unpacked = built(directory, NEXT), directory / "unpacked"
    subprocess.run(["dpkg-deb", "--raw-extract", str(found.deb), str(unpacked)], check=True)
    configuration = unpacked / "etc" / "azure-migrate-exporter" / "exporter.yml"
    configuration.write_text("# Another default.\nappliances: []\n", encoding="utf-8")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(unpacked), str(found.deb)], check=True)
    return found


@pytest.fixture(scope="session", params=releases())
def pristine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system as its installer leaves it."""
    directory = tmp_path_factory.mktemp(request.param)
    yield System(minimal_system(request.param)).copy(directory / "pristine")
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def installed(pristine: System, packages: Packages) -> System:
    """A system where the package was installed; tests leave it as it is."""
    system = pristine.copy(pristine.root.with_name("installed"))
    system.apt_install(system.add(packages.deb))
    return system


@pytest.fixture
def system(installed: System) -> Iterator[System]:
    """A system of a test's own where the package was installed, with a service manager that is asked."""
    found = installed.copy(installed.root.with_name("own"))
    found.pretend_that_systemd_runs()
    yield found
    found.delete()
