"""Text files as Windows' editors and shells save them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.config.encoding import EncodingError, decode, saved_as
from azure_migrate_exporter.config.loader import ConfigError, load

CONFIG = "vsphere:\r\n  - name: 東京-01\r\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_each_encoding_with_a_mark_is_read_and_named(codec: str, name: str) -> None:
    assert decode(CONFIG.encode(codec)) == CONFIG
    assert saved_as(CONFIG.encode(codec)) == f"{name}, lines end with CRLF"
    assert saved_as("a\n".encode(codec)) == name


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_configuration_in_utf_16_without_mark_is_named(tmp_path: Path, codec: str) -> None:
    file = tmp_path / "exporter.yml"
    file.write_bytes("# Łódź\nvsphere: []\n".encode(codec))
    with pytest.raises(ConfigError) as raised:
        load(file)
    assert raised.value.errors == (f"{file}:1: is saved as UTF-16: save it as UTF-8",)


@given(st.binary())
def test_any_bytes_are_text_or_named(data: bytes) -> None:
    try:
        text = decode(data)
    except EncodingError as error:
        problem, line = str(error), error.line
    else:
        problem, line = f"is saved as {saved_as(data)}", 1
        assert decode(text.encode("utf-8-sig")) == text
    assert problem.startswith("is ")
    assert line >= 1
