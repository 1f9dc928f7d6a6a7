"""Every key of the configuration file and of `--web.config.file`, from the schemas that check them."""

import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ByteSize

from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.base import format_duration
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.web.config.schema import WebSettings

_HEAD = """# Configuration

Made from the code by `make generate`. The file is YAML. A key that is not listed here is an error. Durations are
written as `30s`, `5m`, `1h30m`; sizes as `64MiB`, `4GiB`. Relative paths start at the directory of the configuration
file. `azure-migrate-exporter check-config FILE` prints every error with its line.

"""

_WEB_HEAD = """# Web configuration

Made from the code by `make generate`. The file of `--web.config.file`, in the format of Prometheus' exporter-toolkit.
The file and its certificates are reloaded when they change, without a restart. If a version is invalid, the
previous one stays in force, `azure_migrate_exporter_web_config_last_reload_successful` is 0, and the log has the error.
Turning TLS on or off requires a restart.

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

_WORDS = {"string": "text", "password": "text", "boolean": "true or false"}

_SCHEDULES = """
## Default schedules

What `schedules` changes, by collector.

| collector | what it does | interval | timeout | retry_interval | stale_after |
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
        when = spec.schedule
        times = (when.interval, when.timeout, when.retry_interval, when.stale_after)
        yield f"| `{spec.name}` | {spec.help} | {' | '.join(format_duration(seconds) for seconds in times)} |\n"


def _reachable(schema: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """Names of sections in the order in which a reader meets them."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if name and name not in found:
                found.append(name)
                walk(definitions[name])
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(schema)
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
    """Whether pydantic reads the field as a ByteSize: a number, or a text with a unit."""
    kinds = {kind.get("type") for kind in field.get("anyOf", ()) if kind.get("type") != "null"}
    return kinds == {"string", "integer"}


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
            kinds = [_type(kind, definitions) for kind in field[alternatives] if kind.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    return _plain_type(field, definitions)


def _plain_type(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if field["type"] == "array":
        return f"list of {_type(field.get('items', {}), definitions)}"
    if field["type"] == "object":
        by_pattern = field.get("patternProperties", {}).values()
        values: Any = field.get("additionalProperties") or next(iter(by_pattern), {})
        return f"mapping to {_type(values, definitions)}" if isinstance(values, dict) else "mapping"
    kind = field.get("format", field["type"])
    return _WORDS.get(kind, str(kind))


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    if default in (None, [], {}):
        return ""
    if _is_size(field):
        size = ByteSize(default).human_readable().replace(".0", "")
        return f"`{size}`"
    if isinstance(default, dict):
        return "as below"
    if isinstance(default, list):
        return ", ".join(f"`{value}`" for value in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
