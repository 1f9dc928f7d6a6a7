"""`values.schema.json` of the chart: the schema of its values, and in it the keys of the exporter's configuration.

A wrong key in `config` then fails at template time, with its place. Types and values are left to the exporter, which
explains them better, and no key is required, because the configuration of a shard is merged over a common one.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from azure_migrate_exporter.config.settings import Settings

SOURCE: Final = Path(__file__).with_name("chart_values.schema.json")
_REFERENCE: Final = "#/$defs/"

Schema = dict[str, Any]


def values_schema() -> str:
    """The content of `values.schema.json`."""
    schema: Schema = json.loads(SOURCE.read_text(encoding="utf-8"))
    schema["definitions"]["config"] = config_keys()
    return json.dumps(schema, indent=2) + "\n"


def config_keys() -> Schema:
    """The keys of the configuration, of every section, as a schema."""
    whole: Schema = Settings.model_json_schema()
    return {**_keys(whole, whole["$defs"]), "type": "object"}


def _keys(schema: Schema, models: Mapping[str, Schema]) -> Schema:
    """What the schema says of keys; empty if it says nothing."""
    found = [model for model in _alternatives(schema, models) if "properties" in model]
    if found:
        properties = {
            name: _keys(property_, models) for model in found for name, property_ in sorted(model["properties"].items())
        }
        return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}
    inner = {key: _keys(schema[key], models) for key in ("items", "additionalProperties") if _is_schema(schema, key)}
    return {key: keys for key, keys in inner.items() if keys}


def _alternatives(schema: Schema, models: Mapping[str, Schema]) -> Iterator[Schema]:
    """The schema itself, what it refers to, and each of its alternatives."""
    yield schema
    if "$ref" in schema:
        yield from _alternatives(models[schema["$ref"].removeprefix(_REFERENCE)], models)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for alternative in schema.get(keyword, ()):
            yield from _alternatives(alternative, models)


def _is_schema(schema: Schema, key: str) -> bool:
    return isinstance(schema.get(key), dict)
