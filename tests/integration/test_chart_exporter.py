"""What the chart writes, used for real: configurations, arguments, the reloader, the test pod."""

import asyncio
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import yaml

from azure_migrate_exporter.commands.check_config import check
from tests.chart.rendered import CI, Objects, objects, of
from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.exporter import COMMAND, START_DEADLINE, Exporter
from tests.lab.process import Process, answers, free_port, running

ETC = "/etc/azure-migrate-exporter"
INSTALLATIONS = tuple(path.name.removesuffix("-values.yaml") for path in CI)
CONFIGURED = tuple(name for name in INSTALLATIONS if "ConfigMap" in of(name).kinds)


def mount(directory: Path, files: Mapping[str, str]) -> None:
    """Put files there as the kubelet does: behind one link, so that all of them change at once."""
    directory.mkdir(exist_ok=True)
    version = Path(tempfile.mkdtemp(prefix="..", dir=directory))
    for name, text in files.items():
        (version / name).write_text(text, encoding="utf-8")
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
    link = directory / "..new"
    link.symlink_to(version.name)
    link.rename(directory / "..data")


def mount_configuration(made: Objects, root: Path) -> list[Path]:
    """The ConfigMap, in a directory that stands for `/etc/azure-migrate-exporter`; gives its files."""
    data = {key: text.replace(ETC, str(root)) for key, text in next(made.all("ConfigMap"))["data"].items()}
    mount(root / "config", data)
    return [root / "config" / key for key in data]


def write_secrets(made: Objects, directory: Path, ca: LabCA) -> None:
    """A file for each that the configuration names: what the Secrets of `secretFiles` would hold."""
    secrets = directory / "secrets"
    secrets.mkdir()
    for name in re.findall(rf"{ETC}/secrets/([\w.-]+)", yaml.safe_dump(list(made))):
        if name == "ca.pem":
            shutil.copy(ca.bundle, secrets / name)
        else:
            (secrets / name).write_text("not empty", encoding="utf-8")


@pytest.mark.parametrize("name", CONFIGURED)
def test_the_exporter_accepts_each_configuration(
    name: str, tmp_path: Path, lab_ca: LabCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCENTER_PASSWORD", "from the Secret azure-migrate-vcenter")
    write_secrets(of(name), tmp_path, lab_ca)
    files = mount_configuration(of(name), tmp_path)
    assert [check(file) for file in files] == [()] * len(files)


@asynccontextmanager
async def installed(root: Path, made: Objects) -> AsyncIterator[Exporter]:
    """The exporter with the arguments of the pod, and a directory in place of the pod's own."""
    mount_configuration(made, root)
    address = f"127.0.0.1:{free_port()}"
    places = {ETC: str(root), "/var/lib": str(root), f":{made.exporter['ports'][0]['containerPort']}": address}
    arguments = [replaced(argument, places) for argument in made.exporter["args"]]
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        running("azure-migrate-exporter", COMMAND, *arguments, log=root / "exporter.log") as process,
    ):
        await process.until(answers(session, f"http://{address}/-/healthy"), START_DEADLINE)
        yield Exporter(address, process, session)


def replaced(argument: str, places: Mapping[str, str]) -> str:
    for there, here in places.items():
        argument = argument.replace(there, here)
    return argument


async def test_the_exporter_runs_with_the_arguments_of_the_pod_and_passes_helm_test(tmp_path: Path) -> None:
    made = objects(log={"level": "debug", "format": "json"})
    async with installed(tmp_path, made) as it:
        await becomes(it.process, it, lambda page: "config_last_reload_successful" in page)
        said = await helm_test(made, it.url)
    assert said == (0, "azure_migrate_config_last_reload_successful 1.0\n")


async def test_helm_test_fails_where_nothing_answers() -> None:
    code, _ = await helm_test(of("minimal"), f"http://127.0.0.1:{free_port()}")
    assert code == 1


async def helm_test(made: Objects, url: str) -> tuple[int, str]:
    """Exit code and output of the test pod's command, against this exporter."""
    (container,) = next(made.all("Pod"))["spec"]["containers"]
    script, _, *flags = container["args"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, url, *flags, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_sidecar_reloads_what_the_kubelet_swaps(tmp_path: Path) -> None:
    made = objects(reload={"mode": "sidecar"})
    sidecar = made.pod["spec"]["containers"][1]
    async with installed(tmp_path, made) as it:
        places = {ETC: str(tmp_path), "127.0.0.1:9878": it.address}
        arguments = [replaced(argument, places) for argument in sidecar["args"]]
        async with running("reloader", tools.config_reloader(), *arguments, log=tmp_path / "log") as reloader:
            await reloader.until(says(reloader, "started watching"), 30)
            mount(tmp_path / "config", {"exporter.yml": "appliances: [{name: paris, address: 127.0.0.1, port: 1}]"})
            await becomes(reloader, it, lambda page: 'target="paris"' in page)


def says(process: Process, words: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return words in process.last_output()

    return check


async def becomes(process: Process, it: Exporter, holds: Callable[[str], bool]) -> None:
    async def check() -> bool:
        return holds(await it.text())

    await process.until(check, 30)
