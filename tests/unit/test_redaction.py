"""Redaction: by the value of known secrets in every encoding, and by patterns."""

import base64
import html
import json
import secrets
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_migrate_exporter.redaction import KEPT_SECRETS, one_line, redact, redact_label, redact_values, remember

SECRETS = (
    "https://a.blob.core.windows.net/c?sv=2021&sig=S3cr%2Fet%3D&se=1",
    "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=S3cr/et=;EntityPath=t",
    "DefaultEndpointsProtocol=https;AccountKey=S3cr/et==;EndpointSuffix=x",
    '{"client_secret": "S3cr et", "tenant": "t"}',
    "password='S3cr et' user=admin",
    "Authorization: Bearer S3cr.et",
    "authorization=S3cret",
    "sent Basic dS3cretpYXNz and got 401",
    "https://admin:S3cr:et@vcenter.example.com:8443/sdk",
)
HARMLESS = (
    "https://10.0.0.1:44368/health refused",
    "tcp://h:5671",
    "(AuthorizationFailed) no\nCode: AuthorizationFailed",
    "status code: 403",
    "Basic authentication failed",
    "sb://n.servicebus.windows.net/;SharedAccessKeyName=k",
    "the secret file /etc/azure-migrate-exporter/sas is empty",
)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_taken_out(text: str) -> None:
    clean = redact(text)
    assert "<secret>" in clean
    assert not any(part in clean for part in ("S3cr", "et=", " et", ".et", ":et"))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


def test_one_line_is_short_and_has_no_line_break() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert len(one_line("x" * 5000)) == 400


def test_one_line_takes_any_value() -> None:
    assert one_line(None) == ""
    assert one_line(b"a\xffb") == "a\ufffdb"
    assert one_line("web\ud83d\x00") == "web\ufffd\ufffd"


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes kept": quote,
    "percent, plus": quote_plus,
    "percent, lower case": lambda text: "".join(
        quote(c, safe="").lower() if quote(c, safe="") != c else c for c in text
    ),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "html": html.escape,
    "html, quotes kept": lambda text: html.escape(text, quote=False),
    "json": lambda text: json.dumps(text)[1:-1],
    "json, UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "base64 in percent": lambda text: quote(base64.b64encode(f"user:{text}".encode()).decode(), safe=""),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@given(secret=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=8, max_size=60).filter(str.strip))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_remembered_secret_is_replaced_in_every_encoding(encode: Callable[[str], str], secret: str) -> None:
    remember(secret)
    encoded = encode(secret)
    assert encoded not in redact_values(f"before {encoded} after")


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", "x", "xy"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_remembered_secret_is_replaced_inside_base64(
    before: str, after: str, encode: Callable[[bytes], bytes]
) -> None:
    secret = secrets.token_urlsafe(24) + "\u00fc?>"
    remember(secret)
    clean = redact_values(encode(f"{before}{secret}{after}".encode()).decode())
    assert "<secret>" in clean
    assert len(clean) <= len("<secret>") + len("dXNlcjo") + len("54eQ==")


def test_the_keys_inside_a_remembered_secret_are_replaced_alone() -> None:
    remember("Endpoint=sb://n/;SharedAccessKeyName=k;SharedAccessKey=Zm9vYmFyYmF6cXV4/+A=;EntityPath=t")
    remember("sv=2021&sig=QUJDREVGRw%2FIJK%3D&se=1")
    assert redact_values("the key Zm9vYmFyYmF6cXV4/+A=") == "the key <secret>"
    assert redact_values("signed QUJDREVGRw/IJK= or QUJDREVGRw%2FIJK%3D") == "signed <secret> or <secret>"


def test_a_weak_secret_leaves_names_in_labels_alone() -> None:
    remember("web01")
    assert redact_label("web01") == "web01"
    assert redact_values("password web01") == "password <secret>"
    remember("long-enough-to-be-a-secret")
    assert redact_label("long-enough-to-be-a-secret") == "<secret>"


def test_the_number_of_remembered_secrets_is_bounded() -> None:
    first = secrets.token_hex(16)
    remember(first)
    for _ in range(KEPT_SECRETS):
        remember(secrets.token_hex(16))
    assert redact_values(first) == first
