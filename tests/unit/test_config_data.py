"""A configuration is data: whatever a file holds, it is loaded, or refused in lines that say what to write."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

import azure_migrate_exporter
from azure_migrate_exporter.config.loader import MAX_SIZE, ConfigError, load, load_model, parse
from azure_migrate_exporter.config.messages import UNKNOWN, problem
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.config.yaml_reader import MAX_DEPTH, read_yaml
from azure_migrate_exporter.web.config.schema import WebSettings

FILE = Path("exporter.yml")
PACKAGE = str(Path(azure_migrate_exporter.__file__).parent)


def errors(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return caught.value.errors


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1:30", "1:30"),
        ("yes", "yes"),
        ("off", "off"),
        ("0x_", "0x_"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("012", 12),
        ("0o14", 12),
        ("0xC", 12),
        ("+12", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("null", None),
        ("=", "="),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 3", 3),
        ("! 12", 12),
        ('"a\\tb\\nc"', "a\tb\nc"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    read = read_yaml(f"key: {text}").values["key"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\na: !!int abc", "2: what follows !!int is of another kind: remove it"),
        ("a: !!timestamp 2024-01-01", "1: the tag !!timestamp is not used here: remove it"),
        ("a: !!binary aGk=", "1: the tag !!binary is not used here: remove it"),
        ("a: !secret x", "1: the tag !secret is not used here: remove it"),
        (
            "a: !!python/object/apply:os.system [x]",
            "1: the tag !!python/object/apply:os.system is not used here: remove it",
        ),
        ("a: !!set {b, c}", "1: the tag !!set is not used here: remove it"),
        ("a: !!str [b]", "1: the tag !!str is not used here: remove it"),
        ("a: &a\n  b: *a", "1: the alias refers to something that contains it"),
        ("a: &a [*a]", "1: the alias refers to something that contains it"),
        ("? [a]\n: b", "1: a key must be a text, not a list or a mapping"),
        ("a: 1\n? {a: b}\n: c", "2: a key must be a text, not a list or a mapping"),
        ("a: 1\n<<: 2", "2: << takes a mapping: refer to one by its anchor, as *NAME"),
        ("a: 1" + "0" * 5000, "1: the number has too many digits"),
        ("a: 1\nb: \x07", "2: the file contains the control character U+0007: save it as plain UTF-8 text"),
        (
            'a: 1\nb: "CORP\\exporter"',
            "2: the control character U+001B in a text: a backslash in double quotes begins an escape; use single",
        ),
        (
            'a: "\\ud83d"',
            "1: the control character U+D83D in a text: a backslash in double quotes begins an escape; use single",
        ),
        ('"a\\0": b', "1: the control character U+0000 in a text"),
        ("a: *b", "1: not valid YAML: found undefined alias 'b'"),
        ("a: 1\n---\nb: 2", "2: not valid YAML: expected a single document in the stream, but found another document"),
        ("a:\n\t- b", "2: not valid YAML: "),
        ("a: [", "1: not valid YAML: "),
        ("a" * 200 + ": 'b", "1: not valid YAML: "),
        ("[" * 2000, f"1: more than {MAX_DEPTH} levels inside each other"),
        ("a: " + "{a: " * 2000, f"1: more than {MAX_DEPTH} levels inside each other"),
        ("- a", "1: the file must hold a mapping, as in the examples"),
        ("text", "1: the file must hold a mapping, as in the examples"),
    ],
)
def test_what_is_not_plain_data_is_one_line_with_its_place(text: str, line: str) -> None:
    (error,) = errors(text)
    assert error.startswith(f"exporter.yml:{line}")


def test_a_bomb_of_aliases_is_refused_before_it_unfolds() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (error,) = errors("\n".join(levels))
    assert "values: aliases unfold into too many copies" in error


def test_a_mapping_is_merged_under_the_keys_that_are_written() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc:\n  <<: [{x: 4}, *a]\n  '<<': 5"
    values = read_yaml(text).values
    assert values["b"] == {"x": 1, "y": 3}
    assert values["c"] == {"x": 4, "y": 2, "<<": 5}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("appliances:", "1: appliances: nothing is written here: give a value, or remove the key"),
        (
            "appliances:\n  - name: a\n    gateway:\n",
            "3: appliances[0].gateway: nothing is written here: give a value, or remove the key",
        ),
        ("appliances:\n  -\n", "2: appliances[0]: nothing is written here: give a value, or remove the key"),
        ("aplliances: []", "1: aplliances: unknown key; did you mean appliances?"),
        (
            "appliances: [{name: a, gateway: {source: winrm, adress: b}}]",
            "1: appliances[0].gateway.adress: unknown key; did you mean address?",
        ),
        (
            "schedules:\n  storage: {intervall: 5m}",
            "2: schedules.storage.intervall: unknown key; did you mean interval?",
        ),
        ("1: a", "1: 1: unknown key; check the spelling and the indentation"),
        ("appliances: {name: a}", "1: appliances: write a list: one entry a line, each after a hyphen"),
        ("appliances: [a]", "1: appliances[0]: write keys and values here, each on a line of its own below it"),
        ("appliances: [{name: 2024-01-01, port: 0x_}]", "1: appliances[0].port: write a whole number"),
        ('appliances: [{name: "CORP\\nexporter"}]', "1: appliances[0].name: contains a line break or tab: a backslash"),
        ("appliances: [{name: ' a'}]", "1: appliances[0].name: write a text without blanks at its ends"),
    ],
)
def test_a_mistake_says_what_to_write(text: str, line: str) -> None:
    assert f"exporter.yml:{line}" in {error[: len(f"exporter.yml:{line}")] for error in errors(text)}


HOSTS = {
    "appliances[0].address": "appliances: [{{name: a, address: {}}}]",
    "appliances[0].esxi.hosts[0]": "appliances: [{{name: a, esxi: {{hosts: [{}]}}}}]",
    "appliances[0].keyvaults[0].vault": "appliances: [{{name: a, keyvaults: [{{vault: {}}}]}}]",
    "appliances[0].gateway.address": "appliances: [{{name: a, gateway: {{source: winrm, address: {}}}}}]",
}


@pytest.mark.parametrize("place", HOSTS)
@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("https://esx01", "write the host name or address alone: no https:// before it and no path after it"),
        ("esx01/ui", "write the host name or address alone: no https:// before it and no path after it"),
        ("'esx01:902'", "write the host name or address alone: the port has a key of its own, `port`"),
        ("'[::1]:902'", "write the host name or address alone: the port has a key of its own, `port`"),
        ("esx 01", "not a host name or an address"),
        ("user@esx01", "not a host name or an address"),
        ("esx01..lan", "not a host name or an address"),
        ("''", "not a host name or an address"),
    ],
)
def test_only_a_host_is_taken_where_a_host_belongs(place: str, host: str, message: str) -> None:
    assert errors(HOSTS[place].format(host)) == (f"exporter.yml:1: {place}: {message}",)


@pytest.mark.parametrize(
    "host", ["esx01", "esx01.example.com.", "10.0.0.1", "'::1'", "'[fe80::1%e0]'", "bücher.example"]
)
def test_every_kind_of_host_is_taken(host: str) -> None:
    assert parse(HOSTS["appliances[0].address"].format(host), FILE).appliances[0].address


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_as_windows_saves_it(tmp_path: Path, encode: str) -> None:
    file = tmp_path / "exporter.yml"
    file.write_bytes("# Bücher\r\nappliances:\r\n- name: Zürich\r\n".encode(encode))
    assert load(file).appliances[0].name == "Zürich"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: 1\nb: \xff", ":2: is not UTF-8 text: save it as UTF-8"),
        (
            "appliances: []".encode("utf-16-le"),
            ":1: is saved as UTF-16: save it as UTF-8",
        ),
        (b"\xff\xfea", ":1: is damaged UTF-16 text: save it as UTF-8"),
        (b"#" * (MAX_SIZE + 1), ": is larger than 4 MiB: this is no configuration"),
    ],
)
def test_a_file_that_is_not_text_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "exporter.yml"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.errors == (f"{file}{message}",)


def test_a_directory_and_an_impossible_name_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)
    with pytest.raises(ConfigError, match=r"cannot be read: embedded null (byte|character)"):
        load(tmp_path / "a\0b")


def test_the_web_file_takes_empty_sections_as_exporter_toolkit_does(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("tls_server_config:\nhttp_server_config:\n  headers:\nbasic_auth_users:\nrate_limit:\n")
    assert load_model(WebSettings, file) == WebSettings()


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """`model` and every model inside it."""
    seen: set[Any] = set()
    queue: list[Any] = [model]
    while queue:
        annotation = queue.pop()
        if id(annotation) in seen:
            continue
        seen.add(id(annotation))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
            queue += [field.annotation for field in annotation.model_fields.values()]
        queue += get_args(annotation)


MODELS = [*dict.fromkeys([*models(Settings), *models(WebSettings)])]
FIELDS = [(model, name) for model in MODELS for name in model.model_fields]
WRONG: tuple[Any, ...] = (
    None, "", " ", "text", "a\nb", "\t", "x" * 300, "http://[", "http://[::1", "http://a:b:c", "https://u:p@h/p?q#f",
    "sb://h:99999", "1e999", "-5", "5 s", "9" * 30 + "d", "99999999999999999999GiB", "5 XB", "(", "a{99999999999}",
    "Monday;25:00;1h", "/", "..", "\x00", True, False, 0, -1, 1, 10**30, 1.5, float("nan"), float("inf"), -1e308,
    [], [None], [[]], [{}], ["a", "a"], [1], {}, {"a": None}, {"type": "x"}, {"type": 1}, {"source": None},
    {"file": "a", "env": "b"}, {"file": 1}, {"unknown": {}}, {"storage": 5},
)  # fmt: skip


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=[f"{model.__name__}.{name}" for model, name in FIELDS])
def test_no_sentence_of_a_library_reaches_a_user(model: type[BaseModel], name: str) -> None:
    for value in WRONG:
        try:
            model.model_validate({name: value})
        except ValidationError as error:
            for details in error.errors():
                place, message = problem(details, model)
                assert message != UNKNOWN, (value, details)
                assert not any(isinstance(step, str) and set("[(") & set(step) for step in place)
                if details["type"] == "value_error":
                    assert raised_here(details["ctx"]["error"]), (value, message)
                elif not details["type"].startswith("unknown_"):
                    assert message != details["msg"], (value, details)


def raised_here(error: BaseException) -> bool:
    """Whether the innermost frame of `error` is ours: the sentence is not that of a library."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE)
