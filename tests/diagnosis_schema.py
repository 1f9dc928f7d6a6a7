"""The published form of `diagnose --json`, checked strictly: every document that a test reads must keep to it."""

import json
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

SCHEMA: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "docs/diagnosis.schema.json").read_text(encoding="utf-8")
)
_VALIDATOR: Final = Draft202012Validator(SCHEMA)


def parse_diagnosis(text: str) -> dict[str, Any]:
    """The document. Raises `ValidationError` if it is not in the published form."""
    document: dict[str, Any] = json.loads(text)
    _VALIDATOR.validate(document)
    return document
