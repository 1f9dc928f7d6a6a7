"""`/runbooks/…` and `/explain`: pages that need no other site."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from azure_migrate_exporter.quoting import powershell_quote
from azure_migrate_exporter.web.handlers.documents import fill
from azure_migrate_exporter.web.routing import routing
from tests.shells import HOSTILE, powershell_runs
from tests.unit.test_web_landing import Cells
from tests.webserver import web_server

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "alerts" / "runbooks").glob("Azure*.md"))
STORAGE = "/runbooks/AzureMigrateCacheStorageUnreachable"
SNAPSHOT = "/runbooks/AzureMigrateConsolidateDisksFailed"


async def test_every_runbook_is_served_in_both_languages_and_loads_nothing(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        for name in NAMES:
            for query in ("", ".md", "?lang=fr"):
                status, html = await server.get(f"/runbooks/{name}{query}")
                assert (status, f"<h1>{name}</h1>" in html, "⟦" in html) == (200, True, False)
                assert not re.search(r"<(script|img|link|iframe|form)|src=|url\(", html)


async def test_the_address_in_a_rule_is_that_of_a_page(tmp_path: Path) -> None:
    rules = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "alerts" / "rules").rglob("*.yml"))
    pages = set(re.findall(r"runbook_url: '.*\{\{ end \}\}(/\w+\.md)", rules))
    assert len(pages) == len(NAMES)
    async with web_server(tmp_path) as server:
        for page in pages:
            assert (await server.get(f"/runbooks{page}"))[0] == 200


async def test_the_list_leads_to_every_page(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        status, html = await server.get("/runbooks/")
        links = Cells(html).links
        assert (status, sorted(link.removesuffix(".md") for link in links)) == (200, NAMES)
        assert "runbooks/" in Cells((await server.get("/"))[1]).links


async def test_labels_of_the_query_replace_the_examples(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        _, example = await server.get(STORAGE)
        names = "appliance=lyon&account=cache9&account_address=cache9.blob.core.windows.net"
        _, html = await server.get(f"{STORAGE}?{names}&unknown=x&lang=en")
    assert "--appliance paris" in example
    assert "--appliance lyon" in html
    assert "collect storage cache9" in html
    assert "https://cache9.blob.core.windows.net/" in html
    assert "paris" not in html
    assert "migratelsa1612849844" not in html


@pytest.mark.parametrize("name", ["", "a" * 254])
async def test_what_is_no_name_leaves_the_example(tmp_path: Path, name: str) -> None:
    async with web_server(tmp_path) as server:
        _, html = await server.get(f"{STORAGE}?appliance={quote(name)}")
        assert html == (await server.get(STORAGE))[1]


@pytest.mark.parametrize("name", [*HOSTILE, "<script>alert(1)</script>", "⟦prose:vm¦y⟧", "a\x00b"])
async def test_a_name_changes_neither_the_page_nor_what_its_commands_run(tmp_path: Path, name: str) -> None:
    parameters = "&".join(f"{label}={quote(name)}" for label in ("vm", "vm_id", "appliance", "vault", "vcenter"))
    async with web_server(tmp_path) as server:
        _, example = await server.get(SNAPSHOT)
        _, html = await server.get(f"{SNAPSHOT}?{parameters}")
    assert Cells(html).tags == Cells(example).tags
    assert [powershell_runs(line) for line in commands(html)] == [powershell_runs(line) for line in commands(example)]
    assert powershell_quote(name) in "\n".join(commands(html))


def commands(html: str) -> list[str]:
    """The commands for PowerShell of a page."""
    blocks = re.findall(r'<code class="language-text">(.*?)</code>', html, re.DOTALL)
    lines = [line for block in blocks for line in unescape(block).splitlines()]
    return [line for line in lines if not line.startswith("azure-migrate-exporter")]


async def test_the_label_of_the_recovery_services_vault_names_no_key_vault(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        _, html = await server.get("/runbooks/AzureMigrateKeyVaultPermissions?vault=recovery1&keyvault=keys1")
    assert "-VaultName 'keys1'" in unescape(html)
    assert "-VaultName 'recovery1'" not in unescape(html)


def test_a_name_stays_one_word_of_a_command() -> None:
    html = "⟦powershell:vm¦web01⟧ ⟦either:vm¦web01⟧ ⟦prose:vm¦web01⟧ 'a⟦quoted:vm¦web01⟧'"
    assert unescape(fill(html, {"vm": "it's"})) == "'it''s' \"it's\" it's 'ait''s'"
    assert unescape(fill(html, {"vm": "db1"})) == "'db1' db1 db1 'adb1'"
    assert unescape(fill(html, {})) == "'web01' web01 web01 'aweb01'"


@pytest.mark.parametrize("name", ["Nothing", "..%2Fen", "en.json", "%00", "AzureMigrateArmThrottled%0A", "a" * 2000])
async def test_another_name_is_not_found(tmp_path: Path, name: str) -> None:
    async with web_server(tmp_path) as server:
        assert (await server.get(f"/runbooks/{name}"))[0] in {400, 404}


async def test_explain_shows_the_failure_of_a_code(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        status, html = await server.get("/explain?q=1011")
        assert (status, "disk_upload_timed_out" in html) == (200, True)
        status, html = await server.get("/explain?q=1011&lang=fr")
        assert (status, "Reconnu" in html, '<html lang="fr">' in html) == (200, True, True)


@pytest.mark.parametrize("question", ["", "?q=", "?q=hello", f"?q={quote('<script>alert(1)</script>')}", "?q=%ff%00"])
async def test_explain_of_an_unknown_text_says_so(tmp_path: Path, question: str) -> None:
    async with web_server(tmp_path) as server:
        status, html = await server.get(f"/explain{question}")
        assert (status, "no documented failure" in html, "script" in Cells(html).tags) == (404, True, False)


async def test_the_pages_are_below_the_route_prefix(tmp_path: Path) -> None:
    where = routing("https://monitoring.example.com/migrate", None, "/metrics")
    async with web_server(tmp_path, routing=where) as server:
        assert (await server.get("/migrate" + STORAGE))[0] == 200
        assert (await server.get("/migrate/explain?q=1011"))[0] == 200
        assert (await server.get(STORAGE))[0] == 404
