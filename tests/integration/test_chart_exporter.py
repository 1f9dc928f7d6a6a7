"""The chart's configurations and arguments, its reloader and its test pod, with the real exporter."""

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
from tests.chart.manifests import CI, Manifests, example, render
from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.exporter import COMMAND, START_DEADLINE, Exporter
from tests.lab.process import Process, answers, free_port, running

ETC = "/etc/azure-migrate-exporter"
INSTALLATIONS = tuple(path.name.removesuffix("-values.yaml") for path in CI)
CONFIGURED = tuple(name for name in INSTALLATIONS if "ConfigMap" in example(name).kinds)


def mount(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files as the kubelet does: behind one link, so that all of them change at once."""
    directory.mkdir(exist_ok=True)
    version = Path(tempfile.mkdtemp(prefix="..", dir=directory))
    for name, text in files.items():
        (version / name).write_text(text, encoding="utf-8")
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
    link = directory / "..new"
    link.symlink_to(version.name)
    link.rename(directory / "..data")


def mount_configuration(manifests: Manifests, root: Path) -> list[Path]:
    """Write the ConfigMap to a directory that replaces `/etc/azure-migrate-exporter`. Returns its files."""
    data = {key: text.replace(ETC, str(root)) for key, text in next(manifests.all("ConfigMap"))["data"].items()}
    mount(root / "config", data)
    return [root / "config" / key for key in data]


def write_secrets(manifests: Manifests, directory: Path, ca: LabCA) -> None:
    """Write the files that the configuration names, which are keys of the Secrets of `secretFiles`."""
    secrets = directory / "secrets"
    secrets.mkdir()
    for name in re.findall(rf"{ETC}/secrets/([\w.-]+)", yaml.safe_dump(list(manifests))):
        if name == "ca.pem":
            shutil.copy(ca.bundle, secrets / name)
        else:
            (secrets / name).write_text("not empty", encoding="utf-8")


@pytest.mark.parametrize("name", CONFIGURED)
def test_the_exporter_accepts_each_configuration(
    name: str, tmp_path: Path, lab_ca: LabCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCENTER_PASSWORD", "from the Secret azure-migrate-vcenter")
    write_secrets(example(name), tmp_path, lab_ca)
    files = mount_configuration(example(name), tmp_path)
    assert [check(file) for file in files] == [()] * len(files)


@asynccontextmanager
async def installed(root: Path, manifests: Manifests) -> AsyncIterator[Exporter]:
    """Run the exporter with the arguments of the pod, and a directory instead of the pod's volumes."""
    mount_configuration(manifests, root)
    address = f"127.0.0.1:{free_port()}"
    paths = {ETC: str(root), "/var/lib": str(root), f":{manifests.exporter['ports'][0]['containerPort']}": address}
    arguments = [replaced(argument, paths) for argument in manifests.exporter["args"]]
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        running("azure-migrate-exporter", COMMAND, *arguments, log=root / "exporter.log") as process,
    ):
        await process.until(answers(session, f"http://{address}/-/healthy"), START_DEADLINE)
        yield Exporter(address, process, session)


def replaced(argument: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        argument = argument.replace(old, new)
    return argument


async def test_the_exporter_runs_with_the_arguments_of_the_pod_and_passes_helm_test(tmp_path: Path) -> None:
    manifests = render(log={"level": "debug", "format": "json"})
    async with installed(tmp_path, manifests) as exporter:
        await until_page(exporter.process, exporter, lambda page: "config_last_reload_successful" in page)
        result = await helm_test(manifests, exporter.url)
    assert result == (0, "azure_migrate_config_last_reload_successful 1.0\n")


async def test_helm_test_fails_without_an_answer() -> None:
    code, _ = await helm_test(example("minimal"), f"http://127.0.0.1:{free_port()}")
    assert code == 1


async def helm_test(manifests: Manifests, url: str) -> tuple[int, str]:
    """Exit code and output of the test pod's command for this exporter."""
    (container,) = next(manifests.all("Pod"))["spec"]["containers"]
    script, _, *flags = container["args"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, url, *flags, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_sidecar_reloads_the_files_that_the_kubelet_replaces(tmp_path: Path) -> None:
    manifests = render(reload={"mode": "sidecar"})
    sidecar = manifests.pod["spec"]["containers"][1]
    async with installed(tmp_path, manifests) as exporter:
        replacements = {ETC: str(tmp_path), "127.0.0.1:9878": exporter.address}
        arguments = [replaced(argument, replacements) for argument in sidecar["args"]]
        async with running("reloader", tools.config_reloader(), *arguments, log=tmp_path / "log") as reloader:
            await reloader.until(logs(reloader, "started watching"), 30)
            mount(tmp_path / "config", {"exporter.yml": "appliances: [{name: paris, address: 127.0.0.1, port: 1}]"})
            await until_page(reloader, exporter, lambda page: 'target="paris"' in page)


def logs(process: Process, text: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return text in process.last_output()

    return check


async def until_page(process: Process, exporter: Exporter, condition: Callable[[str], bool]) -> None:
    """Wait until the exporter's metrics page meets a condition, as long as the process runs."""

    async def check() -> bool:
        return condition(await exporter.text())

    await process.until(check, 30)
