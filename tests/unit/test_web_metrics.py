"""`/metrics` over a real socket."""

import gzip
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import VSPHERE_VM_SNAPSHOTS
from azure_migrate_exporter.web.handlers.metrics import CHUNK, chunks
from tests.compression import zstd
from tests.scripted import Script
from tests.webserver import WebServer, is_refused, web_server, works

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
UP = 'azure_migrate_keyvault_tcp_up{appliance="appliance1",keyvault="vault1"} 1.0\n'


async def raw(server: WebServer, path: str = "/metrics", **headers: str) -> tuple[bytes, dict[str, str]]:
    async with (
        ClientSession(server.url, auto_decompress=False, skip_auto_headers=("Accept", "Accept-Encoding")) as client,
        client.get(path, headers=headers) as response,
    ):
        return await response.read(), dict(response.headers)


async def test_text_is_the_default(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(works), "vault2": Script(is_refused)}) as server:
        await server.run_all()
        body, headers = await raw(server)
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["Vary"] == "Accept, Accept-Encoding"
    assert "Content-Encoding" not in headers
    assert UP in body.decode()
    assert {"process_cpu_seconds", "azure_migrate_keyvault_tcp_up"} <= {f.name for f in parse_text(body.decode())}


async def test_openmetrics_with_gzip_as_prometheus_asks_for_it(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(works)}) as server:
        await server.run_all()
        body, headers = await raw(server, **{"Accept": OPENMETRICS, "Accept-Encoding": "gzip"})
    assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert headers["Content-Encoding"] == "gzip"
    assert int(headers["Content-Length"]) == len(body)
    text = gzip.decompress(body).decode()
    assert UP in text
    assert text.endswith("# EOF\n")
    assert list(parse_openmetrics(text))  # type: ignore[no-untyped-call]


async def test_zstd_as_prometheus_asks_for_it_with_its_feature_flag(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(works)}) as server:
        await server.run_all()
        body, headers = await raw(server, **{"Accept": OPENMETRICS, "Accept-Encoding": "zstd, gzip"})
    assert headers["Content-Encoding"] == "zstd"
    assert int(headers["Content-Length"]) == len(body)
    assert UP in zstd.decompress(body).decode()


async def test_head_answers_as_get_would_without_a_body(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        async with server.client.head("/metrics") as response:
            assert response.status == 200
            assert int(response.headers["Content-Length"]) > 0
            assert await response.read() == b""
        assert (await server.get("/metrics"))[0] == 200, "the connection is still in step"


async def test_a_scrape_does_not_wait_for_a_run(tmp_path: Path) -> None:
    async def hangs(_: Measurements) -> None:
        await server.clock.sleep(1e9)

    async with web_server(tmp_path, {"silent": Script(hangs), "vault1": Script(works)}) as server:
        await server.clock.advance(5)
        await server.shows(UP)
        assert UP in (await server.get("/metrics"))[1]


async def test_requests_are_counted_by_handler_and_code(tmp_path: Path) -> None:
    async with web_server(tmp_path) as server:
        await server.get("/metrics")
        await server.get("/no/such/page?sig=secret")
        _, body = await server.get("/metrics")
    assert 'azure_migrate_exporter_http_requests_total{handler="/metrics",code="200"} 1.0\n' in body
    assert 'azure_migrate_exporter_http_requests_total{handler="other",code="404"} 1.0\n' in body
    assert 'azure_migrate_exporter_http_request_duration_seconds_count{handler="/metrics"} 1\n' in body
    assert "no/such/page" not in body


async def test_a_page_larger_than_a_chunk_arrives_whole_on_one_connection(tmp_path: Path) -> None:
    out = Measurements()
    for number in range(30_000):
        out.set(VSPHERE_VM_SNAPSHOTS, number, vcenter="vc1", vm=f"machine {number}", vm_id=f"{number:032}")
    async with web_server(tmp_path) as server:
        server.engine.publish_blocks("large", (out.block(),))
        await server.shows("machine 29999")
        for _ in range(3):
            _, body = await server.get("/metrics", **{"Accept-Encoding": "identity"})
            assert len(body) > 3 * CHUNK
            assert body.count("\nazure_migrate_vsphere_vm_snapshots{") == 30_000
        assert 'handler="/metrics",code="200"} 2.0' in body


@pytest.mark.parametrize("sizes", [[], [0], [1, 2, 3], [9, 1], [1, 9, 1], [10, 10], [11], [35], [0, 25, 0, 3, 3, 3, 3]])
def test_chunks_are_the_same_bytes_and_none_is_larger_than_allowed(sizes: list[int]) -> None:
    segments = [bytes([65 + n]) * size for n, size in enumerate(sizes)]
    cut = [bytes(chunk) for chunk in chunks(segments, 10)]
    assert b"".join(cut) == b"".join(segments)
    assert all(len(chunk) <= 10 for chunk in cut)
