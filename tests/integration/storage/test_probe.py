"""The small upload to a real Azurite, with every fault of an account and of the path to it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.storage import blobs
from azure_migrate_exporter.exposition.metrics import (
    STORAGE_SAS_EXPIRY,
    STORAGE_UP,
    STORAGE_UPLOAD_REQUEST_DURATION,
    STORAGE_UPLOADED_BYTES,
)
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.integration.storage import ACCOUNT, StorageLab, failures, once, storage_lab
from tests.lab.azurite import Azurite
from tests.lab.blob_proxy import Refusal
from tests.lab.tcp import Fault, TcpListener
from tests.measured import measure

LABELS = {"appliance": "paris", "account": ACCOUNT, "role": "cache"}


@pytest.fixture
async def lab(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[StorageLab]:
    async with storage_lab(blob_service, tmp_path) as running:
        yield running


async def test_an_account_that_takes_a_blob_is_up_and_nothing_stays(lab: StorageLab) -> None:
    seen = await once(lab.probe())
    assert (seen.reason, seen.value(STORAGE_UP, **LABELS)) == (None, 1)
    assert seen.value(STORAGE_UPLOADED_BYTES, test="probe", **LABELS) == len(blobs.CANARY)
    durations = seen.value(STORAGE_UPLOAD_REQUEST_DURATION, test="probe")
    assert isinstance(durations, tuple)
    assert durations[0][-1] == ("+Inf", 1)
    assert failures(seen, "probe") == {}
    assert await lab.blobs() == set()


async def test_the_expiry_of_the_sas_is_exported_before_it_comes(lab: StorageLab) -> None:
    expiry = (await once(lab.probe(sas=lab.sas(lifetime=86400)))).value(STORAGE_SAS_EXPIRY, **LABELS)
    assert isinstance(expiry, float)
    assert time.time() + 86000 < expiry < time.time() + 86500


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.CLOSED, Reason.REFUSED),
        (Fault.RESET, Reason.RESET),
        (Fault.STRANGER, Reason.TLS),
        (Fault.EXPIRED, Reason.TLS),
    ],
)
async def test_a_broken_network_has_its_own_reason(lab: StorageLab, fault: Fault, reason: Reason) -> None:
    collector = lab.probe()
    await lab.proxy.switch(fault)
    broken = await measure(collector)
    assert (broken.reason, broken.value(STORAGE_UP)) == (reason, 0)
    assert failures(broken, "probe") == {reason: 1}
    assert "localhost" in broken.message

    await lab.proxy.switch(Fault.NONE)
    repaired = await once(collector)
    assert (repaired.reason, repaired.value(STORAGE_UP)) == (None, 1)
    assert await lab.blobs() == set()


@pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.SILENT])
async def test_a_path_without_any_answer_is_a_timeout(lab: StorageLab, fault: Fault) -> None:
    await lab.proxy.switch(fault)
    seen = await once(lab.probe(), timeout=1)
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.TIMEOUT, 0)


async def test_a_name_that_does_not_resolve_is_dns(lab: StorageLab) -> None:
    seen = await once(lab.probe(endpoint=f"https://{ACCOUNT}.blob.invalid"))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.DNS, 0)


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal.THROTTLED, Reason.THROTTLED),
        (Refusal.SAS_EXPIRED, Reason.UNAUTHENTICATED),
        (Refusal.FORBIDDEN, Reason.FORBIDDEN),
        (Refusal.FULL, Reason.FULL),
        (Refusal.BROKEN, Reason.UNAVAILABLE),
    ],
)
async def test_a_refused_upload_has_the_reason_of_its_answer(lab: StorageLab, refusal: Refusal, reason: Reason) -> None:
    lab.proxy.refuse(refusal)
    seen = await once(lab.probe())
    assert (seen.reason, seen.value(STORAGE_UP)) == (reason, 0)
    assert failures(seen, "probe") == {reason: 1}
    assert refusal.value[1] in seen.message


async def test_a_request_that_is_never_answered_is_a_timeout_and_its_blob_is_deleted_later(lab: StorageLab) -> None:
    lab.proxy.refuse(Refusal.NO_ANSWER, "put blob")
    seen = await once(lab.probe())
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.TIMEOUT, 0)
    assert failures(seen, "probe") == {Reason.TIMEOUT: 1}
    assert lab.proxy.requests["delete"] == 1


async def test_a_run_that_is_cancelled_after_its_upload_deletes_it(lab: StorageLab) -> None:
    lab.proxy.refuse(Refusal.NO_ANSWER, "list")
    seen = await once(lab.probe(), timeout=1)
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.TIMEOUT, 1)
    assert await lab.blobs() == set()


async def test_an_expired_sas_is_unauthenticated_and_the_message_has_the_day(lab: StorageLab) -> None:
    seen = await once(lab.probe(sas=lab.sas(lifetime=-3600)))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.UNAUTHENTICATED, 0)
    assert "the SAS expired on 20" in seen.message


async def test_a_sas_that_may_only_read_is_forbidden(lab: StorageLab) -> None:
    seen = await once(lab.probe(sas=lab.sas("rl")))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.FORBIDDEN, 0)
    assert "AuthorizationPermissionMismatch" in seen.message


@pytest.mark.parametrize(("permissions", "what"), [("cwl", "deleting"), ("cwd", "listing leftovers")])
async def test_a_permission_that_only_cleaning_up_needs_fails_the_run_but_not_the_path(
    lab: StorageLab, permissions: str, what: str
) -> None:
    seen = await once(lab.probe(sas=lab.sas(permissions)))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.FORBIDDEN, 1)
    assert seen.message.startswith(f"the upload worked, but {what} failed in https://localhost")
    assert failures(seen, "probe") == {}


async def test_without_the_right_to_delete_no_more_than_one_blob_stays(lab: StorageLab) -> None:
    collector = lab.probe(sas=lab.sas("cwl"))
    for _ in range(3):
        await measure(collector)
    await collector.close()
    assert len(await lab.blobs()) == 1


async def test_a_container_that_is_missing_is_not_found(lab: StorageLab) -> None:
    key = lab.secret(lab.azurite.keys[ACCOUNT])
    seen = await once(lab.probe(container="another", account_key=key))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.NOT_FOUND, 0)
    assert "ContainerNotFound" in seen.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://x.blob.core.windows.net/c?sv=1&sig=hidden", "the SAS is a whole address: keep what follows its"),
        ("sv=2026-10-06&sig=hid\nden", "the SAS has white space in it: copy it in one piece"),
        ("sv=2026-10-06&se=2030-01-01", "this is no SAS, it lacks the parts ['sig']; copy the whole token"),
        ("hidden", "this is no SAS, it lacks the parts ['sv', 'sig']; copy the whole"),
    ],
)
async def test_what_cannot_be_a_sas_gives_one_clear_line(lab: StorageLab, text: str, message: str) -> None:
    seen = await once(lab.probe(sas=lab.secret(text)))
    assert seen.reason is Reason.UNAUTHENTICATED
    assert seen.message.startswith(message)
    assert "hidden" not in seen.message


async def test_an_answer_that_is_not_http_is_protocol_and_shows_no_signature(lab: StorageLab) -> None:
    async with TcpListener(_gibberish) as other:
        seen = await once(lab.probe(endpoint=f"http://localhost:{other.port}/{ACCOUNT}"))
    assert (seen.reason, seen.value(STORAGE_UP)) == (Reason.PROTOCOL, 0)
    assert seen.message == f"localhost:{other.port}: the answer is not HTTP"


async def test_leftovers_are_looked_for_once_an_hour(lab: StorageLab) -> None:
    clock = FakeClock(time.time())
    collector = lab.probe(Context(clock=clock))
    for seconds in (0, 60, 3600, 60):
        await clock.advance(seconds)
        assert (await measure(collector)).reason is None
    await collector.close()
    assert lab.proxy.requests["list"] == 2


async def _gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"220 mail.example.org ESMTP\r\n")
    await writer.drain()
