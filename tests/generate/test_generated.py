"""The committed generated files are up to date."""

from pathlib import Path

import pytest

from generate.files import generated

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", generated())
def test_a_generated_file_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == generated()[name], "run `make generate`"
