import pytest

from azure_migrate_exporter.exposition.encodings import Encoding
from azure_migrate_exporter.web.handlers.negotiation import accepts_openmetrics, content_encoding

PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_TEXT_FIRST = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8,*/*;q=0.1"


@pytest.mark.parametrize(
    "accept",
    [
        PROMETHEUS_2_42,
        PROMETHEUS_3,
        "application/openmetrics-text",
        "APPLICATION/OpenMetrics-Text; Version=1.0.0",
        'application/openmetrics-text; version="1.0.0"',
        "application/openmetrics-text;q=0.1, */*",
        "text/plain, application/openmetrics-text",
    ],
)
def test_openmetrics_is_served_to_who_names_it(accept: str) -> None:
    assert accepts_openmetrics(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/*",
        PROMETHEUS_TEXT_FIRST,
        "application/openmetrics-text;q=0",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=2.0.0, text/plain;q=0.1",
        "application/openmetrics-text;q=high, text/plain",
        "application/openmetrics-text;q=nan",
        ";;,,=;q",
    ],
)
def test_everybody_else_gets_text(accept: str) -> None:
    assert not accepts_openmetrics(accept)


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("gzip", Encoding.GZIP),
        ("deflate, GZIP;q=0.5", Encoding.GZIP),
        ("*", Encoding.GZIP),
        ("br;q=1, *;q=0.1", Encoding.GZIP),
        ("gzip, *;q=0", Encoding.GZIP),
        ("gzip;q=1, zstd;q=0.5", Encoding.GZIP),
        ("gzip, zstd;q=0", Encoding.GZIP),
        ("gzip, zstd;q=nan", Encoding.GZIP),
        ("gzip, zstd;q=7", Encoding.GZIP),
        ("zstd", Encoding.ZSTD),
        ("zstd,gzip", Encoding.ZSTD),
        ("gzip, ZSTD", Encoding.ZSTD),
        ("gzip, deflate, br, zstd", Encoding.ZSTD),
        ("zstd;q=1.0, br;q=0.9, gzip;q=0.8, *;q=0.1", Encoding.ZSTD),
        ("", Encoding.IDENTITY),
        ("identity", Encoding.IDENTITY),
        ("identity, gzip;q=0.5", Encoding.IDENTITY),
        ("gzip;q=0", Encoding.IDENTITY),
        ("*, gzip;q=0", Encoding.IDENTITY),
        ("gzip;q=0.0", Encoding.IDENTITY),
        ("zstd;q=0", Encoding.IDENTITY),
        ("deflate", Encoding.IDENTITY),
        ("xgzip", Encoding.IDENTITY),
    ],
)
def test_the_encoding_is_the_one_that_was_asked_for(accept_encoding: str, expected: Encoding) -> None:
    assert content_encoding(accept_encoding) is expected
