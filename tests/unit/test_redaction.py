import pytest

from azure_migrate_exporter.redaction import one_line, redact

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
