"""Both storage collectors through a real forward proxy, and to a name of which one address is dead."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.exposition.metrics import STORAGE_UP, STORAGE_UPLOAD_THROUGHPUT
from azure_migrate_exporter.reasons import Reason
from tests.integration.conftest import PROXY_USERS
from tests.integration.proxied import through
from tests.integration.storage import ACCOUNT, StorageLab, failures, once, storage_lab
from tests.lab.azurite import Azurite
from tests.lab.blob_proxy import BlobProxy
from tests.lab.entra import CLIENT, TENANT, LabEntra
from tests.lab.forward_proxy import ForwardProxy
from tests.lab.name_server import NameServer
from tests.lab.tcp import Certificates, Fault, TcpListener

WRONG = {"exporter": "guessed"}
HOST = f"{ACCOUNT}.blob.example"


@pytest.fixture
async def lab(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[StorageLab]:
    async with storage_lab(blob_service, tmp_path) as running:
        yield running


def place(lab: StorageLab) -> str:
    return f"localhost:{lab.proxy.port}"


async def expect_both_work(lab: StorageLab) -> None:
    small, large = await once(lab.probe()), await once(lab.benchmark())
    assert (small.reason, small.message, small.value(STORAGE_UP)) == (None, "", 1)
    assert (large.reason, large.message) == (None, "")
    assert isinstance(large.value(STORAGE_UPLOAD_THROUGHPUT), float)
    assert await lab.blobs() == set()


async def expect_both_fail(lab: StorageLab, reason: Reason, message: str) -> None:
    for collector, test in ((lab.probe(), "probe"), (lab.benchmark(), "benchmark")):
        seen = await once(collector)
        assert (seen.reason, failures(seen, test)) == (reason, {reason: 1})
        assert message in seen.message
        assert not any(secret in seen.message for secret in ("guessed", *PROXY_USERS.values()))
    assert not lab.proxy.requests


async def test_both_go_through_a_proxy_with_every_connection(lab: StorageLab, open_proxy: ForwardProxy) -> None:
    lab.route = through(open_proxy, lab.directory)
    await expect_both_work(lab)
    assert (await open_proxy.logged("CONNECT", place(lab))).status == 200
    # A look and the SDK for the probe; a look, the SDK and the upload's own connections for the benchmark.
    ended = len(await open_proxy.ended(lab.proxy.accepted))
    assert ended >= lab.proxy.accepted > 4


async def test_a_proxy_that_wants_a_password_gets_it(lab: StorageLab, proxy_with_password: ForwardProxy) -> None:
    lab.route = through(proxy_with_password, lab.directory, PROXY_USERS)
    await expect_both_work(lab)
    assert (await proxy_with_password.logged("CONNECT", place(lab))).user == "exporter"


@pytest.mark.parametrize(
    ("users", "message"), [(None, "wants credentials (407)"), (WRONG, "refuses the credentials (407)")]
)
async def test_without_the_right_password_the_reason_is_proxy(
    lab: StorageLab, proxy_with_password: ForwardProxy, users: dict[str, str] | None, message: str
) -> None:
    lab.route = through(proxy_with_password, lab.directory, users)
    await expect_both_fail(lab, Reason.PROXY, f"the proxy 127.0.0.1:{proxy_with_password.port} {message}")


async def test_a_proxy_that_inspects_tls_is_tls_and_the_hint_names_it(
    lab: StorageLab, intercepting_proxy: ForwardProxy
) -> None:
    lab.route = through(intercepting_proxy, lab.directory)
    hint = f"does the proxy 127.0.0.1:{intercepting_proxy.port} inspect TLS? Then add its CA to ca_file"
    await expect_both_fail(lab, Reason.TLS, hint)


async def test_a_proxy_that_inspects_tls_works_once_its_ca_is_trusted(
    lab: StorageLab, intercepting_proxy: ForwardProxy
) -> None:
    lab.route, lab.trusted = through(intercepting_proxy, lab.directory), intercepting_proxy.ca_file
    await expect_both_work(lab)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://proxy.invalid:3128"])
async def test_a_proxy_that_is_not_reached_is_named(lab: StorageLab, address: str) -> None:
    lab.route = ProxySettings(url=address)
    await expect_both_fail(lab, Reason.PROXY, f"the proxy {address.removeprefix('http://')} is not reached: ")


async def test_a_destination_in_no_proxy_is_reached_directly(lab: StorageLab) -> None:
    lab.route = ProxySettings(url="http://127.0.0.1:1", no_proxy=("localhost",))
    await expect_both_work(lab)


async def test_an_account_that_the_proxy_does_not_reach_is_unreachable(
    lab: StorageLab, open_proxy: ForwardProxy
) -> None:
    lab.route = through(open_proxy, lab.directory)
    await lab.proxy.switch(Fault.CLOSED)
    await expect_both_fail(lab, Reason.UNREACHABLE, f"cannot connect to {place(lab)} (503)")


async def test_entra_id_is_asked_through_the_proxy_too(lab: StorageLab, open_proxy: ForwardProxy) -> None:
    certificates = Certificates.issue(lab.azurite.ca, lab.directory, "entra")
    async with LabEntra(certificates, "a secret") as entra:
        lab.route = through(open_proxy, lab.directory)
        credential = {
            "type": "client_secret",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "client_secret": lab.secret("a secret"),
            "authority": entra.authority,
        }
        seen = await once(lab.probe(credential=credential))
        assert (seen.reason, seen.message, seen.value(STORAGE_UP)) == (None, "", 1)
        assert (await open_proxy.logged("CONNECT", entra.authority.removeprefix("https://"))).status == 200


async def test_a_name_of_which_the_first_address_is_dead_works(
    blob_service: Azurite, tmp_path: Path, name_server: NameServer
) -> None:
    certificates = Certificates.issue(blob_service.ca, tmp_path, "named", HOST)
    async with storage_lab(blob_service, tmp_path) as lab, BlobProxy(blob_service, certificates) as named:
        async with TcpListener(host="127.0.0.9", port=named.port) as dead:
            await dead.switch(Fault.DROPPED)
            name_server.set_addresses(HOST, dead.host, named.host)
            endpoint = f"https://{HOST}:{named.port}/{ACCOUNT}"
            for collector in (lab.probe(endpoint=endpoint), lab.both(endpoint=endpoint)[1]):
                seen = await once(collector)
                assert (seen.reason, seen.message) == (None, "")
        assert named.requests["put block"] > 0


async def test_a_name_server_that_is_silent_is_dns(lab: StorageLab, name_server: NameServer) -> None:
    name_server.silent = True
    seen = await once(lab.probe(endpoint=f"https://{HOST}/{ACCOUNT}"))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.DNS, 0)
    assert HOST in seen.message
