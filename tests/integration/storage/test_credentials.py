"""Every kind of credential for an account, with real tokens over real TLS: an account key and Entra identities."""

import base64
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.exposition.metrics import STORAGE_SAS_EXPIRY, STORAGE_UP, STORAGE_UPLOAD_THROUGHPUT
from azure_migrate_exporter.reasons import Reason
from tests.integration.storage import ACCOUNT, StorageLab, once, storage_lab
from tests.lab.azurite import Azurite
from tests.lab.entra import CLIENT, TENANT, LabEntra, application_certificate
from tests.lab.tcp import Certificates, Fault
from tests.measured import measure

SCOPE = "https://storage.azure.com/.default"


@pytest.fixture
async def lab(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[StorageLab]:
    async with storage_lab(blob_service, tmp_path) as running:
        yield running


@pytest.fixture
async def entra(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[LabEntra]:
    async with LabEntra(Certificates.issue(blob_service.ca, tmp_path, "entra"), secrets.token_hex()) as running:
        yield running


@pytest.fixture
def secret_file(tmp_path: Path, entra: LabEntra) -> Path:
    file = tmp_path / "client-secret"
    file.write_text(entra.secret)
    return file


def application(entra: LabEntra, secret_file: Path, **changes: Any) -> dict[str, Any]:
    return {
        "type": "client_secret",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": {"file": str(secret_file)},
        "authority": entra.authority,
        **changes,
    }


def write(file: Path, text: str) -> None:
    file.write_text(text)


async def expect_success(lab: StorageLab, **credential: Any) -> None:
    small, large = lab.both(**credential)
    seen = await measure(small)
    assert (seen.reason, seen.message, seen.value(STORAGE_UP)) == (None, "", 1)
    assert seen.value(STORAGE_SAS_EXPIRY) is None
    seen = await measure(large, timeout=60)
    assert (seen.reason, seen.message) == (None, "")
    assert isinstance(seen.value(STORAGE_UPLOAD_THROUGHPUT), float)
    await small.close()
    await large.close()
    assert await lab.blobs() == set()


async def test_an_account_key_lets_both_in(lab: StorageLab) -> None:
    await expect_success(lab, account_key=lab.secret(lab.azurite.keys[ACCOUNT]))


async def test_another_accounts_key_is_refused(lab: StorageLab) -> None:
    seen = await once(lab.probe(account_key=lab.secret(base64.b64encode(secrets.token_bytes(64)).decode())))
    # Azurite's word for it is AuthorizationFailure, the real service's AuthenticationFailed.
    assert seen.reason in {Reason.FORBIDDEN, Reason.UNAUTHENTICATED}


@pytest.mark.parametrize("key", ["not base64!", "c2hvcnQ="])
async def test_what_cannot_be_a_key_gives_one_clear_line(lab: StorageLab, key: str) -> None:
    seen = await once(lab.probe(account_key=lab.secret(key)))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.UNAUTHENTICATED, 0)
    assert seen.message == "the account key is not base64, or not whole: copy key1 or key2 as it is"


async def test_an_application_with_a_secret_lets_both_in(lab: StorageLab, entra: LabEntra, secret_file: Path) -> None:
    await expect_success(lab, credential=application(entra, secret_file))
    assert entra.tokens == {SCOPE: 2}


async def test_an_application_with_a_certificate_is_let_in(lab: StorageLab, entra: LabEntra) -> None:
    file = lab.directory / "application.pem"
    file.write_bytes(application_certificate())
    credential = {
        "type": "client_certificate",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "certificate_file": str(file),
        "authority": entra.authority,
    }
    await expect_success(lab, credential=credential)


async def test_a_workload_identity_is_let_in(lab: StorageLab, entra: LabEntra) -> None:
    file = lab.directory / "service-account-token"
    file.write_text("a token of the cluster")
    names = {"tenant_id": TENANT, "client_id": CLIENT, "token_file": str(file)}
    credential = {"type": "workload_identity", "authority": entra.authority, **names}
    await expect_success(lab, credential=credential)


async def test_a_token_is_kept_between_runs(lab: StorageLab, entra: LabEntra, secret_file: Path) -> None:
    collector = lab.probe(credential=application(entra, secret_file))
    for _ in range(3):
        assert (await measure(collector)).reason is None
    await collector.close()
    assert entra.tokens == {SCOPE: 1}


async def test_a_wrong_secret_is_unauthenticated_until_it_is_replaced(
    lab: StorageLab, entra: LabEntra, secret_file: Path
) -> None:
    collector = lab.probe(credential=application(entra, secret_file))
    write(secret_file, "guessed")
    seen = await measure(collector)
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.IDENTITY, 0)
    assert seen.message.startswith("no token from Entra ID: ")
    assert "AADSTS7000215" in seen.message
    assert "guessed" not in seen.message

    write(secret_file, entra.secret)
    assert (await measure(collector)).reason is None
    await collector.close()


async def test_a_tenant_that_does_not_exist_is_a_matter_of_our_identity(
    lab: StorageLab, entra: LabEntra, secret_file: Path
) -> None:
    credential = application(entra, secret_file, tenant_id="00000000-0000-0000-0000-000000000000")
    seen = await once(lab.probe(credential=credential))
    assert seen.reason is Reason.IDENTITY
    assert "AADSTS90002" in seen.message


@pytest.mark.parametrize(
    ("fault", "text"),
    [(Fault.CLOSED, "refused"), (Fault.STRANGER, "does not verify"), (Fault.RESET, "cut the connection")],
)
async def test_entra_id_that_cannot_be_reached_says_why_and_blames_no_path(
    lab: StorageLab, entra: LabEntra, secret_file: Path, fault: Fault, text: str
) -> None:
    await entra.switch(fault)
    seen = await once(lab.probe(credential=application(entra, secret_file)))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.IDENTITY, 0)
    assert seen.message.startswith("no token from Entra ID: ")
    assert text in seen.message


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_a_certificate_that_cannot_be_used_gives_one_clear_line(lab: StorageLab, content: bytes | None) -> None:
    file = lab.directory / "application.pem"
    if content is not None:
        file.write_bytes(content)
    names = {"tenant_id": TENANT, "client_id": CLIENT, "certificate_file": str(file)}
    seen = await once(lab.probe(credential={"type": "client_certificate", **names}))
    assert seen.reason is Reason.UNAUTHENTICATED
    assert str(file) in seen.message
