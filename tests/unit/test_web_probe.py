"""`/probe` over a real socket: one run now, within the time that the scraper has."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import KEYVAULT_TCP_UP
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.web.handlers import probe
from tests.clock import until
from tests.scripted import Script
from tests.webserver import WebServer, is_refused, web_server, works

TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds"


class Hang:
    """A run that waits for `release`, and keeps count of how it ended."""

    def __init__(self) -> None:
        self.started = 0
        self.cancelled = 0
        self.release = asyncio.Event()

    async def step(self, out: Measurements) -> None:
        await works(out)
        self.started += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def ask(server: WebServer, target: str, timeout: str | None = None, **query: str) -> tuple[int, str]:
    headers = {} if timeout is None else {TIMEOUT: timeout}
    query = {"collector": "scripted", "target": target, **query}
    async with server.client.get("/probe", params=query, headers=headers) as response:
        return response.status, await response.text()


async def test_a_run_that_works_shows_its_measurements(tmp_path: Path) -> None:
    script = Script(works)
    async with web_server(tmp_path, {"vault1": script}) as server:
        status, body = await ask(server, "vault1")
    assert status == 200
    assert "\nprobe_success 1.0\n" in body
    assert "\nprobe_duration_seconds 0.0\n" in body
    assert 'azure_migrate_keyvault_tcp_up{appliance="appliance1",keyvault="vault1"} 1.0\n' in body
    assert script.closed == 1, "its collector was its own"


async def test_a_failed_run_is_an_answer_with_its_reason_and_what_was_measured(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault2": Script(is_refused)}) as server:
        status, body = await ask(server, "vault2")
    assert status == 200
    assert "\nprobe_success 0.0\n" in body
    assert '\nprobe_failure_info{reason="refused"} 1.0\n' in body
    assert 'vault="vault2"} 0.0\n' in body


async def test_openmetrics_is_served_to_who_asks(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(works)}) as server:
        query = {"collector": "scripted", "target": "vault1"}
        accept = {"Accept": "application/openmetrics-text;version=1.0.0"}
        async with server.client.get("/probe", params=query, headers=accept) as response:
            assert response.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
            assert (await response.text()).endswith("# EOF\n")


@pytest.mark.parametrize(
    "query", ["", "?collector=scripted", "?collector=scripted&target=x", "?collector=x&target=vault1"]
)
async def test_an_unknown_target_is_told_what_exists(tmp_path: Path, query: str) -> None:
    async with web_server(tmp_path, {"vault1": Script(works), "vault2": Script(works)}) as server:
        status, body = await server.get(f"/probe{query}")
    assert status == 400
    assert "\nscripted: vault1, vault2\n" in body


async def test_a_run_ends_before_the_scraper_gives_up(tmp_path: Path) -> None:
    hang = Hang()
    async with web_server(tmp_path, {"silent": Script(hang.step)}) as server:
        asking = asyncio.create_task(ask(server, "silent", "3"))
        await until(lambda: hang.started == 1)
        await server.clock.advance(2.4)
        assert hang.cancelled == 0
        await server.clock.advance(0.1)
        _, body = await asking
    assert "\nprobe_success 0.0\n" in body
    assert '{reason="timeout"} 1.0\n' in body
    assert 'azure_migrate_keyvault_tcp_up{appliance="appliance1",keyvault="vault1"} 1.0\n' in body, "written before"


async def test_the_collectors_own_deadline_is_the_latest(tmp_path: Path) -> None:
    hang = Hang()
    async with web_server(tmp_path, {"silent": Script(hang.step)}) as server:
        asking = asyncio.create_task(ask(server, "silent", "60", debug="true"))
        await until(lambda: hang.started == 1)
        await server.clock.advance(10)
        _, body = await asking
    assert "seen: no result within 10 s\n" in body


async def test_a_collector_that_ignores_its_deadline_is_answered_without_it(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def ignores(_: Measurements) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async with web_server(tmp_path, {"stubborn": Script(ignores)}) as server:
        _, body = await ask(server, "stubborn", "0.1")
        assert '{reason="timeout"} 1.0\n' in body
        release.set()


@pytest.mark.parametrize("timeout", ["soon", "-1", "0", "nan", "inf"])
async def test_a_timeout_that_is_no_time_is_refused(tmp_path: Path, timeout: str) -> None:
    async with web_server(tmp_path, {"vault1": Script(works)}) as server:
        assert await ask(server, "vault1", timeout) == (400, f"{TIMEOUT} must be a positive number of seconds\n")


async def test_a_client_that_leaves_ends_the_run(tmp_path: Path) -> None:
    hang = Hang()
    async with web_server(tmp_path, {"silent": Script(hang.step)}) as server:
        asking = asyncio.create_task(ask(server, "silent"))
        await until(lambda: hang.started == 1)
        asking.cancel()
        await until(lambda: hang.cancelled == 1)


async def test_few_runs_go_on_at_once_and_the_others_wait_for_their_turn(tmp_path: Path) -> None:
    hang = Hang()
    targets = [f"silent{number}" for number in range(probe.MAX_PROBES + 4)]
    async with web_server(tmp_path, {target: Script(hang.step) for target in targets}) as server:
        asking = [asyncio.create_task(ask(server, target)) for target in targets[1:]]
        await until(lambda: hang.started == probe.MAX_PROBES)
        status, body = await ask(server, targets[0], "0.1")
        assert (status, body) == (503, f"{probe.MAX_PROBES} other probes are running; ask again later\n")
        hang.release.set()
        assert [status for status, _ in await asyncio.gather(*asking)] == [200] * len(asking)
    assert hang.started == len(asking)


async def test_the_end_of_the_server_ends_the_runs(tmp_path: Path) -> None:
    hang = Hang()
    async with ClientSession() as client:
        async with web_server(tmp_path, {"silent": Script(hang.step)}) as server:
            url = f"{server.url}/probe?collector=scripted&target=silent"
            asking = asyncio.create_task(client.get(url))
            await until(lambda: hang.started == 1)
        async with await asking as response:
            assert (response.status, await response.text()) == (503, "the exporter is stopping\n")
    assert hang.cancelled == 1


async def test_debug_tells_reason_remedy_log_and_metrics_in_words(tmp_path: Path) -> None:
    async def logs(out: Measurements) -> None:
        logging.getLogger("some.sdk").warning("connecting to %s", "vault2.vault.azure.net")
        await is_refused(out)

    async with web_server(tmp_path, {"vault2": Script(logs)}) as server:
        status, body = await ask(server, "vault2", "5", debug="true")
        assert (await ask(server, "vault2", debug="false"))[1].startswith("# HELP probe_success")
    assert status == 200
    assert body.startswith("scripted vault2: failed (refused) in 0.000 s\n")
    assert "seen: vault2.vault.azure.net:443 refused" in body
    assert "do:   start the service on the other side" in body
    assert "\nwarning: some.sdk: connecting to vault2.vault.azure.net\n" in body
    assert "\nprobe_success 0.0\n" in body


async def test_debug_shows_the_traceback_of_a_bug(tmp_path: Path) -> None:
    async def is_wrong(_: Measurements) -> None:
        raise ZeroDivisionError("a bug of ours")

    async with web_server(tmp_path, {"vault1": Script(is_wrong)}) as server:
        _, body = await ask(server, "vault1", debug="true")
    assert "failed (internal)" in body
    assert "in is_wrong\n" in body


async def test_debug_never_shows_a_secret(tmp_path: Path) -> None:
    async def logs(_: Measurements) -> None:
        logging.getLogger("some.sdk").warning("GET https://a.blob.core.windows.net/c?sv=1&sig=T0pS3cret")
        raise ZeroDivisionError("password=T0pS3cret") from ValueError("SharedAccessKey=T0pS3cret")

    async def names(_: Measurements) -> None:
        raise CheckError(Reason.FORBIDDEN, "https://admin:T0pS3cret@vcenter1/sdk said 403")

    async with web_server(tmp_path, {"logs": Script(logs), "names": Script(names)}) as server:
        await server.run_all()
        bodies = [
            (await ask(server, target, debug=debug))[1] for target in ("logs", "names") for debug in ("true", "false")
        ]
        bodies += [(await server.get(path))[1] for path in ("/", "/metrics", "/config", "/-/ready")]
    assert not any("T0pS3cret" in body for body in bodies)
    assert "<secret>" in bodies[0]


@pytest.mark.parametrize("message", ["lone \ud83d surrogate", "a\x00b \x1b[31m", b"bytes \xff", None, {"code": 1}])
async def test_pages_answer_whatever_a_message_holds(tmp_path: Path, message: Any) -> None:
    async def fails(out: Measurements) -> None:
        out.set(KEYVAULT_TCP_UP, 0, appliance="appliance1", keyvault=message)
        logging.getLogger("some.sdk").warning("%s", message)
        raise CheckError(Reason.FORBIDDEN, message)

    async def breaks(_: Measurements) -> None:
        raise ZeroDivisionError(message)

    async with web_server(tmp_path, {"fails": Script(fails), "breaks": Script(breaks)}) as server:
        await server.run_all()
        pages = [await ask(server, target, debug="true") for target in ("fails", "breaks")]
        pages += [await server.get(path) for path in ("/", "/metrics", "/config", "/-/ready")]
    assert [status for status, _ in pages] == [200] * len(pages)
    assert not any("\x00" in body or "\x1b" in body for _, body in pages)


async def test_equal_probes_in_progress_are_joined(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def waits(out: Measurements) -> None:
        await release.wait()
        await works(out)

    script = Script(works)
    async with web_server(tmp_path, {"t": script}) as server:
        await server.run_all()
        script.step, before = waits, len(script.runs)
        asked = [asyncio.create_task(ask(server, "t")) for _ in range(5)]
        await until(lambda: len(script.runs) > before)
        asked[0].cancel()  # the client that started the run leaves
        await asyncio.wait({asked[0]})
        release.set()
        answers = await asyncio.gather(*asked[1:])
        assert len(script.runs) == before + 1
        assert [status for status, _ in answers] == [200] * 4
        assert all("probe_success 1.0" in body for _, body in answers)
        assert (await ask(server, "t"))[0] == 200
        assert len(script.runs) == before + 2, "the next one is a run of its own"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_page_of_another_site_starts_nothing(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    script = Script(works)
    async with web_server(tmp_path, {"t": script}) as server:
        await server.run_all()
        before = len(script.runs)
        assert (await server.get("/probe?collector=scripted&target=t", **headers))[0] == status
        assert len(script.runs) == before + (status == 200)
        async with server.client.post("/-/reload", headers=headers) as response:
            assert response.status == status
        same = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        assert (await server.get("/probe?collector=scripted&target=t", **same))[0] == 200
        assert (await server.get("/metrics", **headers))[0] == 200, "reading does nothing"
