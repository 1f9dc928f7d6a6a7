"""`docs/configuration.md` and `docs/web-configuration.md`: every key, from the schemas of the two files."""

import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ByteSize

from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.base import format_duration
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.web.config.schema import WebSettings

_HEAD = """# Configuration

Generated from the code by `make generate`. The file is YAML. A key that is not listed here is an error. Durations are
written as `30s`, `5m`, `1h30m`; sizes as `64MiB`, `4GiB`. Relative paths start at the directory of the configuration
file. `azure-migrate-exporter check-config FILE` prints every error with its line.

"""

_WEB_HEAD = """# Web configuration

Generated from the code by `make generate`. This is the file of `--web.config.file`, in the format of Prometheus'
exporter-toolkit. The exporter reloads the file and the certificates that it names when they change. If the new version
does not load, the previous version stays in force, `azure_migrate_exporter_web_config_last_reload_successful` is 0, and
the log has the error. A restart is needed only to turn TLS on or off.

"""

_STRICTER = """
## Stricter than exporter-toolkit

These are valid in exporter-toolkit and errors here, on purpose:

- `client_auth_type` `RequestClientCert` and `RequireAnyClientCert`: a certificate that is not verified proves nothing.
- `min_version` and `max_version` below TLS 1.2.
- Cipher suites without forward secrecy (`TLS_RSA_…`).
- Passwords that are not a bcrypt hash, or whose cost is above 18: exporter-toolkit accepts the file and then rejects
  the user.
- `burst: 0` with an interval: every request would be rejected.
"""

_TYPE_NAMES = {"string": "text", "password": "text", "boolean": "true or false"}

_SCHEDULES = """
## Default schedules

The section `schedules` changes these defaults for each collector.

| collector | description | interval | timeout | retry_interval | stale_after |
| --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The page of the configuration file."""
    return _HEAD + _sections(Settings) + _SCHEDULES + "".join(_schedules())


def web_page() -> str:
    """The page of the web configuration file."""
    return _WEB_HEAD + _sections(WebSettings) + _STRICTER


def _sections(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    definitions = schema.pop("$defs")
    sections = [_section("The file", schema, definitions, level=2)]
    sections += [_section(name, definitions[name], definitions, level=3) for name in _reachable(schema, definitions)]
    return "\n".join(sections)


def _schedules() -> Iterator[str]:
    for spec in COLLECTORS.values():
        schedule = spec.schedule
        times = (schedule.interval, schedule.timeout, schedule.retry_interval, schedule.stale_after)
        yield f"| `{spec.name}` | {spec.help} | {' | '.join(format_duration(seconds) for seconds in times)} |\n"


def _reachable(schema: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """Names of the definitions in the order in which the schema refers to them."""
    found: list[str] = []

    def visit(node: Any) -> None:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if name and name not in found:
                found.append(name)
                visit(definitions[name])
            for child in node.values():
                visit(child)
        elif isinstance(node, list):
            for child in node:
                visit(child)

    visit(schema)
    return found


def _section(name: str, schema: dict[str, Any], definitions: dict[str, Any], *, level: int) -> str:
    required = set(schema.get("required", ()))
    lines = [f"{'#' * level} {name.strip('()')}", "", inspect.cleandoc(schema.get("description", "")), ""]
    lines += ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for key, field in schema.get("properties", {}).items():
        default = "required" if key in required else _default(field)
        meaning = " ".join(field.get("description", "").split()).replace("|", r"\|")
        lines.append(f"| `{key}` | {_type(field, definitions)} | {default} | {meaning} |")
    return "\n".join([*lines, ""])


def _is_size(field: dict[str, Any]) -> bool:
    """Whether the field is a ByteSize: a number, or a text with a unit."""
    types = {one.get("type") for one in field.get("anyOf", ()) if one.get("type") != "null"}
    return types == {"string", "integer"}


def _type(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if _is_size(field):
        return "size"
    if "$ref" in field:
        name = field["$ref"].removeprefix("#/$defs/")
        return f"[{name}](#{name.lower()})"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    for alternatives in ("anyOf", "oneOf", "allOf"):
        if alternatives in field:
            types = [_type(one, definitions) for one in field[alternatives] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(types))
    return _plain_type(field, definitions)


def _plain_type(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if field["type"] == "array":
        return f"list of {_type(field.get('items', {}), definitions)}"
    if field["type"] == "object":
        by_pattern = field.get("patternProperties", {}).values()
        values: Any = field.get("additionalProperties") or next(iter(by_pattern), {})
        return f"mapping to {_type(values, definitions)}" if isinstance(values, dict) else "mapping"
    name = field.get("format", field["type"])
    return _TYPE_NAMES.get(name, str(name))


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    if default in (None, [], {}):
        return ""
    if _is_size(field):
        size = ByteSize(default).human_readable().replace(".0", "")
        return f"`{size}`"
    if isinstance(default, dict):
        return "see below"
    if isinstance(default, list):
        return ", ".join(f"`{value}`" for value in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
