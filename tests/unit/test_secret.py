"""Secrets as people save them: byte order marks, UTF-16, line breaks, blanks, quotes, invisible characters."""

from pathlib import Path

import pytest

from azure_migrate_exporter.config.base import Secret, Token
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.redaction import redact

PASSWORD = "S3cret p\u00e4ss"


def saved(directory: Path, data: bytes) -> Path:
    file = directory / "secret"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    "data",
    [
        PASSWORD.encode(),
        PASSWORD.encode() + b"\n",
        PASSWORD.encode() + b"\r\n",
        PASSWORD.encode("utf-8-sig") + b"\r\n",
        f"{PASSWORD}\r\n".encode("utf-16"),
        b"\xfe\xff" + f"{PASSWORD}\n".encode("utf-16-be"),
    ],
)
def test_a_secret_is_read_as_editors_and_shells_save_it(tmp_path: Path, data: bytes) -> None:
    assert Secret(file=saved(tmp_path, data)).read() == PASSWORD


def test_blanks_belong_to_a_password_but_not_to_a_token(tmp_path: Path) -> None:
    file = saved(tmp_path, b" a b \t\n")
    assert Secret(file=file).read() == " a b \t"
    assert Token(file=file).read() == "a b"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (PASSWORD.encode("utf-16-le"), "is saved as UTF-16: save it as UTF-8"),
        ("S3cret".encode("utf-16-le"), "is saved as UTF-16: save it as UTF-8"),
        (b"S3cr\xff", "is not UTF-8 text: save it as UTF-8"),
        (f"{PASSWORD} 0123456789".encode("utf-16-be"), "is saved as UTF-16: save it as UTF-8"),
        (b"\xff\xfeS", "is damaged UTF-16 text: save it as UTF-8"),
        ("S3cr\u200bet".encode(), "contains the invisible character U+200B: copy the secret again as plain text"),
        (b"'S3cret'\n", "has quotes around the secret, which count as part of it: remove them"),
        (b'"S3cret"', "has quotes around the secret, which count as part of it: remove them"),
        (b" \r\n", "is empty"),
        (b"", "is empty"),
    ],
)
def test_a_secret_that_was_not_copied_as_it_is_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    file = saved(tmp_path, data)
    with pytest.raises(CheckError) as raised:
        Secret(file=file).read()
    assert raised.value.reason is Reason.UNAUTHENTICATED
    assert raised.value.message == f"the secret file {file} {problem}"
    assert "S3cr" not in raised.value.message


def test_a_missing_variable_and_file_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SECRET", raising=False)
    with pytest.raises(CheckError, match="the environment variable NO_SECRET is not set or empty"):
        Secret(env="NO_SECRET").read()
    with pytest.raises(CheckError, match="cannot be read: No such file or directory"):
        Secret(file=tmp_path / "none").read()
    with pytest.raises(CheckError, match="cannot be read: Is a directory"):
        Secret(file=tmp_path).read()


def test_a_secret_that_was_read_is_redacted_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "correct horse battery")
    Secret(env="A_SECRET").read()
    assert redact("said correct+horse+battery") == "said <secret>"
