"""The .rpm: what it says of itself, and its scripts, run by rpm in a Debian system.

Untried here: dnf, which resolves its dependencies, and a system of Red Hat's family.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.packages.conftest import NEXT, VERSION, Packages
from tests.packages.system import System

pytestmark = pytest.mark.timeout(900)

NAME: Final = "azure-migrate-exporter"
UNIT: Final = f"{NAME}.service"
RPM: Final = ("rpm", "--noplugins")
"""Without the plug-in of Debian 13 that gives scripts a mount namespace: the root of a chroot is no mount."""
CONFIGURATION: Final = f"/etc/{NAME}/exporter.yml"


@pytest.fixture(scope="module")
def with_rpm(pristine: System) -> System:
    """A system that has rpm and what the package needs."""
    found = pristine.copy(pristine.root.with_name("rpm"))
    found.apt_install("rpm", "python3", "systemd", "ca-certificates", "tzdata")
    return found


@pytest.fixture
def system(with_rpm: System, packages: Packages) -> Iterator[System]:
    """A system where rpm installed the package, with a service manager that is asked."""
    found = with_rpm.copy(with_rpm.root.with_name("own"))
    found.pretend_that_systemd_runs()
    found.run(*RPM, "--install", "--nodeps", found.add(packages.rpm))
    yield found
    found.delete()


def lines(system: System, *arguments: str) -> set[str]:
    return set(system.run("rpm", *arguments).splitlines())


def test_it_is_whole_and_needs_a_python_that_it_has_modules_for(with_rpm: System, packages: Packages) -> None:
    file = with_rpm.add(packages.rpm)
    with_rpm.run("rpm", "--checksig", file)
    needs = lines(with_rpm, "--query", "--package", "--requires", file)
    assert "(python3 >= 3.11 or python3.12 or python3.11)" in needs
    assert {"systemd", "ca-certificates", "tzdata"} <= needs


def test_configuration_is_marked_as_such(with_rpm: System, packages: Packages) -> None:
    file = with_rpm.add(packages.rpm)
    marked = lines(with_rpm, "--query", "--package", "--configfiles", file)
    assert marked == {CONFIGURATION, f"/etc/default/{NAME}"}
    assert f"/usr/lib/systemd/system/{UNIT}" in lines(with_rpm, "--query", "--package", "--list", file)


def test_it_owns_no_directory_that_all_packages_share(with_rpm: System, packages: Packages) -> None:
    owned = lines(with_rpm, "--query", "--package", "--list", with_rpm.add(packages.rpm))
    assert not owned & {"/etc", "/usr", "/usr/bin", "/usr/lib", "/usr/share", "/usr/share/doc", "/usr/share/man/man1"}


def test_an_installation_makes_the_user_and_leaves_the_service_alone(system: System) -> None:
    assert system.systemctl_calls() == ["daemon-reload"]
    assert system.run(NAME, "--version") == f"{NAME}, version {VERSION} (revision: c0ffee)"
    assert system.run("stat", "--format=%a %U:%G", f"/etc/{NAME}") == f"750 root:{NAME}"
    assert system.run(NAME, "check-config", CONFIGURATION) == f"{CONFIGURATION}: ok"
    assert system.run("systemd-analyze", "verify", "--man=no", UNIT) == ""


def test_an_upgrade_keeps_the_edited_configuration_and_restarts_a_service_that_runs(
    system: System, next_packages: Packages
) -> None:
    edited = "# Mine.\nappliances: []\n"
    system.path(CONFIGURATION).write_text(edited, encoding="utf-8")
    system.systemctl_calls()
    system.run(*RPM, "--upgrade", "--nodeps", system.add(next_packages.rpm))
    assert system.run("rpm", "--query", NAME) == f"{NAME}-{NEXT}-1.x86_64"
    assert system.path(CONFIGURATION).read_text(encoding="utf-8") == edited
    assert system.systemctl_calls() == ["daemon-reload", "daemon-reload", f"try-restart {UNIT}"]
    assert system.run(NAME, "--version").startswith(NAME)


def test_removal_stops_the_service_and_keeps_edited_configuration_and_user(system: System) -> None:
    system.path(CONFIGURATION).write_text("# Mine.\nappliances: []\n", encoding="utf-8")
    system.run("systemctl", "enable", UNIT)
    system.systemctl_calls()
    system.run(*RPM, "--erase", NAME)
    assert system.systemctl_calls() == [f"stop {UNIT}", f"--no-reload --quiet disable {UNIT}", "daemon-reload"]
    assert system.path(f"{CONFIGURATION}.rpmsave").is_file()
    assert not system.path(f"/usr/lib/{NAME}").exists()
    assert not system.path(f"/etc/systemd/system/multi-user.target.wants/{UNIT}").is_symlink()
    system.run("getent", "passwd", NAME)
