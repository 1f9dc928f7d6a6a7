import pytest

from azure_migrate_exporter import redaction


@pytest.fixture(autouse=True)
def _no_remembered_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts without secrets that another one read."""
    monkeypatch.setattr(redaction, "_registry", redaction._Registry())
    redaction._masked_label.cache_clear()
