"""Health, readiness, reload and `/config` over a real socket."""

from pathlib import Path

import pytest

from azure_migrate_exporter.config.loader import load, parse
from azure_migrate_exporter.web.handlers.admin import effective_yaml
from tests.scripted import Script
from tests.webserver import is_refused, web_server

EXAMPLES = sorted(path for path in (Path(__file__).parents[2] / "examples").glob("*.yml") if path.name != "web.yml")


async def test_healthy_says_only_that_the_process_answers(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(is_refused)}) as server:
        assert await server.get("/-/healthy") == (200, "healthy\n")


async def test_ready_once_each_job_has_ended_a_run_though_it_failed(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(is_refused), "vault2": Script(is_refused)}) as server:
        assert await server.get("/-/ready") == (
            503,
            "waiting for the first run of:\nscripted vault1\nscripted vault2\n",
        )
        await server.run_all()
        assert await server.get("/-/ready") == (200, "ready\n")


async def test_reload_brings_in_the_changed_file(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        server.config_file.write_text("appliances: [{name: paris}]", encoding="utf-8")
        async with server.client.post("/-/reload") as response:
            assert (response.status, await response.text()) == (200, "configuration loaded\n")
        assert "name: paris" in (await server.get("/config"))[1]


async def test_a_bad_file_is_answered_with_its_errors_and_the_old_one_runs_on(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        server.config_file.write_text("appliances:\n  - name: paris\n    prot: 1\nvcenter: []\n", encoding="utf-8")
        async with server.client.put("/-/reload") as response:
            assert response.status == 500
            assert await response.text() == (
                "the previous configuration stays in force:\n"
                f"{server.config_file}:3: appliances[0].prot: unknown key; did you mean port?\n"
                f"{server.config_file}:4: vcenter: unknown key; did you mean vcenters?\n"
            )
        assert "paris" not in (await server.get("/config"))[1]
        await server.shows("azure_migrate_config_last_reload_successful 0.0")
        assert "\nazure_migrate_config_last_reload_successful 0.0\n" in (await server.get("/metrics"))[1]


async def test_reload_by_get_is_not_allowed(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server, server.client.get("/-/reload") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST,PUT")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_configuration_shown_could_be_loaded_again(example: Path) -> None:
    settings = load(example)
    assert parse(effective_yaml(settings), example) == settings


async def test_of_a_secret_only_its_place_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sas").write_text("?sv=1&sig=T0pS3cret", encoding="utf-8")
    monkeypatch.setenv("STORAGE_SAS", "?sv=1&sig=T0pS3cret")
    async with web_server(tmp_path) as server:
        server.config_file.write_text(
            """
appliances:
  - name: paris
    storage:
      - {account: migratelsa1, role: cache, sas: {file: sas}}
      - {account: migratersa1, role: replication, sas: {env: STORAGE_SAS}}
""",
            encoding="utf-8",
        )
        async with server.client.post("/-/reload") as response:
            answers = [await response.text()]
        answers += [(await server.get(path))[1] for path in ("/config", "/", "/metrics", "/-/ready", "/probe")]
    assert f"sas:\n      file: {tmp_path / 'sas'}\n" in answers[1]
    assert "sas:\n      env: STORAGE_SAS\n" in answers[1]
    assert not any("T0pS3cret" in answer for answer in answers)


def test_a_password_written_into_a_name_is_not_shown() -> None:
    settings = parse("appliances: [{name: 'https://admin:T0pS3cret@10.0.0.1'}]", Path("exporter.yml"))
    shown = effective_yaml(settings)
    assert "https://admin:<secret>@10.0.0.1" in shown
    assert "T0pS3cret" not in shown
