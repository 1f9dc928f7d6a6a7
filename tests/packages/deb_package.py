"""The .deb: installed by apt, configured, run as its user, upgraded, removed and purged."""

import re
import shlex
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.lab.exporter import START_DEADLINE, Exporter
from tests.lab.process import answers, free_port, running
from tests.lab.tcp import TcpListener
from tests.packages.conftest import NEXT, VERSION, Packages, built
from tests.packages.system import System

pytestmark = pytest.mark.timeout(900)

NAME: Final = "azure-migrate-exporter"
UNIT: Final = f"{NAME}.service"
CONFIGURATION: Final = f"/etc/{NAME}/exporter.yml"
APPLICATION: Final = f"/usr/lib/{NAME}/app"
LOADS: Final = (
    "import sys; sys.path.insert(0, '" + APPLICATION + "'); "
    "from azure_migrate_exporter.collectors.registry import COLLECTORS; [it.load() for it in COLLECTORS.values()]"
)


def status(system: System) -> str:
    return system.run("dpkg-query", "--show", "--showformat=${db:Status-Abbrev}${Version}", NAME)


def asked(system: System) -> list[str]:
    """What was asked of the service manager, each thing once: systemd's own package reloads it too."""
    return list(dict.fromkeys(system.systemctl_calls()))


def facts(system: System, *paths: str) -> list[str]:
    """Permissions, owner and group of files."""
    return system.run("stat", "--format=%a %U:%G", *paths).splitlines()


def remains(system: System) -> list[str]:
    return system.run(
        "find", "/", "-xdev", "-name", f"*{NAME}*", "-not", "-path", "/tmp/*", "-not", "-path", "/proc/*"
    ).split()


def test_apt_installs_it_with_what_it_needs(installed: System) -> None:
    assert status(installed) == f"ii {VERSION}-1"
    assert installed.run(NAME, "--version") == f"{NAME}, version {VERSION} (revision: c0ffee)"


def test_its_files_are_as_dpkg_unpacked_them(installed: System) -> None:
    assert installed.run("dpkg", "--verify", NAME) == ""


def test_every_collector_can_be_imported_with_the_python_of_the_system(installed: System) -> None:
    installed.run(f"/usr/lib/{NAME}/python", "-I", "-S", "-c", LOADS)


def test_it_is_compiled_for_that_python(installed: System) -> None:
    cached = "import sys, importlib.util as it; print(it.cache_from_source(sys.argv[1]))"
    compiled = installed.run("python3", "-c", cached, f"{APPLICATION}/azure_migrate_exporter/cli.py")
    assert installed.path(compiled).is_file()


def test_packages_of_the_system_and_variables_of_python_do_not_reach_it(system: System) -> None:
    for directory in ("/usr/lib/python3/dist-packages", "/other"):
        system.path(directory).mkdir(parents=True, exist_ok=True)
        (system.path(directory) / "click.py").write_text("raise SystemExit('the wrong click')", encoding="utf-8")
    assert system.run("env", "PYTHONPATH=/other", NAME, "--version").startswith(f"{NAME}, version")


def test_its_user_cannot_log_in_and_owns_nothing(installed: System) -> None:
    name, _, uid, _, _, home, shell = installed.run("getent", "passwd", NAME).split(":")
    assert (name, home, shell) == (NAME, f"/var/lib/{NAME}", "/usr/sbin/nologin")
    assert 0 < int(uid) < 1000
    assert installed.run("find", "/", "-xdev", "-user", NAME) == ""


def test_files_with_secrets_are_for_the_exporter_only(installed: System) -> None:
    assert facts(installed, f"/etc/{NAME}", CONFIGURATION) == [f"750 root:{NAME}", "644 root:root"]


def test_its_configuration_is_valid_and_checks_nothing_yet(installed: System) -> None:
    assert installed.run(NAME, "check-config", CONFIGURATION) == f"{CONFIGURATION}: ok"


def test_the_service_waits_for_its_configuration(installed: System) -> None:
    assert installed.attempt("systemctl", "is-enabled", UNIT) == (1, "disabled")


def test_systemd_accepts_the_unit_and_finds_its_documentation(installed: System) -> None:
    assert installed.run("systemd-analyze", "verify", "--man=no", UNIT) == ""
    documentation = unit(installed, "Documentation").split()
    assert documentation == [f"man:{NAME}(1)", f"file:///usr/share/doc/{NAME}/README.md"]
    assert installed.path(documentation[1].removeprefix("file://")).is_file()
    pages = {page.name for page in installed.path("/usr/share/man/man1").glob(f"{NAME}*")}
    assert {f"{NAME}.1.gz", f"{NAME}-serve.1.gz", f"{NAME}-diagnose.1.gz"} <= pages


def test_the_examples_of_flags_are_flags(installed: System) -> None:
    text = installed.path(f"/etc/default/{NAME}").read_text(encoding="utf-8")
    flags = re.findall(r'ARGS="(--[a-z.-]+)=', text)
    help_text = installed.run(NAME, "serve", "--help")
    assert flags
    assert all(f"{flag} " in help_text for flag in flags)


async def test_the_command_of_the_unit_serves_as_its_user(system: System, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    system.path(f"/etc/default/{NAME}").write_text(f'ARGS="--web.listen-address={address}"\n', encoding="utf-8")
    # As `StateDirectory=` does.
    system.run("install", "--directory", "--mode=0700", f"--owner={NAME}", f"--group={NAME}", f"/var/lib/{NAME}")
    async with TcpListener() as vault, aiohttp.ClientSession() as session:
        system.path(CONFIGURATION).write_text(
            "appliances: [{name: paris, keyvaults: "
            f"[{{vault: migratekv1, address: 127.0.0.1, port: {vault.port}, tls: false}}]}}]\n",
            encoding="utf-8",
        )
        start = f". /etc/default/{NAME}; exec {unit(system, 'ExecStart')}"
        user = ("setpriv", f"--reuid={NAME}", f"--regid={NAME}", "--init-groups", "--no-new-privs")
        program = system.program(*user, "sh", "-c", start)
        async with running(NAME, program, log=tmp_path / "log", stop_deadline=2.0) as process:
            await process.until(answers(session, f"http://{address}/-/ready"), START_DEADLINE)
            page = await Exporter(address, process, session).page()
            assert system.run(NAME, "healthcheck", f"--web.listen-address={address}") == ""
    assert [sample.value for sample in page if sample.name == "keyvault_tcp_up"] == [1]


def test_an_upgrade_keeps_the_edited_configuration_and_restarts_the_service(
    system: System, next_packages: Packages
) -> None:
    edited = "# Mine.\nappliances: []\n"
    system.path(CONFIGURATION).write_text(edited, encoding="utf-8")
    system.path(f"/etc/default/{NAME}").write_text('ARGS="--log.level=warn"\n', encoding="utf-8")
    system.run("chmod", "0700", f"/etc/{NAME}")
    system.run("systemctl", "enable", UNIT)
    system.systemctl_calls()
    system.run(
        "apt-get", "--quiet", "--yes", "install", "-o", "Dpkg::Options::=--force-confold", system.add(next_packages.deb)
    )
    assert status(system) == f"ii {NEXT}-1"
    assert system.path(CONFIGURATION).read_text(encoding="utf-8") == edited
    assert system.path(f"{CONFIGURATION}.dpkg-dist").read_text(encoding="utf-8").startswith("# Another default.")
    assert "warn" in system.path(f"/etc/default/{NAME}").read_text(encoding="utf-8")
    assert facts(system, f"/etc/{NAME}") == [f"700 root:{NAME}"]
    assert asked(system) == ["daemon-reload", f"--quiet --system restart {UNIT}"]


def test_an_upgrade_does_not_start_a_service_that_is_not_enabled(system: System, next_packages: Packages) -> None:
    system.run("dpkg", "--install", system.add(next_packages.deb))
    assert asked(system) == ["daemon-reload"]


def test_an_unchanged_configuration_follows_the_package(system: System, next_packages: Packages) -> None:
    system.run("dpkg", "--install", system.add(next_packages.deb))
    assert system.path(CONFIGURATION).read_text(encoding="utf-8").startswith("# Another default.")


def test_removal_stops_the_service_and_keeps_configuration_and_state(system: System) -> None:
    system.run("systemctl", "enable", UNIT)
    system.path(f"/etc/{NAME}/sas.txt").write_text("secret", encoding="utf-8")
    system.path(f"/var/lib/{NAME}").mkdir()
    system.systemctl_calls()
    system.run("apt-get", "--quiet", "--yes", "remove", NAME)
    assert asked(system) == [f"stop {UNIT}", f"--no-reload --quiet disable {UNIT}", "daemon-reload"]
    assert status(system).startswith("rc ")
    assert set(remains(system)) - {f"/etc/default/{NAME}"} == {
        f"/etc/{NAME}",
        f"/var/lib/{NAME}",
        *dpkg_records(system),
    }
    assert {path.name for path in system.path(f"/etc/{NAME}").iterdir()} == {"exporter.yml", "sas.txt"}


def test_after_a_removal_it_can_be_installed_again(system: System, packages: Packages) -> None:
    system.run("dpkg", "--remove", NAME)
    system.run("dpkg", "--install", system.add(packages.deb))
    assert status(system) == f"ii {VERSION}-1"
    assert facts(system, f"/etc/{NAME}") == [f"750 root:{NAME}"]


def test_a_purge_leaves_nothing(system: System) -> None:
    system.path(f"/etc/{NAME}/sas.txt").write_text("secret", encoding="utf-8")
    system.path(f"/var/lib/{NAME}/state").mkdir(parents=True)
    system.run("systemctl", "enable", UNIT)
    system.run("apt-get", "--quiet", "--yes", "purge", NAME)
    assert remains(system) == []
    assert system.attempt("getent", "passwd", NAME)[0] == 2
    assert system.attempt("getent", "group", NAME)[0] == 2


def test_a_purge_can_follow_a_removal(system: System) -> None:
    system.run("dpkg", "--remove", NAME)
    system.run("dpkg", "--purge", NAME)
    assert remains(system) == []


def test_without_a_python_of_a_supported_version_it_says_what_to_install(system: System) -> None:
    for python in system.path("/usr/bin").glob("python3*"):
        python.unlink()
    code, output = system.attempt(NAME, "--version")
    assert code == 1
    assert output.startswith(f"{NAME}: needs Python 3.11, 3.12, 3.13 or 3.14")
    assert len(output.splitlines()) == 1


def test_a_later_python_is_taken_where_the_system_has_an_older_one(system: System) -> None:
    """As on Enterprise Linux 9, where `python3` is 3.9."""
    ours = system.run("readlink", "-f", "/usr/bin/python3")
    system.run("ln", "--symbolic", "--force", "/bin/false", "/usr/bin/python3.9")
    system.run("ln", "--symbolic", "--force", "/usr/bin/python3.9", "/usr/bin/python3")
    assert system.run(f"/usr/lib/{NAME}/python", "-c", "import sys; print(sys.executable)") == ours


def test_it_is_reproducible(packages: Packages, tmp_path: Path) -> None:
    again = built(tmp_path, VERSION)
    assert again.deb.read_bytes() == packages.deb.read_bytes()
    assert again.rpm.read_bytes() == packages.rpm.read_bytes()


def test_lintian_finds_nothing_that_is_not_explained(pristine: System, packages: Packages) -> None:
    system = pristine.copy(pristine.root.with_name("lintian"))
    system.apt_install("lintian", "man-db")
    code, output = system.attempt("lintian", "--allow-root", "--fail-on=error,warning", system.add(packages.deb))
    assert code == 0, output


def unit(system: System, key: str) -> str:
    """A value of the installed unit."""
    text = system.path(f"/usr/lib/systemd/system/{UNIT}").read_text(encoding="utf-8").replace("\\\n", " ")
    (found,) = re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)
    return " ".join(shlex.split(found))


def dpkg_records(system: System) -> set[str]:
    """What dpkg keeps of a package that was removed and not purged."""
    return {path for path in remains(system) if path.startswith("/var/lib/dpkg/")}
