"""Whatever a configuration file holds, it is loaded, or refused in lines that say what to write."""

import random
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.config.loader import ConfigError, parse
from azure_migrate_exporter.config.settings import Settings
from tests.generated import NORMAL, generated
from tests.unit.test_config_data import FIELDS, FILE, WRONG

KEYS = sorted({name for _, name in FIELDS} | {"storage", "file", "env", "type", "source", "zzz"})
TEXTS = st.sampled_from([value for value in WRONG if isinstance(value, str)]) | st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | TEXTS, inner, max_size=4),
    max_leaves=10,
)
LIKELY = st.fixed_dictionaries({}, optional=dict.fromkeys(Settings.model_fields, VALUES))
CONFIGURATION = generated(NORMAL // 3)


def loads_or_is_refused_in_lines(text: str) -> None:
    try:
        parse(text, FILE)
    except ConfigError as error:
        lines = error.errors
    else:
        return
    assert lines
    for line in lines:
        assert line.startswith("exporter.yml:")
        assert "\n" not in line
        assert "a bug" not in line
        line.encode()


@given(VALUES | LIKELY)
@CONFIGURATION
def test_any_data_is_loaded_or_refused_in_lines(values: Any) -> None:
    loads_or_is_refused_in_lines(yaml.safe_dump(values, allow_unicode=True))


@given(st.text(st.sampled_from("abc: -[]{}&*!|>'\"\\%@`#,?\n\t\x00\ud8000123~<") | st.characters(), max_size=60))
@CONFIGURATION
def test_any_text_is_loaded_or_refused_in_lines(text: str) -> None:
    loads_or_is_refused_in_lines(text)


EXAMPLES = sorted(Path("examples").glob("*.yml"))


@given(st.randoms(use_true_random=False), st.sampled_from(EXAMPLES))
@CONFIGURATION
def test_an_example_with_one_mistake_is_loaded_or_refused_in_lines(randomness: random.Random, example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    start = randomness.randrange(len(text))
    end = min(len(text), start + randomness.choice((0, 1, 1, 5, 40)))
    insert = randomness.choice(
        ("", ":", "-", "\n", " ", "'", '"', "{", "[", "*a", "&a ", "!x ", "null", "\x01", "\\", "9" * 50)
    )
    loads_or_is_refused_in_lines(text[:start] + insert + text[end:])
