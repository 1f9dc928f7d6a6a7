"""Was that the service or a stranger?"""

import pytest

from azure_migrate_exporter.network.answer import is_html, media_type, stranger
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.azure import is_azure

WHERE = "management.azure.com:443"


@pytest.mark.parametrize(
    ("headers", "azure"),
    [
        ({"x-ms-request-id": "1"}, True),
        ({"X-MS-Error-Code": "AuthenticationFailed"}, True),
        ({"Content-Type": "application/json"}, False),
        ({"Server": "Windows-Azure-Blob/1.0"}, False),
        ({"y-x-ms-": "1"}, False),
        ({}, False),
    ],
)
def test_azure_has_headers_of_its_own(headers: dict[str, str], *, azure: bool) -> None:
    assert is_azure(headers) is azure


@pytest.mark.parametrize(
    ("headers", "body", "html"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, "", True),
        ({"content-type": "application/xhtml+xml"}, "", True),
        ({"Content-Type": "application/json"}, "\ufeff\r\n  <!DOCTYPE HTML><p>blocked", True),
        ({}, "<HTML>", True),
        ({}, "<?xml version='1.0'?><Error/>", False),
        ({"Content-Type": "text/plain"}, "up 1\n", False),
        ({}, "", False),
    ],
)
def test_a_page_for_a_browser_is_known_by_its_type_or_its_first_characters(
    headers: dict[str, str], body: str, *, html: bool
) -> None:
    assert is_html(headers, body) is html


@pytest.mark.parametrize(
    ("value", "kind"), [("Text/HTML; charset=x", "text/html"), (" application/json ", "application/json"), ("", "")]
)
def test_a_media_type_has_no_parameters(value: str, kind: str) -> None:
    assert media_type({"CONTENT-TYPE": value}) == kind


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, Reason.PROTOCOL),
        (204, Reason.PROTOCOL),
        (301, Reason.PROTOCOL),
        (302, Reason.PROTOCOL),
        (307, Reason.PROTOCOL),
        (400, Reason.PROTOCOL),
        (401, Reason.PROXY),
        (403, Reason.PROXY),
        (404, Reason.PROTOCOL),
        (407, Reason.PROXY),
        (408, Reason.TIMEOUT),
        (429, Reason.THROTTLED),
        (500, Reason.UNAVAILABLE),
        (502, Reason.UNAVAILABLE),
        (503, Reason.UNAVAILABLE),
        (511, Reason.PROXY),
        (599, Reason.UNAVAILABLE),
    ],
)
def test_the_reason_of_a_stranger_follows_its_status(status: int, reason: Reason) -> None:
    error = stranger(WHERE, status, {"Content-Type": "text/html"})
    assert error.reason is reason
    assert error.message.startswith(WHERE)
    assert error.message.endswith("not the service: a proxy or block page?")
    assert str(status) in error.message


def test_a_stranger_without_a_type_says_so() -> None:
    assert "with no content type" in stranger(WHERE, 200, {}).message
