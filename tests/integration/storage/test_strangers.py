"""Answers that no blob service gives, and codes of the service that are rare: each kind has the right reason."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from azure_migrate_exporter.exposition.metrics import STORAGE_UP
from azure_migrate_exporter.reasons import Reason
from tests.integration.storage import StorageLab, once, storage_lab
from tests.lab.azurite import Azurite
from tests.lab.blob_proxy import Answer
from tests.measured import Measured

HTML = (("Content-Type", "text/html; charset=utf-8"),)
XML = (("Content-Type", "application/xml"),)
JSON = (("Content-Type", "application/json"),)
PAGE = b"<!DOCTYPE html><html><body>Blocked by the policy of Example Ltd</body></html>"
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title></channel></rss>'
SERVICE = ("x-ms-request-id", "3f0c1b4e-001e-0012-1c5b-9f4a5a000000")


@pytest.fixture
async def lab(blob_service: Azurite, tmp_path: Path) -> AsyncIterator[StorageLab]:
    async with storage_lab(blob_service, tmp_path) as running:
        yield running


async def answered(lab: StorageLab, kind: str, answer: Answer) -> Measured:
    """A probe of which the put is answered so, or a benchmark of which the first block is."""
    lab.proxy.refuse(answer, kind)
    seen = await once(lab.probe() if kind == "put blob" else lab.benchmark(connections=1))
    assert seen.value(STORAGE_UP) in ({0} if kind == "put blob" else {None})
    assert "\n" not in seen.message
    assert "Example Ltd" not in seen.message
    return seen


def refusal(status: int, code: str, sentence: str = "No.", detail: str = "") -> Answer:
    """As the service refuses."""
    element = f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>" if detail else ""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{sentence}\nRequestId:1</Message>'
    return Answer(status, f"{body}{element}</Error>".encode(), (*XML, SERVICE, ("x-ms-error-code", code)))


@pytest.mark.parametrize("kind", ["put blob", "put block"])
@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, PAGE, HTML),
        Answer(201, PAGE, HTML),
        Answer(200),
        Answer(200, b"{}", JSON),
        Answer(200, b"null", JSON),
        Answer(201, b"{}", JSON),
        Answer(200, FEED, XML),
        Answer(302, b"", (("Location", "https://login.example/"), *HTML)),
        Answer(404, PAGE, HTML),
    ],
    ids=[
        "HTML",
        "HTML with 201",
        "empty",
        "{}",
        "null",
        "{} with 201",
        "a foreign feed",
        "a redirect",
        "HTML with 404",
    ],
)
async def test_what_is_not_the_service_is_protocol_and_never_a_success(
    lab: StorageLab, kind: str, answer: Answer
) -> None:
    seen = await answered(lab, kind, answer)
    assert seen.reason is Reason.PROTOCOL, seen.message
    assert "not the service: a proxy or block page?" in seen.message


@pytest.mark.parametrize("kind", ["put blob", "put block"])
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, Reason.PROXY),
        (407, Reason.PROXY),
        (429, Reason.THROTTLED),
        (502, Reason.UNAVAILABLE),
        (503, Reason.UNAVAILABLE),
    ],
)
async def test_a_page_of_a_front_door_or_proxy_goes_by_its_status(
    lab: StorageLab, kind: str, status: int, reason: Reason
) -> None:
    seen = await answered(lab, kind, Answer(status, PAGE, HTML))
    assert seen.reason is reason, seen.message
    assert "not the service" in seen.message


CODES = [
    (409, "AccountBeingCreated", Reason.UNAVAILABLE),
    (403, "AccountIsDisabled", Reason.UNAVAILABLE),
    (400, "AccountRequiresHttps", Reason.UNSUPPORTED),
    (409, "BlobImmutableDueToPolicy", Reason.FORBIDDEN),
    (409, "ContainerDisabled", Reason.UNAVAILABLE),
    (409, "FeatureVersionMismatch", Reason.UNSUPPORTED),
    (400, "InvalidResourceName", Reason.NOT_FOUND),
    (412, "LeaseIdMissing", Reason.FORBIDDEN),
    (400, "Md5Mismatch", Reason.UNSUPPORTED),
    (409, "PublicAccessNotPermitted", Reason.FORBIDDEN),
    (409, "SnapshotsPresent", Reason.UNSUPPORTED),
    (403, "KeyBasedAuthenticationNotPermitted", Reason.UNAUTHENTICATED),
    (400, "ACodeOfTomorrow", Reason.UNSUPPORTED),
]


@pytest.mark.parametrize("kind", ["put blob", "put block"])
@pytest.mark.parametrize(("status", "code", "reason"), CODES, ids=[code for _, code, _ in CODES])
async def test_a_code_of_the_service_is_never_protocol_and_is_shown(
    lab: StorageLab, kind: str, status: int, code: str, reason: Reason
) -> None:
    seen = await answered(lab, kind, refusal(status, code))
    assert seen.reason is reason, seen.message
    assert f"{status} {code}: No." in seen.message


@pytest.mark.parametrize("kind", ["put blob", "put block"])
@pytest.mark.parametrize(
    "detail",
    [
        (
            "Signature not valid in the specified time frame: "
            "Start [Mon, 23 Nov 2026 12:00:00 GMT] - Expiry [Tue, 24 Nov 2026"
        ),
        "Signature fields not well formed.",
        "Signature did not match. String to sign used was cw",
    ],
    ids=["not valid yet", "not well formed", "did not match"],
)
async def test_the_detail_of_a_failed_authentication_is_the_message(lab: StorageLab, kind: str, detail: str) -> None:
    sentence = "Server failed to authenticate the request."
    seen = await answered(lab, kind, refusal(403, "AuthenticationFailed", sentence, detail))
    assert seen.reason is Reason.UNAUTHENTICATED
    assert f"403 AuthenticationFailed: {detail}" in seen.message
    assert sentence not in seen.message


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("KeyBasedAuthenticationNotPermitted", "use `credential`"),
        ("AccountIsDisabled", "the account, or its subscription, is disabled"),
    ],
)
async def test_a_code_with_one_remedy_says_it(lab: StorageLab, code: str, advice: str) -> None:
    assert advice in (await answered(lab, "put blob", refusal(403, code))).message
