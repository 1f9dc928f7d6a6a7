"""What people paste as a SAS, and what is said of it before the first request."""

import base64
import time
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.storage.sas import Sas, parse
from azure_migrate_exporter.reasons import CheckError, Reason

URL = "https://migratelsa1.blob.core.windows.net/azure-migrate-exporter"
WITH_PLUS = base64.b64encode(b"\xfb" * 32).decode()
"""A signature with plus signs, which a form decodes to blanks."""
SIGNATURE = base64.b64encode(bytes(range(200, 232))).decode()
SIG = quote(SIGNATURE, safe="")
GOOD = f"sv=2026-10-06&sr=c&sp=rcwdl&se=2099-01-01T00%3A00%3A00Z&sig={SIG}"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


def sas(*fields: str) -> Sas:
    return parse("&".join(("sv=2026-10-06", *fields, f"sig={SIG}")), URL)


def refused(text: str) -> str:
    """Why `text` is no SAS; the reason is our credential, and the secret is not shown."""
    with pytest.raises(CheckError) as caught:
        parse(text, URL)
    assert caught.value.reason is Reason.UNAUTHENTICATED
    assert SIGNATURE[:12] not in caught.value.message
    return caught.value.message


def problem(*fields: str, scheme: str = "https") -> tuple[Reason, str]:
    with pytest.raises(CheckError) as caught:
        sas(*fields).check(scheme, NOON)
    return caught.value.reason, caught.value.message


def verdict(text: str, scheme: str) -> CheckError | None:
    try:
        parse(text, URL).check(scheme, NOON)
    except CheckError as error:
        return error
    return None


# --- as it is pasted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"?{GOOD}",
        GOOD.replace("&", "&amp;"),
        f"SharedAccessSignature={GOOD}",
        f"BlobEndpoint=https://migratelsa1.blob.core.windows.net/;SharedAccessSignature={GOOD}",
        f"{URL}?{GOOD}",
        f"https://migratelsa1.blob.core.windows.net/?{GOOD}",
        f"https://MIGRATELSA1.blob.core.windows.net?{GOOD}",
    ],
    ids=[
        "bare",
        "with its question mark",
        "with HTML ampersands",
        "with its label",
        "in a connection string",
        "as the container's address",
        "as the account's address",
        "as the account's address in capitals",
    ],
)
def test_a_sas_is_understood(text: str) -> None:
    assert parse(text, URL).query == GOOD


@pytest.mark.parametrize(
    "url", [f"https://other.blob.core.windows.net/c?{GOOD}", f"{URL}-2?{GOOD}", f"https://[?{GOOD}"]
)
def test_the_address_of_another_container_is_no_sas_for_this_one(url: str) -> None:
    assert refused(url) == (
        f"the SAS is a whole address: keep what follows its question mark, and check that it is for {URL}"
    )


@pytest.mark.parametrize("sig", [SIG[:-8], quote(SIG, safe=""), "abc", "", WITH_PLUS.replace("+", " ")])
def test_a_sig_that_is_not_32_bytes_of_base64_is_encoded_twice_or_cut(sig: str) -> None:
    message = refused(f"sv=2026-10-06&sig={sig}")
    assert "encoded twice or cut" in message or "lacks the parts ['sig']" in message or "white space" in message


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_text_at_all_ends_in_anything_but_a_sas_or_one_clear_line(text: str) -> None:
    for pasted in (text, f"sv=1&sig={text}", f"https://{text}?{GOOD}", GOOD + text):
        error = verdict(pasted, "https")
        assert error is None or error.reason in {Reason.UNAUTHENTICATED, Reason.FORBIDDEN}
        assert error is None or "\n" not in error.message


@given(st.dictionaries(st.sampled_from(["st", "se", "ske", "sp", "sr", "srt", "ss", "spr"]), st.text(max_size=30)))
def test_fields_of_any_content_never_crash_the_check(fields: dict[str, str]) -> None:
    text = "&".join(["sv=1", *(f"{k}={quote(v)}" for k, v in fields.items()), f"sig={SIG}"])
    error = verdict(text, "http")
    assert error is None or error.message.startswith("the SAS ")
    parse(text, URL)


# --- what it says of itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "expires"),
    [
        ("se=2026-11-23T02%3A14%3A33Z", 1_795_400_073.0),
        ("se=2026-11-23T02%3A14Z", 1_795_400_040.0),
        ("se=2026-11-23", 1_795_392_000.0),
        ("se=soon", None),
        ("si=policy", None),
        ("se=2026-11-23&ske=2026-11-22", 1_795_392_000.0 - 86400),
        ("se=2026-11-23&ske=2026-11-24", 1_795_392_000.0),
    ],
)
def test_the_expiry_of_a_sas_is_read_if_it_has_one(end: str, expires: float | None) -> None:
    assert sas("sr=c", end).expires == expires


def test_a_sas_does_not_show_itself() -> None:
    assert SIG not in repr(parse(GOOD, URL))
    assert SIGNATURE not in repr(parse(GOOD, URL))


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_good_sas_has_no_problem(scheme: str) -> None:
    parse(GOOD, URL).check(scheme, time.time())
    sas("si=policy", "sr=c").check(scheme, time.time())
    sas("ss=bfqt", "srt=sco", "sp=rwdlacup").check(scheme, time.time())


def test_se_in_the_past_says_when() -> None:
    assert problem("se=2026-11-23T10%3A00Z") == (
        Reason.UNAUTHENTICATED,
        "the SAS expired on 2026-11-23 at 10:00 UTC: make a new one",
    )


def test_ske_in_the_past_says_when_whatever_se_is() -> None:
    assert problem("se=2027-01-01", "ske=2026-11-23T10%3A00%3A00Z") == (
        Reason.UNAUTHENTICATED,
        "the SAS was made with a user delegation key that expired on 2026-11-23 at 10:00 UTC: make a new one",
    )


def test_st_ahead_says_from_when() -> None:
    assert problem("st=2026-11-23T14%3A00%3A00Z") == (
        Reason.UNAUTHENTICATED,
        "the SAS is not valid before 2026-11-23 at 14:00 UTC: wait, or make one without a start",
    )


@pytest.mark.parametrize("field", ["st=2026-11-23T12%3A04Z", "se=2026-11-23T11%3A56Z", "ske=2026-11-23T11%3A56Z"])
def test_a_clock_that_is_off_by_minutes_leaves_the_judgement_to_the_service(field: str) -> None:
    sas(field).check("https", NOON)


def test_sp_that_lets_nothing_be_uploaded_is_forbidden_and_says_what_lacks() -> None:
    reason, message = problem("sp=rl")
    assert reason is Reason.FORBIDDEN
    assert message.startswith("the SAS lacks Create and Write and Delete (sp=rl): it lets nothing be uploaded")


@pytest.mark.parametrize(
    ("sp", "missing"),
    [
        ("cwdl", ""),
        ("rwdl", "the SAS lacks Create (sp=rwdl)"),
        ("rcdl", "the SAS lacks Write (sp=rcdl)"),
        ("cwl", "the SAS lacks Delete (sp=cwl)"),
        ("cwd", "the SAS lacks List (sp=cwd)"),
    ],
)
def test_what_sp_lacks_can_be_said(sp: str, missing: str) -> None:
    found = sas(f"sp={sp}")
    found.check("https", NOON)
    assert found.missing == missing


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("sr=b", "the SAS is for less than the container (sr=b): make one for the container (sr=c)"),
        ("srt=sc", "the SAS is not for objects (srt=sc): make one that allows Object"),
        ("ss=fqt", "the SAS is not for blobs (ss=fqt): make one that allows Blob"),
    ],
)
def test_a_sas_for_something_else_says_what_to_make(field: str, message: str) -> None:
    assert problem(field) == (Reason.UNAUTHENTICATED, message)


def test_spr_https_on_http_is_said() -> None:
    assert problem("spr=https", scheme="http") == (
        Reason.UNAUTHENTICATED,
        "the SAS is for https only (spr=https), and the endpoint is http://",
    )
    sas("spr=https").check("https", NOON)
    sas("spr=https,http").check("http", NOON)
