"""The container image: build it from the Dockerfile, inspect it, run it and scrape it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import aiohttp
import pytest

from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.check_status import Sample
from tests.lab.containers import BASE, Buildah, buildah
from tests.lab.exporter import START_DEADLINE, Exporter
from tests.lab.process import answers, free_port, running
from tests.lab.tcp import TcpListener

pytestmark = pytest.mark.timeout(300)  # building the image takes long on a busy machine

IMAGE = "localhost/azure-migrate-exporter"
LOADS = "from azure_migrate_exporter.collectors.registry import COLLECTORS; [it.load() for it in COLLECTORS.values()]"
USES_BUILDAH = """
import sys
from pathlib import Path
from tests.lab.containers import Buildah
storage, files = map(Path, sys.argv[1:])
builder = Buildah(storage)
builder.make(files, "localhost/made")
print(builder.configuration("localhost/made"), builder.container("localhost/made"))
builder("rm", "--all")
"""
REPRODUCIBLE = """
import pathlib, sys
found = [path for path in pathlib.Path("/opt").rglob("*.pyc")]
assert found and all(path.stat().st_mtime == 0 for path in found)
print(*[path for path in found if path.read_bytes()[4:8] != b"\\1\\0\\0\\0"])  # an unchecked hash
"""


@dataclass(frozen=True)
class Image:
    """The built image, a container of it, and the configuration of the image."""

    buildah: Buildah
    container: str
    configuration: dict[str, Any]

    def run(self, *command: str) -> str:
        return self.buildah.run(self.container, command)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    builder = buildah(tmp_path_factory.mktemp("buildah"))
    builder.build(tools.ROOT, IMAGE, f"--build-arg=BASE={BASE}", "--build-arg=REVISION=c0ffee")
    yield Image(builder, builder.container(IMAGE), builder.configuration(IMAGE))
    builder("rm", "--all")
    builder("rmi", IMAGE)


def test_its_user_is_not_root_and_can_write_only_the_state(image: Image) -> None:
    assert image.configuration["User"] == "65532:65532"
    assert image.run("id", "-u") == "65532"
    writable = "find / -xdev -type d -writable -not -path '/proc*' -not -path '/dev*' 2>/dev/null || true"
    assert set(image.run("sh", "-c", writable).split()) == {
        "/var/lib/azure-migrate-exporter",
        "/tmp",
        "/var/tmp",
        "/run/lock",
    }


def test_it_contains_no_build_tools_and_no_tests(image: Image) -> None:
    packages = set(image.run("ls", "/opt/azure-migrate-exporter/lib/python3.11/site-packages").split())
    assert "azure_migrate_exporter" in packages
    assert not packages & {"pip", "setuptools", "hatchling", "pytest", "mypy"}
    assert image.run("sh", "-c", "ls -d /src /build /dist /wheels 2>/dev/null || true") == ""


def test_it_is_reproducible(image: Image) -> None:
    assert image.run("python3", "-c", REPRODUCIBLE) == ""


def test_every_collector_can_be_imported(image: Image) -> None:
    image.run("python3", "-c", LOADS)


def test_its_labels_and_its_version_match(image: Image) -> None:
    assert image.configuration["Labels"]["org.opencontainers.image.revision"] == "c0ffee"
    assert image.configuration["Labels"]["org.opencontainers.image.version"] == "0.1.0"
    assert image.configuration["Labels"]["org.opencontainers.image.base.name"] == BASE
    assert image.configuration["ExposedPorts"] == {"9878/tcp": {}}
    assert (
        image.run("azure-migrate-exporter", "--version") == "azure-migrate-exporter, version 0.1.0 (revision: c0ffee)"
    )


async def test_its_exporter_starts_is_scraped_and_is_healthy(image: Image, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with TcpListener() as vault, aiohttp.ClientSession() as session:
        config = tmp_path / "exporter.yml"
        config.write_text(
            "appliances: [{name: paris, keyvaults: "
            f"[{{vault: migratekv1, address: 127.0.0.1, port: {vault.port}, tls: false}}]}}]\n",
            encoding="utf-8",
        )
        mount = f"--volume={config}:/etc/azure-migrate-exporter/exporter.yml:ro"
        command = (*image.configuration["Entrypoint"], *image.configuration["Cmd"], f"--web.listen-address={address}")
        program = image.buildah.program("run", mount, image.container, "--", *command)
        async with running("container", program, log=tmp_path / "log", stop_deadline=2.0) as process:
            await process.until(answers(session, f"http://{address}/-/ready"), START_DEADLINE)
            page = await Exporter(address, process, session).page()
            kind, *check = image.configuration["Healthcheck"]["Test"]
            # Process 1 of this container is not the exporter, whose flags are given instead.
            assert (kind, check.pop()) == ("CMD", "--pid=1")
            check.append(f"--web.listen-address={address}")
            image.run(*check)
        with pytest.raises(RuntimeError, match="refused"):
            image.run(*check)
    assert value(page, "keyvault_tcp_up") == 1


def test_it_is_built_from_a_mirror_whose_certificate_a_private_ca_signed(image: Image, tmp_path: Path) -> None:
    authority = LabCA(tmp_path / "tls")
    with package_index(tmp_path / "index", authority) as url:
        mirror = (f"--build-arg=BASE={BASE}", f"--build-arg=PIP_INDEX_URL={url}", "--target=build")
        with pytest.raises(RuntimeError):
            image.buildah.build_online(tools.ROOT, "localhost/untrusted", *mirror)
        image.buildah.build_online(tools.ROOT, "localhost/mirrored", *mirror, f"--secret=id=ca,src={authority.bundle}")
    container = image.buildah.container("localhost/mirrored")
    assert "azure_migrate_exporter" in image.buildah.run(
        container, ("ls", "/opt/azure-migrate-exporter/lib/python3.11/site-packages")
    )
    assert image.buildah.run(container, ("find", "/run/secrets", "-type", "f", "-size", "+0")) == ""


@contextmanager
def package_index(directory: Path, authority: LabCA) -> Iterator[str]:
    """The packages of the image as an index for pip, over HTTPS; its URL."""
    for wheel in tools.wheels().glob("*.whl"):
        package = directory / "simple" / wheel.name.partition("-")[0].replace("_", "-").replace(".", "-").lower()
        package.mkdir(parents=True, exist_ok=True)
        (package / wheel.name).symlink_to(wheel)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(directory))) as server:
        server.socket = authority.issue("index").server_context().wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()


class Files(SimpleHTTPRequestHandler):
    """Files and lists of them, without a log."""

    def log_message(self, *_: object) -> None:
        pass


def test_a_buildah_that_is_already_installed_is_used(tmp_path: Path) -> None:
    """As on build machines that come with it: then Debian's package has nothing to unpack."""
    for directory in ("cache", "storage", "files"):
        (tmp_path / directory).mkdir()
    (tmp_path / "files" / "file").touch()
    command = [sys.executable, "-c", USES_BUILDAH, str(tmp_path / "storage"), str(tmp_path / "files")]
    if not shutil.which("buildah"):
        unpacked = tools._debian("buildah", "buildah")
        install = f'mount -t overlay overlay -o lowerdir={unpacked}/usr:/usr /usr && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", install, "sh", *command]
    environment = {**os.environ, "LAB_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(tools.ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert "made-working-container" in done.stdout
    assert list((tmp_path / "cache").iterdir()) == []


def value(page: list[Sample], name: str) -> float:
    (found,) = (sample.value for sample in page if sample.name == name)
    return found
