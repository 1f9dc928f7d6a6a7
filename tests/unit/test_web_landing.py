"""The landing page: failing checks first."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from azure_migrate_exporter.engine.sharding import Shard
from azure_migrate_exporter.engine.status import JobStatus, Outcome
from azure_migrate_exporter.reasons import REMEDIES, Reason
from azure_migrate_exporter.web.handlers.landing import SHOWN_FAILURES, page
from tests.scripted import Script
from tests.webserver import is_refused, web_server, works

NOW = 1_800_000_000.0
WAITS = JobStatus("keyvault", "vault1", 60.0, None, None, None, NOW + 2, ())
WORKS = replace(WAITS, collector="esxi", last=Outcome(NOW - 30, 0.0123), last_success=NOW - 30, next_run=NOW + 30)
REFUSED = Outcome(NOW - 600, 1.5, Reason.REFUSED, 'says <script>alert("x")</script> & more')
FAILS = replace(WAITS, collector="storage", target="<b>cache</b>", last=REFUSED, failures=(REFUSED,))


class Cells(HTMLParser):
    """Texts of the table cells of each row, and every attribute that could load or lead somewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "br" and self.rows:
            self.rows[-1][-1] += " / "

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data

    def column(self, number: int) -> list[str]:
        return [row[number] for row in self.rows if len(row) == 8][1:]


def test_failures_come_first_then_what_has_not_run_yet() -> None:
    cells = Cells(page([WORKS, WAITS, FAILS], NOW))
    assert cells.column(0) == ["fails: refused", "waits", "works"]
    assert cells.column(1) == ["storage <b>cache</b>", "keyvault vault1", "esxi vault1"]


def test_the_page_of_a_shard_says_which_it_is() -> None:
    assert "Shard 1/3: 1 of 2 checks fails" in page([WORKS, FAILS], NOW, shard=Shard(1, 3))
    assert "Shard 1/3: nothing to check" in page([], NOW, shard=Shard(1, 3))
    assert "Shard" not in page([WORKS], NOW)


def test_a_failure_says_what_was_seen_and_what_to_do() -> None:
    cells = Cells(page([FAILS], NOW))
    assert cells.column(2) == [f"{REFUSED.message} / {REMEDIES[Reason.REFUSED]}"]
    assert cells.column(3) == ["10 min ago"]
    assert cells.column(4) == ["1.500 s"]
    assert cells.column(5) == ["never"]
    assert cells.column(6) == ["in 2 s"]
    assert [row[3] for row in cells.rows if len(row) == 5][1:] == ["2027-01-15 07:50:00 UTC 10 min ago"]


def test_texts_of_others_are_escaped() -> None:
    html = page([FAILS], NOW)
    assert "script" not in Cells(html).tags
    assert "&lt;b&gt;cache&lt;/b&gt;" in html


def test_a_run_under_way_is_shown() -> None:
    assert Cells(page([replace(WORKS, running_since=NOW)], NOW)).column(6) == ["now"]


def test_the_headline_counts() -> None:
    headlines = {
        "Nothing is configured": [],
        "1 of 3 checks fails": [FAILS, WORKS, WAITS],
        "2 of 3 checks fail": [FAILS, FAILS, WAITS],
        "1 of 2 checks work": [WORKS, WAITS],
        "All 2 checks work": [WORKS, WORKS],
    }
    for headline, jobs in headlines.items():
        assert f">{headline}</h1>" in page(jobs, NOW)
        assert f"<title>{headline} · azure-migrate-exporter</title>" in page(jobs, NOW)


def test_failures_are_kept_after_the_recovery_newest_first() -> None:
    old = [Outcome(NOW - 100 * n, 1.0, Reason.TIMEOUT, f"number {n}") for n in range(1, 100)]
    jobs = [replace(WORKS, failures=tuple(old[:40])), replace(WAITS, failures=tuple(old[40:]))]
    kept = [row[2] for row in Cells(page(jobs, NOW)).rows if len(row) == 5][1:]
    assert kept == [f"number {n}" for n in range(1, SHOWN_FAILURES + 1)]


def test_long_distances_are_told_in_one_unit() -> None:
    moments = {59.0: "59 s", 119.4: "119 s", 120.0: "2 min", 7100.0: "118 min", 7200.0: "2 h", 400_000.0: "5 d"}
    for seconds, text in moments.items():
        job = replace(WORKS, last_success=NOW - seconds)
        assert Cells(page([job], NOW)).column(5) == [f"{text} ago"]


async def test_a_configuration_that_does_not_load_is_said_there(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        assert 'class="bad"' not in (await server.get("/"))[1]
        server.config_file.write_text("<wrong>: 1", encoding="utf-8")
        await server.client.post("/-/reload")
        _, html = await server.get("/")
        assert (
            '<p class="bad">The configuration file is invalid; the previous configuration stays in force:</p>' in html
        )
        assert "exporter.yml:1: &lt;wrong&gt;: unknown key" in html


async def test_the_page_needs_nothing_from_elsewhere_and_its_style_is_the_allowed_one(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault 1&2": Script(works), "vault2": Script(is_refused)}) as server:
        await server.run_all()
        async with server.client.get("/") as response:
            assert response.headers["Content-Type"] == "text/html; charset=utf-8"
            policy = response.headers["Content-Security-Policy"]
            html = await response.text()
        links = Cells(html).links
        assert not any(link.startswith(("/", "http")) for link in links), "it also works below a proxy's path"
        assert len(links) == 7
        for link in links:
            assert (await server.get(f"/{link}"))[0] == 200
    (style,) = re.findall(r"<style>(.*)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
