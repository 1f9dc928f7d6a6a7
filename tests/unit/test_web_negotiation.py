import pytest

from azure_migrate_exporter.web.handlers.negotiation import accepts_gzip, accepts_openmetrics

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


@pytest.mark.parametrize("encoding", ["gzip", "deflate, GZIP;q=0.5", "*", "br;q=1, *;q=0.1", "gzip, *;q=0"])
def test_gzip_is_served_to_who_takes_it(encoding: str) -> None:
    assert accepts_gzip(encoding)


@pytest.mark.parametrize("encoding", ["", "identity", "gzip;q=0", "*, gzip;q=0", "gzip;q=0.0", "deflate", "xgzip"])
def test_gzip_is_not_forced_on_anybody(encoding: str) -> None:
    assert not accepts_gzip(encoding)
